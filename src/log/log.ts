/**
 * The log: one total order of opaque entries, durable, shared by every server of a deployment.
 *
 * A log never looks inside an entry and knows nothing of groups. Its contract, which
 * `conformance.ts` checks for every engine, is shaped by the hardest engine (a cluster store whose
 * replies may be lost):
 *
 * - **Index.** Entries are numbered 1, 2, 3, ... without gaps, in the one order every reader sees.
 * - **append** resolves when the entry is durable: it survives whatever `info.durability` promises.
 *   A refusal is definite: the entry is not in the log and never will be. It rejects with
 *   `LogFailure` only when the engine can no longer tell or no longer be trusted; the server must
 *   then stop. An engine whose store may lose a reply resolves it inside `append` by asking the
 *   store again, so a caller never has to guess. One append at a time: the caller awaits each.
 *   With `asOf`, a moment at which somebody read which servers are there, the entry goes in only if none has come since;
 *   otherwise it is refused with `newcomers`. A log with one server has nothing to look at.
 * - **entries(from)** yields the entry with index `from` and every later one, in order, each once,
 *   for ever: it waits at the end of the log and returns when `signal` aborts. Bytes are yielded
 *   only once durable. If `from` has been trimmed it throws `Trimmed`: load the checkpoint instead.
 * - **head** is a linearizable read: at least the index of every append that had resolved, at any
 *   server, before the call.
 * - **checkpoint** publishes the state as of `index` and then trims the past. It takes effect whole
 *   or not at all, never replaces a checkpoint with a later index, and keeps enough of the past to
 *   fall back to the checkpoint before it. It rejects with `NoSpace` where the store becomes too full
 *   for it, and nothing has changed: it can be tried again when there is space.
 * - **restore** gives the latest published checkpoint, or null. With `entries(checkpoint.index + 1)`
 *   it reproduces the state.
 * - **close** waits for the append in flight and releases every resource. Nothing works afterwards. Where the store
 *   cannot be reached, the append in flight is given up with `LogFailure` after the engine's own time.
 */
export interface Log {
  readonly info: LogInfo;
  /** Since when and why the log can take nothing at present; null when it can. A hint, kept fresh by the engine. */
  readonly unavailable: Unavailability | null;
  /** The space for more entries, as it is now or was a moment ago. Missing where the store has no bound of its own. */
  readonly space?: LogSpace | undefined;
  append(entry: Uint8Array, asOf?: number): Promise<Appended>;
  entries(from: number, signal: AbortSignal): AsyncIterable<LogEntry>;
  head(): Promise<number>;
  checkpoint(checkpoint: CheckpointWrite): Promise<void>;
  restore(): Promise<Checkpoint | null>;
  close(): Promise<void>;
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
  /** Why nothing more is taken, though what is there can be read; null while there is space. */
  readonly refusal: string | null;
  /** What an operator can do about a refusal. */
  readonly fix: string;
}

export interface LogInfo {
  /** Random name of this log's history, made when it was created; a restored backup has another. */
  readonly id: string;
  readonly kind: 'memory' | 'lmdb' | 'etcd';
  /** What an acknowledged entry survives: nothing, a power cut of this machine, loss of a minority. */
  readonly durability: 'none' | 'disk' | 'cluster';
  /** Where the log lives, for people: a directory, or endpoints without credentials. */
  readonly location: string;
  /** True when no other server can append to this log. */
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
 * One named part of a checkpoint. Records are independent: each holds the state of its own key, so
 * that a million of them can be written in slices while entries go on being applied.
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
   * Pulled slice by slice; between two pulls entries may be appended and applied, so a record may
   * describe its key at a later position than `index` (the record itself says which).
   */
  readonly records: AsyncIterable<readonly CheckpointRecord[]>;
}

export interface Checkpoint {
  readonly index: number;
  /** Throws `LogFailure` at the latest behind the last record when one is damaged or missing. */
  readonly records: AsyncIterable<CheckpointRecord>;
  /**
   * To be called when it cannot be read: gives the checkpoint before it, or null for the beginning, and from then on the
   * log is as if this one had never been published. Missing where the log does not reach back so far, or is only read.
   */
  readonly fallBack?: (reason: LogFailure) => Checkpoint | null;
}

/** The engine cannot go on: a failed sync, a damaged record, a foreign history. The server must stop. */
export class LogFailure extends Error {
  override readonly name = 'LogFailure';
}

/** The store is too full for a checkpoint now. */
export class NoSpace extends Error {
  override readonly name = 'NoSpace';
}

/** The entries asked for were trimmed behind a checkpoint. */
export class Trimmed extends Error {
  override readonly name = 'Trimmed';
}
