import { type LogEntry, LogFailure } from './log.ts';

/**
 * The live end of a log inside one process: how far it reaches, the entries made durable last, the
 * readers that wait for more, and whether the log has stopped for good.
 */
export class Tail {
  #head: number;
  #stopped: LogFailure | null = null;
  #recent: LogEntry[] = [];
  #recentBytes = 0;
  readonly #keepBytes: number;
  readonly #waiting = new Set<() => void>();

  /** `keepBytes` bounds the memory held by the recent entries; the newest one is always kept. */
  constructor(head: number, keepBytes: number) {
    this.#head = head;
    this.#keepBytes = keepBytes;
  }

  get head(): number {
    return this.#head;
  }

  get stopped(): LogFailure | null {
    return this.#stopped;
  }

  /** Throws the reason when the log has failed or was closed. */
  check(): void {
    if (this.#stopped) throw this.#stopped;
  }

  /** Makes a durable entry visible. Its bytes are handed to every reader: nobody may write to them. */
  push(entry: LogEntry): void {
    this.#head = entry.index;
    this.#recent.push(entry);
    this.#recentBytes += entry.bytes.length;
    if (this.#recentBytes > this.#keepBytes) this.#forget();
    this.#wake();
  }

  /** The recent entries from `index` on, or null when `index` is older than what is kept. */
  recent(index: number): readonly LogEntry[] | null {
    const first = this.#recent[0];
    return first && index >= first.index ? this.#recent.slice(index - first.index) : null;
  }

  /** Forgets the entries up to `index`. */
  trim(index: number): void {
    const first = this.#recent[0]?.index ?? index + 1;
    for (const { bytes } of this.#recent.splice(0, Math.max(0, index + 1 - first)))
      this.#recentBytes -= bytes.length;
  }

  /** No entry comes any more: every reader, waiting or not, ends with `reason`. The first one stands. */
  stop(reason: LogFailure): void {
    this.#stopped ??= reason;
    this.#wake();
  }

  /**
   * Entries from `from` on for ever; `past` reads those that are no longer recent, in bounded slices
   * that are never empty, and throws `Trimmed` or `LogFailure`.
   */
  async *follow(
    from: number,
    signal: AbortSignal,
    past: (from: number) => readonly LogEntry[],
  ): AsyncGenerator<LogEntry, void, undefined> {
    if (!Number.isSafeInteger(from) || from < 1)
      throw new RangeError(`entries are numbered from 1, not ${from}`);
    let next = from;
    while (!signal.aborted) {
      this.check();
      if (next > this.#head) {
        await this.#grown(signal);
        continue;
      }
      for (const entry of this.recent(next) ?? past(next)) {
        if (signal.aborted) return;
        yield entry;
        next = entry.index + 1;
      }
    }
  }

  // Dropping half at a time keeps the cost per push constant.
  #forget(): void {
    let drop = 0;
    while (drop < this.#recent.length - 1 && this.#recentBytes > this.#keepBytes / 2) {
      this.#recentBytes -= this.#recent[drop]!.bytes.length;
      drop++;
    }
    this.#recent.splice(0, drop);
  }

  #grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

/** The reason every call is refused with once a log was closed. */
export function closedLog(): LogFailure {
  return new LogFailure('the log is closed');
}
