import { isUtf8 } from 'node:buffer';
import { createReadStream, readFileSync } from 'node:fs';

/** The bytes of a file are not text. */
class NotText extends Error {}

/**
 * The text of a file; 0 is standard input. Throws NotText when the bytes are not UTF-8 or begin with a byte order mark,
 * because decoding would turn different bytes into the same text.
 */
export function readTextFile(file: string | 0): string {
  const bytes = readFileSync(file);
  if (!isUtf8(bytes)) throw new NotText('it is not UTF-8: save it as UTF-8');
  const text = bytes.toString('utf8');
  if (text.startsWith('\ufeff'))
    throw new NotText('it begins with a byte order mark (U+FEFF): save it without');
  return text;
}

/**
 * The lines of a file as they come, without their ends; 0 is standard input. A line whose bytes are not UTF-8 is null. Only \n ends a line:
 * JSON may hold what others take for an end.
 */
export async function* linesOf(file: string | 0): AsyncGenerator<string | null, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of file === 0 ? process.stdin : createReadStream(file)) {
    const bytes: Buffer = Buffer.concat([rest, piece as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield lineIn(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield lineIn(rest);
}

function lineIn(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
