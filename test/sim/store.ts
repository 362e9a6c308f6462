import { type CheckpointRecord, type LogEntry, Trimmed } from '../../src/log/log.ts';

/**
 * The shared log itself, as a cluster store keeps it: the truth that all servers see through their drivers. A slot per
 * writer holds how many entries of that writer are in, so that a request sent twice takes effect once, and one that
 * was given up can never take effect later.
 */
export class Store {
  /** Every entry there ever was, also those that are trimmed: the checks replay them. */
  readonly all: LogEntry[] = [];
  /** When each came in. */
  readonly times: number[] = [];
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
    this.published = { index, records };
    if (beyond !== null) this.trimmed = Math.min(index + beyond, this.head);
    else if (previous !== null) this.trimmed = previous.index;
    return true;
  }
}

export interface Published {
  readonly index: number;
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
