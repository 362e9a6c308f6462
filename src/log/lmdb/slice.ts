import type { CheckpointRecord } from '../log.ts';
import { encodeRecord, recordBytes } from './record.ts';

// Bounds on one transaction, so that an append behind it waits a few milliseconds at most.
export const sliceRecords = 256;
export const sliceBytes = 256 * 1024;
/** Longest key of a checkpoint record, in bytes: LMDB takes 1,978, of which 10 are ours. */
const maxKeyBytes = 1_900;

interface Waiting {
  readonly stored: Buffer;
  readonly bytes: Uint8Array | null;
}

/** A record as it is stored, and the key it is stored under. */
export interface Placed {
  readonly stored: Buffer;
  readonly record: Buffer;
  readonly isDeleted: boolean;
}

/**
 * Gathers the records of a generation for one transaction after the other. All are laid out in the same memory: lmdb
 * links each value to the one written after it, so that, with memory of their own, most would outlive the young objects'
 * collections, and the collector would go through the whole heap again and again to get rid of them.
 */
export class Slice {
  readonly #generation: number;
  #waiting = new Map<string, Waiting>();
  #space = Buffer.alloc(0);
  /** Of the keys and records that wait. */
  bytes = 0;

  constructor(generation: number) {
    this.#generation = generation;
  }

  add({ key, bytes }: CheckpointRecord): void {
    const length = Buffer.byteLength(key);
    if (length > maxKeyBytes) throw new RangeError(`a checkpoint key is at most ${maxKeyBytes} bytes long`);
    this.#waiting.set(key, { stored: recordKey(key, this.#generation), bytes });
    this.bytes += length + (bytes?.length ?? 0);
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  get isFull(): boolean {
    return this.#waiting.size >= sliceRecords || this.bytes >= sliceBytes;
  }

  /** What waits, as it is to be stored; it must be on disk before the next are taken, which take its place in memory. */
  take(): Placed[] {
    const waiting = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.bytes = 0;
    const needed = waiting.reduce((sum, { bytes }) => sum + recordBytes(bytes), 0);
    if (needed > this.#space.length) this.#space = Buffer.allocUnsafeSlow(Math.max(needed, 2 * sliceBytes));
    let end = 0;
    return waiting.map(({ stored, bytes }) => {
      const start = end;
      end += recordBytes(bytes);
      const space = this.#space.subarray(start, end);
      const record = encodeRecord(keyOf(stored), this.#generation, bytes, space);
      return { stored, record, isDeleted: bytes === null };
    });
  }
}

/** How a record's key of a generation is stored. */
export function recordKey(key: string | Buffer, generation: number): Buffer {
  const length = Buffer.byteLength(key);
  // The length in front keeps all versions of a key together, whatever bytes the key is made of.
  const stored = Buffer.allocUnsafe(2 + length + 8);
  stored.writeUInt16BE(length, 0);
  if (typeof key === 'string') stored.write(key, 2);
  else key.copy(stored, 2);
  stored.writeBigUInt64BE(BigInt(generation), 2 + length);
  return stored;
}

export function keyOf(stored: Buffer): Buffer {
  return stored.subarray(2, stored.length - 8);
}

export function nameOf(stored: Buffer): string {
  return stored.toString('utf8', 2, stored.length - 8);
}

/**
 * This and `nameOf` are all to be asked of a key that LMDB has just given, where there are many: a short one lies in the
 * heap, and `subarray` gives it memory outside, of which each piece may cost 10 ms of the collector's work under way.
 */
export function generationOf(stored: Buffer): number {
  return Number(stored.readBigUInt64BE(stored.length - 8));
}

/** The keys of stored keys, one behind the other. */
export function joinKeys(stored: readonly Buffer[]): Buffer {
  return Buffer.concat(stored.map((one) => one.subarray(0, one.length - 8)));
}

export function splitKeys(joined: Buffer): Buffer[] {
  const keys: Buffer[] = [];
  for (let at = 0; at < joined.length; ) {
    const end = at + 2 + joined.readUInt16BE(at);
    keys.push(joined.subarray(at + 2, end));
    at = end;
  }
  return keys;
}
