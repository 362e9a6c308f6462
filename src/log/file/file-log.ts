import {
  type Appended,
  type Checkpoint,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  LogFailure,
  type LogInfo,
  type LogSpace,
  noFallBack,
  Trimmed,
} from '../log.ts';
import { closedLog, Tail, tooLarge } from '../tail.ts';
import type { FileCheckpoints } from './checkpoints/checkpoints.ts';
import type { Published } from './checkpoints/find.ts';
import type { Disk } from './disk.ts';
import type { Ownership } from './epochs.ts';
import type { OwnedSegments } from './owned-segments.ts';
import { readEntries } from './read-entries.ts';
import type { End, Segment } from './segments.ts';

export interface FileLogParts {
  readonly disk: Disk;
  readonly info: LogInfo;
  readonly checkpoints: FileCheckpoints;
  /** What a log that is only read holds, in the order of its entries. */
  readonly segments: readonly Segment[];
  readonly end: End;
  /** Entries up to this one were trimmed. */
  readonly trimmed: number;
  /** Null for a log that is only read. */
  readonly owner: Owner | null;
  readonly restoreFrom: 'latest' | 'previous';
  readonly onFallBack: (reason: LogFailure) => void;
}

interface Owner {
  readonly ownership: Ownership;
  readonly segments: OwnedSegments;
}

const unknownSpace = { freeBytes: null, logBytes: null, refusal: null } as const;
const keepRecentBytes = 4 * 1024 * 1024;

export class FileLog implements Log {
  readonly info: LogInfo;
  readonly unavailable = null;
  readonly #parts: FileLogParts;
  readonly #checkpoints: FileCheckpoints;
  readonly #tail: Tail;
  #trimmed: number;
  #appending: Promise<unknown> | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: FileLogParts) {
    this.#parts = parts;
    this.info = parts.info;
    this.#checkpoints = parts.checkpoints;
    this.#trimmed = parts.trimmed;
    this.#tail = new Tail(parts.end.index, keepRecentBytes);
  }

  /** Also stops the log when it is lost: this is looked at once a second, even while nobody uses the log. */
  get space(): LogSpace {
    const { owner } = this.#parts;
    if (!this.#tail.isStopped) this.#stopIfLost();
    const { freeBytes, logBytes, refusal } = owner?.segments.space ?? unknownSpace;
    const stateBytes = this.#checkpoints.bytes;
    return { freeBytes, logBytes, stateBytes, refusal, fix: 'make space on this disk: it goes on by itself' };
  }

  async append(entry: Uint8Array): Promise<Appended> {
    this.#tail.check();
    if (this.#appending) throw new Error('the append before this one has not resolved yet');
    const refusal = tooLarge(entry, this.info.maxEntryBytes);
    if (refusal) return refusal;
    const { owner } = this.#parts;
    if (owner === null) throw new Error('this log was opened for reading only');
    const appending = this.#append(entry, owner);
    this.#appending = appending;
    try {
      return await appending;
    } finally {
      this.#appending = null;
    }
  }

  async #append(entry: Uint8Array, { ownership, segments }: Owner): Promise<Appended> {
    try {
      const refused = await segments.makeRoom(entry.length);
      if (refused !== null) return refused;
      const bytes = await segments.append(entry);
      if ('ok' in bytes) return bytes;
      // Only now: whoever took the log over before the write may not have seen it.
      ownership.check();
      segments.check();
      const index = this.#tail.head + 1;
      this.#tail.push({ index, bytes });
      return { ok: true, index };
    } catch (error) {
      throw this.#fail('cannot write to the log', error);
    }
  }

  entries(from: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    return this.#tail.follow(from, signal, (next) => this.#slice(next));
  }

  async head(): Promise<number> {
    this.#tail.check();
    this.#stopIfLost();
    this.#tail.check();
    return this.#tail.head;
  }

  async checkpoint(checkpoint: CheckpointWrite): Promise<void> {
    this.#tail.checkCheckpoint(checkpoint.index);
    if (!(await this.#checkpoints.write(checkpoint))) return;
    await this.#trim().catch((error) => {
      throw this.#fail('cannot trim the log', error);
    });
    // It may merge files, which takes long: nobody waits for that.
    this.#checkpoints.sweep().catch((error) => this.#fail('cannot tidy the checkpoints', error));
  }

  async restore(): Promise<Checkpoint | null> {
    this.#tail.check();
    const { current, previous } = this.#checkpoints;
    const { restoreFrom, owner, onFallBack } = this.#parts;
    if (restoreFrom === 'previous') return this.#read(previous);
    if (owner === null || this.#trimmed > (previous?.index ?? 0)) return this.#read(current);
    return this.#read(current, (reason) => {
      // Who owns the log now may have removed the entries after the one before.
      this.#stopIfLost();
      this.#tail.check();
      onFallBack(reason);
      return this.#read(this.#checkpoints.fallBack());
    });
  }

  #read(published: Published | null, fallBack: Checkpoint['fallBack'] = noFallBack): Checkpoint | null {
    return published && { index: published.index, records: this.#checkpoints.read(published), fallBack };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { owner } = this.#parts;
    const isSound = !this.#tail.isStopped;
    await this.#appending?.catch(() => undefined);
    this.#tail.stop(closedLog());
    await this.#checkpoints.close();
    await owner?.segments.close();
    await owner?.ownership.release(isSound ? this.#tail.head : null);
  }

  /** Stops the log when it has another owner, or is no longer where it was. */
  #stopIfLost(): void {
    try {
      this.#parts.owner?.ownership.check();
    } catch (error) {
      this.#fail('cannot look at the log', error);
    }
  }

  #fail(what: string, cause: unknown): LogFailure {
    const failure = asFailure(what, cause);
    this.#tail.stop(failure);
    return failure;
  }

  /** Entries from `from` on, read from the disk. */
  async #slice(from: number): Promise<LogEntry[]> {
    const { owner, disk } = this.#parts;
    const trimmed = () => new Trimmed(`entries up to ${this.#trimmed} were trimmed`);
    if (from <= this.#trimmed) throw trimmed();
    const segment = (owner?.segments.list ?? this.#parts.segments).findLast(
      ({ begin }) => begin.index < from,
    );
    if (!segment) throw new LogFailure(`entry ${from} is missing`);
    try {
      return await readEntries(disk, segment, from, Math.min(segment.end.index, this.#tail.head));
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      // A reader beside the owner does not hear of what the owner trims.
      if (isGone && (owner === null || from <= this.#trimmed)) throw trimmed();
      throw asFailure('cannot read the log', error);
    }
  }

  /** Removes the segments that the checkpoint before the current one covers. */
  async #trim(): Promise<void> {
    const { owner } = this.#parts;
    const to = this.#checkpoints.previous?.index ?? 0;
    if (owner === null || to <= this.#trimmed) return;
    this.#trimmed = to;
    this.#tail.trim(to);
    owner.ownership.check();
    await owner.segments.removeCovered(to);
  }
}

export function asFailure(what: string, cause: unknown): LogFailure {
  if (cause instanceof LogFailure) return cause;
  return new LogFailure(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
