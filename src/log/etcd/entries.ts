import { type LogEntry, LogFailure } from '../log.ts';
import type { Guard } from './guard.ts';
import { text, utf8 } from './key-layout.ts';
import { byRevision, type KeyValue, methods } from './messages.ts';

/** An index and the etcd revision that wrote its entry. Index 0 is the start of the log. */
export interface EntryRevision {
  readonly index: number;
  readonly revision: number;
}

export interface StoredEntry extends LogEntry {
  readonly revision: number;
}

/** The end of the log, by one linearizable read. */
export interface Head {
  /** Index of the last entry; 0 for an empty log. */
  readonly index: number;
  /** The store's revision at the instant of the read. */
  readonly at: number;
}

/** Entries that should be in the store are not: they were trimmed, or this server's idea of the log is wrong. */
export class MissingEntries extends Error {
  override readonly name = 'MissingEntries';
}

const pageSize = 64;

/**
 * Reads entries from the store. All reads are linearizable; the order of entries is the order of revisions. Each throws
 * `LogFailure` when the log is no longer the one that was opened.
 */
export class EntryReader {
  readonly #guard: Guard;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  async head(byConsensus: boolean): Promise<Head> {
    const known = this.#guard.index;
    const { at, ranges } = await this.#guard.read([{ key: this.#guard.keys.head }], { byConsensus });
    const head = ranges[0]?.[0];
    if ((head?.version ?? 0) < known) throw this.#guard.failure();
    if (!head) return { index: 0, at };
    const [writer, number] = text(head.value).split('/') as [string, string];
    const key = this.#guard.keys.entry(writer, Number(number));
    this.#guard.saw({ index: head.version, revision: head.modRevision, key });
    return { index: head.version, at };
  }

  /**
   * Entries from index `from` to the head as it is now. `anchor` is an earlier entry, from which they are counted. Throws
   * `MissingEntries` when the entries after the anchor are not as many as the head says.
   */
  async *read(from: number, anchor: EntryRevision): AsyncGenerator<StoredEntry> {
    const { at, entries } = await this.#list(anchor);
    const wanted = entries.slice(from - anchor.index - 1);
    let ahead = this.#page(wanted.slice(0, pageSize), at);
    for (let start = 0; start < wanted.length; start += pageSize) {
      const page = await ahead;
      ahead = this.#page(wanted.slice(start + pageSize, start + 2 * pageSize), at);
      ahead.catch(() => {});
      for (const [offset, entry] of page.entries()) yield { ...entry, index: from + start + offset };
    }
  }

  /** The revision of entry `index`, counted from an earlier one; null beyond the head. */
  async find(index: number, anchor: EntryRevision): Promise<EntryRevision | null> {
    if (index === anchor.index) return anchor;
    const { entries } = await this.#list(anchor);
    const entry = entries[index - anchor.index - 1];
    return entry ? { index, revision: entry.modRevision } : null;
  }

  /** The keys of the entries written at `revision` or before. */
  async keysUpTo(revision: number): Promise<string[]> {
    const { kvs } = await this.#guard.client.repeat(methods.range, {
      ...this.#guard.keys.log,
      keysOnly: true,
      maxModRevision: revision,
    });
    const head = text(this.#guard.keys.head);
    return kvs.map((kv) => text(kv.key)).filter((key) => key !== head);
  }

  /** The index of the entry that `revision` wrote: the head's, minus the entries since. Throws `MissingEntries`. */
  async indexOf(revision: number): Promise<number> {
    const since = { ...this.#guard.keys.log, keysOnly: true, minModRevision: revision };
    const [head, later] = (await this.#guard.read([{ key: this.#guard.keys.head }, since])).ranges;
    const entries = this.#withoutHead(later ?? []);
    const known = entries.some((kv) => kv.modRevision === revision);
    if (!known) throw new MissingEntries(`no entry of revision ${revision}`);
    return (head?.[0]?.version ?? 0) - (entries.length - 1);
  }

  async #list(anchor: EntryRevision): Promise<{ at: number; entries: KeyValue[] }> {
    const after = {
      ...this.#guard.keys.log,
      ...byRevision,
      keysOnly: true,
      minModRevision: anchor.revision + 1,
    };
    const { at, ranges } = await this.#guard.read([after]);
    const kvs = ranges[0] ?? [];
    const entries = this.#withoutHead(kvs);
    const name = text(this.#guard.keys.head);
    const head = kvs.find((kv) => text(kv.key) === name)?.version ?? anchor.index;
    if (head - anchor.index !== entries.length) {
      throw new MissingEntries(`${entries.length} entries after ${anchor.index}, but the head is ${head}`);
    }
    return { at, entries };
  }

  #withoutHead(kvs: KeyValue[]): KeyValue[] {
    const head = text(this.#guard.keys.head);
    return kvs.filter((kv) => text(kv.key) !== head);
  }

  // The entries of one writer are numbered as written, so those of a page are one range of keys for each writer.
  async #page(page: KeyValue[], revision: number): Promise<Omit<StoredEntry, 'index'>[]> {
    const ranges = new Map<string, { first: string; last: string }>();
    const keys = page.map((kv) => text(kv.key));
    for (const key of keys) {
      const writer = key.slice(0, key.lastIndexOf('/'));
      const range = ranges.get(writer);
      if (range) range.last = key;
      else ranges.set(writer, { first: key, last: key });
    }
    const replies = await Promise.all(
      [...ranges.values()].map(({ first, last }) =>
        this.#guard.client.repeat(methods.range, { key: utf8(first), rangeEnd: utf8(`${last}\0`), revision }),
      ),
    );
    const stored = new Map(replies.flatMap((reply) => reply.kvs.map((kv) => [text(kv.key), kv] as const)));
    return keys.map((key, position) => {
      const kv = stored.get(key);
      if (kv?.modRevision !== page[position]?.modRevision || !kv)
        throw new LogFailure(`the entry ${key} was altered`);
      return { bytes: plain(kv.value), revision: kv.modRevision };
    });
  }
}

/** The same memory as a Uint8Array that is no Buffer. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
