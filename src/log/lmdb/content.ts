import { LogFailure } from '../log.ts';
import { decodeRecord, recordChecksum } from './record.ts';

/**
 * How many records a checkpoint holds, and the sum of their checksums modulo 2^32: LMDB checks nothing of its own pages,
 * and a damaged one can hide records that are intact themselves.
 */
export interface Content {
  readonly records: number;
  readonly sum: number;
}

export const nothing: Content = { records: 0, sum: 0 };

export function plus({ records, sum }: Content, checksum: number): Content {
  return { records: records + 1, sum: (sum + checksum) >>> 0 };
}

export function minus(content: Content, checksum: number | null): Content {
  if (checksum === null) return content;
  return { records: content.records - 1, sum: (content.sum - checksum) >>> 0 };
}

export function checksumOf(key: Buffer, generation: number, record: Buffer): number | null {
  const bytes = decodeRecord(`the checkpoint record of "${key}"`, key, generation, record);
  return bytes === null ? null : recordChecksum(record);
}

/** Throws `LogFailure` when the checkpoint of entry `index` does not hold what it should. */
export function checkContent(index: number, expected: Content, found: Content): void {
  const name = `the checkpoint of entry ${index} is damaged`;
  if (found.records !== expected.records)
    throw new LogFailure(`${name}: it holds ${found.records} of ${expected.records} records`);
  if (found.sum !== expected.sum) throw new LogFailure(`${name}: its records do not add up to its checksum`);
}
