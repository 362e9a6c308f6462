import type { LogEntry } from './log.ts';

/** What an entry takes in memory besides its bytes, roughly. */
const overheadBytes = 100;

/** The newest entries of a log, kept in memory for the readers that have caught up, and those readers while they wait. */
export class RecentEntries<Entry extends LogEntry> {
  #entries: Entry[] = [];
  #bytes = 0;
  readonly #maxBytes: number;
  readonly #waiting: (() => void)[] = [];
  /** Of readers that have waited. */
  readonly #signals = new WeakSet<AbortSignal>();

  /** The newest entry is kept whatever its size. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The entry after the last one. */
  push(entry: Entry): void {
    this.#entries.push(withOwnBytes(entry));
    this.#bytes += sizeOf(entry);
    // Dropping half at a time keeps the cost of a push constant.
    if (this.#bytes > this.#maxBytes) this.#drop((kept) => kept > 1 && this.#bytes > this.#maxBytes / 2);
  }

  /** The entries from `index` on, or null when some of them are not kept. */
  from(index: number): readonly Entry[] | null {
    const first = this.#entries[0];
    return first && index >= first.index ? this.#entries.slice(index - first.index) : null;
  }

  /** Forgets the entries up to `index`. */
  trim(index: number): void {
    this.#drop((_, oldest) => oldest.index <= index);
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
  }

  /** Resolves at the next `wake`, or when `signal` aborts. */
  more(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    if (!this.#signals.has(signal)) {
      // Once for all waits of a reader: it takes longer than all else that is done to wait for an entry.
      this.#signals.add(signal);
      signal.addEventListener('abort', () => this.wake(), { once: true });
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #drop(isOver: (kept: number, oldest: Entry) => boolean): void {
    let dropped = 0;
    for (const entry of this.#entries) {
      if (!isOver(this.#entries.length - dropped, entry)) break;
      this.#bytes -= sizeOf(entry);
      dropped++;
    }
    this.#entries.splice(0, dropped);
  }
}

function sizeOf({ bytes }: LogEntry): number {
  return bytes.length + overheadBytes;
}

/** What is kept for long must not keep the message that it came in, nor eight KiB that small Buffers share: `#bytes` would not be so. */
function withOwnBytes<Entry extends LogEntry>(entry: Entry): Entry {
  const { bytes } = entry;
  if (bytes.buffer.byteLength === bytes.length) return entry;
  return { ...entry, bytes: new Uint8Array(bytes) };
}
