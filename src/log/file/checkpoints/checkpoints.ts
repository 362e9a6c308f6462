import { join } from 'node:path';
import { type CheckpointRecord, type CheckpointWrite, LogFailure } from '../../log.ts';
import { closedLog } from '../../tail.ts';
import type { Disk } from '../disk.ts';
import { recordAt } from './block.ts';
import { type CheckpointFile, fileName, isFileName, isTemporaryName } from './checkpoint-file.ts';
import { findCheckpoints, type Published, publishedAs } from './find.ts';
import { liveRecords } from './live-records.ts';
import { CheckpointWriter } from './writer.ts';

export interface CheckpointsOptions {
  readonly disk: Disk;
  /** Where the files are. */
  readonly dir: string;
  /** Id of the log. */
  readonly log: string;
  /** Of the owner; null for one that only reads. */
  readonly epoch: number | null;
  /** Why so many bytes may not be written now, or null. */
  readonly refusal: (bytes: number) => string | null;
  /** Throws when this process does not own the log any more. Asked before a file is published and before any is removed. */
  readonly check: () => void;
}

/**
 * The checkpoints of a file log: files, each of which is full or names what changed since the one that it follows. A new
 * one is published by its name, which it gets when all of it is on disk. Files are never changed; those that neither the
 * newest checkpoint, nor the one before it, nor a reader needs are removed.
 *
 * Names begin with the owner's epoch: a file that an earlier owner publishes late is older than all that this one writes.
 */
export class FileCheckpoints {
  readonly #o: CheckpointsOptions;
  #current: Published | null;
  #previous: Published | null;
  #number = 0;
  #isWriting = false;
  #isClosed = false;
  /** The checkpoints that are being read. */
  readonly #pinned = new Set<{ readonly published: Published }>();

  /** Finds out which checkpoints there are; their records are not read. Throws as `findCheckpoints`. */
  static async open(options: CheckpointsOptions): Promise<FileCheckpoints> {
    const { disk, dir, log, epoch } = options;
    const { current, previous } = await findCheckpoints(disk, dir, log, epoch !== null);
    return new FileCheckpoints(options, current, previous);
  }

  private constructor(options: CheckpointsOptions, current: Published | null, previous: Published | null) {
    this.#o = options;
    this.#current = current;
    this.#previous = previous;
  }

  get current(): Published | null {
    return this.#current;
  }

  get previous(): Published | null {
    return this.#previous;
  }

  /**
   * Writes and publishes; false, with nothing read or written, when a later one is published already. Throws `NoSpace`,
   * and nothing has changed; `LogFailure`; and what its records throw.
   */
  async write(checkpoint: CheckpointWrite): Promise<boolean> {
    if (this.#isWriting) throw new Error('a checkpoint is already being written');
    const current = this.#current;
    if (current && checkpoint.index < current.index) return false;
    this.#isWriting = true;
    try {
      const base = checkpoint.full ? [] : this.#chainOf(current);
      const previous = current?.damage ? null : current;
      const writer = this.#writer(checkpoint.index, base.at(-1) ?? null, previous);
      const file = await this.#written(writer, async () => {
        for await (const records of checkpoint.records) {
          for (const { key, bytes } of records) {
            writer.block.add(key, bytes);
            if (!writer.block.isFull) continue;
            this.#checkOpen();
            await writer.flush();
          }
        }
      });
      this.#previous = previous;
      this.#current = publishedAs([...base, file]);
      return true;
    } finally {
      this.#isWriting = false;
    }
  }

  /**
   * The records of a checkpoint, checked. It stays whole while this process reads it, whatever is published meanwhile. Throws as
   * `liveRecords`.
   */
  async *read(published: Published): AsyncGenerator<CheckpointRecord, void, undefined> {
    const pin = { published };
    this.#pinned.add(pin);
    try {
      for await (const { block, places } of liveRecords(this.#o, this.#chainOf(published)))
        for (const place of places) yield recordAt(block, place);
    } finally {
      this.#pinned.delete(pin);
    }
  }

  /**
   * Goes on as if the current checkpoint, which cannot be read, had never been published: the next one is written on top
   * of the one before it, which is given; null where there is none.
   */
  fallBack(): Published | null {
    this.#current = this.#previous;
    this.#previous = null;
    return this.#current;
  }

  /** To be called once, by the owner: removes what an owner before it left behind. */
  async tidy(): Promise<void> {
    await this.#remove(isTemporaryName);
    // With the others a damaged one may be put right by hand.
    if (!this.#current?.damage && !this.#previous?.damage) await this.sweep();
  }

  /** Removes the files that nobody needs any more. */
  async sweep(): Promise<void> {
    const pinned = [...this.#pinned].map((pin) => pin.published);
    const needed = new Set([this.#current, this.#previous, ...pinned].flatMap((one) => one?.files ?? []));
    await this.#remove((name) => isFileName(name) && !needed.has(name));
  }

  /** What is being written comes to nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #chainOf(published: Published | null): readonly CheckpointFile[] {
    if (published?.damage) throw published.damage;
    return published?.chain ?? [];
  }

  #writer(index: number, follows: CheckpointFile | null, previous: Published | null): CheckpointWriter {
    const { epoch, log } = this.#o;
    if (epoch === null) throw new Error('these checkpoints were opened for reading only');
    this.#number += 1;
    return new CheckpointWriter(
      { ...this.#o, check: () => this.#check() },
      {
        name: fileName(epoch, this.#number),
        log,
        index,
        follows: follows && { file: follows.header.name, checksum: follows.checksum },
        previous: previous && { file: previous.files.at(-1)!, index: previous.index },
      },
    );
  }

  /** Publishes what `fill` puts into the writer's blocks; leaves nothing behind where that fails. */
  async #written(writer: CheckpointWriter, fill: () => Promise<void>): Promise<CheckpointFile> {
    try {
      await writer.begin();
      await fill();
      return await writer.publish();
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  async #remove(isUnneeded: (name: string) => boolean): Promise<void> {
    const { disk, dir } = this.#o;
    const names = disk.list(dir).filter(isUnneeded);
    if (names.length > 0) this.#check();
    for (const name of names) {
      try {
        await disk.remove(join(dir, name));
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT')
          throw new LogFailure(`cannot remove ${join(dir, name)}: ${message}`, { cause: error });
      }
    }
  }

  #check(): void {
    this.#checkOpen();
    this.#o.check();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedLog();
  }
}
