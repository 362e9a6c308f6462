import type { ErrorCode } from '../../core/errors.ts';

/** Which errors of the catalogue a route may answer with, in sets that routes share. */

/** Every route: what stands before it, and the server's own mistakes. */
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

/** Routes that read a body, or refuse one. */
export const body = [
  'invalid-json',
  'unsupported-media-type',
  'too-large',
] as const satisfies readonly ErrorCode[];

export const write = [...recorded, ...body] as const;

export const inGroup = ['invalid-name', 'group-not-found'] as const satisfies readonly ErrorCode[];

/** What only the administrator, or whoever has the join key, may do. */
export const managed = [
  'token-required',
  'token-wrong',
  'join-key-wrong',
] as const satisfies readonly ErrorCode[];

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
