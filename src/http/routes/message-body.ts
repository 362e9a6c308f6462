import type { Command } from '../../core/entry.ts';
import { canonical } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { AckBy, Canonical, Json } from '../../core/types.ts';
import { bodyObject, nameIn } from '../input.ts';
import { Problem } from '../problem.ts';

/** The members of a message as a caller sends it, read strictly. [Q9.5] */

type Said = Pick<Extract<Command, { type: 'say' }>, 'body' | 'to' | 'replyTo' | 'round' | 'inView' | 'ackBy'>;

const members = ['body', 'to', 'replyTo', 'round', 'inView', 'ackBy'];

/** What a body says; members that are null or left out mean the same, and stay out. Throws a Problem. */
export function messageIn(body: unknown): Said {
  const { body: text, to, replyTo, round, inView, ackBy } = bodyObject(body, members);
  if (text === undefined)
    throw new Problem('invalid-request', 'body is missing: it is what the message says, any JSON');
  const said: { -readonly [K in keyof Said]: Said[K] } = { body: bodyIn(text) };
  if (to != null) said.to = namesIn(to);
  if (replyTo != null) said.replyTo = placeIn('replyTo', replyTo);
  if (round != null) said.round = placeIn('round', round);
  if (inView != null) said.inView = placeIn('inView', inView);
  if (ackBy != null) said.ackBy = ackByIn(ackBy);
  return said;
}

function bodyIn(value: Json): Canonical {
  const text = canonical(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.messageBytes)
    throw new Problem('too-large', `the body takes ${bytes} bytes, the limit is ${limits.messageBytes}`);
  return text;
}

function namesIn(value: Json): readonly string[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= limits.messageRecipients)
    return value.map((name) => nameIn('agent', name));
  throw new Problem(
    'invalid-request',
    `to must be a list of 1 to ${limits.messageRecipients} names of agents`,
  );
}

/** A number of the kind that offsets, views and rounds are. */
function placeIn(name: string, value: Json): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  const what = { replyTo: 'the offset of a message', round: 'the number of a round' }[name];
  throw new Problem('invalid-request', `${name} must be ${what ?? 'the offset of a view'}, from 1`);
}

function ackByIn(value: Json): AckBy {
  if (value === 'majority' || value === 'all') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new Problem('invalid-request', 'ackBy must be "majority", "all", or how many, from 1');
}
