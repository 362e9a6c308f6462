import { type CheckpointRecord, type LogEntry, Trimmed } from '../../src/log/log.ts';

/**
 * The shared log itself, as a cluster store keeps it: the truth that all servers see through their drivers. A slot per
 * writer holds how many entries of that writer are in, so that a request sent twice takes effect once, and one that
 * was given up can never take effect later.
 */
export class Store {
  /** Random name of the history that it has now. */
  id = 'log-1';
  /** Every entry of this history, also those that are trimmed: the checks replay them. */
  all: LogEntry[] = [];
  /** When each came in. */
  times: number[] = [];
  /** The histories that it had before. */
  readonly past: PastLog[] = [];
  trimmed = 0;
  published: Published | null = null;
  private readonly now: () => number;
  private readonly slots = new Map<string, Slot>();
  private readonly watchers = new Set<(entry: LogEntry) => void>();

  constructor(now: () => number) {
    this.now = now;
  }

  get head(): number {
    return this.all.length;
  }

  /** Puts the entry in, or tells what became of this slot before. */
  append(writer: string, serial: number, bytes: Uint8Array): Put {
    const slot = this.slots.get(writer) ?? { serial: 0, index: 0 };
    if (slot.serial === serial) {
      return slot.index === null ? { is: 'abandoned' } : { is: 'in', index: slot.index, fresh: false };
    }
    if (slot.serial !== serial - 1) return { is: 'late' };
    const index = this.insert(bytes);
    this.slots.set(writer, { serial, index });
    return { is: 'in', index, fresh: true };
  }

  /** Takes the slot without an entry, unless the entry is in already. */
  abandon(writer: string, serial: number): Put {
    const slot = this.slots.get(writer) ?? { serial: 0, index: 0 };
    if (slot.serial === serial) return this.append(writer, serial, new Uint8Array());
    // A request that comes late must not take the slot back from what followed it.
    if (slot.serial > serial) return { is: 'late' };
    this.slots.set(writer, { serial, index: null });
    return { is: 'abandoned' };
  }

  insert(bytes: Uint8Array): number {
    const entry = { index: this.all.length + 1, bytes: new Uint8Array(bytes) };
    this.all.push(entry);
    this.times.push(this.now());
    for (const watcher of this.watchers) watcher(entry);
    return entry.index;
  }

  range(from: number): readonly LogEntry[] {
    if (from <= this.trimmed) throw new Trimmed(`entries up to ${this.trimmed} were trimmed`);
    return this.all.slice(from - 1);
  }

  /**
   * Goes on from a backup: the first `keep` entries, under a new name. What came after them is gone, and other entries
   * will stand at its positions.
   */
  replace(keep: number): void {
    const { id, all, times } = this;
    this.past.push({ id, all, times });
    this.id = `log-${this.past.length + 1}`;
    this.all = all.slice(0, keep);
    this.times = times.slice(0, keep);
    if (this.published !== null && this.published.head > keep) {
      this.published = null;
      this.trimmed = 0;
    }
  }

  /** Calls back for every entry from now on; the result ends it. */
  watch(watcher: (entry: LogEntry) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Publishes a checkpoint, whole, and trims behind the one before. `beyond`: trims too much, for a seeded bug. */
  publish(
    index: number,
    full: boolean,
    changed: readonly CheckpointRecord[],
    beyond: number | null,
  ): boolean {
    const previous = this.published;
    // A second one of the same index must not push out the one before, to which the past is kept.
    if (previous !== null && (full ? index <= previous.index : index < previous.index)) return false;
    const records = new Map(full || previous === null ? [] : previous.records);
    for (const { key, bytes } of changed) {
      if (bytes === null) records.delete(key);
      else records.set(key, new Uint8Array(bytes));
    }
    this.published = { index, head: this.head, records };
    if (beyond !== null) this.trimmed = Math.min(index + beyond, this.head);
    else if (previous !== null) this.trimmed = previous.index;
    return true;
  }
}

export interface PastLog {
  readonly id: string;
  readonly all: readonly LogEntry[];
  readonly times: readonly number[];
}

export interface Published {
  readonly index: number;
  /** How far the log was when it was published: its records may reflect entries up to there. */
  readonly head: number;
  readonly records: ReadonlyMap<string, Uint8Array>;
}

export type Put =
  | { readonly is: 'in'; readonly index: number; readonly fresh: boolean }
  | { readonly is: 'abandoned' }
  /** The writer has gone on: nobody waits for this answer. */
  | { readonly is: 'late' };

interface Slot {
  readonly serial: number;
  /** Null when the slot was taken without an entry. */
  readonly index: number | null;
}
