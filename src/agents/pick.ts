import type { Json } from '../client/index.ts';

/** What was read out of an answer, or why nothing could be read: an answer that can be read in two ways is not read. */
export type Picked = { readonly value: Json } | { readonly why: string };

export interface Reading {
  /** The value of a JSON text; undefined when it is not JSON, or its numbers would be rounded. */
  readonly parse: (text: string) => Json | undefined;
  /** The options of the round; null where any value may be proposed. */
  readonly options: readonly Json[] | null;
  /** Whether a value is this option, by the rule of the round. */
  readonly isOption: (value: Json, option: Json) => boolean;
}

/** Ways to read a value out of the text that a program or a model answers. */
export const picks = {
  /** The whole answer, where it is JSON; else the one JSON object or array that stands in it. */
  json: (answer: string, { parse }: Reading): Picked => {
    if (isJson(answer)) return strict(answer, parse);
    const parts = bracketed(answer);
    if (parts === null) return { why: 'a bracket in the answer is not closed' };
    return theOne(parts.filter(isJson), 'JSON object or array', (part) => strict(part, parse));
  },
  /** What stands in the one block between lines of three backquotes: its JSON, or else its text. */
  fenced: (answer: string, { parse }: Reading): Picked => {
    const blocks = fencedIn(answer);
    if (blocks === null) return { why: 'a block of the answer is not closed' };
    return theOne(blocks, 'block between lines of ```', (block) => jsonOrText(block, parse));
  },
  /** The one number of the answer, or else of its last line, that stands by itself: not 1,000, 42% or 3rd. */
  number: (answer: string, { parse }: Reading): Picked => {
    const all = withDigits(answer);
    const last = withDigits(lastLine(answer));
    const words = new Set(all).size === 1 || last.length === 0 ? all : last;
    return theOne(words, 'number', (word) =>
      isNumber.test(word) ? strict(word, parse) : { why: `${word} is no plain number` },
    );
  },
  /** The one option of the round that a line consists of, by itself or after a label of up to three words and a colon. */
  option: (answer: string, reading: Reading): Picked => {
    const { options } = reading;
    if (options === null) return { why: 'the round has no options' };
    const lines = [...new Set([answer, ...answer.split('\n')])];
    const named = lines.flatMap((line) => optionIn(line, options, reading) ?? []);
    return theOne(named, 'option on a line of its own', (option) => ({ value: options[option] as Json }));
  },
  /** The last line that is not blank: its JSON, or else its text. */
  'last-line': (answer: string, { parse }: Reading): Picked => jsonOrText(lastLine(answer), parse),
} as const;

export type Pick = keyof typeof picks;

const isNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

function theOne<T>(found: readonly T[], what: string, read: (one: T) => Picked): Picked {
  const [first, second] = new Set(found);
  if (first === undefined) return { why: `the answer has no ${what}` };
  return second === undefined ? read(first) : { why: `the answer has more than one ${what}` };
}

/** Whether a text is JSON, also where its numbers would be rounded. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function strict(text: string, parse: Reading['parse']): Picked {
  const value = parse(text);
  return value === undefined ? { why: 'its JSON would not arrive as written' } : { value };
}

function jsonOrText(text: string, parse: Reading['parse']): Picked {
  if (isJson(text)) return strict(text, parse);
  return text.trim() === '' ? { why: 'it is empty' } : { value: text.trim() };
}

/** The parts of a text from an outer bracket to the one that closes it; null when one is not closed. */
function bracketed(text: string): readonly string[] | null {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    // Within brackets a text in quotes may hold brackets; elsewhere a quote may be anything.
    if (sign === '"' && depth > 0) at = endOfText(text, at);
    else if (sign === '{' || sign === '[') {
      if (depth === 0) from = at;
      depth += 1;
    } else if ((sign === '}' || sign === ']') && depth > 0) {
      depth -= 1;
      if (depth === 0) parts.push(text.slice(from, at + 1));
    }
  }
  return depth === 0 ? parts : null;
}

/** Where the quote is that closes the one at `at`; the end where none does. */
function endOfText(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

function fencedIn(text: string): readonly string[] | null {
  const blocks: string[] = [];
  let fence = '';
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const ticks = /^ {0,3}(`{3,})/.exec(line)?.[1] ?? '';
    if (fence === '') fence = ticks;
    else if (ticks.length >= fence.length && line.trim() === ticks) {
      blocks.push(lines.join('\n'));
      [fence, lines] = ['', []];
    } else lines.push(line);
  }
  return fence === '' ? blocks : null;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) as string;
}

/** The words that have a digit, without the signs around them. */
function withDigits(text: string): readonly string[] {
  const words = text.split(/[\s:=]+/).filter((word) => /\p{N}/u.test(word));
  return words.map((word) => bare(word, '*_`"\'“‘([{', '*_`"\'”’)]},.;!?'));
}

/** Which option a line consists of; null for none. */
function optionIn(line: string, options: readonly Json[], { parse, isOption }: Reading): number | null {
  const inner = bare(line.trim(), ...aroundOption);
  const [, labelled = ''] = /^(?:\S+[^\S\n]+){0,2}\S+?:[*_]*[^\S\n]+(.+)$/.exec(inner) ?? [];
  for (const text of new Set([line.trim(), inner, bare(labelled, ...aroundOption)])) {
    const json = parse(text);
    const named = options.findIndex(
      (option) => isOption(text, option) || (json !== undefined && isOption(json, option)),
    );
    if (named >= 0) return named;
  }
  return null;
}

const aroundOption = [' #>*_`"\'“‘', ' *_`"\'”’.!'] as const;

/** The text without any of these signs at its beginning and its end. */
function bare(text: string, before: string, after: string): string {
  let from = 0;
  let end = text.length;
  while (from < end && before.includes(text[from] as string)) from += 1;
  while (end > from && after.includes(text[end - 1] as string)) end -= 1;
  return text.slice(from, end);
}
