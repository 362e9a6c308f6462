import { LogFailure } from '../log.ts';
import type { EtcdClient } from './client.ts';
import type { KeyLayout } from './key-layout.ts';
import {
  type Compare,
  type KeyValue,
  methods,
  type RangeRequest,
  type RequestOp,
  type TxnResponse,
  when,
} from './messages.ts';

/** An entry that is known to be in the log: the revision that wrote it, and its key. */
export interface KnownEntry {
  readonly index: number;
  readonly revision: number;
  readonly key: Uint8Array;
}

/**
 * Reads and writes on the condition that the store still holds the log that was opened. A store that was wiped has a log
 * of another id; one that was restored from a backup lacks the latest entries; revisions may be equal all the same. Two
 * conditions are enough, since random names do not come twice: the log's identity, byte for byte, and the latest entry that
 * this server knows, at its revision. Everything before that entry is the same too.
 */
export class Guard {
  readonly client: EtcdClient;
  readonly keys: KeyLayout;
  readonly #meta: Uint8Array;
  #latest: KnownEntry | null = null;

  /** `meta`: the bytes of the log's identity record. */
  constructor(client: EtcdClient, keys: KeyLayout, meta: Uint8Array) {
    this.client = client;
    this.keys = keys;
    this.#meta = meta;
  }

  /** Index of the latest entry that this server knows of; 0 for none. */
  get index(): number {
    return this.#latest?.index ?? 0;
  }

  /** To be called for every entry that is read or written, in any order. */
  saw(entry: KnownEntry): void {
    if (entry.index > this.index) this.#latest = entry;
  }

  /** The conditions, for a transaction. */
  get conditions(): Compare[] {
    const same = when.value(this.keys.meta, this.#meta);
    return this.#latest === null ? [same] : [same, when.modRevision(this.#latest.key, this.#latest.revision)];
  }

  /**
   * One linearizable read of several ranges, `at` the store's revision then. `byConsensus`: as a write that changes
   * nothing, so that no member can give a stale answer; it needs no space. Throws `LogFailure` when the log is another.
   */
  async read(
    ranges: readonly RangeRequest[],
    { byConsensus = false, within }: { byConsensus?: boolean; within?: number | undefined } = {},
  ): Promise<{ at: number; ranges: KeyValue[][] }> {
    const success: RequestOp[] = ranges.map((range) => ({ range }));
    if (byConsensus) success.push({ delete: { key: this.keys.barrier } });
    const reply = await this.#transact([], success, within);
    // Some releases give stale answers after a pause; only a round of consensus tells that from another log.
    if (!reply.succeeded && !byConsensus) return this.read(ranges, { byConsensus: true, within });
    if (!reply.succeeded) throw this.failure();
    return {
      at: reply.header.revision,
      ranges: reply.responses.slice(0, ranges.length).map(({ range }) => range?.kvs ?? []),
    };
  }

  /**
   * Writes, repeatedly until answered; returns whether `compare` held. Only for what may have effect twice, and late,
   * without harm. Throws `LogFailure` when the log is another.
   */
  async write(success: readonly RequestOp[], within: number, compare: Compare[] = []): Promise<boolean> {
    const { succeeded } = await this.#transact(compare, success, within);
    if (!succeeded && compare.length === 0) throw this.failure();
    return succeeded;
  }

  failure(): LogFailure {
    return new LogFailure(
      this.index === 0
        ? 'etcd: the log was replaced by another'
        : `etcd: the log was replaced by another, or trimmed beyond entry ${this.index}, the latest known here`,
    );
  }

  #transact(compare: Compare[], success: readonly RequestOp[], within?: number): Promise<TxnResponse> {
    const request = { compare: [...compare, ...this.conditions], success: [...success], failure: [] };
    return this.client.repeat(methods.txn, request, within);
  }
}
