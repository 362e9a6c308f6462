import { decimalOf, roundsTo } from './decimal.ts';
import type { Canonical, Json } from './types.ts';

/**
 * Strict JSON in, canonical JSON out. [Q4.20]
 *
 * `JSON.parse` makes different texts equal: it rounds numbers, keeps the last of two equal names and lets
 * lone surrogates through. Here each of those is refused, so that equal canonical texts (RFC 8785) always
 * come from equal values. What is accepted is I-JSON (RFC 7493), and a canonical text is itself accepted.
 */

export type Parsed =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly detail: string };

/** Parses one JSON text. `depth` bounds nesting: a scalar has depth 0, `[1]` has depth 1. */
export function parseJson(text: string, depth: number): Parsed {
  const reader = new Reader(text, depth);
  try {
    return { ok: true, value: reader.document() };
  } catch (error) {
    if (error instanceof NotStrict) return { ok: false, detail: error.message };
    throw error;
  }
}

/** RFC 8785 text of a value that `parseJson` gave or that was built from safe numbers and whole strings. */
export function canonical(value: Json): Canonical {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] as Json)}`).join(',')}}`;
}

/** UTF-8 bytes of a well-formed text. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c < 0x80) continue;
    // Either half of a surrogate pair stands for two of its four bytes.
    bytes += c < 0x800 || (c >= 0xd800 && c <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Whether a string has no unpaired surrogate, i.e. can be sent as UTF-8. */
export function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c < 0xd800 || c > 0xdfff) continue;
    const low = text.charCodeAt(i + 1);
    if (c > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return false;
    i += 1;
  }
  return true;
}

class NotStrict extends Error {}

/**
 * An object without inherited members, so that one called __proto__ or constructor is a member like any other. Unlike one made by
 * Object.create(null), which V8 keeps as a hash table, it is as fast as a literal.
 */
const Members = function (this: object) {} as unknown as new () => { [name: string]: Json };
Members.prototype = Object.create(null);

class Reader {
  private readonly text: string;
  private readonly depth: number;
  private at = 0;

  constructor(text: string, depth: number) {
    this.text = text;
    this.depth = depth;
  }

  document(): Json {
    if (this.text.charCodeAt(0) === 0xfeff)
      this.fail('it begins with a byte order mark (U+FEFF): leave it out');
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) this.fail('there is something after the end of the value');
    return value;
  }

  private value(level: number): Json {
    this.space();
    const c = this.text.charCodeAt(this.at);
    if (c === 0x22) return this.string();
    if (c === 0x7b) return this.object(level);
    if (c === 0x5b) return this.array(level);
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) return this.number();
    if (this.word('true')) return true;
    if (this.word('false')) return false;
    if (this.word('null')) return null;
    return this.fail(this.at < this.text.length ? 'this is not JSON' : 'the text ends too early');
  }

  private array(level: number): Json[] {
    this.nest(level);
    const items: Json[] = [];
    this.at += 1;
    this.space();
    if (this.take(0x5d)) return items;
    for (;;) {
      items.push(this.value(level + 1));
      this.space();
      if (this.take(0x5d)) return items;
      if (!this.take(0x2c)) this.fail('a comma or ] is missing');
    }
  }

  private object(level: number): Json {
    this.nest(level);
    const members = new Members();
    this.at += 1;
    this.space();
    if (this.take(0x7d)) return members;
    for (;;) {
      this.space();
      if (this.text.charCodeAt(this.at) !== 0x22) this.fail('a member name in double quotes is missing');
      const name = this.string();
      // No member is undefined, and none is inherited.
      if (members[name] !== undefined)
        this.fail(`the name ${JSON.stringify(name)} stands twice in one object`);
      this.space();
      if (!this.take(0x3a)) this.fail('a colon is missing');
      members[name] = this.value(level + 1);
      this.space();
      if (this.take(0x7d)) return members;
      if (!this.take(0x2c)) this.fail('a comma or } is missing');
    }
  }

  private string(): string {
    const start = this.at;
    let plain = true;
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const c = this.text.charCodeAt(this.at);
      if (c === 0x22) break;
      if (c < 0x20 || c > 0x7e || c === 0x5c) plain = false;
      if (c === 0x5c) this.at += 1;
    }
    this.at += 1;
    // Most strings are printable ASCII and stand for themselves.
    if (plain && this.at <= this.text.length) return this.text.slice(start + 1, this.at - 1);
    const token = this.text.slice(start, this.at);
    let parsed: string;
    try {
      parsed = JSON.parse(token) as string;
    } catch {
      return this.fail('a string is not well written', start);
    }
    if (!isWellFormed(parsed)) this.fail('a string holds half of a surrogate pair', start);
    return parsed;
  }

  private number(): number {
    const start = this.at;
    const whole = this.whole();
    if (whole !== null) return whole;
    while (this.at < this.text.length && isNumberPart(this.text.charCodeAt(this.at))) this.at += 1;
    const token = this.text.slice(start, this.at);
    let value: number;
    try {
      value = JSON.parse(token) as number;
    } catch {
      return this.fail('a number is not well written', start);
    }
    if (!namesADouble(token, value)) {
      this.fail(`the number ${token.slice(0, 40)} would be rounded: send it as a string`, start);
    }
    return value;
  }

  /** A number of digits only that is certainly exact, as most are; null, and nothing read, for any other. */
  private whole(): number | null {
    const { text, at: start } = this;
    let at = start;
    let value = 0;
    for (; at < text.length; at += 1) {
      const c = text.charCodeAt(at);
      if (c >= 0x30 && c <= 0x39) value = value * 10 + c - 0x30;
      else if (isNumberPart(c)) return null;
      else break;
    }
    const digits = at - start;
    if (digits === 0 || digits > 15 || (digits > 1 && text.charCodeAt(start) === 0x30)) return null;
    this.at = at;
    return value;
  }

  private nest(level: number): void {
    if (level >= this.depth) this.fail(`it is nested deeper than ${this.depth}`);
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    for (; this.at < this.text.length; this.at += 1) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
    }
  }

  private fail(what: string, at = this.at): never {
    throw new NotStrict(`${what} (at character ${at + 1})`);
  }
}

function isNumberPart(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || c === 0x2d || c === 0x2b || c === 0x2e || c === 0x65 || c === 0x45;
}

/**
 * Whether the number names a double: reading it gives that double, and rounding the double to as many digits gives the
 * number again. A whole number beyond 2^53-1 whose shortest form is all digits names none, since programs that count in
 * doubles cannot tell it from the next.
 */
function namesADouble(token: string, value: number): boolean {
  const shortest = String(value);
  if (Number.isSafeInteger(value) && shortest === token) return true;
  if (!Number.isFinite(value) || !roundsTo(value, decimalOf(token))) return false;
  const inDigits = !token.includes('.') && !token.includes('e') && !token.includes('E');
  return Number.isSafeInteger(value) || !Number.isInteger(value) || !(inDigits || !shortest.includes('e'));
}
