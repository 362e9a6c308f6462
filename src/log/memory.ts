import { randomBytes } from 'node:crypto';
import {
  type Appended,
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  type LogInfo,
  noFallBack,
  Trimmed,
} from './log.ts';
import { closedLog, Tail, tooLarge } from './tail.ts';

/** A log that lives and dies with this process. */
export function memoryLog(): Log {
  return new MemoryLog();
}

class MemoryLog implements Log {
  readonly info: LogInfo = {
    id: randomBytes(16).toString('hex'),
    kind: 'memory',
    durability: 'none',
    location: 'memory',
    exclusive: true,
    checkpoints: 'incremental',
    maxEntryBytes: 8 * 1024 * 1024,
  };
  readonly unavailable = null;
  readonly space = null;
  readonly #tail = new Tail(0, 0);
  /** Entries #trimmed + 1 and later. */
  #entries: LogEntry[] = [];
  #trimmed = 0;
  #published: Published | null = null;
  #publishing = false;

  async append(entry: Uint8Array): Promise<Appended> {
    this.#tail.check();
    const refusal = tooLarge(entry, this.info.maxEntryBytes);
    if (refusal) return refusal;
    const index = this.#tail.head + 1;
    const stored = { index, bytes: new Uint8Array(entry) };
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
    this.#tail.checkCheckpoint(checkpoint.index);
    if (this.#publishing) throw new Error('a checkpoint is already being written');
    if (this.#published && checkpoint.index < this.#published.index) return;
    this.#publishing = true;
    try {
      const changed: [string, Uint8Array | null][] = [];
      for await (const records of checkpoint.records) {
        this.#tail.check();
        for (const { key, bytes } of records) changed.push([key, bytes && new Uint8Array(bytes)]);
      }
      this.#tail.check();
      this.#publish(checkpoint.index, checkpoint.full, changed);
    } finally {
      this.#publishing = false;
    }
  }

  async restore(): Promise<Checkpoint | null> {
    this.#tail.check();
    if (!this.#published) return null;
    const { index, state } = this.#published;
    return { index, records: each([...state]), fallBack: noFallBack };
  }

  async close(): Promise<void> {
    this.#tail.stop(closedLog());
    this.#entries = [];
    this.#published = null;
  }

  #publish(index: number, full: boolean, changed: readonly [string, Uint8Array | null][]): void {
    const previous = this.#published;
    const state = previous && !full ? previous.state : new Map<string, Uint8Array>();
    for (const [key, bytes] of changed) {
      if (bytes) state.set(key, bytes);
      else state.delete(key);
    }
    this.#published = { index, state };
    if (!previous) return;
    this.#entries.splice(0, previous.index - this.#trimmed);
    this.#trimmed = previous.index;
    this.#tail.trim(previous.index);
  }
}

interface Published {
  readonly index: number;
  readonly state: Map<string, Uint8Array>;
}

async function* each(state: [string, Uint8Array][]): AsyncGenerator<CheckpointRecord> {
  for (const [key, bytes] of state) yield { key, bytes };
}
