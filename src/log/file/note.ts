import { crc32 } from 'node:zlib';
import { LogFailure } from '../log.ts';
import { isZero } from './record.ts';

/**
 * A small file that people can read: one line of JSON, and one with its checksum. It fits into one sector, so that a power
 * cut leaves all of it or none.
 */
export function encodeNote(note: object): Buffer {
  const json = JSON.stringify(note);
  return Buffer.from(`${json}\ncrc32 ${sum(json)}\n`);
}

/** The note in these bytes of a file; null where it was never written. Throws `LogFailure` that names the file when it is damaged. */
export function decodeNote<Note>(path: string, bytes: Buffer): Note | null {
  if (isZero(bytes)) return null;
  const [json = '', ...rest] = bytes.toString('latin1').split('\n');
  if (rest.join('\n') !== `crc32 ${sum(json)}\n`) throw new LogFailure(`${path} is damaged: wrong checksum`);
  return JSON.parse(json) as Note;
}

function sum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
