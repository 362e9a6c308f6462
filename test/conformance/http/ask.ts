import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Json } from '../../../src/core/types.ts';
import type { GroupJson, ProblemJson, RoundJson } from '../../../src/core/view/json-types.ts';

/** One promise of the protocol, checked on any server by its address. Rejects, with the reply, when it is broken. */
export interface Case {
  /** The clause in PROTOCOL.md, or the part of it. */
  readonly clause: string;
  readonly name: string;
  run(base: string): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What was asked and answered, for messages. */
  readonly story: string;
  /** The body read as JSON; rejects with the story when it is none. */
  as<T>(): T;
}

/** A body that is sent as it stands, byte for byte. */
export interface Raw {
  readonly raw: string | Uint8Array<ArrayBuffer>;
}

export const raw = (text: string | Uint8Array<ArrayBuffer>): Raw => ({ raw: text });

export async function ask(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const sent = body === undefined ? undefined : isRaw(body) ? body.raw : JSON.stringify(body);
  const response = await fetch(base + path, {
    method,
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    signal: AbortSignal.timeout(30_000),
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const shown = typeof sent === 'string' ? sent.slice(0, 200) : sent === undefined ? '' : '(bytes)';
  const story = `${method} ${path} ${shown}\n-> ${response.status} ${text.slice(0, 1500)}`;
  return { status: response.status, headers: response.headers, text, story, as: () => parse(text, story) };
}

/** A name that no earlier run has used. */
export function fresh(word = 'conf'): string {
  return `${word}-${randomBytes(6).toString('hex')}`;
}

/** Creates a group of this rule under a fresh name. */
export async function createGroup(base: string, rule: Json): Promise<string> {
  const group = fresh();
  const reply = await ask(base, 'PUT', `/v1/groups/${group}`, { rule });
  assert.equal(reply.status, 201, reply.story);
  return group;
}

export const size = (n: number, more: Readonly<Record<string, Json>> = {}): Json => ({
  electorate: { size: n },
  ...more,
});

/** `PUT .../rounds/:round/proposals/:agent`; a body that is not `raw` is sent as `{"value": ...}`. */
export function propose(
  base: string,
  group: string,
  round: number | string,
  agent: string,
  value: unknown,
  query = '',
): Promise<Reply> {
  const path = `/v1/groups/${group}/rounds/${round}/proposals/${agent}${query}`;
  return ask(base, 'PUT', path, isRaw(value) ? value : { value });
}

export const abstain = raw('{"abstain":true}');

export async function readRound(base: string, group: string, round: number | string): Promise<RoundJson> {
  const reply = await ask(base, 'GET', `/v1/groups/${group}/rounds/${round}`);
  assert.equal(reply.status, 200, reply.story);
  return reply.as<RoundJson>();
}

export async function readGroup(base: string, group: string): Promise<GroupJson> {
  const reply = await ask(base, 'GET', `/v1/groups/${group}`);
  assert.equal(reply.status, 200, reply.story);
  return reply.as<GroupJson>();
}

/** Proposes one value after the other by agents a1, a2, ... and gives the round as it then stands. */
export async function playRound(base: string, group: string, values: readonly unknown[]): Promise<RoundJson> {
  for (const [i, value] of values.entries()) {
    const reply = await propose(base, group, 1, `a${i + 1}`, value);
    assert.equal(reply.status, 201, reply.story);
  }
  return readRound(base, group, 1);
}

/** Checks that the reply is a problem that says how to fix it, and gives it. */
export function problem(reply: Reply, status: number | readonly number[], code?: string): ProblemJson {
  const allowed = typeof status === 'number' ? [status] : status;
  assert.ok(allowed.includes(reply.status), `status ${allowed.join(' or ')} expected\n${reply.story}`);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json\b/, reply.story);
  const body = reply.as<ProblemJson>();
  assert.equal(body.status, reply.status, reply.story);
  assert.match(body.code, /^[a-z]+(-[a-z0-9]+)*$/, reply.story);
  for (const member of ['title', 'detail', 'fix'] as const) {
    assert.ok(
      typeof body[member] === 'string' && body[member] !== '',
      `${member} is missing\n${reply.story}`,
    );
  }
  if (code !== undefined) assert.equal(body.code, code, reply.story);
  return body;
}

/** Any status of the caller's making. */
export const anyRefusal: readonly number[] = [400, 403, 404, 405, 409, 411, 413, 414, 415, 422, 428, 431];

/** The one list in a reply that lists. */
export function listIn<T>(reply: Reply): readonly T[] {
  assert.equal(reply.status, 200, reply.story);
  const body = reply.as<Record<string, unknown>>();
  const lists = Array.isArray(body) ? [body] : Object.values(body).filter(Array.isArray);
  assert.equal(lists.length, 1, `one list expected\n${reply.story}`);
  return lists[0] as readonly T[];
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function isRaw(body: unknown): body is Raw {
  return typeof body === 'object' && body !== null && 'raw' in body;
}

function parse<T>(text: string, story: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new assert.AssertionError({ message: `a JSON body expected\n${story}` });
  }
}
