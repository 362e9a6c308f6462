import { statfsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Checkpoints } from './lmdb-checkpoints.ts';
import {
  decodeEntry,
  encodeEntry,
  encodeNote,
  entryBytes,
  entryHash,
  genesis,
  hashBytes,
} from './lmdb-record.ts';
import { Store } from './lmdb-store.ts';
import {
  type Appended,
  type Checkpoint,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  LogFailure,
  type LogInfo,
  Trimmed,
} from './log.ts';
import { closedLog, Tail } from './tail.ts';

export interface LmdbLogOptions {
  /** Largest entry, in bytes. Default 8 MiB. */
  readonly maxEntryBytes?: number;
  /** Free space, in bytes, below which append refuses with `no-space`. Default 64 MiB; 0 never looks. */
  readonly minFreeBytes?: number;
  /** Which checkpoint `restore` gives. `previous` is for when the latest one turns out to be damaged. */
  readonly restoreFrom?: 'latest' | 'previous';
}

/** Index and hash of the last entry that was trimmed: what the first one left must follow. */
interface TrimmedNote {
  readonly index: number;
  readonly hash: string;
}

const trimmedName = 'trimmed';
const keepRecentBytes = 4 * 1024 * 1024;
const sliceEntries = 128;
const sliceBytes = 1024 * 1024;

/**
 * Opens the log in directory `dir`, creating both when missing. An entry is on disk when its append
 * resolves. Throws `LogFailure` when another process owns the directory, or when what is in it is
 * damaged, foreign or of a newer format; nothing is ever repaired, skipped or cut off.
 */
export async function openLmdbLog(dir: string, options: LmdbLogOptions = {}): Promise<Log> {
  const location = resolve(dir);
  const store = await Store.open(location);
  try {
    const log = new LmdbLog(store, location, options);
    await log.tidy();
    return log;
  } catch (error) {
    await store.close(closedLog());
    throw error;
  }
}

class LmdbLog implements Log {
  readonly info: LogInfo;
  readonly unavailable = null;
  readonly #store: Store;
  readonly #checkpoints: Checkpoints;
  readonly #tail: Tail;
  readonly #space: FreeSpace;
  readonly #restoreFrom: 'latest' | 'previous';
  #trimmed: { readonly index: number; readonly hash: Buffer };
  /** Hash of the newest entry. */
  #hash: Buffer;
  #appending = false;
  #closing: Promise<void> | null = null;

  constructor(store: Store, location: string, options: LmdbLogOptions) {
    this.info = {
      id: store.id,
      kind: 'lmdb',
      durability: 'disk',
      location,
      exclusive: true,
      checkpoints: 'incremental',
      maxEntryBytes: options.maxEntryBytes ?? 8 * 1024 * 1024,
    };
    this.#store = store;
    this.#checkpoints = new Checkpoints(store);
    this.#space = new FreeSpace(location, options.minFreeBytes ?? 64 * 1024 * 1024);
    this.#restoreFrom = options.restoreFrom ?? 'latest';
    const trimmed = store.readNote<TrimmedNote>(trimmedName);
    this.#trimmed = trimmed
      ? { index: trimmed.index, hash: Buffer.from(trimmed.hash, 'hex') }
      : { index: 0, hash: genesis };
    const { head, hash } = this.#inspect();
    this.#hash = hash;
    this.#tail = new Tail(head, keepRecentBytes);
    store.onFailure((failure) => this.#tail.stop(failure));
  }

  /** Finishes what a crash may have interrupted. */
  async tidy(): Promise<void> {
    await this.#checkpoints.discardUnpublished();
    await this.#trim();
    await this.#checkpoints.sweep();
  }

  async append(entry: Uint8Array): Promise<Appended> {
    this.#tail.check();
    if (this.#appending) throw new Error('the append before this one has not resolved yet');
    const { maxEntryBytes } = this.info;
    if (entry.length > maxEntryBytes) {
      const detail = `an entry of ${entry.length} bytes is over the limit of ${maxEntryBytes}`;
      return { ok: false, reason: 'too-large', detail };
    }
    const detail = this.#space.refusal();
    if (detail) return { ok: false, reason: 'no-space', detail };
    const index = this.#tail.head + 1;
    const record = encodeEntry(index, this.#hash, entry);
    this.#appending = true;
    try {
      const written = this.#store.commit(() => this.#store.place(index, record));
      // Hashed while the disk is busy.
      this.#hash = entryHash(record);
      await written;
    } finally {
      this.#appending = false;
    }
    this.#tail.push({ index, bytes: entryBytes(record) });
    return { ok: true, index };
  }

  entries(from: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    return this.#tail.follow(from, signal, (next) => this.#slice(next));
  }

  async head(): Promise<number> {
    this.#tail.check();
    this.#store.checkOwnership();
    return this.#tail.head;
  }

  async checkpoint(checkpoint: CheckpointWrite): Promise<void> {
    this.#tail.check();
    if (checkpoint.index > this.#tail.head) {
      throw new RangeError(`checkpoint at ${checkpoint.index} is beyond the head ${this.#tail.head}`);
    }
    if (!(await this.#checkpoints.write(checkpoint))) return;
    await this.#trim();
    await this.#checkpoints.sweep();
  }

  async restore(): Promise<Checkpoint | null> {
    this.#tail.check();
    const { current, previous } = this.#checkpoints;
    const published = this.#restoreFrom === 'previous' ? previous : current;
    return published && { index: published.index, records: this.#checkpoints.read(published) };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reason = closedLog();
    this.#tail.stop(reason);
    await this.#store.close(reason);
  }

  /** What can be told at open without reading it all: both ends are sound and nothing is missing between. */
  #inspect(): { head: number; hash: Buffer } {
    return this.#store.read(() => {
      const { entries } = this.#store;
      const trimmed = this.#trimmed.index;
      const covered = this.#checkpoints.current?.index ?? 0;
      const count = (entries.getStats() as { entryCount: number }).entryCount;
      const [first] = entries.getRange({ limit: 1 });
      const [last] = entries.getRange({ limit: 1, reverse: true });
      const head = last?.key ?? trimmed;
      if (covered > head)
        throw new LogFailure(`entry ${head + 1} is missing: a checkpoint covers entry ${covered}`);
      if (!first || !last) return { head, hash: this.#trimmed.hash };
      decodeEntry(trimmed + 1, entries.get(trimmed + 1), this.#trimmed.hash);
      const { hash } = decodeEntry(head, last.value, null);
      if (first.key !== trimmed + 1) throw new LogFailure(`entry ${first.key} should have been trimmed`);
      if (count !== head - trimmed) throw new LogFailure(`entry ${this.#firstGap()} is missing`);
      return { head, hash };
    });
  }

  #firstGap(): number {
    let expected = this.#trimmed.index + 1;
    for (const index of this.#store.entries.getKeys()) {
      if (index !== expected) break;
      expected++;
    }
    return expected;
  }

  /** Entries from `from` on, read from disk and checked against the one before them. */
  #slice(from: number): LogEntry[] {
    const trimmed = this.#trimmed;
    if (from <= trimmed.index) throw new Trimmed(`entries up to ${trimmed.index} were trimmed`);
    return this.#store.read(() => {
      const { entries } = this.#store;
      const before = from - 1;
      let hash =
        before === trimmed.index ? trimmed.hash : decodeEntry(before, entries.get(before), null).hash;
      const slice: LogEntry[] = [];
      const limit = Math.min(sliceEntries, this.#tail.head - before);
      let bytes = 0;
      let index = from;
      for (const { key, value } of entries.getRange({ start: from, limit })) {
        const entry = decodeEntry(index, key === index ? value : undefined, hash);
        slice.push({ index, bytes: entry.bytes });
        hash = entry.hash;
        bytes += value.length;
        index++;
        if (bytes >= sliceBytes) break;
      }
      if (slice.length === 0) throw new LogFailure(`entry ${from} is missing`);
      return slice;
    });
  }

  /** Removes the entries that the checkpoint before the current one covers. */
  async #trim(): Promise<void> {
    const { entries, notes } = this.#store;
    const to = this.#checkpoints.previous?.index ?? 0;
    while (this.#trimmed.index < to) {
      const { index } = this.#trimmed;
      const last = Math.min(index + sliceEntries, to);
      const { hash } = this.#store.read(() => decodeEntry(last, entries.get(last), null));
      // Readers must know first: they would take what is gone for a gap.
      this.#trimmed = { index: last, hash };
      this.#tail.trim(last);
      const note: TrimmedNote = { index: last, hash: hash.toString('hex', 0, hashBytes) };
      await this.#store.commit(() => {
        for (let gone = index + 1; gone <= last; gone++) void entries.remove(gone);
        void notes.put(trimmedName, encodeNote(note));
        return undefined;
      });
    }
  }
}

/** Watches the free space of a file system, looking at most once a second. */
class FreeSpace {
  readonly #dir: string;
  readonly #floor: number;
  #lookAgain = 0;
  #refusal: string | null = null;

  constructor(dir: string, floor: number) {
    this.#dir = dir;
    this.#floor = floor;
  }

  /** Why nothing may be written now, or null. */
  refusal(): string | null {
    if (this.#floor <= 0) return null;
    const now = performance.now();
    if (now >= this.#lookAgain) {
      this.#lookAgain = now + 1_000;
      const { bavail, bsize } = statfsSync(this.#dir);
      const free = bavail * bsize;
      this.#refusal =
        free < this.#floor ? `${free} bytes are free in ${this.#dir}, the floor is ${this.#floor}` : null;
    }
    return this.#refusal;
  }
}
