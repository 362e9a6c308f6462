import { createHash } from 'node:crypto';
import { type Checkpoint, type CheckpointWrite, LogFailure, noFallBack, Trimmed } from '../log.ts';
import { pack, unpack } from './chunks.ts';
import { type EtcdClient, EtcdError } from './client.ts';
import { type EntryReader, type EntryRevision, plain } from './entries.ts';
import type { Guard } from './guard.ts';
import { type KeyLayout, text, utf8 } from './key-layout.ts';
import { methods, type RequestOp, when } from './messages.ts';

/** A published checkpoint: the place it covers and the names of its chunks, which are their SHA-256. */
interface Manifest extends EntryRevision {
  readonly chunks: readonly string[];
}

/** What `snap/cur` holds. Entries up to `previous` may be gone, later ones are all there. */
interface Published extends Manifest {
  readonly previous: Manifest | null;
}

interface Current {
  readonly published: Published | null;
  /** Revision that wrote `snap/cur`, 0 when there is none. */
  readonly seen: number;
}

const start: EntryRevision = { index: 0, revision: 0 };
const maxManifestBytes = 1024 * 1024;
const deletesPerTxn = 8;
const keysPerDelete = 1000;
const patience = 15_000;

/** Writes, publishes and reads checkpoints, and trims the past behind them. */
export class EtcdCheckpoints {
  readonly #client: EtcdClient;
  readonly #keys: KeyLayout;
  readonly #reader: EntryReader;
  readonly #guard: Guard;

  constructor(client: EtcdClient, keys: KeyLayout, history: EntryReader, guard: Guard) {
    this.#client = client;
    this.#keys = keys;
    this.#reader = history;
    this.#guard = guard;
  }

  /** A place before `index` from which every entry is still there. Throws `Trimmed` if there is none. */
  async anchor(index: number): Promise<EntryRevision> {
    const { published } = await this.#current();
    const floor = published?.previous ?? start;
    if (index <= floor.index) throw new Trimmed(`entries up to ${floor.index} were trimmed`);
    return published && published.index < index ? published : floor;
  }

  /** Publishes unless a later checkpoint is there already; gives the index that was trimmed up to. */
  async write({ index, records }: CheckpointWrite): Promise<number> {
    const { published } = await this.#current(patience);
    if (published && published.index >= index) return published.previous?.index ?? 0;
    const place = await this.#reader.find(index, index === 0 ? start : await this.anchor(index));
    if (!place) throw new RangeError(`a checkpoint at ${index}, beyond the end of the log`);
    const chunks: string[] = [];
    for await (const chunk of pack(records)) chunks.push(await this.#store(index, chunk));
    await this.#publish({ ...place, chunks });
    return this.#trim();
  }

  async restore(): Promise<Checkpoint | null> {
    const { published } = await this.#current(patience);
    if (!published) return null;
    const records = unpack(this.#chunks(published));
    return { index: published.index, records, fallBack: noFallBack };
  }

  async *#chunks(manifest: Manifest): AsyncGenerator<Uint8Array> {
    for (const name of manifest.chunks) {
      const key = this.#keys.chunk(manifest.index, name);
      const { kvs } = await this.#client.repeat(methods.range, { key }, patience);
      const chunk = kvs[0]?.value;
      if (!chunk) await this.#replaced(manifest);
      if (!chunk || sha256(chunk) !== name) {
        throw new LogFailure(`etcd: checkpoint ${manifest.index} is damaged: chunk ${name}`);
      }
      yield plain(chunk);
    }
  }

  /** Throws `Trimmed` when two later checkpoints were published, so that this one may be gone. */
  async #replaced(manifest: Manifest): Promise<void> {
    const { published } = await this.#current(patience);
    if ((published?.previous?.index ?? 0) > manifest.index) {
      throw new Trimmed(`checkpoint ${manifest.index} was replaced while it was read`);
    }
  }

  /** Writes a chunk, reads it back and compares; gives its name. */
  async #store(index: number, chunk: Uint8Array): Promise<string> {
    const name = sha256(chunk);
    const key = this.#keys.chunk(index, name);
    await this.#guard.write([{ put: { key, value: chunk } }], patience);
    const { kvs } = await this.#client.repeat(methods.range, { key }, patience);
    if (!kvs[0] || sha256(kvs[0].value) !== name) {
      throw new Error(`etcd: chunk ${name} of checkpoint ${index} did not read back as written`);
    }
    return name;
  }

  /** Returns once this checkpoint is published, or one at this or a later index by somebody else. */
  async #publish(manifest: Manifest): Promise<void> {
    for (;;) {
      const { published, seen } = await this.#current(patience);
      if (published && published.index >= manifest.index) return;
      const previous = published && { ...published, previous: undefined };
      const value = utf8(JSON.stringify({ ...manifest, previous }));
      if (value.length > maxManifestBytes) throw new Error('etcd: the state is too large for this engine');
      // Repeated until answered: a repeat finds `snap/cur` changed, and the loop looks who did it.
      const unchanged = [when.modRevision(this.#keys.checkpoint, seen)];
      await this.#guard.write([{ put: { key: this.#keys.checkpoint, value } }], patience, unchanged);
    }
  }

  /**
   * Deletes what lies behind the previous checkpoint: its entries, then the store's history of them,
   * then the chunks of older checkpoints and of those that can no longer be published.
   */
  async #trim(): Promise<number> {
    const { published } = await this.#current(patience);
    if (!published?.previous) return 0;
    const { previous } = published;
    await this.#deleteEntries(previous.revision);
    await this.#client
      .repeat(methods.compact, { revision: previous.revision }, patience)
      .catch(unlessCompacted);
    const chunks = [
      this.#keys.chunks(0, previous.index),
      this.#keys.chunks(previous.index + 1, published.index),
    ];
    await this.#guard.write(
      chunks.map((range) => ({ delete: range })),
      patience,
    );
    return previous.index;
  }

  async #deleteEntries(revision: number): Promise<void> {
    const keys = (await this.#reader.keysUpTo(revision)).sort();
    const deletes: RequestOp[] = [];
    for (let from = 0; from < keys.length; ) {
      const first = keys[from]!;
      const writer = first.slice(0, first.lastIndexOf('/') + 1);
      let to = from + 1;
      while (to < keys.length && to - from < keysPerDelete && keys[to]!.startsWith(writer)) to++;
      deletes.push({ delete: { key: utf8(first), rangeEnd: utf8(`${keys[to - 1]}\0`) } });
      from = to;
    }
    for (let from = 0; from < deletes.length; from += deletesPerTxn) {
      await this.#guard.write(deletes.slice(from, from + deletesPerTxn), patience);
    }
  }

  async #current(within?: number): Promise<Current> {
    const kv = (await this.#guard.read([{ key: this.#keys.checkpoint }], { within })).ranges[0]?.[0];
    if (!kv) return { published: null, seen: 0 };
    return { published: JSON.parse(text(kv.value)), seen: kv.modRevision };
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unlessCompacted(error: unknown): void {
  if (!(error instanceof EtcdError && error.code === 'compacted')) throw error;
}
