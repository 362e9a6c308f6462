import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

/** The file's bytes are no text. */
export class NotText extends Error {}

/**
 * The text of a file, 0 being standard input. Throws NotText where its bytes are not UTF-8 or begin with a byte order mark:
 * read anyway, different bytes would become the same text.
 */
export function readTextFile(file: string | 0): string {
  const bytes = readFileSync(file);
  if (!isUtf8(bytes)) throw new NotText('it is not UTF-8: save it as UTF-8');
  const text = bytes.toString('utf8');
  if (text.startsWith('\ufeff'))
    throw new NotText('it begins with a byte order mark (U+FEFF): save it without');
  return text;
}
