/** What texts are given to speak of, beside what the server sends. */

/** How many members are there, and who is not. */
export interface Majority {
  readonly quorum: boolean;
  readonly down: readonly string[];
  readonly up: number;
  readonly of: number;
  readonly isElecting: boolean;
}

/** What a decision is made of: what has to be the same, at which field of it, and what of those within a window is decided. */
export interface What {
  readonly same: string;
  readonly at: string | null;
  readonly decide: 'proposed' | 'median' | 'mean';
}

/** When a round closes; spans in ms. */
export interface Closing {
  readonly close: 'all' | 'early';
  readonly minWait: number | null;
  readonly lastCall: number | null;
  readonly deadline: number | null;
  /** Whether the deadline counts from the first proposal, not from the opening. */
  readonly fromFirst: boolean;
}

/** A share such as 3/4. */
export interface Share {
  readonly num: number;
  readonly den: number;
  readonly strict: boolean;
}

/** A sentence: every second text is what matters in it. */
export type Sentence = readonly string[];

/** A round that waits, as far as its words need it. */
export interface Waiting {
  readonly missing: readonly string[];
  readonly moreMissing?: number;
}

/** A closed round, as far as its words need it. */
export interface Closed {
  readonly round: number;
  readonly state: string;
  readonly tally: readonly { readonly value: unknown; readonly agents: readonly string[] }[] | null;
}
