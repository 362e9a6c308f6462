import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

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
