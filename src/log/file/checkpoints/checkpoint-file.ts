import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LogFailure, NewerLog } from '../../log.ts';
import type { Disk } from '../disk.ts';

/**
 * A checkpoint file, which is there whole or not at all:
 *
 *   header   one line: JSON, a space, the JSON's crc32 in hexadecimal
 *   blocks   one behind the other, each compressed by itself (raw deflate); what is in them: block.ts
 *   table    of each block: its bytes in this file, its bytes unpacked, its records, crc32 of its bytes in this file
 *   footer   "QRCE", number of blocks, crc32 of header, table and this footer before it
 *
 * Numbers are u32, big-endian. So every byte is covered by a checksum, and the last one by all the others: it names the
 * whole file.
 */
export interface CheckpointFile {
  readonly header: Header;
  /** In bytes. */
  readonly size: number;
  readonly blocks: readonly Block[];
  readonly records: number;
  readonly checksum: number;
}

export interface Header {
  /** The file's own name. */
  readonly name: string;
  /** Id of the log. */
  readonly log: string;
  /** Every entry up to and including this one is covered. */
  readonly index: number;
  /** The file whose records it changes; null for a full one, which needs no other. */
  readonly follows: { readonly file: string; readonly checksum: number } | null;
  /** The newest file of the checkpoint to go back to when this one is damaged, and the last entry that it covers. */
  readonly previous: { readonly file: string; readonly index: number } | null;
}

export interface Block {
  /** Where it begins in the file. */
  readonly at: number;
  readonly bytes: number;
  readonly unpacked: number;
  readonly records: number;
  readonly checksum: number;
}

const format = 'quorate-checkpoint';
const version = 1;
const magic = 0x51524345;
const footerBytes = 12;
const rowBytes = 16;
/** A longer header is none. */
const maxHeaderBytes = 4096;

/** Name of a checkpoint file: the names' order is the order in which they were written. */
export function fileName(epoch: number, number: number): string {
  return `${digits(epoch)}-${digits(number)}`;
}

export function isFileName(name: string): boolean {
  return /^\d{10}-\d{10}$/.test(name);
}

export const temporaryEnding = '.tmp';

export function isTemporaryName(name: string): boolean {
  return name.endsWith(temporaryEnding) && isFileName(name.slice(0, -temporaryEnding.length));
}

function digits(number: number): string {
  return String(number).padStart(10, '0');
}

export function encodeHeader(header: Header): Buffer {
  const json = JSON.stringify({ format, version, ...header });
  return Buffer.from(`${json} ${hex(crc32(json))}\n`);
}

/** What ends a file: its table and footer; and the checksum, which is in the footer. */
export function encodeEnd(
  header: Buffer,
  blocks: readonly Block[],
): { readonly end: Buffer; readonly checksum: number } {
  const end = Buffer.allocUnsafe(blocks.length * rowBytes + footerBytes);
  let at = 0;
  for (const { bytes, unpacked, records, checksum } of blocks) {
    for (const number of [bytes, unpacked, records, checksum]) at = end.writeUInt32BE(number, at);
  }
  at = end.writeUInt32BE(magic, at);
  at = end.writeUInt32BE(blocks.length, at);
  const checksum = crc32(end.subarray(0, at), crc32(header));
  end.writeUInt32BE(checksum, at);
  return { end, checksum };
}

/**
 * What the file `name` says about itself, its blocks unread. Throws `Damage`, `LogFailure` when another program or a later
 * version wrote it, and the system's error when it cannot be read.
 */
export async function describeFile(disk: Disk, dir: string, name: string): Promise<CheckpointFile> {
  const path = join(dir, name);
  const size = await disk.size(path);
  const line = await readLine(disk, path);
  const header = decodeHeader(path, line);
  if (header.name !== name) throw new Damage(path, `it is the file ${header.name}`);
  if (size < line.length + footerBytes) throw new Damage(path, 'it ends too early');
  const footer = await disk.read(path, size - footerBytes, footerBytes);
  const rows = footer.readUInt32BE(4) * rowBytes;
  if (footer.readUInt32BE(0) !== magic || size < line.length + rows + footerBytes)
    throw new Damage(path, 'its end is damaged or missing');
  const end = await disk.read(path, size - footerBytes - rows, rows + footerBytes);
  const covered = end.subarray(0, end.length - 4);
  const checksum = crc32(covered, crc32(line));
  if (end.length !== rows + footerBytes || end.readUInt32BE(covered.length) !== checksum)
    throw new Damage(path, 'its header or its end does not match its checksum');
  const blocks: Block[] = [];
  let at = line.length;
  let records = 0;
  for (let row = 0; row < rows; row += rowBytes) {
    const block: Block = {
      at,
      bytes: end.readUInt32BE(row),
      unpacked: end.readUInt32BE(row + 4),
      records: end.readUInt32BE(row + 8),
      checksum: end.readUInt32BE(row + 12),
    };
    blocks.push(block);
    at += block.bytes;
    records += block.records;
  }
  if (at + rows + footerBytes !== size) throw new Damage(path, 'it has another length than its blocks');
  return { header, size, blocks, records, checksum };
}

/** A file is not as it was written. */
export class Damage extends LogFailure {
  constructor(path: string, what: string) {
    super(`${path} is damaged: ${what}`);
  }
}

async function readLine(disk: Disk, path: string): Promise<Buffer> {
  const start = await disk.read(path, 0, maxHeaderBytes);
  const end = start.indexOf('\n');
  if (end < 0) throw new Damage(path, 'it has no header');
  return start.subarray(0, end + 1);
}

function decodeHeader(path: string, line: Buffer): Header {
  const space = line.length - 10;
  const json = line.toString('utf8', 0, Math.max(space, 0));
  if (line.toString('latin1', json.length) !== ` ${hex(crc32(json))}\n`)
    throw new Damage(path, 'its header does not match its checksum');
  const found = JSON.parse(json);
  if (found.format !== format) throw new LogFailure(`${path} is no checkpoint file`);
  if (found.version !== version)
    throw new NewerLog(`${path} has format ${found.version}; this program reads format ${version}`);
  const { name, log, index, follows, previous } = found as Header;
  return { name, log, index, follows, previous };
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
