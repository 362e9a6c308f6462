import type { GroupShape } from '../core/shapes.ts';
import type { Json, Rule, Settings } from '../core/types.ts';
import type { Duration } from './time.ts';

/** What callers hand to the client's calls. */

/** How long a call may take; every call takes these. */
export interface Bounds {
  readonly signal?: AbortSignal | undefined;
  /** The call rejects with code `deadline` when this much time has passed. */
  readonly deadline?: Duration | undefined;
}

type Timer = 'minWait' | 'lastCall' | 'deadline';

/** A group as a person writes it: what is left out gets the preset's or the general default. */
export type GroupSettings = {
  readonly [Name in Exclude<keyof Settings, 'rule'>]?: Settings[Name];
} & {
  readonly rule?: Partial<Omit<Rule, Timer>> & { readonly [Name in Timer]?: Duration | null };
};

export type Created = GroupShape & {
  /** Only when admission is "key", and only in this reply: keep it. */
  readonly joinKey?: string;
};

export type Proposing = Bounds & {
  readonly agent: string;
  /** The round proposed in; without it the one that is open when the call starts. */
  readonly round?: number | undefined;
  /** How long to wait for the round's outcome; 0 without it. */
  readonly wait?: Duration | undefined;
} & (
    | { readonly value: Json; readonly abstain?: false }
    | { readonly abstain: true; readonly value?: undefined }
  );

export interface Reading extends Bounds {
  /** Answer only once the revision is beyond this, or the wait is over. */
  readonly after?: number | undefined;
  readonly wait?: Duration | undefined;
}
