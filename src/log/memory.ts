import { randomBytes } from 'node:crypto';
import {
  type Appended,
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  type LogInfo,
  Trimmed,
} from './log.ts';
import { closedLog, Tail } from './tail.ts';

export interface MemoryLogOptions {
  /** Largest entry, in bytes. Default 8 MiB. */
  readonly maxEntryBytes?: number;
}

/** A log that lives and dies with this process. */
export function memoryLog(options: MemoryLogOptions = {}): Log {
  return new MemoryLog(options.maxEntryBytes ?? 8 * 1024 * 1024);
}

class MemoryLog implements Log {
  readonly info: LogInfo;
  readonly #tail = new Tail(0, 0);
  /** Entries #trimmed + 1 and later. */
  #entries: LogEntry[] = [];
  #trimmed = 0;
  #published: Published | null = null;
  #publishing = false;

  constructor(maxEntryBytes: number) {
    this.info = {
      id: randomBytes(16).toString('hex'),
      kind: 'memory',
      durability: 'none',
      location: 'memory',
      exclusive: true,
      checkpoints: 'incremental',
      maxEntryBytes,
    };
  }

  async append(entry: Uint8Array): Promise<Appended> {
    this.#tail.check();
    const { maxEntryBytes } = this.info;
    if (entry.length > maxEntryBytes) {
      const detail = `an entry of ${entry.length} bytes is over the limit of ${maxEntryBytes}`;
      return { ok: false, reason: 'too-large', detail };
    }
    const index = this.#tail.head + 1;
    const stored = { index, bytes: Uint8Array.prototype.slice.call(entry) };
    this.#entries.push(stored);
    this.#tail.push(stored);
    return { ok: true, index };
  }

  entries(from: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    return this.#tail.follow(from, signal, (next) => {
      if (next <= this.#trimmed) throw new Trimmed(`entries up to ${this.#trimmed} were trimmed`);
      const start = next - this.#trimmed - 1;
      return this.#entries.slice(start, start + 256);
    });
  }

  async head(): Promise<number> {
    this.#tail.check();
    return this.#tail.head;
  }

  async checkpoint(checkpoint: CheckpointWrite): Promise<void> {
    this.#tail.check();
    if (this.#publishing) throw new Error('a checkpoint is already being written');
    if (checkpoint.index > this.#tail.head) {
      throw new RangeError(`checkpoint at ${checkpoint.index} is beyond the head ${this.#tail.head}`);
    }
    if (this.#published && checkpoint.index < this.#published.index) return;
    this.#publishing = true;
    try {
      const changed: State = new Map();
      for await (const records of checkpoint.records) {
        this.#tail.check();
        for (const { key, bytes } of records) changed.set(key, bytes && Uint8Array.prototype.slice.call(bytes));
      }
      this.#tail.check();
      const previous = this.#published;
      this.#published = {
        index: checkpoint.index,
        full: checkpoint.full || !previous,
        before: previous ? fold(previous) : new Map(),
        changed,
      };
      if (previous) this.#trim(previous.index);
    } finally {
      this.#publishing = false;
    }
  }

  async restore(): Promise<Checkpoint | null> {
    this.#tail.check();
    if (!this.#published) return null;
    const { index, full, before, changed } = this.#published;
    const state = full ? changed : new Map([...before, ...changed]);
    return { index, records: present([...state]) };
  }

  async close(): Promise<void> {
    this.#tail.stop(closedLog());
    this.#entries = [];
    this.#published = null;
  }

  #trim(index: number): void {
    this.#entries.splice(0, index - this.#trimmed);
    this.#trimmed = Math.max(this.#trimmed, index);
  }
}

type State = Map<string, Uint8Array | null>;

/** A checkpoint as the one before it and what changed, so that publishing costs only the change. */
interface Published {
  readonly index: number;
  readonly full: boolean;
  readonly before: State;
  readonly changed: State;
}

function fold({ full, before, changed }: Published): State {
  if (full) return changed;
  for (const [key, bytes] of changed) {
    if (bytes) before.set(key, bytes);
    else before.delete(key);
  }
  return before;
}

async function* present(state: [string, Uint8Array | null][]): AsyncGenerator<CheckpointRecord> {
  for (const [key, bytes] of state) if (bytes) yield { key, bytes };
}
