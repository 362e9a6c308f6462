import { join } from 'node:path';
import { type CheckpointRecord, type CheckpointWrite, LogFailure, NoSpace } from '../../log.ts';
import { closedLog } from '../../tail.ts';
import type { Disk } from '../disk.ts';
import { recordAt } from './block.ts';
import { type CheckpointFile, fileName, isFileName, isTemporaryName } from './checkpoint-file.ts';
import { findCheckpoints, type Published, publishedAs } from './find.ts';
import { liveRecords } from './live-records.ts';
import { copyLive, isMergeDue } from './merge.ts';
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
  /** Settles when the sweep under way is over. */
  #sweeping: Promise<void> | null = null;
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

  /** Bytes that the files of the current one take. */
  get bytes(): number {
    let bytes = 0;
    for (const { size } of this.#current?.chain ?? []) bytes += size;
    return bytes;
  }

  get previous(): Published | null {
    return this.#previous;
  }

  /**
   * Writes and publishes; false, with nothing read or written, when a later one is published already. Waits for a sweep
   * under way. Throws `NoSpace`, and nothing has changed; `LogFailure`; and what its records throw.
   */
  async write(checkpoint: CheckpointWrite): Promise<boolean> {
    if (this.#isWriting) throw new Error('a checkpoint is already being written');
    if (this.#current && checkpoint.index < this.#current.index) return false;
    this.#isWriting = true;
    try {
      await this.#sweeping?.catch(() => {});
      this.#checkOpen();
      const current = this.#current;
      const base = checkpoint.full ? [] : this.#chainOf(current);
      const previous = current?.damage ? null : current;
      const file = await this.#publish(checkpoint.index, base.at(-1) ?? null, previous, async (writer) => {
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
    if (!this.#current?.damage && !this.#previous?.damage) await this.#removeUnneeded();
  }

  /**
   * To be called after each that was published: removes the files that nobody needs any more, and merges those of the newest
   * when that is due, which takes long and need not be waited for. Throws `LogFailure`.
   */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    try {
      await this.#removeUnneeded();
      const current = this.#current;
      if (current === null || this.#isWriting || !isMergeDue(current)) return;
      await this.#merge(current);
      await this.#removeUnneeded();
    } catch (error) {
      // What could not be merged now is after the next one.
      if (!this.#isClosed && !(error instanceof NoSpace)) throw error;
    }
  }

  /** What is being written comes to nothing; resolves when a sweep under way has stopped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sweeping?.catch(() => {});
  }

  /** Puts a full file in the place of the current checkpoint's files. */
  async #merge(current: Published): Promise<void> {
    const file = await this.#publish(current.index, null, this.#previous, (writer) =>
      copyLive(this.#o, current, writer, () => this.#checkOpen()),
    );
    // Unless it was fallen back from meanwhile.
    if (this.#current === current) this.#current = publishedAs([file]);
  }

  #chainOf(published: Published | null): readonly CheckpointFile[] {
    if (published?.damage) throw published.damage;
    return published?.chain ?? [];
  }

  /** Publishes a file of what `fill` puts into the writer's blocks; leaves nothing behind where that fails. */
  async #publish(
    index: number,
    follows: CheckpointFile | null,
    previous: Published | null,
    fill: (writer: CheckpointWriter) => Promise<void>,
  ): Promise<CheckpointFile> {
    const { epoch, log } = this.#o;
    if (epoch === null) throw new Error('these checkpoints were opened for reading only');
    this.#number += 1;
    const writer = new CheckpointWriter(
      { ...this.#o, check: () => this.#check() },
      {
        name: fileName(epoch, this.#number),
        log,
        index,
        follows: follows && { file: follows.header.name, checksum: follows.checksum },
        previous: previous && { file: previous.files.at(-1)!, index: previous.index },
      },
    );
    try {
      await writer.begin();
      await fill(writer);
      return await writer.publish();
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  async #removeUnneeded(): Promise<void> {
    const pinned = [...this.#pinned].map((pin) => pin.published);
    const needed = new Set([this.#current, this.#previous, ...pinned].flatMap((one) => one?.files ?? []));
    await this.#remove((name) => isFileName(name) && !needed.has(name));
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
