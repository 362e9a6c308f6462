import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { NewerLog } from '../log.ts';

/**
 * A record of a segment:
 *
 *   0  "QR", format version u8, kind u8: 'S' head of a segment, 'E' entry, 'B' entry whose bytes are written as base64
 *   4  length of the payload, u32
 *   8  index u64: of the entry; of a segment's head, of the entry that its first one follows
 *  16  hash of the record of the entry before, 16 bytes: each vouches for all before it
 *  32  crc32 of the payload, u32
 *  36  crc32 of the 36 bytes before, u32
 *  40  payload, without a zero byte; then 2 to 9 bytes 0xff, up to a multiple of 8
 *
 * Numbers are big-endian. Every record begins at a multiple of 8, and every 8 bytes at either end of one hold at least two that are not
 * zero: so a sector inside a record that is all zeros was never written, and cannot come from one damaged byte.
 */
export interface Record {
  readonly kind: Kind;
  readonly index: number;
  /** Hash of the record of the entry before. */
  readonly previous: Buffer;
  /** Hash of this record, which the next one repeats. */
  readonly hash: Buffer;
  /** What was appended; of a segment's head, its JSON. */
  readonly bytes: Buffer;
  /** Bytes that it takes in the segment. */
  readonly size: number;
}

type Kind = 'head' | 'entry';

const formatVersion = 1;
export const headerBytes = 40;
const hashBytes = 16;
const sectorBytes = 512;
const letters = { head: 0x53, entry: 0x45, encoded: 0x42 } as const;

/** The hash that the first entry of a log follows. */
export const genesis: Buffer = Buffer.alloc(hashBytes);

/** The record of these bytes, as it is written. It holds a copy of them. */
export function encodeRecord(kind: Kind, index: number, previous: Uint8Array, bytes: Uint8Array): Buffer {
  const isEncoded = bytes.includes(0);
  const payload = isEncoded ? Buffer.from(Buffer.from(bytes).toString('base64')) : bytes;
  const record = Buffer.allocUnsafe(sizeOf(payload.length));
  record.writeUInt32BE(
    magic(kind === 'head' ? letters.head : isEncoded ? letters.encoded : letters.entry),
    0,
  );
  record.writeUInt32BE(payload.length, 4);
  record.writeBigUInt64BE(BigInt(index), 8);
  record.set(previous, 16);
  record.set(payload, headerBytes);
  record.fill(0xff, headerBytes + payload.length);
  record.writeUInt32BE(crc32(payload), 32);
  record.writeUInt32BE(crc32(record.subarray(0, 36)), 36);
  return record;
}

/** Hash of a record at the start of these bytes: of its header and payload. */
export function hashOf(record: Buffer): Buffer {
  const end = headerBytes + record.readUInt32BE(4);
  return hash('sha256', record.subarray(0, end), 'buffer').subarray(0, hashBytes);
}

/** The bytes that `encodeRecord` copied into the record of an entry. */
export function payloadOf(record: Buffer): Buffer {
  const payload = record.subarray(headerBytes, headerBytes + record.readUInt32BE(4));
  return record[3] === letters.encoded ? Buffer.from(payload.toString('latin1'), 'base64') : payload;
}

/** Most bytes that the record of an entry of so many bytes takes. */
export function mostBytes(entryBytes: number): number {
  return sizeOf(Math.ceil(entryBytes / 3) * 4);
}

/** Bytes that the record at `at` takes; null where there is no sound header. */
export function recordSize(bytes: Buffer, at: number): number | null {
  return isHeader(bytes, at) ? sizeOf(bytes.readUInt32BE(at + 4)) : null;
}

/** Why there is no whole record: nothing was ever written there, a write was cut short, or what is there is damaged. */
type NoRecord = 'end' | 'torn' | 'damaged';

/**
 * The record at `at` of the bytes of a segment, which begin at a sector and hold all of the segment's last record. A write
 * that a power cut ended has left sectors as they were made, all zeros, and nothing behind it; whatever else does not
 * check is damage. Throws `LogFailure` where a later program wrote it.
 */
export function recordAt(segment: Buffer, at: number): Record | NoRecord {
  const rest = segment.subarray(at);
  if (!isHeader(segment, at)) {
    if (isZero(rest)) return 'end';
    return isTorn(segment, at, null) ? 'torn' : 'damaged';
  }
  if (rest[2] !== formatVersion)
    throw new NewerLog(`a record has format ${rest[2]}; this program reads format ${formatVersion}`);
  const kind = kindOf(rest.readUInt32BE(0));
  const size = sizeOf(rest.readUInt32BE(4));
  if (kind === null || size > rest.length) return 'damaged';
  const payload = rest.subarray(headerBytes, headerBytes + rest.readUInt32BE(4));
  const padding = rest.subarray(headerBytes + payload.length, size);
  if (rest.readUInt32BE(32) !== crc32(payload) || !padding.every((byte) => byte === 0xff))
    return isTorn(segment, at, size) ? 'torn' : 'damaged';
  return {
    kind,
    index: Number(rest.readBigUInt64BE(8)),
    previous: rest.subarray(16, 16 + hashBytes),
    hash: hashOf(rest),
    bytes: payloadOf(rest),
    size,
  };
}

function isHeader(bytes: Buffer, at: number): boolean {
  return (
    at + headerBytes <= bytes.length && bytes.readUInt32BE(at + 36) === crc32(bytes.subarray(at, at + 36))
  );
}

/** Whether the record at `at` lacks a sector; `size` is null where its header cannot be read. */
function isTorn(segment: Buffer, at: number, size: number | null): boolean {
  const end = at + (size ?? headerBytes);
  if (size === null ? hasHeaderAfter(segment, at) : !isZero(segment.subarray(end))) return false;
  for (let from = at; from < end; ) {
    const to = from + sectorBytes - (from % sectorBytes);
    if (isZero(segment.subarray(from, size === null ? to : Math.min(to, end)))) return true;
    from = to;
  }
  return false;
}

/** Whether a record begins behind `at`: a payload holds no zero byte and so no header, which has some. */
function hasHeaderAfter(segment: Buffer, at: number): boolean {
  for (let found = segment.indexOf('QR', at); found >= 0; found = segment.indexOf('QR', found + 1))
    if (found % 8 === 0 && isHeader(segment, found)) return true;
  return false;
}

export function isZero(bytes: Buffer): boolean {
  return (
    bytes.length === 0 || (bytes[0] === 0 && bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0)
  );
}

function sizeOf(payload: number): number {
  return Math.ceil((headerBytes + payload + 2) / 8) * 8;
}

function magic(letter: number): number {
  return (0x5152 << 16) | (formatVersion << 8) | letter;
}

function kindOf(first: number): Kind | null {
  if (first === magic(letters.head)) return 'head';
  return first === magic(letters.entry) || first === magic(letters.encoded) ? 'entry' : null;
}
