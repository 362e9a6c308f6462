import { createHash } from 'node:crypto';
import { type Checkpoint, type CheckpointWrite, LogFailure, noFallBack, Trimmed } from '../log.ts';
import { pack, unpack } from './chunks.ts';
import { type EntryReader, type EntryRevision, plain } from './entries.ts';
import { EtcdError } from './errors.ts';
import type { Guard } from './guard.ts';
import { text, utf8 } from './key-layout.ts';
import { methods, type RequestOp, when } from './messages.ts';

/** A published checkpoint: the entry up to which it holds, and the names of its chunks, which are their SHA-256. */
interface Manifest extends EntryRevision {
  readonly chunks: readonly string[];
}

/** What the key `snap/cur` holds. Entries up to `previous` may be trimmed, later ones are all there. */
interface Published extends Manifest {
  readonly previous: Manifest | null;
}

interface Current {
  readonly published: Published | null;
  /** Revision that wrote `snap/cur`; 0 when there is none. */
  readonly revision: number;
}

const start: EntryRevision = { index: 0, revision: 0 };
const maxManifestBytes = 1024 * 1024;
const deletesPerTxn = 8;
const keysPerDelete = 1000;
const patienceMs = 15_000;

/** Writes, publishes and reads checkpoints, and trims the entries before them. */
export class EtcdCheckpoints {
  readonly #reader: EntryReader;
  readonly #guard: Guard;

  constructor(reader: EntryReader, guard: Guard) {
    this.#reader = reader;
    this.#guard = guard;
  }

  /** An entry before `index` after which all are still there. Throws `Trimmed` when there is none. */
  async anchor(index: number): Promise<EntryRevision> {
    const { published } = await this.#current();
    const floor = published?.previous ?? start;
    if (index <= floor.index) throw new Trimmed(`entries up to ${floor.index} were trimmed`);
    return published && published.index < index ? published : floor;
  }

  /** Publishes unless a later checkpoint is there already. Returns the index up to which entries were trimmed. */
  async write({ index, records }: CheckpointWrite): Promise<number> {
    const { published } = await this.#current(patienceMs);
    if (published && published.index >= index) return published.previous?.index ?? 0;
    const last = await this.#reader.find(index, index === 0 ? start : await this.anchor(index));
    if (!last) throw new RangeError(`a checkpoint at ${index}, beyond the end of the log`);
    const chunks: string[] = [];
    for await (const chunk of pack(records)) chunks.push(await this.#store(index, chunk));
    await this.#publish({ ...last, chunks });
    return this.#trim();
  }

  async restore(): Promise<Checkpoint | null> {
    const { published } = await this.#current(patienceMs);
    if (!published) return null;
    const records = unpack(this.#chunks(published));
    return { index: published.index, records, fallBack: noFallBack };
  }

  async *#chunks(manifest: Manifest): AsyncGenerator<Uint8Array> {
    for (const name of manifest.chunks) {
      const key = this.#guard.keys.chunk(manifest.index, name);
      const { kvs } = await this.#guard.client.repeat(methods.range, { key }, patienceMs);
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
    const { published } = await this.#current(patienceMs);
    if ((published?.previous?.index ?? 0) > manifest.index) {
      throw new Trimmed(`checkpoint ${manifest.index} was replaced while it was read`);
    }
  }

  /** Writes a chunk, reads it back and compares. Returns its name. */
  async #store(index: number, chunk: Uint8Array): Promise<string> {
    const name = sha256(chunk);
    const key = this.#guard.keys.chunk(index, name);
    await this.#guard.write([{ put: { key, value: chunk } }], patienceMs);
    const { kvs } = await this.#guard.client.repeat(methods.range, { key }, patienceMs);
    if (!kvs[0] || sha256(kvs[0].value) !== name) {
      throw new Error(`etcd: chunk ${name} of checkpoint ${index} did not read back as written`);
    }
    return name;
  }

  /** Returns once this checkpoint is published, or one at this or a later index by somebody else. */
  async #publish(manifest: Manifest): Promise<void> {
    for (;;) {
      const { published, revision } = await this.#current(patienceMs);
      if (published && published.index >= manifest.index) return;
      const previous = published && { ...published, previous: undefined };
      const value = utf8(JSON.stringify({ ...manifest, previous }));
      if (value.length > maxManifestBytes) throw new Error('etcd: the state is too large for this engine');
      // A repeat after a lost reply finds `snap/cur` changed, and the loop looks by whom.
      const unchanged = [when.modRevision(this.#guard.keys.checkpoint, revision)];
      await this.#guard.write([{ put: { key: this.#guard.keys.checkpoint, value } }], patienceMs, unchanged);
    }
  }

  /**
   * Deletes what the previous checkpoint covers: the entries, then their old revisions by compaction, then the chunks of
   * older checkpoints and of those that can no longer be published.
   */
  async #trim(): Promise<number> {
    const { published } = await this.#current(patienceMs);
    if (!published?.previous) return 0;
    const { previous } = published;
    await this.#deleteEntries(previous.revision);
    await this.#guard.client
      .repeat(methods.compact, { revision: previous.revision }, patienceMs)
      .catch(unlessCompacted);
    const chunks = [
      this.#guard.keys.chunks(0, previous.index),
      this.#guard.keys.chunks(previous.index + 1, published.index),
    ];
    await this.#guard.write(
      chunks.map((range) => ({ delete: range })),
      patienceMs,
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
      await this.#guard.write(deletes.slice(from, from + deletesPerTxn), patienceMs);
    }
  }

  async #current(within?: number): Promise<Current> {
    const kv = (await this.#guard.read([{ key: this.#guard.keys.checkpoint }], { within })).ranges[0]?.[0];
    if (!kv) return { published: null, revision: 0 };
    return { published: JSON.parse(text(kv.value)), revision: kv.modRevision };
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function unlessCompacted(error: unknown): void {
  if (!(error instanceof EtcdError && error.code === 'compacted')) throw error;
}
