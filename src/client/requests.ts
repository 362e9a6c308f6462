import type { Json, Rule, Settings } from '../core/types.ts';
import type { GroupJson } from '../core/view/json-types.ts';
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
  readonly [Name in Exclude<keyof Settings, 'rule' | 'retention'>]?: Settings[Name];
} & {
  readonly rule?: Partial<Omit<Rule, Timer>> & { readonly [Name in Timer]?: Duration | null };
  /** Fewer closed rounds than the limits keep; how long nobody may use the group before it is removed. */
  readonly retention?: { readonly rounds?: number | null; readonly idle?: Duration | null } | null;
} & Partial<Keys>;

/** The keys of a group that admits by key: 16 random characters or more each. */
export interface Keys {
  /** Admits agents and, where the server has no administrator, manages the group. */
  readonly joinKey: string;
  /** Reads, and does no more. */
  readonly observerKey: string;
}

/** The keys come only when admission is "key", and only in answer to the call that sets them: keep them. */
export type Created = GroupJson & Partial<Keys>;

/** What the server says of keys that it has taken. */
export interface KeysJson extends Keys {
  readonly group: string;
  readonly revision: number;
  readonly index: number;
}

export type Proposing = Bounds & {
  readonly agent: string;
  /** The round proposed in; without it the one that is open when the call starts. */
  readonly round?: number | undefined;
  /** How long to wait for the round's outcome; 0 without it. */
  readonly wait?: Duration | undefined;
  /** Where the rule allows a revote: grows with each change of mind. */
  readonly seq?: number | undefined;
} & (
    | { readonly value: Json; readonly abstain?: false }
    | { readonly abstain: true; readonly value?: undefined }
  );

export interface Reading extends Bounds {
  /** Answer only once the revision is beyond this, or the wait is over. */
  readonly after?: number | undefined;
  readonly wait?: Duration | undefined;
}

export interface Joining extends Bounds {
  /** An observer reads and proposes nothing; a voter without it. */
  readonly role?: 'voter' | 'observer' | undefined;
  /** How long the agent counts as live without being heard of, 1 s to 1 day; 30 s without it. */
  readonly ttl?: Duration | undefined;
  /** The group's join key, where its admission is "key". */
  readonly key?: string | undefined;
  /**
   * A secret of 8 to 128 characters that names this process: whoever joins with the same one while the lease lasts is
   * taken for the same process and gets the same token. A new one without it.
   */
  readonly instance?: string | undefined;
}

/** What the server says to an agent that joins. */
export interface JoinedJson extends LeaseJson {
  readonly role: 'voter' | 'observer';
  /** How long the lease lasts without being renewed, ms. */
  readonly ttl: number;
  /** The secret that speaks for the agent. */
  readonly token: string;
}

/** What the server says of a lease. */
export interface LeaseJson {
  readonly group: string;
  readonly agent: string;
  /** By the server's clock; null once the agent has left. */
  readonly expiresAt: string | null;
  readonly revision: number;
  readonly index: number;
}
