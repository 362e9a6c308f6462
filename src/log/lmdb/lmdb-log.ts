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
import { OpenFile } from '../open-file.ts';
import { closedLog, Tail, tooLarge } from '../tail.ts';
import { LmdbCheckpoints, type Published } from './checkpoints.ts';
import { logFileIn } from './file.ts';
import { decodeEntry, encodeEntry, encodeNote, entryBytes, entryHash, genesis, hashBytes } from './record.ts';
import type { Space } from './space.ts';
import type { Store } from './store.ts';

export interface LmdbLogOptions {
  /** Free space, in bytes, below which append refuses with `no-space`. Default 64 MiB; 0 never looks. */
  readonly minFreeBytes?: number;
  /** Which checkpoint `restore` gives. `previous` is for when the latest one turns out to be damaged. */
  readonly restoreFrom?: 'latest' | 'previous';
  /** Keep the log even on a file system that may lose what was synced; its durability is then `none`. */
  readonly acceptLoss?: boolean;
  /** Called when the latest checkpoint is damaged and the log goes on from the one before it. */
  readonly onFallBack?: (reason: LogFailure) => void;
}

/** Index and hash of the last entry that was trimmed: what the first one left must follow. */
export interface TrimmedNote {
  readonly index: number;
  readonly hash: string;
}

export const trimmedName = 'trimmed';
const keepRecentBytes = 4 * 1024 * 1024;
const sliceEntries = 128;
const sliceBytes = 1024 * 1024;

export class LmdbLog implements Log {
  readonly info: LogInfo;
  readonly unavailable = null;
  readonly #store: Store;
  readonly #checkpoints: LmdbCheckpoints;
  readonly #tail: Tail;
  readonly #space: Space;
  readonly #file: OpenFile;
  readonly #restoreFrom: 'latest' | 'previous';
  readonly #onFallBack: (reason: LogFailure) => void;
  #trimmed: { readonly index: number; readonly hash: Buffer };
  /** Hash of the newest entry. */
  #hash: Buffer;
  #appending = false;
  #closing: Promise<void> | null = null;

  constructor(
    store: Store,
    location: string,
    space: Space,
    durability: LogInfo['durability'],
    options: LmdbLogOptions,
  ) {
    this.info = {
      id: store.id,
      kind: 'lmdb',
      durability,
      location,
      exclusive: true,
      checkpoints: 'incremental',
      maxEntryBytes: 8 * 1024 * 1024,
    };
    this.#store = store;
    this.#checkpoints = new LmdbCheckpoints(store, (bytes) => this.#refusal(bytes));
    this.#space = space;
    this.#file = new OpenFile(logFileIn(location));
    this.#restoreFrom = options.restoreFrom ?? 'latest';
    this.#onFallBack = options.onFallBack ?? (() => {});
    this.#trimmed = readTrimmed(store);
    const { head, hash } = this.#inspect();
    this.#hash = hash;
    this.#tail = new Tail(head, keepRecentBytes);
    store.onFailure((failure) => this.#tail.stop(failure));
  }

  get space(): LogSpace {
    const refusal = this.#refusal(0);
    return { freeBytes: this.#space.free, refusal, fix: 'make space on this disk: it goes on by itself' };
  }

  /** Why `bytes` more may not be written now, or null. Stops the log when its file is no longer where it was. */
  #refusal(bytes: number): string | null {
    const lost = this.#file.lost();
    if (lost !== null) this.#tail.stop(lost);
    return this.#space.refusal(bytes);
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
    const refusal = tooLarge(entry, this.info.maxEntryBytes);
    if (refusal) return refusal;
    const detail = this.#refusal(entry.length);
    this.#tail.check();
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
    this.#tail.checkCheckpoint(checkpoint.index);
    if (!(await this.#checkpoints.write(checkpoint))) return;
    await this.#trim();
    await this.#checkpoints.sweep();
  }

  async restore(): Promise<Checkpoint | null> {
    this.#tail.check();
    const { current, previous } = this.#checkpoints;
    if (this.#restoreFrom === 'previous') return this.#read(previous);
    const reachesBack = this.#trimmed.index <= (previous?.index ?? 0);
    if (!reachesBack || !this.#store.isOwner) return this.#read(current);
    return this.#read(current, (reason) => {
      this.#onFallBack(reason);
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
    const reason = closedLog();
    this.#tail.stop(reason);
    await this.#store.close(reason);
  }

  /** Checks at open, without reading everything, that both ends are sound and nothing is missing between them. */
  #inspect(): { head: number; hash: Buffer } {
    return this.#store.read(() => {
      const { entries } = this.#store;
      const trimmed = this.#trimmed.index;
      const covered = this.#checkpoints.current?.index ?? 0;
      const count = (entries.getStats() as { entryCount: number }).entryCount;
      const [first] = entries.getRange({ limit: 1 });
      const [last] = entries.getRange({ limit: 1, reverse: true });
      const head = last?.key ?? trimmed;
      if (head < this.#store.knownHead) throw new LogFailure(`entry ${this.#store.knownHead} is missing`);
      // A log that was made behind a checkpoint is given that one as its first.
      if (covered < trimmed && !this.#trimmed.hash.equals(genesis))
        throw new LogFailure(`the checkpoint behind which entries up to ${trimmed} were trimmed is missing`);
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
    return this.#store.atOneMoment(() => {
      // A reader beside the owner does not hear of what the owner trims.
      if (!this.#store.isOwner) this.#trimmed = readTrimmed(this.#store);
      const trimmed = this.#trimmed;
      if (from <= trimmed.index) throw new Trimmed(`entries up to ${trimmed.index} were trimmed`);
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

function readTrimmed(store: Store): { readonly index: number; readonly hash: Buffer } {
  const note = store.readNote<TrimmedNote>(trimmedName);
  return note === null
    ? { index: 0, hash: genesis }
    : { index: note.index, hash: Buffer.from(note.hash, 'hex') };
}
