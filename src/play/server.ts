import type { ActorState, Content, Lifeline, Note } from './types.ts';

/** What a server came to in a round that succeeded, as somebody sees who sees everything. */
export interface Decision {
  readonly round: number | null;
  readonly value: number;
  /** Who sent the numbers that were counted for it: an agent that was counted twice is there twice. */
  readonly by: readonly Lifeline[];
  /** How many different numbers had the quorum. */
  readonly winners: number;
}

export interface Handled {
  readonly reply: Content;
  readonly notes: readonly Note[];
  /** The decision that the reply tells of; null with any other reply. */
  readonly decision: Decision | null;
}

/** One of the two servers. It sees what a request says; `from` is for the notes, and for the judgement on its decisions. */
export interface Server {
  handle(from: Lifeline, request: Content): Handled;
  /** It dies and starts again; says with what. */
  restart(): Note;
  state(): ActorState;
  /** Grows with whatever changes it: two replies of one version come from the same state. */
  readonly version: number;
}
