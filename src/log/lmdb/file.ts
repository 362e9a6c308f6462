import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { LogFailure } from '../log.ts';

/** Where LMDB keeps a log that is in `dir`. */
export function logFileIn(dir: string): string {
  return join(dir, 'data.mdb');
}

// The layout of LMDB's two meta pages; numbers are in the order of the machine's bytes.
const magic = 0xbeefc0de;
const layout = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, bytes: 160 } as const;
const smallest = 8192;

/**
 * Throws `LogFailure` for a file that lmdb cannot read: it would crash the process, not refuse. That is one of another
 * kind, and one that ends before its last page: what is missing would be read from memory that is not there.
 */
export function checkLmdbFile(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const file = openSync(path, 'r');
  try {
    const first = readMeta(file, 0);
    if (size < smallest || first.magic !== magic) throw new LogFailure(`${path} is not an LMDB database`);
    const { pageSize } = first;
    if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
      throw new LogFailure(`${path} is damaged: its pages have ${pageSize} bytes`);
    const second = readMeta(file, pageSize);
    if (second.magic !== magic) throw new LogFailure(`${path} is damaged: its second page`);
    const { lastPage } = first.transaction > second.transaction ? first : second;
    const needed = (lastPage + 1) * pageSize;
    if (size < needed) throw new LogFailure(`${path} is cut short: it has ${size} bytes of ${needed}`);
  } finally {
    closeSync(file);
  }
}

function readMeta(file: number, at: number) {
  const page = Buffer.alloc(layout.bytes);
  readSync(file, page, 0, page.length, at);
  const little = endianness() === 'LE';
  const u32 = (offset: number) => (little ? page.readUInt32LE(offset) : page.readUInt32BE(offset));
  const u64 = (offset: number) =>
    Number(little ? page.readBigUInt64LE(offset) : page.readBigUInt64BE(offset));
  return {
    magic: u32(layout.magic),
    pageSize: u32(layout.pageSize),
    lastPage: u64(layout.lastPage),
    transaction: u64(layout.transaction),
  };
}
