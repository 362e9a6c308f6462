import { dirname } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { encodeRecord, hashOf, isZero, mostBytes, payloadOf } from './record.ts';
import { type End, headOf, isMarkDue, type Mark, type Segment } from './segments.ts';

const zeros = Buffer.alloc(256 * 1024);
/** Zeros are synced after so many bytes: one sync of all of them would hold up the appends meanwhile. */
const bytesPerSync = 4 * 1024 * 1024;
/** More than the head of a segment takes. */
const headSpace = 512;

/** A segment that was made ahead: all zeros on the disk, so that a write into it allocates nothing. */
export interface Spare {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Makes a segment's file: `content`, then zeros up to `bytes`. It appears whole or not at all. Rejects with what the system
 * says, ENOSPC among it, or when `signal` aborts, and leaves nothing behind then.
 */
export async function makeSegment(
  disk: Disk,
  { path, bytes }: Spare,
  content: Buffer,
  signal: AbortSignal,
): Promise<Spare> {
  const part = `${path}.new`;
  const file = await disk.create(part);
  try {
    try {
      if (content.length > 0) await file.write(content, 0);
      let unsynced = 0;
      for (let at = content.length; at < bytes; ) {
        signal.throwIfAborted();
        const some = zeros.subarray(0, Math.min(zeros.length, bytes - at));
        await file.write(some, at);
        at += some.length;
        unsynced += some.length;
        if (unsynced < bytesPerSync) continue;
        await file.sync();
        unsynced = 0;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(part, path);
  } catch (error) {
    await disk.remove(part).catch(() => undefined);
    throw error;
  }
  await disk.syncDirectory(dirname(path));
  return { path, bytes };
}

/** Length of a segment that has room for an entry of so many bytes. */
export function roomFor(entryBytes: number): number {
  return headSpace + mostBytes(entryBytes);
}

/** An entry could not be written since the disk is full, and nothing of it was. */
export class NothingWritten extends Error {}

/** The segment that an owner appends to. */
export class SegmentWriter implements Segment {
  readonly path: string;
  readonly bytes: number;
  readonly begin: End;
  readonly marks: Mark[];
  end: End;
  endAt: number;
  /** Identity of the file. */
  readonly identity: string | null;
  readonly #disk: Disk;
  readonly #file: DiskFile;
  /** Written in front of the first entry; null once it is on the disk. */
  #head: Buffer | null;

  /** Goes on in a spare segment behind `end`. */
  static async begin(disk: Disk, spare: Spare, log: string, end: End): Promise<SegmentWriter> {
    const head = encodeRecord('head', end.index, end.hash, headOf(log, spare.bytes));
    const marks = [{ ...end, at: head.length }];
    return new SegmentWriter(
      disk,
      await disk.openDurable(spare.path),
      spare,
      { begin: end, end, endAt: 0, marks },
      head,
    );
  }

  /** Goes on in a segment that was made with these entries. */
  static async continue(disk: Disk, made: Segment & Spare): Promise<SegmentWriter> {
    return new SegmentWriter(disk, await disk.openDurable(made.path), made, made, null);
  }

  private constructor(
    disk: Disk,
    file: DiskFile,
    { path, bytes }: Spare,
    { begin, end, endAt, marks }: Omit<Segment, 'path'>,
    head: Buffer | null,
  ) {
    this.path = path;
    this.bytes = bytes;
    this.begin = begin;
    this.end = end;
    this.endAt = endAt;
    this.marks = [...marks];
    this.identity = disk.identityOf(path);
    this.#disk = disk;
    this.#file = file;
    this.#head = head;
  }

  fits(entryBytes: number): boolean {
    return this.endAt + (this.#head?.length ?? 0) + mostBytes(entryBytes) <= this.bytes;
  }

  /**
   * Resolves with the entry's bytes, a copy, once they are durable. Rejects with `NothingWritten` on a full disk, else with
   * what the system says: then nothing may be written any more, since nobody knows what is there.
   */
  async append(bytes: Uint8Array): Promise<Buffer> {
    const { end, endAt } = this;
    const record = encodeRecord('entry', end.index + 1, end.hash, bytes);
    const head = this.#head;
    const written = this.#write(head === null ? record : Buffer.concat([head, record]), endAt);
    // Hashed while the disk is busy.
    const hash = hashOf(record);
    await written;
    this.#head = null;
    this.endAt = endAt + (head?.length ?? 0) + record.length;
    this.end = { index: end.index + 1, hash };
    if (isMarkDue(this.marks.at(-1)!, this.end.index, this.endAt))
      this.marks.push({ ...this.end, at: this.endAt });
    return payloadOf(record);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(bytes: Buffer, at: number): Promise<void> {
    try {
      await this.#file.write(bytes, at);
    } catch (error) {
      // Only a file system that copies on write needs space here, and a write that failed may have reached its cache.
      const isFull = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (isFull && isZero(await this.#disk.read(this.path, at, bytes.length))) throw new NothingWritten();
      throw error;
    }
  }
}
