/** How a log and its servers are, as one server knows it. [Q6.17] */
export interface ClusterJson {
  /** The name of the server that answers. */
  readonly server: string;
  /** Its time, RFC 3339. */
  readonly time: string;
  readonly log: {
    readonly kind: 'memory' | 'file' | 'etcd';
    readonly durability: 'none' | 'disk' | 'cluster';
  };
  /** Whether a majority of the members is up; votes wait while it is not. */
  readonly quorum: boolean;
  /** Whether the log answers this server. */
  readonly reachable: boolean;
  /** Commands that wait for the log at this server. */
  readonly queued: number;
  readonly servers: readonly ServerJson[];
  /** None where the log is on the server's own machine. */
  readonly members: readonly LogMemberJson[];
  readonly entries: EntriesJson;
  /** The last entry of the log that this server knows of. */
  readonly head: number;
  /** The last entry that this server has applied. */
  readonly index: number;
}

/** One server, and how far it is. */
export interface ServerJson {
  readonly name: string;
  readonly state: 'serving' | 'silent' | 'unknown';
  /** Since when it is silent, RFC 3339. */
  readonly since: string | null;
  /** The last entry that it is known to have applied; null: it has not said. */
  readonly index: number | null;
  /** Entries that it lacks. */
  readonly behind: number | null;
  /** Event streams open; null where it does not serve. */
  readonly streams: number | null;
  readonly votesPerSecond: number | null;
}

/** One member of what keeps the log, such as etcd. */
export interface LogMemberJson {
  readonly name: string;
  readonly endpoint: string | null;
  readonly isUp: boolean;
  /** Why it counts as down. */
  readonly detail: string | null;
  /** As it said last. */
  readonly role: 'leader' | 'follower' | 'learner' | null;
  readonly term: number | null;
}

/** The entries of the log in the last minute. */
export interface EntriesJson {
  /** Since when they are counted, RFC 3339. */
  readonly since: string;
  /** In each of the last 60 whole seconds, oldest first. */
  readonly perSecond: readonly number[];
  /** ms since the last entry; null: none has come. */
  readonly quietMs: number | null;
  /** The longest time without an entry in these seconds: `next` is `after` + 1. */
  readonly longestPause: {
    readonly ms: number;
    readonly from: string;
    readonly after: number;
    readonly next: number;
  } | null;
}
