import { decodeEntry, type Entry } from '../core/entry.ts';
import { type LogEntry, LogFailure } from '../log/log.ts';

/** The entry in these bytes of a log; throws `LogFailure` naming it where they are damaged or foreign. */
export function readEntry({ index, bytes }: LogEntry): Entry {
  try {
    return decodeEntry(bytes);
  } catch (error) {
    throw new LogFailure(`entry ${index} cannot be read: ${(error as Error).message}`);
  }
}
