/**
 * The log: one total order of opaque entries, durable, shared by every server of a deployment. It never looks inside an
 * entry and knows nothing of groups.
 *
 * This comment is the contract of every engine. Each clause has a name in brackets, which the cases of `conformance/`
 * cite. It is shaped by the hardest engine: a cluster store whose replies may be lost.
 *
 * `info`
 * - [info.id] The id is 128 random bits in hexadecimal, made with the log; no other log has it.
 * - [info.limits] An entry may have at least 64 KiB; `location` says where the log lives.
 *
 * `append`
 * - [append.index] Entries are numbered 1, 2, 3, ... without gaps. A refused entry takes no number.
 * - [append.bytes] An entry is given back byte for byte, from none up to `info.maxEntryBytes`. The engine keeps a copy.
 * - [append.durable] It resolves when the entry survives what `info.durability` promises.
 * - [append.refusal] A refusal is definite: the entry is not in the log and never will be.
 * - [append.unknown] It rejects with `LogFailure` only when the engine cannot tell, or can no longer be trusted: the server
 *   must stop. An engine whose store may lose a reply asks the store again, so that the caller never has to guess.
 * - The caller awaits each append before the next.
 *
 * `entries`
 * - [entries.order] It yields entry `from` and every later one, in the one order that all readers see, each once, only
 *   when durable.
 * - [entries.wait] At the end of the log, or before an entry that is not there yet, it waits for more.
 * - [entries.stop] It returns when `signal` aborts. No reader disturbs another.
 * - [entries.trimmed] It throws `Trimmed` for entries that were trimmed: the reader loads the checkpoint instead.
 * - [entries.range] It throws RangeError for a `from` below 1.
 *
 * `head`
 * - [head.linearizable] At least the index of every append that had resolved, at any server, before the call.
 *
 * `checkpoint` publishes the state as of `index`, then trims the log
 * - [checkpoint.whole] It takes effect whole or not at all.
 * - [checkpoint.keys] A full one replaces all keys; an incremental one keeps those that it does not name.
 * - [checkpoint.latest] It never replaces a checkpoint with a later index.
 * - [checkpoint.range] It rejects with RangeError for an index beyond the head.
 * - [checkpoint.online] Entries are appended and read while its records are pulled.
 * - [checkpoint.trim] Entries up to the checkpoint before it are removed, and only those: one can fall back to that one.
 * - [checkpoint.space] It rejects with `NoSpace` where the store becomes too full for it, and nothing has changed.
 *
 * `restore`
 * - [restore.latest] It gives the latest published checkpoint, or null. With the entries after it, that is the state.
 * - [restore.fall-back] A checkpoint's `fallBack` gives the one before it, or null for the beginning; from then on the log
 *   is as if the damaged one had never been published. It throws its `reason` where the log cannot go back.
 *
 * `close`
 * - [close.waits] It waits for the append in flight. Where the store cannot be reached, that append is given up with
 *   `LogFailure` after the engine's own time.
 * - [close.ends] Readers end, every other call rejects afterwards, and closing again does no harm.
 */
export interface Log {
  readonly info: LogInfo;
  /** Since when and why the log can take nothing at present; null when it can. Only a hint: an append may be refused all the same. */
  readonly unavailable: Unavailability | null;
  /** The space for more entries, now or a moment ago; null where the store has no limit of its own. */
  readonly space: LogSpace | null;
  append(entry: Uint8Array, asOf?: number): Promise<Appended>;
  entries(from: number, signal: AbortSignal): AsyncIterable<LogEntry>;
  head(): Promise<number>;
  checkpoint(checkpoint: CheckpointWrite): Promise<void>;
  restore(): Promise<Checkpoint | null>;
  close(): Promise<void>;
}

/**
 * A log that several servers use: one for which `info.exclusive` is false.
 *
 * - [servers.list] A registered server is listed with what it says about itself and shows, until it stops or its lease ends.
 * - [servers.leader] One of them leads; when it stops, another does. It saves work and guards nothing: two leaders, or none,
 *   must be harmless, since a lease can end or live on without its holder knowing.
 * - [servers.as-of] An append with `asOf`, from a list of servers, is refused as `newcomers` if one has registered since.
 */
export interface SharedLog extends Log {
  register(server: ServerInfo): Registration;
  /** The members of the store as they are now; of one that does not answer in time what it said last. Never rejects. */
  members(): Promise<readonly LogMember[]>;
}

export function isShared(log: Log): log is SharedLog {
  return !log.info.exclusive;
}

/** What a server says about itself. */
export interface ServerInfo {
  /** Name of the process, which no other has or ever had. */
  readonly server: string;
  /** Whose clock it writes by: the same when it starts again. */
  readonly clock: string;
  /** The newest version of entries that it understands. */
  readonly supported: number;
  /** Of Quorate; left out by those that do not say it. */
  readonly release?: string;
}

export interface RegisteredServer extends ServerInfo {
  /** Hash of what the entries up to `index` changed in its state, the latest that it published; null until it has. */
  readonly stateHash: { readonly index: number; readonly hash: string } | null;
  /** Left out until it has shown anything. */
  readonly shown?: Shown;
}

/** What a server shows the others of itself while somebody looks at the cluster. */
export interface Shown {
  /** The last entry that it has applied. */
  readonly index: number;
  /** Entries that the log held beyond that. */
  readonly behind: number;
  /** Event streams open. */
  readonly streams: number;
  readonly votesPerSecond: number;
  /** Whether somebody asks this server about the cluster: then all show. */
  readonly isWatched: boolean;
}

/** A member of the store of a shared log. */
export interface LogMember {
  readonly name: string;
  /** Where this server reaches it; null where it has not been told. */
  readonly endpoint: string | null;
  readonly isUp: boolean;
  /** Why it counts as down; null while it is up. */
  readonly detail: string | null;
  /** Its role, as it said last; null: it has not said. */
  readonly role: 'leader' | 'follower' | 'learner' | null;
  /** The term of the leader that it knew last; null: it has not said. */
  readonly term: number | null;
}

export interface ServerList {
  readonly servers: readonly RegisteredServer[];
  /** When it was read: `asOf` of an append. */
  readonly asOf: number;
}

/** One server's registration, held by a lease. Stop it before the log is closed. */
export interface Registration {
  /** Whether this server is the one that ticks and writes checkpoints. */
  readonly leads: boolean;
  /** Shows the others the hash of what the entries up to `index` changed, instead of the one before. */
  publish(index: number, hash: string): Promise<void>;
  /** Shows the others these figures, instead of those before. */
  show(shown: Shown): Promise<void>;
  /** The servers that are registered now. */
  servers(): Promise<ServerList>;
  stop(): Promise<void>;
}

export interface Unavailability {
  readonly since: Date;
  readonly detail: string;
  /** What an operator can do about it, where the engine knows. */
  readonly fix?: string;
}

export interface LogSpace {
  /** Bytes that may still be written; null where the store does not say. */
  readonly freeBytes: number | null;
  /** Bytes that its entries take; over a store that does not tell them apart, all that it has in use. Null: not known yet. */
  readonly logBytes: number | null;
  /** Bytes that the newest checkpoint takes; null where the store does not say. */
  readonly stateBytes: number | null;
  /** Why nothing more is taken, though what is there can be read; null while there is space. */
  readonly refusal: string | null;
  /** What an operator can do about a refusal. */
  readonly fix: string;
}

export interface LogInfo {
  /** Name of this log. One that is restored from a backup has another. */
  readonly id: string;
  readonly kind: 'memory' | 'file' | 'etcd';
  /** What an acknowledged entry survives: nothing, a power cut of this machine, loss of a minority. */
  readonly durability: 'none' | 'disk' | 'cluster';
  /** Where the log lives, for people: a directory, or endpoints without credentials. */
  readonly location: string;
  /** True when no other server can append to this log; when false, it is a `SharedLog`. */
  readonly exclusive: boolean;
  /** Whether a checkpoint may name only the keys changed since the last one, or must name all. */
  readonly checkpoints: 'incremental' | 'full';
  /** Largest entry, in bytes, that append takes. */
  readonly maxEntryBytes: number;
}

export interface LogEntry {
  /** Position in the one order: 1, 2, 3, ... */
  readonly index: number;
  readonly bytes: Uint8Array;
}

export type Appended =
  | { readonly ok: true; readonly index: number }
  | {
      readonly ok: false;
      readonly reason: 'too-large' | 'no-space' | 'unavailable' | 'newcomers';
      readonly detail: string;
    };

/**
 * One named part of a checkpoint. Each record holds the state of its own key, so that a million of them can be written in
 * slices while entries are applied.
 */
export interface CheckpointRecord {
  readonly key: string;
  /** The record's bytes, or null when the key no longer exists. */
  readonly bytes: Uint8Array | null;
}

export interface CheckpointWrite {
  /** Every entry up to and including this index is covered by the checkpoint. */
  readonly index: number;
  /** True: `records` holds every key there is. False: only keys changed since the last checkpoint. */
  readonly full: boolean;
  /**
   * Pulled slice by slice. Entries may be appended and applied between two pulls, so a record may hold its key as of a
   * later entry than `index`; the record itself says which.
   */
  readonly records: AsyncIterable<readonly CheckpointRecord[]>;
}

export interface Checkpoint {
  readonly index: number;
  /** Throws `LogFailure`, after the last record at the latest, when one is damaged or missing. */
  readonly records: AsyncIterable<CheckpointRecord>;
  /** To be called when it cannot be read, with the reason: see [restore.fall-back]. */
  fallBack(reason: LogFailure): Checkpoint | null;
}

/** The `fallBack` of a checkpoint whose log cannot go back. */
export function noFallBack(reason: LogFailure): never {
  throw reason;
}

/** The engine cannot go on: a failed sync, a damaged record, another log in its place. The server must stop. */
export class LogFailure extends Error {
  override readonly name = 'LogFailure';
}

/** What is to be done with what a newer release wrote. */
export const newerFix =
  'nothing is damaged and nothing was changed: run the release that wrote it, or a later one; the way back to an older one is a backup that was made before the upgrade';

/** A newer release wrote this, and this one does not understand it. */
export class NewerLog extends LogFailure {
  readonly fix = newerFix;
}

/** There is no log in a directory that was named as one. */
export class NoLog extends LogFailure {
  readonly fix =
    'name the directory where a server keeps its log: its --data, or without that ~/.local/share/quorate';
}

/** Another process has the log, which is one process's at a time. */
export class LogInUse extends LogFailure {
  readonly fix = 'stop that process first (quorate server stop), or choose another place with --data DIR';
}

/** The store is too full for a checkpoint now. */
export class NoSpace extends Error {
  override readonly name = 'NoSpace';
}

/** The entries asked for were trimmed behind a checkpoint. */
export class Trimmed extends Error {
  override readonly name = 'Trimmed';
}
