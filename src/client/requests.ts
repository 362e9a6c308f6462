import type { AgentKind, Equality, Floor, Json, Near, Option, Rule, Settings } from '../core/types.ts';
import type { GroupJson, InviteJson } from '../core/view/json-types.ts';
import type { Duration } from './time.ts';

/** The options of the client's calls, and the replies that only the client's own calls get. */

/** How long a call may take; every call takes these options. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The call rejects with code `deadline` after this time. */
  readonly deadline?: Duration | undefined;
}

type Timer = 'minWait' | 'lastCall' | 'deadline';

/** Parts of a rule that can be written in more ways than one. */
interface Written {
  readonly floor: number | Partial<Floor>;
  readonly equality: Comparison | { readonly field: string; readonly by?: Comparison };
  /** All that may be proposed, each value bare or with a label; null: anything. */
  readonly options: readonly (Json | Option)[] | null;
  /** The options that can be decided; null: all. */
  readonly wins: readonly Json[] | null;
  readonly deadlineFrom: 'open' | 'first-proposal';
  readonly decide: 'proposed' | 'median' | 'mean';
}

type Comparison = Exclude<Equality, Near | { readonly field: string }> | Partial<Near>;

/** The settings of a group. A member that is left out gets the preset's value, or else the general default. */
export type GroupSettings = {
  readonly [Name in Exclude<keyof Settings, 'rule' | 'retention' | 'mayWaive' | 'maySpend'>]?: Settings[Name];
} & {
  readonly rule?: Partial<Omit<Rule, Timer | keyof Written>> &
    Partial<Written> & { readonly [Name in Timer]?: Duration | null };
  /** Who may take electors out of an open round: nobody but the administrator, or these agents as well. */
  readonly mayWaive?: 'admin' | readonly string[];
  /** Who may claim decisions and act on them: nobody but the administrator, every agent, or these. */
  readonly maySpend?: 'admin' | 'agents' | readonly string[];
  /** How many closed rounds and messages are kept, if fewer than the server's limit; how long an unused group is kept. */
  readonly retention?: {
    readonly rounds?: number | null;
    readonly messages?: number | null;
    readonly idle?: Duration | null;
  } | null;
} & Partial<Keys>;

/** The keys of a group that admits by key or by invite, each of 16 random characters or more. */
export interface Keys {
  /** Manages the group on a server without an administrator; where the group admits by key it admits agents, too. */
  readonly joinKey: string;
  /** Allows reading only. */
  readonly observerKey: string;
}

/** The keys are there only when admission is "key" or "invite", and only in the answer to the call that sets them: keep them. */
export type CreatedGroup = GroupJson & Partial<Keys>;

/** The server's answer to new keys. */
export interface KeysJson extends Keys {
  readonly group: string;
  readonly revision: number;
  readonly index: number;
}

/** What is proposed, by whom, in which round, and how long to wait for the outcome. */
export type ProposeOptions = CallOptions & {
  readonly agent: string;
  /** The round to propose in; by default the round that is open when the call starts. */
  readonly round?: number | undefined;
  /** How long to wait for the outcome; 0 by default. */
  readonly wait?: Duration | undefined;
  /** For rules with a revote: grows each time the agent changes its value. */
  readonly seq?: number | undefined;
  /** Names this request: sent again with the same key it gets its first answer, whatever came between. */
  readonly idempotencyKey?: string | undefined;
  /** Why, in at most 2,000 characters: shown where and when the value is, never compared. Of a repeat the first note stays. */
  readonly note?: string | undefined;
} & (
    | { readonly value: Json; readonly abstain?: false }
    | { readonly abstain: true; readonly value?: undefined }
  );

/** Whether a read waits for news. */
export interface ReadOptions extends CallOptions {
  /** The answer comes once the revision is greater than this, or the wait is over. */
  readonly after?: number | undefined;
  readonly wait?: Duration | undefined;
}

/** Who claims a decision, for how long, and what it must be. */
export interface ClaimOptions extends CallOptions {
  /** Names this run, in 1 to 128 characters; the same one again has the same claim. A new one by default. */
  readonly holder?: string | undefined;
  /** How long the claim is held without a renewal, 1 s to 1 day; 30 s by default. */
  readonly lease?: Duration | undefined;
  /** What must be decided, compared as the round compares values. */
  readonly value?: Json | undefined;
  /** What it must be decided about. */
  readonly subjectHash?: string | undefined;
}

/** As what an agent joins, and for how long. */
export interface JoinOptions extends CallOptions {
  /** What the agent is shown as, in at most 64 characters; its id when left out. */
  readonly name?: string | undefined;
  /** What it is, for showing. */
  readonly kind?: AgentKind | undefined;
  /** An observer reads and cannot propose; `voter` by default. */
  readonly role?: 'voter' | 'observer' | undefined;
  /** How long the agent counts as live after its last request, 1 s to 1 day; 30 s by default. */
  readonly ttl?: Duration | undefined;
  /** The group's join key, when its admission is "key". */
  readonly key?: string | undefined;
  /**
   * A secret of 8 to 128 characters that names this process. Joining again with the same one while the lease lasts
   * returns the same token. A new one by default.
   */
  readonly instance?: string | undefined;
}

/** The server's answer to an agent that joins. */
export interface JoinedJson extends LeaseJson {
  readonly role: 'voter' | 'observer';
  /** How long the lease lasts after each renewal, ms. */
  readonly ttl: number;
  /** The agent's secret: requests that carry it are the agent's. */
  readonly token: string;
  /** The view that its joining made, or the one in force when it was here already. */
  readonly view: number;
  /** The offset with which this membership began. */
  readonly incarnation: number;
  /** Where it goes on in the stream: behind this offset. */
  readonly cursor: number;
}

/** What an invited agent is shown as, and may do. */
export interface InviteOptions extends CallOptions {
  /** What the agent is shown as, in at most 64 characters; its id when left out. */
  readonly name?: string | undefined;
  /** What it is, for showing. */
  readonly kind?: AgentKind | undefined;
  /** An observer reads and cannot propose; `voter` by default. */
  readonly role?: 'voter' | 'observer' | undefined;
  /** Of 16 random characters or more; a new one by default. */
  readonly secret?: string | undefined;
}

/** The server's answer about an invite. */
interface InviteNow extends InviteJson {
  readonly group: string;
  readonly revision: number;
  readonly index: number;
}

/** The server's answer to a new invite. */
export interface InvitedJson extends InviteNow {
  readonly secret: string;
  /** An address with the secret behind the #, which browsers do not send. */
  readonly link: string;
}

/** The server's answer to a redeemed invite. */
export interface RedeemedJson extends InviteNow {
  /** The agent's secret: requests that carry it are the agent's. */
  readonly token: string;
}

/** The server's answer to a renewal. */
export interface LeaseJson {
  readonly group: string;
  readonly agent: string;
  /** By the server's clock; null once the agent has left. */
  readonly expiresAt: string | null;
  readonly revision: number;
  readonly index: number;
}
