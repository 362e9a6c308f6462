import type { Canonical, Json, Rule } from '../../src/core/types.ts';

/** A rule as the judge reads it: what is left out has its default. */
export type JudgedRule = Omit<Rule, 'floor' | 'equality'> & {
  readonly floor: number | { readonly present: number; readonly cast: number };
  readonly equality: Equality;
  readonly options?: readonly { readonly value: Json; readonly label?: string }[];
  readonly wins?: readonly Json[];
  readonly decide?: 'median' | 'mean';
};

export type Near = {
  readonly tolerance: number;
  readonly relative?: { readonly num: number; readonly den: number };
};

export type Whole = 'exact' | 'text' | { readonly set: true } | Near;

export type Equality = Whole | { readonly field: string; readonly by: Whole };

export interface Ballot {
  readonly agent: string;
  /** null: an abstention. */
  readonly value: Canonical | null;
}

/** How many may propose, and their weight together: without the waived, whom a panel needs by name. */
export interface Body {
  readonly count: number;
  readonly weight: number;
  readonly waived?: readonly string[];
}

/** Several values where a seeded draw may give any of them. */
export type Verdict =
  | {
      readonly state: 'SUCCESS';
      readonly among: readonly Canonical[];
      /** Whether the draw may fall on a value that a required agent does not stand behind. */
      readonly mayFail: boolean;
    }
  | { readonly state: 'FAILED'; readonly why: Why };

/** In the order in which they are named where several fit. */
export type Why = 'veto' | 'floor' | 'no-agreement' | 'tie' | 'required';
