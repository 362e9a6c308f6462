import { join } from 'node:path';
import { LogFailure, LogInUse } from '../log.ts';
import { type Disk, removeIfThere } from './disk.ts';
import { isAlive, type Listener, listen, type OwnerTraces, tracesOf } from './liveness.ts';
import { decodeNote, encodeNote } from './note.ts';

/** What an owner writes about itself into its epoch's file. */
export interface OwnerNote extends OwnerTraces {
  /** Id of the log. */
  readonly log: string;
  readonly since: string;
  /** The file itself, as `Disk.identityOf` tells it: a copy of the log has no owner yet. */
  readonly file: string | null;
  readonly released: boolean;
  /** An entry that the log has held, as far as this owner knew when it came, or went: a log that ends before it is damaged. */
  readonly head: number;
}

/** Owners come one after the other; each has a number, its epoch, and a file of that name. */
export interface Epochs {
  /** The latest number that is taken; 0 when none is. */
  readonly latest: number;
  /** The latest note that was written; null when there is none. */
  readonly note: OwnerNote | null;
  /** The number of the epoch that `note` is of. */
  readonly ofNote: number;
}

export async function readEpochs(disk: Disk, dir: string): Promise<Epochs> {
  const numbers = numbersIn(disk, dir);
  const latest = numbers.at(-1) ?? 0;
  for (const number of numbers.reverse()) {
    const path = fileOf(dir, number);
    try {
      const note = decodeNote<OwnerNote>(path, await disk.read(path, 0, 4096));
      if (note !== null) return { latest, note, ofNote: number };
    } catch (error) {
      // Its successor has removed it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { latest, note: null, ofNote: 0 };
}

/**
 * This process's ownership of a log, from one start to its end.
 *
 * The file of an epoch is created exclusively, and only then is the log read. What this owner writes counts only if no
 * later epoch existed after the write: so whoever comes later has either seen the write, or makes it void. The latest
 * file is never removed, and earlier ones go in their order, so an owner that slept through two successors finds its own gone.
 */
export class Ownership {
  readonly epoch: number;
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #own: string;
  readonly #next: string;
  readonly #identity: string | null;
  readonly #listener: Listener | null;
  readonly #note: OwnerNote;

  /**
   * Takes the epoch after `found`, which is later than every one in use; `log` is the id where no owner has given it one yet.
   * Throws `LogInUse` naming the owner when there is a live one, or when somebody else was faster.
   */
  static async take(
    disk: Disk,
    dir: string,
    found: Epochs,
    latestInUse: number,
    log: string,
  ): Promise<Ownership> {
    const { note: before, ofNote } = found;
    const inUse = () => new LogInUse(`${dir} is in use by process ${before?.pid} since ${before?.since}`);
    if (before !== null && !before.released) {
      const isCopy = before.file !== disk.identityOf(fileOf(dir, ofNote));
      if (await isAlive(before, dir, isCopy)) throw inUse();
    }
    const epoch = Math.max(found.latest, latestInUse) + 1;
    const own = fileOf(dir, epoch);
    const file = await disk.create(own).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? severalAtOnce(dir) : error;
    });
    let listener: Listener | null = null;
    try {
      if (numbersIn(disk, dir).at(-1) !== epoch) throw severalAtOnce(dir);
      // Who came just before may have begun the log since `found`. Its note was written before anything else of it.
      const { note: latest } = await readEpochs(disk, dir);
      listener = await listen(dir);
      const note: OwnerNote = {
        log: latest?.log ?? log,
        ...tracesOf(listener),
        since: new Date().toISOString(),
        file: disk.identityOf(own),
        released: false,
        head: before?.head ?? 0,
      };
      await file.write(encodeNote(note), 0);
      await file.sync();
      await disk.syncDirectory(join(dir, 'epochs'));
      const ownership = new Ownership(disk, dir, epoch, note, listener);
      await ownership.#removeEarlier(before?.socket ?? null);
      return ownership;
    } catch (error) {
      await listener?.close();
      throw error;
    } finally {
      await file.close();
    }
  }

  private constructor(disk: Disk, dir: string, epoch: number, note: OwnerNote, listener: Listener | null) {
    this.epoch = epoch;
    this.#disk = disk;
    this.#dir = dir;
    this.#own = fileOf(dir, epoch);
    this.#next = fileOf(dir, epoch + 1);
    this.#identity = note.file;
    this.#listener = listener;
    this.#note = note;
  }

  /** Id of the log. */
  get log(): string {
    return this.#note.log;
  }

  /** An entry that the log has held; see the note. */
  get knownHead(): number {
    return this.#note.head;
  }

  /** Throws `LogFailure` when another process has taken the log over, or the directory is no longer where it was. */
  check(): void {
    // In this order: see the class.
    if (this.#disk.identityOf(this.#next) !== null) throw takenOver();
    const now = this.#disk.identityOf(this.#own);
    if (now === this.#identity) return;
    if (numbersIn(this.#disk, this.#dir).some((number) => number > this.epoch)) throw takenOver();
    throw movedAway(this.#own, now);
  }

  /** Lets go of the log in good order, at entry `head`; null where its end is not known. */
  async release(head: number | null): Promise<void> {
    if (head !== null) await this.#sayFarewell(head).catch(() => {});
    await this.#listener?.close();
  }

  async #sayFarewell(head: number): Promise<void> {
    this.check();
    const part = `${this.#own}.new`;
    const file = await this.#disk.create(part);
    try {
      await file.write(encodeNote({ ...this.#note, head, released: true }), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#disk.rename(part, this.#own);
    await this.#disk.syncDirectory(join(this.#dir, 'epochs'));
  }

  async #removeEarlier(socket: string | null): Promise<void> {
    const epochs = join(this.#dir, 'epochs');
    for (const name of this.#disk.list(epochs))
      if (name < nameOf(this.epoch)) await removeIfThere(this.#disk, join(epochs, name));
    if (socket !== null) await removeIfThere(this.#disk, join(this.#dir, socket));
  }
}

/** The failure to report when a file that is in use is no longer at its path; `now` is the identity of what is there. */
export function movedAway(path: string, now: string | null): LogFailure {
  const became = now === null ? 'is gone' : 'is another file';
  return new LogFailure(
    `${path} ${became}: it was moved, deleted or replaced while it was in use; put it back where it was, then start again`,
  );
}

function takenOver(): LogFailure {
  return new LogFailure('another process has taken this log over');
}

function severalAtOnce(dir: string): LogFailure {
  return new LogInUse(`${dir} is being opened by several processes at once`);
}

function numbersIn(disk: Disk, dir: string): number[] {
  return disk
    .list(join(dir, 'epochs'))
    .filter((name) => /^\d{10}$/.test(name))
    .map(Number);
}

function fileOf(dir: string, epoch: number): string {
  return join(dir, 'epochs', nameOf(epoch));
}

function nameOf(epoch: number): string {
  return String(epoch).padStart(10, '0');
}
