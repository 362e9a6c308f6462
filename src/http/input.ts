import type { Expected } from '../core/entry.ts';
import { canonical } from '../core/json.ts';
import { agentKinds, isName, limits, seatPrefix } from '../core/limits.ts';
import { parseDuration } from '../core/rule/duration.ts';
import type { AgentKind, Canonical, Json } from '../core/types.ts';
import { Problem } from './problem.ts';
import type { Request } from './route.ts';

/** What callers send, read strictly: bodies as I-JSON, names, waits, revisions. Nothing is coerced. */

/** ms; the longest a request waits for something to happen. */
const longestWait = 60_000;

export type Fields = { readonly [name: string]: Json };

/** The body, or one line of it, as an object that has no members but these. */
export function bodyObject(
  body: unknown,
  names: readonly string[] | null,
  what: 'body' | 'line' = 'body',
): Fields {
  if (body === undefined) throw emptyBody();
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem('invalid-request', `the ${what} must be a JSON object`);
  }
  const fields = body as Fields;
  if (names === null) return fields;
  // It has no prototype: these are its own.
  for (const name in fields) {
    if (names.includes(name)) continue;
    // An agent that signs would believe that somebody checks the signature.
    if (name === 'signature' && names.includes('value'))
      throw new Problem(
        'invalid-request',
        'proposals are not signed: leave signature out, or make it part of the value, which is kept and shown as it is',
      );
    throw new Problem(
      'invalid-request',
      `the ${what} has no member ${quoted(name)}: use ${names.join(', ')}`,
    );
  }
  return fields;
}

export function emptyBody(): Problem {
  return new Problem('invalid-json', 'the body is empty: send a JSON object');
}

/** The one proposal in a body, {"value": ...} or {"abstain": true}: canonical text, or null for an abstention. */
export function proposalIn(fields: Fields): {
  value: Canonical | null;
  seq: number | null;
  note?: string;
} {
  const abstains = fields.abstain !== undefined;
  if (abstains === (fields.value !== undefined) || (abstains && fields.abstain !== true)) {
    throw new Problem('invalid-value', 'a proposal has either "value" or "abstain": true');
  }
  const { seq = null } = fields;
  if (seq !== null && !(typeof seq === 'number' && Number.isInteger(seq) && seq >= 0)) {
    throw new Problem('invalid-request', 'seq must be a whole number, 0 or more');
  }
  return { value: abstains ? null : canonicalValue(fields.value as Json), seq, ...noteIn(fields) };
}

/** Text beside the value. [Q4.42] */
function noteIn({ note }: Fields): { note?: string } {
  if (note === undefined || note === null || note === '') return {};
  if (typeof note !== 'string') throw new Problem('invalid-request', 'note must be a text');
  if (note.length > limits.noteLength)
    throw new Problem(
      'note-too-long',
      `the note has ${note.length} characters: it may have ${limits.noteLength}`,
    );
  return { note };
}

/** What an agent or invite is to be shown as. [Q5.13] */
export function shownAsIn({ name, kind }: Fields): { name?: string; kind?: AgentKind } {
  return { ...shownNameIn(name), ...kindIn(kind) };
}

function kindIn(kind: Json | undefined): { kind?: AgentKind } {
  if (kind === undefined || kind === null) return {};
  const known = agentKinds.find((one) => one === kind);
  if (known !== undefined) return { kind: known };
  throw new Problem('invalid-request', 'kind must be "person", "program" or "model"');
}

function shownNameIn(name: Json | undefined): { name?: string } {
  if (name === undefined || name === null) return {};
  const isText = typeof name === 'string' && name.trim() !== '' && name.length <= limits.shownNameLength;
  if (isText && !/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(name)) return { name };
  throw new Problem(
    'invalid-request',
    `name must be a text of 1 to ${limits.shownNameLength} characters, none of them a control character or one that changes the direction of writing`,
  );
}

export function canonicalValue(value: Json): Canonical {
  const text = canonical(value);
  const bytes = Buffer.byteLength(text);
  // What the rule of a round allows, the core knows.
  if (bytes > limits.valueBytesMost) {
    throw new Problem('too-large', `the value takes ${bytes} bytes, the limit is ${limits.valueBytesMost}`);
  }
  return text;
}

export function nameIn(kind: 'group' | 'agent' | 'webhook', text: unknown): string {
  if (typeof text !== 'string' || !isName(text)) {
    throw new Problem(
      'invalid-name',
      `${quoted(text)} cannot be the name of ${kind === 'agent' ? 'an agent' : `a ${kind}`}`,
    );
  }
  if (kind === 'agent' && text.startsWith(seatPrefix)) {
    throw new Problem('reserved-name', `names beginning with ${seatPrefix} belong to anonymous posts`);
  }
  return text;
}

/** How the names of groups begin that the query asks for; empty for all. */
export function prefixIn({ query }: Request): string {
  const { prefix = '' } = query;
  if (typeof prefix === 'string' && (prefix === '' || isName(prefix))) return prefix;
  throw new Problem('invalid-name', `${quoted(prefix)} is not how the name of a group begins`);
}

/** A caller's text as a message quotes it: at most 80 characters, control characters escaped. */
export function quoted(text: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return String(JSON.stringify(text))
    .slice(0, 80)
    .replace(/[\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]/g, escaped);
}

/** A round's number in a path. */
export function roundIn(text: string): number {
  const round = wholeIn(text);
  if (round === null || round < 1)
    throw new Problem('invalid-request', `${quoted(text)} is no round: use a number from 1`);
  return round;
}

/** The offset of an item in a path. */
export function offsetIn(text: string): number {
  const offset = wholeIn(text);
  if (offset === null || offset < 1)
    throw new Problem('invalid-request', `${quoted(text)} is no offset: use a number from 1`);
  return offset;
}

/** How long the caller wants to wait, ms, by `?wait=30s` or `Prefer: wait=30`; 0 when it names no time. */
export function waitIn(request: Request): number {
  const { wait } = request.query;
  if (wait === undefined) return Math.min(preferredWait(request.headers.prefer) ?? 0, longestWait);
  const ms = typeof wait === 'string' ? parseDuration(wait) : null;
  if (ms === null)
    throw new Problem('invalid-request', 'wait must be a duration such as 30s, 500ms or a number of ms');
  return Math.min(ms, longestWait);
}

/** The wait that a Prefer header names (RFC 7240, seconds), in ms; null when there is none or it cannot be read, which the RFC lets a server ignore. */
export function preferredWait(prefer: string | string[] | undefined): number | null {
  if (prefer === undefined) return null;
  for (const part of String(prefer).split(',')) {
    const [name = '', value = ''] = part.split(';', 1)[0]?.split('=') ?? [];
    const seconds = wholeIn(value.trim());
    if (name.trim().toLowerCase() === 'wait' && seconds !== null)
      return Math.min(seconds * 1000, longestWait);
  }
  return null;
}

/** The deadline that a body sets: after a time, ms; at a moment, ms since 1970; or null, none. */
export function deadlineIn({ deadline }: Fields): { at: number } | { after: number } | null {
  if (deadline === null) return null;
  // One that is too long is no other kind of mistake than a moment that is too far ahead: the core refuses both.
  const isDuration = typeof deadline === 'string' || typeof deadline === 'number';
  const after = isDuration ? parseDuration(deadline, Number.MAX_SAFE_INTEGER) : null;
  if (after !== null) return { after };
  const at = typeof deadline === 'string' ? momentIn(deadline) : null;
  if (at !== null) return { at };
  throw new Problem(
    'invalid-request',
    'deadline must be a duration such as "10m", a time such as "2026-12-01T18:00:00Z", or null for none',
  );
}

/** The moment that an RFC 3339 text names, ms since 1970; null when it names none. */
function momentIn(text: string): number | null {
  const [, day, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/i.exec(text) ?? [];
  if (day === undefined || zone === undefined) return null;
  const local = new Date(`${day.toUpperCase()}Z`);
  // February has no 30th day, though a Date takes one.
  const isReal = Number.isFinite(local.getTime()) && local.toISOString().startsWith(day.toUpperCase());
  const at = Date.parse(text.toUpperCase());
  return isReal && Number.isFinite(at) ? at : null;
}

/** Why an elector is waived, as a body says it. */
export function reasonIn({ reason }: Fields): string {
  if (typeof reason === 'string' && reason.length >= 1 && reason.length <= limits.reasonLength) return reason;
  throw new Problem('invalid-request', `reason must be a text of 1 to ${limits.reasonLength} characters`);
}

/** A whole number in the query; null when it is not there. Throws a Problem outside `least` to `most`. */
export function countIn(request: Request, name: string, least: number, most: number): number | null {
  const text = request.query[name];
  if (text === undefined) return null;
  const value = typeof text === 'string' ? wholeIn(text) : null;
  if (value === null || value < least || value > most) {
    throw new Problem('invalid-request', `${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

/** What If-Match or If-None-Match asks of a revision. [Q3.13] [Q6.9] */
export function revisionCondition(request: Request): Expected {
  const match = request.headers['if-match'];
  const noneMatch = request.headers['if-none-match'];
  if (match === undefined) {
    if (noneMatch === undefined) return null;
    if (noneMatch.trim() === '*') return 0;
    throw new Problem('invalid-request', 'on a write, If-None-Match may only be *');
  }
  if (match.trim() === '*') return 'any';
  // A proxy that compresses makes the ETag weak (W/): the revision in it still counts.
  const revision = wholeIn(
    match
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );
  if (revision === null)
    throw new Problem(
      'invalid-request',
      'If-Match must be * or a revision in double quotes, as ETag gave it',
    );
  return revision;
}

export function idempotencyKey(request: Request): string | null {
  return keyIn(request.headers['idempotency-key']);
}

/** A caller's Idempotency-Key, from the header or from a line of many; null when it sends none. */
export function keyIn(key: unknown): string | null {
  if (key === undefined) return null;
  if (typeof key !== 'string' || key.length === 0 || key.length > limits.idempotencyKeyLength) {
    throw new Problem(
      'invalid-request',
      `Idempotency-Key must have 1 to ${limits.idempotencyKeyLength} characters`,
    );
  }
  return key;
}

/** Digits only: no sign, no exponent, no spaces; null also for a number that would be rounded. */
function wholeIn(text: string): number | null {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : null;
  return Number.isSafeInteger(number) ? number : null;
}
