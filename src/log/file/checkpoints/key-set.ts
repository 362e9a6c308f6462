import { randomBytes } from 'node:crypto';

const chunkBytes = 1024 * 1024;
const lengthBytes = 4;
/** Keys begin at multiples of this. */
const step = 4;

/**
 * A set of keys outside of the heap: a million strings in it would cost the collector a pass over everything that lives
 * there, groups included. So would 64 MB outside that V8 knows of: what is shared between threads it does not count, though
 * nobody shares this. Takes 6 to 12 bytes for each key expected, and 4 to 8 beside the bytes of each key added.
 */
export class KeySet {
  /** Where each key begins, in steps, and one more; 0 is a free slot. The next slot is tried where one is taken. */
  readonly #slots: Uint32Array;
  /** Of each key its length and bytes, none of them across two chunks. */
  readonly #chunks: Buffer[] = [];
  #used = chunkBytes;
  // Whoever names groups must not know which keys meet in a slot.
  readonly #secret0 = randomBytes(4).readInt32LE();
  readonly #secret1 = randomBytes(4).readInt32LE();

  /** For at most so many keys. */
  constructor(most: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(most, 1) * 1.5));
    this.#slots = new Uint32Array(new SharedArrayBuffer(slots * Uint32Array.BYTES_PER_ELEMENT));
  }

  /** Adds the key from `start` to `end` in `bytes`; false when it is there already. */
  add(bytes: Buffer, start: number, end: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = sipHash(this.#secret0, this.#secret1, bytes, start, end) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#holds(((slots[slot] as number) - 1) * step, bytes, start, end)) return false;
    }
    slots[slot] = this.#store(bytes, start, end) / step + 1;
    return true;
  }

  #holds(position: number, bytes: Buffer, start: number, end: number): boolean {
    const chunk = this.#chunks[Math.floor(position / chunkBytes)] as Buffer;
    const at = position % chunkBytes;
    if (chunk.readUInt32LE(at) !== end - start) return false;
    for (let i = start, j = at + lengthBytes; i < end; i += 1, j += 1)
      if (bytes[i] !== chunk[j]) return false;
    return true;
  }

  /** Gives the position: that in the chunk, beside the bytes of all chunks before it. */
  #store(bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    const size = Math.ceil((lengthBytes + length) / step) * step;
    if (this.#used + size > chunkBytes) {
      // A key that is longer than a chunk has one for itself, of which only the beginning counts as space.
      this.#chunks.push(Buffer.from(new SharedArrayBuffer(Math.max(chunkBytes, size))));
      this.#used = 0;
    }
    const chunk = this.#chunks.at(-1) as Buffer;
    const at = this.#used;
    chunk.writeUInt32LE(length, at);
    for (let i = start, j = at + lengthBytes; i < end; i += 1, j += 1) chunk[j] = bytes[i] as number;
    this.#used += size;
    return (this.#chunks.length - 1) * chunkBytes + at;
  }
}

/** HalfSipHash-1-3, a keyed hash of 32 bits (Aumasson and Bernstein), of the bytes from `start` to `end`. */
function sipHash(key0: number, key1: number, bytes: Buffer, start: number, end: number): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;
  const words = (end - start) >>> 2;
  // The whole words, one of what is left and the length, and three rounds more.
  for (let round = 0; round < words + 4; round += 1) {
    const at = start + 4 * round;
    let word = 0;
    if (round < words)
      word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
    else if (round === words) {
      word = (end - start) << 24;
      for (let i = at; i < end; i += 1) word |= (bytes[i] as number) << (8 * (i - at));
    } else if (round === words + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}
