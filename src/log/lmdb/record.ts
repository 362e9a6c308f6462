import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { LogFailure } from '../log.ts';

/**
 * What the LMDB engine puts on disk. Each kind of record opens with a format version and carries a
 * checksum, since LMDB itself checks neither its pages nor what is in them.
 *
 * Entry:             version u8, 'E', 0, 0 | index u64 | hash of the record before, 16 bytes | crc32 | bytes
 * Checkpoint record: version u8, 'R' or 'D' (deleted), 0, 0 | generation u64 | crc32 | bytes
 * Note:              version u8, 'N', 0, 0 | crc32 | JSON
 *
 * Numbers are big-endian; a crc covers the whole record but itself, and a checkpoint record's also its key.
 */
export const formatVersion = 1;
export const hashBytes = 16;
const entryHeader = 32;
const recordHeader = 16;
const noteHeader = 8;
const kind = { entry: 0x45, record: 0x52, deleted: 0x44, note: 0x4e } as const;

export interface StoredEntry {
  readonly index: number;
  /** Hash of this record, which the next entry repeats. */
  readonly hash: Buffer;
  readonly bytes: Uint8Array;
}

/** The hash that entry 1 carries as its predecessor's. */
export const genesis: Buffer = Buffer.alloc(hashBytes);

export function encodeEntry(index: number, previous: Uint8Array, bytes: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(entryHeader + bytes.length);
  begin(record, kind.entry);
  record.writeBigUInt64BE(BigInt(index), 4);
  record.set(previous, 12);
  record.set(bytes, entryHeader);
  record.writeUInt32BE(checksum(record, 28), 28);
  return record;
}

/** The bytes that `encodeEntry` copied into the record. */
export function entryBytes(record: Buffer): Uint8Array {
  return record.subarray(entryHeader);
}

export function entryHash(record: Buffer): Buffer {
  return hash('sha256', record, 'buffer').subarray(0, hashBytes);
}

/** Throws `LogFailure` unless `record` is entry `index`, intact and next after `previous` (null: not checked). */
export function decodeEntry(
  index: number,
  record: Buffer | undefined,
  previous: Uint8Array | null,
): StoredEntry {
  if (!record) throw new LogFailure(`entry ${index} is missing`);
  verify(`entry ${index}`, record, entryHeader, 28, kind.entry);
  const stored = Number(record.readBigUInt64BE(4));
  if (stored !== index) throw new LogFailure(`entry ${index} is damaged: it says it is entry ${stored}`);
  if (previous && record.compare(previous, 0, hashBytes, 12, 12 + hashBytes) !== 0) {
    throw new LogFailure(`entry ${index} does not follow entry ${index - 1}: the chain of hashes is broken`);
  }
  return { index, hash: entryHash(record), bytes: entryBytes(record) };
}

/** How long the record of these bytes is. */
export function recordBytes(bytes: Uint8Array | null): number {
  return recordHeader + (bytes?.length ?? 0);
}

/** The record, in `space` if there is some, which must be as long as it is. */
export function encodeRecord(
  key: Uint8Array,
  generation: number,
  bytes: Uint8Array | null,
  space?: Buffer,
): Buffer {
  const record = space ?? Buffer.allocUnsafe(recordBytes(bytes));
  begin(record, bytes ? kind.record : kind.deleted);
  record.writeBigUInt64BE(BigInt(generation), 4);
  if (bytes) record.set(bytes, recordHeader);
  record.writeUInt32BE(checksum(record, 12, key), 12);
  return record;
}

/** The record's bytes, or null when it says that its key was deleted. `name` is for the failure's message. */
export function decodeRecord(
  name: string,
  key: Uint8Array,
  generation: number,
  record: Buffer,
): Buffer | null {
  verify(name, record, recordHeader, 12, record[1] === kind.deleted ? kind.deleted : kind.record, key);
  if (Number(record.readBigUInt64BE(4)) !== generation)
    throw new LogFailure(`${name} is damaged: it is misplaced`);
  return record[1] === kind.deleted ? null : record.subarray(recordHeader);
}

/** The checksum that a checkpoint record carries. */
export function recordChecksum(record: Buffer): number {
  return record.readUInt32BE(12);
}

export function encodeNote(note: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(note));
  const record = Buffer.allocUnsafe(noteHeader + json.length);
  begin(record, kind.note);
  record.set(json, noteHeader);
  record.writeUInt32BE(checksum(record, 4), 4);
  return record;
}

export function decodeNote<Note>(name: string, record: Buffer): Note {
  verify(name, record, noteHeader, 4, kind.note);
  return JSON.parse(record.toString('utf8', noteHeader)) as Note;
}

function begin(record: Buffer, letter: number): void {
  record.writeUInt32BE(((formatVersion << 24) | (letter << 16)) >>> 0, 0);
}

function checksum(record: Buffer, at: number, key?: Uint8Array): number {
  const before = crc32(record.subarray(0, at), key ? crc32(key) : 0);
  return crc32(record.subarray(at + 4), before);
}

function verify(
  name: string,
  record: Buffer,
  header: number,
  at: number,
  letter: number,
  key?: Uint8Array,
): void {
  if (record.length < header) throw new LogFailure(`${name} is damaged: ${record.length} bytes are too few`);
  // The version comes first: what follows it may be laid out in another way.
  if (record[0] !== formatVersion) {
    const age = record[0]! > formatVersion ? 'a newer or foreign' : 'an unknown';
    throw new LogFailure(
      `${name} has ${age} format, ${record[0]}; this program reads format ${formatVersion}`,
    );
  }
  if (record.readUInt32BE(at) !== checksum(record, at, key))
    throw new LogFailure(`${name} is damaged: wrong checksum`);
  if (record[1] !== letter) throw new LogFailure(`${name} is damaged: it is a record of another kind`);
}
