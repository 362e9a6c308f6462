import type { ErrorCode } from '../../core/errors.ts';

/** Errors that several routes may answer with, in sets. An operation lists the sets and its own. */

/** Every route: what is refused before a route is asked, and the server's own mistakes. */
export const anyRoute = [
  'invalid-request',
  'host-not-allowed',
  'headers-too-large',
  'request-timeout',
  'overloaded',
  'history-changed',
  'behind',
  'internal',
] as const satisfies readonly ErrorCode[];

/** Reads that are as fresh as everything acknowledged anywhere. */
export const freshRead = ['no-quorum', 'stopping'] as const satisfies readonly ErrorCode[];

/** Whatever is recorded in the log. */
export const recorded = [
  ...freshRead,
  'cross-origin',
  'no-space',
  'outcome-unknown',
] as const satisfies readonly ErrorCode[];

/** Whatever is recorded and has a body, or refuses one. */
export const write = [
  ...recorded,
  'invalid-json',
  'unsupported-media-type',
  'too-large',
] as const satisfies readonly ErrorCode[];

export const inGroup = ['invalid-name', 'group-not-found'] as const satisfies readonly ErrorCode[];

/** What only the administrator may do. */
export const administered = ['token-required', 'token-wrong'] as const satisfies readonly ErrorCode[];

/** What only the administrator, or whoever has the join key, may do. */
export const managed = [...administered, 'join-key-wrong'] as const satisfies readonly ErrorCode[];

/** An agent that speaks for itself. */
export const asAgent = [
  'reserved-name',
  'token-required',
  'token-wrong',
] as const satisfies readonly ErrorCode[];

/** A proposal in the open round. */
export const proposal = [
  'no-open-round',
  'group-exhausted',
  'already-proposed',
  'stale-seq',
  'not-eligible',
  'not-a-voter',
  'round-full',
  'electorate-incomplete',
  'key-reused',
  'token-required',
] as const satisfies readonly ErrorCode[];

/** Answers to a path or method that no route takes. */
export const noRoute = ['not-found', 'method-not-allowed'] as const satisfies readonly ErrorCode[];
