import { type LogEntry, LogFailure } from './log.ts';
import { RecentEntries } from './recent.ts';

/** The end of a log that only this process writes: its head, the newest entries, and whether the log has stopped for good. */
export class Tail {
  #head: number;
  #stopped: LogFailure | null = null;
  readonly #recent: RecentEntries<LogEntry>;

  /** `keepBytes` limits the memory that the newest entries take. */
  constructor(head: number, keepBytes: number) {
    this.#head = head;
    this.#recent = new RecentEntries(keepBytes);
  }

  get head(): number {
    return this.#head;
  }

  /** Whether the log has failed or was closed. */
  get isStopped(): boolean {
    return this.#stopped !== null;
  }

  /** Throws the reason when the log has failed or was closed. */
  check(): void {
    if (this.#stopped) throw this.#stopped;
  }

  /** The same, and RangeError for a checkpoint beyond the head. */
  checkCheckpoint(index: number): void {
    this.check();
    if (index > this.#head) throw new RangeError(`checkpoint at ${index} is beyond the head ${this.#head}`);
  }

  /** Makes a durable entry visible. Every reader gets these very bytes: nobody may write to them. */
  push(entry: LogEntry): void {
    this.#head = entry.index;
    this.#recent.push(entry);
    this.#recent.wake();
  }

  /** Forgets the entries up to `index`. */
  trim(index: number): void {
    this.#recent.trim(index);
  }

  /** Ends every reader with `reason`, waiting or not. The first reason stands. */
  stop(reason: LogFailure): void {
    this.#stopped ??= reason;
    this.#recent.wake();
  }

  /**
   * Entries from `from` on, without end. `readOlder` reads those that are no longer in memory, in limited slices that are
   * never empty, and throws `Trimmed` or `LogFailure`.
   */
  async *follow(
    from: number,
    signal: AbortSignal,
    readOlder: (from: number) => readonly LogEntry[] | Promise<readonly LogEntry[]>,
  ): AsyncGenerator<LogEntry, void, undefined> {
    checkFrom(from);
    let next = from;
    while (!signal.aborted) {
      this.check();
      if (next > this.#head) {
        await this.#recent.more(signal);
        continue;
      }
      for (const entry of this.#recent.from(next) ?? (await readOlder(next))) {
        if (signal.aborted) return;
        yield entry;
        next = entry.index + 1;
      }
    }
  }
}

/** Throws RangeError for an index that no entry can have. */
export function checkFrom(from: number): void {
  if (!Number.isSafeInteger(from) || from < 1)
    throw new RangeError(`entries are numbered from 1, not ${from}`);
}

/** The reason that every call rejects with once a log was closed. */
export function closedLog(): LogFailure {
  return new LogFailure('the log is closed');
}

/** The refusal of an entry that is too large; null for one that is not. */
export function tooLarge(entry: Uint8Array, maxEntryBytes: number) {
  if (entry.length <= maxEntryBytes) return null;
  const detail = `an entry of ${entry.length} bytes is over the limit of ${maxEntryBytes}`;
  return { ok: false, reason: 'too-large', detail } as const;
}
