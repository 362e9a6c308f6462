import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import { makeDirectory } from '../file-system.ts';
import { LogFailure, Trimmed } from '../log.ts';
import { checkLmdbFile, logFileIn } from './file.ts';
import { headOfOwner, type Ownership, ownerKey, takeOwnership } from './owner.ts';
import { decodeNote, encodeNote, formatVersion } from './record.ts';
import { WriteProbe } from './write-probe.ts';

interface FormatNote {
  readonly format: string;
  readonly version: number;
  readonly id: string;
}

const formatKey = 'quorate-log';
const lastKey = 'taken';
const lastNote = encodeNote(null);
/** The databases of a log, in the order in which they are made. */
const parts = ['owner', 'entries', 'records', 'manifests', 'notes', 'last'] as const;

/** How many items `readInTurns` looks at before others get a turn: a look takes some 10 microseconds. */
export const looksInTurn = 32;

export interface StoreOptions {
  /** Only look: take no ownership, write nothing. What is read is then what was there at one moment, see `read`. */
  readonly readOnly?: boolean;
  /** The id that a log made here gets; random without it. */
  readonly id?: string;
}

/** One LMDB environment that this process owns, and the only way to write to it. */
export class Store {
  readonly id: string;
  /** An entry that the log has held: as the last owner saw it, or before this one wrote anything. */
  readonly knownHead: number;
  /** Entry records by index. */
  readonly entries: Database<Buffer, number>;
  /** Checkpoint records by key and generation. */
  readonly records: Database<Buffer, Buffer>;
  /** The keys each slice of a generation wrote, by [generation, slice]. */
  readonly manifests: Database<Buffer, [number, number]>;
  /** Single notes by name. */
  readonly notes: Database<Buffer, string>;
  readonly #env: RootDatabase<Buffer, string>;
  readonly #owner: Database<Buffer, string>;
  /** What the last step of each transaction finds taken: see `#stepLast`. */
  readonly #last: Database<Buffer, string> | null;
  /** Null where nothing can be written. */
  #ownership: Ownership | null = null;
  #probe: WriteProbe | null = null;
  #frozen = false;
  /** Settles, never rejects, when the write in flight is done. */
  #turn: Promise<unknown> = Promise.resolve();
  #onFailure: (failure: LogFailure) => void = () => {};
  #stopped: LogFailure | null = null;

  /** Opens or creates the environment in `dir` and takes ownership of it, or throws `LogFailure`. */
  static async open(dir: string, { readOnly = false, id }: StoreOptions = {}): Promise<Store> {
    let env: RootDatabase<Buffer, string> | undefined;
    try {
      const file = logFileIn(dir);
      if (!readOnly) makeDirectory(dir);
      else if (!existsSync(file)) throw new LogFailure(`${dir} holds no log`);
      checkLmdbFile(file);
      env = open<Buffer, string>(dir, {
        encoding: 'binary',
        // With overlapping syncs a write that failed to reach the disk can be read all the same.
        overlappingSync: false,
        // Otherwise a directory with a dot in its name is taken for a file.
        noSubdir: false,
        maxDbs: 8,
        readOnly,
      });
      checkParts(env, dir);
      if (readOnly) return new Store(readFormat(env, dir), env, readOnly);
      for (const file of ['data.mdb', 'lock.mdb']) chmodSync(join(dir, file), 0o600);
      const store = new Store(readFormat(env, dir, id ?? randomBytes(16).toString('hex')), env, readOnly);
      store.#ownership = await takeOwnership(store.#owner, dir, store.knownHead);
      store.#probe = new WriteProbe(dir);
      return store;
    } catch (error) {
      await env?.close();
      throw asFailure(`cannot open ${dir}`, error);
    }
  }

  private constructor(id: string, env: RootDatabase<Buffer, string>, readOnly: boolean) {
    this.id = id;
    this.#env = env;
    this.#owner = env.openDB('owner', { encoding: 'binary', useVersions: true });
    this.entries = env.openDB('entries', { encoding: 'binary' });
    this.records = env.openDB('records', { encoding: 'binary', keyEncoding: 'binary' });
    this.manifests = env.openDB('manifests', { encoding: 'binary' });
    this.notes = env.openDB('notes', { encoding: 'binary' });
    this.#last = readOnly ? null : env.openDB('last', { encoding: 'binary' });
    this.knownHead = Math.max(this.#lastEntry(), headOfOwner(this.#owner));
  }

  #lastEntry(): number {
    const [last = 0] = this.read(() => [...this.entries.getKeys({ limit: 1, reverse: true })]);
    return last;
  }

  /** Inside `commit`: puts an entry behind all others; false when its place, or a later one, is taken. */
  place(index: number, record: Buffer): Promise<boolean> {
    return putWith(this.entries, index, record, { append: true });
  }

  get isOwner(): boolean {
    return this.#ownership !== null;
  }

  /** Tells `listener` when a write fails: from then on nothing more can be written. */
  onFailure(listener: (failure: LogFailure) => void): void {
    this.#onFailure = listener;
  }

  /** What is read meanwhile was there at one moment, whatever another process writes. `read` must not await. */
  atOneMoment<Result>(read: () => Result): Result {
    return this.read(() => {
      this.#frozen = true;
      try {
        return read();
      } finally {
        this.#frozen = false;
      }
    });
  }

  /** Reads what is committed now, without leaving a read transaction open. `read` must not await. */
  read<Result>(read: () => Result): Result {
    if (this.#stopped) throw this.#stopped;
    try {
      if (!this.#frozen) this.#env.resetReadTxn();
      return read();
    } catch (error) {
      throw error instanceof Trimmed ? error : asFailure('cannot read the log', error);
    }
  }

  /**
   * What `look`, which reads a record or two, gives for each item. Others get a turn now and then, and may write: only
   * what one `look` reads was there at one moment.
   */
  async readInTurns<Item, Found>(items: readonly Item[], look: (item: Item) => Found): Promise<Found[]> {
    const found: Found[] = [];
    while (found.length < items.length) {
      if (found.length > 0) await new Promise((resolve) => setImmediate(resolve));
      const some = items.slice(found.length, found.length + looksInTurn);
      found.push(...this.read(() => some.map(look)));
    }
    return found;
  }

  readNote<Note>(name: string): Note | null {
    const record = this.read(() => this.notes.get(name));
    return record ? decodeNote<Note>(`the note "${name}"`, record) : null;
  }

  /** Throws `LogFailure` when another process took this log over. */
  checkOwnership(): void {
    if (this.#ownership === null) return;
    const version = this.read(() => this.#owner.getEntry(ownerKey)?.version);
    if (version !== this.#ownership.epoch) throw this.#fail(takenOver());
  }

  /**
   * One transaction: what `write` puts and removes takes effect, and is on disk, when this resolves.
   * `write` may return the promise of a put that must find its place free. One write is in flight at
   * a time and the others take turns, so that nobody waits for more than one write of each other.
   * Throws `LogFailure` when it cannot be known to have worked; every later one then fails, too.
   */
  async commit(write: () => Promise<boolean> | undefined): Promise<void> {
    const turn = this.#turn.then(() => this.#commit(write));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #commit(write: () => Promise<boolean> | undefined): Promise<void> {
    if (this.#stopped) throw this.#stopped;
    if (this.#ownership === null) throw new Error('this log was opened for reading only');
    const { epoch } = this.#ownership;
    try {
      this.#probe?.write();
      let placed: Promise<boolean> | undefined;
      let stepped: Promise<boolean> | undefined;
      const owned = this.#owner.ifVersion(ownerKey, epoch, () => {
        placed = write();
        stepped = this.#stepLast();
      });
      // All are awaited together: after a failed sync each of them rejects.
      const [isOwner, isPlaced] = await Promise.all([owned, placed, stepped]);
      if (!isOwner) throw takenOver();
      if (isPlaced === false) throw new LogFailure('another writer has written to this log');
      await this.#env.flushed;
    } catch (error) {
      throw this.#fail(asFailure('cannot write to the log', await causeOf(error)));
    }
  }

  /**
   * Inside `commit`, after all else: looks for a place in a database that nothing else uses, and finds it taken. On a
   * write that fails, lmdb 3.5.6 puts two words of the stack, as its last step left them, into a text for which it has
   * 100 bytes. After this step they are short enough; after a put that takes its place they are not, and libc ends the
   * process by SIGABRT (docs/faults.md). The first one of a log makes what the others find.
   */
  #stepLast(): Promise<boolean> | undefined {
    return this.#last === null ? undefined : putWith(this.#last, lastKey, lastNote, { noOverwrite: true });
  }

  /** Waits for the write in flight, lets go of the directory and closes it. */
  async close(reason: LogFailure): Promise<void> {
    if (this.#ownership !== null && !this.#stopped) {
      await this.#sayFarewell(this.#ownership).catch(() => {});
    }
    this.#stopped ??= reason;
    await this.#turn;
    this.#probe?.close();
    await this.#ownership?.release();
    await this.#env.close();
  }

  async #sayFarewell({ farewell, epoch }: Ownership): Promise<void> {
    const note = farewell(Math.max(this.knownHead, this.#lastEntry()));
    await this.commit(() => void this.#owner.put(ownerKey, note, epoch));
  }

  #fail(failure: LogFailure): LogFailure {
    this.#stopped ??= failure;
    this.#onFailure(failure);
    return failure;
  }
}

/** A put with options that lmdb documents, and that its types do not know. */
function putWith<Key extends number | string>(
  db: Database<Buffer, Key>,
  key: Key,
  value: Buffer,
  options: { readonly append?: true; readonly noOverwrite?: true },
): Promise<boolean> {
  return db.put(key, value, options as unknown as number);
}

/**
 * Throws `LogFailure` when databases are missing that are not just those still to be made: to make them anew would be to
 * begin an empty log beside what a damaged page hides, and to write into that page.
 */
function checkParts(env: RootDatabase<Buffer, string>, dir: string): void {
  if (env.get(formatKey) === undefined) return;
  const found = new Set(env.getKeys());
  const made = parts.findLastIndex((part) => found.has(part)) + 1;
  const missing = parts.slice(0, made).find((part) => !found.has(part));
  if (missing !== undefined) throw new LogFailure(`${dir} is damaged: the database "${missing}" is missing`);
}

/** Gives the log's id; makes `env` a log of this id when it is empty; throws `LogFailure` when it is something else. */
function readFormat(env: RootDatabase<Buffer, string>, dir: string, id: string | null = null): string {
  const found = env.get(formatKey);
  const record = found ?? (id === null ? null : makeFormat(env, id));
  if (!record) throw new LogFailure(`${dir} holds an LMDB database that is not a Quorate log`);
  const note = decodeNote<FormatNote>(`the format of ${dir}`, record);
  if (note.format !== formatKey) throw new LogFailure(`${dir} is not a Quorate log but "${note.format}"`);
  if (note.version !== formatVersion) {
    throw new LogFailure(`${dir} has format ${note.version}; this program reads format ${formatVersion}`);
  }
  return note.id;
}

function makeFormat(env: RootDatabase<Buffer, string>, id: string): Buffer | null {
  return env.transactionSync(() => {
    const found = env.get(formatKey);
    if (found) return found;
    if ((env.getStats() as { entryCount: number }).entryCount > 0) return null;
    const created = encodeNote({ format: formatKey, version: formatVersion, id } satisfies FormatNote);
    env.putSync(formatKey, created);
    return created;
  });
}

function takenOver(): LogFailure {
  return new LogFailure('another process has taken this log over');
}

function asFailure(what: string, cause: unknown): LogFailure {
  if (cause instanceof LogFailure) return cause;
  return new LogFailure(`${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
}

/** The error behind lmdb's "commit failed", which comes as a promise that rejects on its own. */
async function causeOf(error: unknown): Promise<unknown> {
  const behind = (error as { commitError?: Promise<unknown> } | null)?.commitError;
  if (!behind) return error;
  return Promise.race([behind.catch((cause: unknown) => cause), delay(1_000, error, { ref: false })]);
}
