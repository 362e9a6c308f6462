import { promisify } from 'node:util';
import { crc32, deflateRaw, type InputType, inflateRaw, type ZlibOptions } from 'node:zlib';
import type { CheckpointRecord } from '../../log.ts';
import { blockBytes, blockRecords } from './sizes.ts';

/**
 * The bytes of a block: its records, one behind the other. Each is: length of the key u32, length of the bytes u32 (all
 * ones where the key was deleted), key, bytes. Numbers are big-endian.
 */

/** Memory for a block: the last record of it may go beyond its bound, and seldom beyond this. */
const spaceBytes = 2 * blockBytes;
const headBytes = 8;
const deleted = 0xffffffff;

/** Gathers the records of one block after the other, in the same memory. */
export class BlockBuilder {
  #space = Buffer.allocUnsafeSlow(spaceBytes);
  #used = 0;
  records = 0;

  /** What was gathered since `clear`, until the next call. */
  get bytes(): Buffer {
    return this.#space.subarray(0, this.#used);
  }

  get isFull(): boolean {
    return this.#used >= blockBytes || this.records >= blockRecords;
  }

  add(key: string, bytes: Uint8Array | null): void {
    const keyBytes = Buffer.byteLength(key);
    const size = headBytes + keyBytes + (bytes?.length ?? 0);
    this.#makeRoom(size);
    let at = this.#space.writeUInt32BE(keyBytes, this.#used);
    at = this.#space.writeUInt32BE(bytes?.length ?? deleted, at);
    at += this.#space.write(key, at);
    if (bytes) this.#space.set(bytes, at);
    this.#added(size);
  }

  /** Adds a record as it is in another block. */
  copy(block: Buffer, { start, end }: Place): void {
    this.#makeRoom(end - start);
    block.copy(this.#space, this.#used, start, end);
    this.#added(end - start);
  }

  clear(): void {
    this.#used = 0;
    this.records = 0;
    if (this.#space.length > spaceBytes) this.#space = Buffer.allocUnsafeSlow(spaceBytes);
  }

  #added(size: number): void {
    this.#used += size;
    this.records += 1;
  }

  #makeRoom(size: number): void {
    if (this.#used + size <= this.#space.length) return;
    const larger = Buffer.allocUnsafeSlow(this.#used + size);
    this.#space.copy(larger, 0, 0, this.#used);
    this.#space = larger;
  }
}

/** Where a record is in a block: [start, end), its key [keyStart, bytesStart), its bytes [bytesStart, end). */
export interface Place {
  readonly start: number;
  readonly keyStart: number;
  readonly bytesStart: number;
  readonly end: number;
  readonly isDeleted: boolean;
}

/** The places of the records in a block, in their order; null when they do not fill it as `count` records should. */
export function placesIn(block: Buffer, count: number): Place[] | null {
  const places: Place[] = [];
  let start = 0;
  while (start + headBytes <= block.length) {
    const keyStart = start + headBytes;
    const bytesStart = keyStart + block.readUInt32BE(start);
    const length = block.readUInt32BE(start + 4);
    const end = bytesStart + (length === deleted ? 0 : length);
    if (end > block.length) return null;
    places.push({ start, keyStart, bytesStart, end, isDeleted: length === deleted });
    start = end;
  }
  return start === block.length && places.length === count ? places : null;
}

export function recordAt(block: Buffer, { keyStart, bytesStart, end, isDeleted }: Place): CheckpointRecord {
  const key = block.toString('utf8', keyStart, bytesStart);
  return { key, bytes: isDeleted ? null : block.subarray(bytesStart, end) };
}

type Zlib = (bytes: InputType, options: ZlibOptions) => Promise<Buffer>;
const deflate: Zlib = promisify(deflateRaw);
const inflate: Zlib = promisify(inflateRaw);

/** On another thread. `block` must stay as it is meanwhile. */
export function pack(block: Buffer): Promise<Buffer> {
  // All that comes out in one piece: further ones would be joined in memory of their own.
  return deflate(block, { level: 1, chunkSize: Math.max(1024, block.length >> 2) });
}

/** On another thread. Rejects when this is not what `pack` made of `unpacked` bytes. */
export async function unpack(packed: Buffer, unpacked: number): Promise<Buffer> {
  const block = await inflate(packed, {
    chunkSize: Math.max(1024, unpacked + 1),
    maxOutputLength: unpacked + 1,
  });
  if (block.length !== unpacked) throw new Error(`${block.length} of ${unpacked} bytes`);
  return block;
}

export function checksumOf(packed: Buffer): number {
  return crc32(packed);
}
