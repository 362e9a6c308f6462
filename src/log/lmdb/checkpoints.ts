import { type CheckpointRecord, type CheckpointWrite, NoSpace, Trimmed } from '../log.ts';
import { type Content, checkContent, checksumOf, minus, nothing, plus } from './content.ts';
import { type Manifest, type ManifestId, manifestKey, nextManifest } from './manifest.ts';
import { decodeRecord, encodeNote, encodeRecord, recordChecksum } from './record.ts';
import {
  generationOf,
  joinKeys,
  keyOf,
  nameOf,
  recordKey,
  Slice,
  sliceBytes,
  sliceRecords,
} from './slice.ts';
import type { Store } from './store.ts';

/** A checkpoint is, for each key, its newest record of the generations `base` to `generation`. */
export interface Published {
  readonly generation: number;
  readonly base: number;
  /** Every entry up to and including this one is covered. */
  readonly index: number;
  readonly content: Content;
}

interface PublishedNote {
  readonly current: Published;
  readonly previous: Published | null;
}

const noteName = 'checkpoint';
const sweptName = 'swept';

/**
 * LmdbCheckpoints in an LMDB environment. Records are written slice by slice under a generation that
 * nobody reads yet; one last transaction publishes it. What neither the current checkpoint nor the
 * one before it needs is removed afterwards, at a cost that follows the changes and not the whole.
 */
export class LmdbCheckpoints {
  readonly #store: Store;
  readonly #refusal: (bytes: number) => string | null;
  #note: PublishedNote | null;
  #writing = false;
  /** The checkpoints that readers are in the middle of. */
  readonly #pinned = new Set<{ readonly published: Published }>();

  /** `refusal` says why so many bytes may not be written now, or null. */
  constructor(store: Store, refusal: (bytes: number) => string | null) {
    this.#store = store;
    this.#refusal = refusal;
    this.#note = store.readNote<PublishedNote>(noteName);
  }

  get current(): Published | null {
    return this.#note?.current ?? null;
  }

  get previous(): Published | null {
    return this.#note?.previous ?? null;
  }

  /** Removes what a checkpoint that was never published left behind. */
  async discardUnpublished(): Promise<void> {
    const published = this.current?.generation ?? 0;
    for (;;) {
      const manifest = nextManifest(this.#store, published + 1);
      if (!manifest) return;
      await this.#store.commit(() => {
        for (const key of manifest.keys) void this.#store.records.remove(recordKey(key, manifest.id[0]));
        void this.#store.manifests.remove(manifest.id);
        return undefined;
      });
    }
  }

  /**
   * Writes and publishes; false, with nothing read or written, when a later one is published already. Where it fails, what
   * it wrote is removed before the next one is written.
   */
  async write(checkpoint: CheckpointWrite): Promise<boolean> {
    if (this.#writing) throw new Error('a checkpoint is already being written');
    const { current } = this;
    if (current && checkpoint.index < current.index) return false;
    this.#writing = true;
    try {
      await this.discardUnpublished();
      const generation = (current?.generation ?? 0) + 1;
      const replaced = checkpoint.full ? null : current;
      const content = await this.#writeRecords(checkpoint, generation, replaced);
      const base = replaced?.base ?? generation;
      const note: PublishedNote = {
        current: { generation, base, index: checkpoint.index, content },
        previous: current,
      };
      await this.#store.commit(() => void this.#store.notes.put(noteName, encodeNote(note)));
      this.#note = note;
      return true;
    } finally {
      this.#writing = false;
    }
  }

  /**
   * Goes on as if the current checkpoint, which cannot be read, had never been published: the next one is written on top
   * of the one before it, which is given; null where there is none.
   */
  fallBack(): Published | null {
    const { previous } = this;
    this.#note = previous && { current: previous, previous: null };
    return previous;
  }

  /** Removes the records that no checkpoint needs any more. */
  async sweep(): Promise<void> {
    const needed = [this.#note?.previous, ...[...this.#pinned].map((pin) => pin.published)].filter(
      (p) => !!p,
    );
    if (needed.length === 0) return;
    const generation = Math.min(...needed.map((published) => published.generation));
    for (;;) {
      const manifest = nextManifest(this.#store, 0);
      if (!manifest || manifest.id[0] > generation) break;
      await this.#removeSuperseded(manifest);
    }
    await this.#removeBelow(Math.min(...needed.map((published) => published.base)));
  }

  /** The records of a checkpoint; it stays whole while they are read, whatever is published meanwhile. */
  async *read(published: Published): AsyncGenerator<CheckpointRecord, void, undefined> {
    const pin = { published };
    this.#pinned.add(pin);
    try {
      let after: Buffer | null = null;
      let newest: (CheckpointRecord & { readonly sum: number }) | null = null;
      let content = nothing;
      for (;;) {
        const slice = this.#slice(after);
        for (const { key: stored, value } of slice) {
          after = stored;
          const generation = generationOf(stored);
          if (generation < published.base || generation > published.generation) continue;
          const name = nameOf(stored);
          const key = Buffer.from(name);
          if (newest && newest.key !== name && newest.bytes) {
            content = plus(content, newest.sum);
            yield newest;
          }
          newest = {
            key: name,
            bytes: decodeRecord(`the checkpoint record of "${name}"`, key, generation, value),
            sum: recordChecksum(value),
          };
        }
        if (slice.length === 0) break;
      }
      if (newest?.bytes) {
        content = plus(content, newest.sum);
        yield newest;
      }
      this.#checkKept(published);
      checkContent(published.index, published.content, content);
    } finally {
      this.#pinned.delete(pin);
    }
  }

  /** A pin holds in this process only: to one that reads beside the owner, records may have gone missing. */
  #checkKept({ generation }: Published): void {
    const note = this.#store.readNote<PublishedNote>(noteName);
    const kept = [note?.current, note?.previous].some((one) => one?.generation === generation);
    if (kept || this.#store.isOwner) return;
    throw new Trimmed(`checkpoint ${generation} was replaced while it was read`);
  }

  /** Writes the records of a new generation, on top of checkpoint `replaced`, and gives what both hold together. */
  async #writeRecords(
    checkpoint: CheckpointWrite,
    generation: number,
    replaced: Published | null,
  ): Promise<Content> {
    const slice = new Slice(generation);
    let content = replaced?.content ?? nothing;
    let number = 0;
    const flush = async () => {
      const refused = this.#refusal(slice.bytes);
      if (refused !== null) throw new NoSpace(refused);
      const records = slice.take();
      const id: ManifestId = [generation, number++];
      const base = replaced?.base ?? generation;
      const held = await this.#store.readInTurns(records, ({ stored }) =>
        this.#held(stored, base, generation),
      );
      for (const checksum of held) content = minus(content, checksum);
      for (const { record, isDeleted } of records)
        if (!isDeleted) content = plus(content, recordChecksum(record));
      const keys = joinKeys(records.map(({ stored }) => stored));
      const manifest = encodeRecord(manifestKey(id), generation, keys);
      await this.#store.commit(() => {
        for (const { stored, record } of records) void this.#store.records.put(stored, record);
        void this.#store.manifests.put(id, manifest);
        return undefined;
      });
    };
    for await (const records of checkpoint.records) {
      for (const record of records) {
        slice.add(record);
        if (slice.isFull) await flush();
      }
    }
    if (!slice.isEmpty) await flush();
    return content;
  }

  /** The checksum of the newest record of a key since generation `base`; null without one, or if it was deleted. */
  #held(stored: Buffer, base: number, generation: number): number | null {
    const key = keyOf(stored);
    // One lookup where one is enough: it costs a tenth of a range.
    const value = this.#look(stored);
    if (value) return checksumOf(key, generation, value);
    if (base === generation) return null;
    const range = { start: stored, end: recordKey(key, base - 1), reverse: true, limit: 1 };
    for (const found of this.#store.records.getKeys(range))
      return checksumOf(key, generationOf(found), this.#look(found)!);
    return null;
  }

  /**
   * The record under a key, until the next look. Copies would lie outside of the heap, and after each 64 MB of such V8
   * goes through all of it: a second and more, now and then at a stretch, where it holds a million groups.
   */
  #look(stored: Buffer): Buffer | null {
    const found = this.#store.records.getBinaryFast(stored);
    // A long one comes as an array over the file's map, which is no Buffer.
    return found ? Buffer.from(found.buffer, found.byteOffset, found.length) : null;
  }

  // The manifest's generation is the newest that every checkpoint in use can see: nobody asks for an
  // older version of its keys, and once those are gone a tombstone says no more than its absence.
  async #removeSuperseded(manifest: Manifest): Promise<void> {
    const { records, manifests } = this.#store;
    const [generation] = manifest.id;
    const superseded = await this.#store.readInTurns(manifest.keys, (key) => {
      const range = { start: recordKey(key, 0), end: recordKey(key, generation + 1) };
      return [...records.getKeys(range)].filter((stored) => {
        const version = generationOf(stored);
        const name = `the record of "${key}"`;
        return version < generation || decodeRecord(name, key, version, this.#look(stored)!) === null;
      });
    });
    await this.#store.commit(() => {
      for (const stored of superseded.flat()) void records.remove(stored);
      void manifests.remove(manifest.id);
      return undefined;
    });
  }

  /** After a full checkpoint: removes every record of the generations before it. */
  async #removeBelow(base: number): Promise<void> {
    const swept = this.#store.readNote<number>(sweptName) ?? 1;
    if (swept >= base) return;
    let after: Buffer | null = null;
    for (;;) {
      const slice = this.#slice(after);
      if (slice.length === 0) break;
      after = slice.at(-1)!.key;
      const old = slice.filter(({ key }) => generationOf(key) < base);
      if (old.length > 0) {
        await this.#store.commit(() => {
          for (const { key } of old) void this.#store.records.remove(key);
          return undefined;
        });
      } else await new Promise((resolve) => setImmediate(resolve));
    }
    await this.#store.commit(() => void this.#store.notes.put(sweptName, encodeNote(base)));
  }

  #slice(after: Buffer | null): { key: Buffer; value: Buffer }[] {
    return this.#store.read(() => {
      const slice: { key: Buffer; value: Buffer }[] = [];
      let bytes = 0;
      const from = after ? { start: after, exclusiveStart: true } : {};
      for (const { key, value } of this.#store.records.getRange({ ...from, limit: sliceRecords })) {
        slice.push({ key, value });
        bytes += value.length;
        if (bytes >= sliceBytes) break;
      }
      return slice;
    });
  }
}
