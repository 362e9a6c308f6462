import type { ErrorCode } from '../../core/errors.ts';

/** Errors that several routes may answer with, in sets. An operation lists the sets and its own. */

const set = <const Codes extends readonly ErrorCode[]>(...codes: Codes): Codes => codes;

/** Every route: what is refused before a route is asked, and the server's own mistakes. */
export const anyRoute = set(
  'invalid-request',
  'host-not-allowed',
  'headers-too-large',
  'request-timeout',
  'overloaded',
  'history-changed',
  'behind',
  'internal',
);

/** Reads that are as fresh as everything acknowledged anywhere. */
export const freshRead = set('no-quorum', 'stopping');

/** Whatever is recorded in the log. */
export const recorded = set(
  ...freshRead,
  'cross-origin',
  'no-space',
  'outcome-unknown',
  'version-not-active',
);

/** Whatever is recorded and has a body, or refuses one. */
export const write = set(...recorded, 'invalid-json', 'unsupported-media-type', 'too-large');

export const inGroup = set('invalid-name', 'group-not-found');

/** What only the administrator may do. */
export const administered = set('token-required', 'token-wrong');

/** What only the administrator, or whoever has the join key, may do. */
export const managed = set(...administered, 'join-key-wrong');

/** An agent that speaks for itself. */
export const asAgent = set('reserved-name', 'token-required', 'token-wrong');

/** A proposal in the open round. */
export const proposal = set(
  'no-open-round',
  'group-exhausted',
  'already-proposed',
  'stale-seq',
  'not-eligible',
  'not-a-voter',
  'round-full',
  'electorate-incomplete',
  'key-reused',
  'not-an-option',
  'token-required',
  'not-invited',
);

/** A message that is asked for by its offset. */
export const oneMessage = set('message-not-found', 'messages-not-kept');

/** Answers to a path or method that no route takes. */
export const noRoute = set('not-found', 'method-not-allowed');
