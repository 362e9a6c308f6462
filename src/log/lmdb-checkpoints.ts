import { decodeRecord, encodeNote, encodeRecord } from './lmdb-record.ts';
import type { Store } from './lmdb-store.ts';
import { type CheckpointRecord, type CheckpointWrite, LogFailure, Trimmed } from './log.ts';

/** A checkpoint is, for each key, its newest record of the generations `base` to `generation`. */
export interface Published {
  readonly generation: number;
  readonly base: number;
  /** Every entry up to and including this one is covered. */
  readonly index: number;
}

interface PublishedNote {
  readonly current: Published;
  readonly previous: Published | null;
}

const noteName = 'checkpoint';
const sweptName = 'swept';
// Bounds on one transaction, so that an append behind it waits a few milliseconds at most.
const sliceRecords = 256;
const sliceBytes = 256 * 1024;
/** Longest key of a checkpoint record, in bytes: LMDB takes 1,978, of which 10 are ours. */
export const maxKeyBytes = 1_900;

/**
 * Checkpoints in an LMDB environment. Records are written slice by slice under a generation that
 * nobody reads yet; one last transaction publishes it. What neither the current checkpoint nor the
 * one before it needs is removed afterwards, at a cost that follows the changes and not the whole.
 */
export class Checkpoints {
  readonly #store: Store;
  #note: PublishedNote | null;
  #writing = false;
  /** The checkpoints that readers are in the middle of. */
  readonly #pinned = new Set<{ readonly published: Published }>();

  constructor(store: Store) {
    this.#store = store;
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
      const manifest = this.#nextManifest(published + 1);
      if (!manifest) return;
      await this.#store.commit(() => {
        for (const key of manifest.keys) void this.#store.records.remove(recordKey(key, manifest.id[0]));
        void this.#store.manifests.remove(manifest.id);
        return undefined;
      });
    }
  }

  /** Writes and publishes; false, with nothing read or written, when a later one is published already. */
  async write(checkpoint: CheckpointWrite): Promise<boolean> {
    if (this.#writing) throw new Error('a checkpoint is already being written');
    const { current } = this;
    if (current && checkpoint.index < current.index) return false;
    this.#writing = true;
    try {
      await this.discardUnpublished();
      const generation = (current?.generation ?? 0) + 1;
      await this.#writeRecords(checkpoint, generation);
      const base = checkpoint.full || !current ? generation : current.base;
      const note: PublishedNote = {
        current: { generation, base, index: checkpoint.index },
        previous: current,
      };
      await this.#store.commit(() => void this.#store.notes.put(noteName, encodeNote(note)));
      this.#note = note;
      return true;
    } finally {
      this.#writing = false;
    }
  }

  /** Removes the records that no checkpoint needs any more. */
  async sweep(): Promise<void> {
    const needed = [this.#note?.previous, ...[...this.#pinned].map((pin) => pin.published)].filter(
      (p) => !!p,
    );
    if (needed.length === 0) return;
    const generation = Math.min(...needed.map((published) => published.generation));
    for (;;) {
      const manifest = this.#nextManifest(0);
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
      let newest: CheckpointRecord | null = null;
      for (;;) {
        const slice = this.#slice(after);
        for (const { key: stored, value } of slice) {
          after = stored;
          const { key, generation } = splitKey(stored);
          if (generation < published.base || generation > published.generation) continue;
          const name = key.toString();
          if (newest && newest.key !== name && newest.bytes) yield newest;
          newest = {
            key: name,
            bytes: decodeRecord(`the checkpoint record of "${name}"`, key, generation, value),
          };
        }
        if (slice.length === 0) break;
      }
      if (newest?.bytes) yield newest;
      this.#checkKept(published);
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

  async #writeRecords(checkpoint: CheckpointWrite, generation: number): Promise<void> {
    let slice: { key: Buffer; bytes: Uint8Array | null }[] = [];
    let bytes = 0;
    let number = 0;
    const flush = async () => {
      const records = slice;
      const manifest = joinKeys(records.map((record) => record.key));
      const id: ManifestId = [generation, number++];
      slice = [];
      bytes = 0;
      await this.#store.commit(() => {
        for (const { key, bytes } of records) {
          void this.#store.records.put(recordKey(key, generation), encodeRecord(key, generation, bytes));
        }
        void this.#store.manifests.put(id, encodeRecord(manifestKey(id), generation, manifest));
        return undefined;
      });
    };
    for await (const records of checkpoint.records) {
      for (const record of records) {
        const key = Buffer.from(record.key);
        if (key.length > maxKeyBytes)
          throw new RangeError(`a checkpoint key is at most ${maxKeyBytes} bytes long`);
        slice.push({ key, bytes: record.bytes });
        bytes += key.length + (record.bytes?.length ?? 0);
        if (slice.length >= sliceRecords || bytes >= sliceBytes) await flush();
      }
    }
    if (slice.length > 0) await flush();
  }

  // The manifest's generation is the newest that every checkpoint in use can see: nobody asks for an
  // older version of its keys, and once those are gone a tombstone says no more than its absence.
  async #removeSuperseded(manifest: Manifest): Promise<void> {
    const { records, manifests } = this.#store;
    const [generation] = manifest.id;
    const superseded = this.#store.read(() =>
      manifest.keys.flatMap((key) => {
        const versions = [
          ...records.getRange({ start: recordKey(key, 0), end: recordKey(key, generation + 1) }),
        ];
        return versions.filter(({ key: stored, value }) => {
          const version = splitKey(stored).generation;
          return version < generation || decodeRecord(`the record of "${key}"`, key, version, value) === null;
        });
      }),
    );
    await this.#store.commit(() => {
      for (const { key } of superseded) void records.remove(key);
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
      const old = slice.filter(({ key }) => splitKey(key).generation < base);
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

  /** The oldest manifest of generation `from` or later. */
  #nextManifest(from: number): Manifest | null {
    return this.#store.read(() => {
      for (const { key: id, value } of this.#store.manifests.getRange({ start: [from, 0], limit: 1 })) {
        const name = `the manifest ${id.join('/')}`;
        const joined = decodeRecord(name, manifestKey(id), id[0], value);
        if (!joined) throw new LogFailure(`${name} is damaged: it is a record of another kind`);
        return { id, keys: splitKeys(joined) };
      }
      return null;
    });
  }
}

type ManifestId = [generation: number, slice: number];

interface Manifest {
  readonly id: ManifestId;
  readonly keys: readonly Buffer[];
}

function manifestKey(id: ManifestId): Buffer {
  return Buffer.from(id.join('/'));
}

// The length in front keeps all versions of a key together, whatever bytes the key is made of.
function recordKey(key: Buffer, generation: number): Buffer {
  const stored = Buffer.allocUnsafe(2 + key.length + 8);
  stored.writeUInt16BE(key.length, 0);
  key.copy(stored, 2);
  stored.writeBigUInt64BE(BigInt(generation), 2 + key.length);
  return stored;
}

function splitKey(stored: Buffer): { key: Buffer; generation: number } {
  const end = stored.length - 8;
  return { key: stored.subarray(2, end), generation: Number(stored.readBigUInt64BE(end)) };
}

function joinKeys(keys: readonly Buffer[]): Buffer {
  return Buffer.concat(
    keys.flatMap((key) => {
      const length = Buffer.allocUnsafe(2);
      length.writeUInt16BE(key.length);
      return [length, key];
    }),
  );
}

function splitKeys(joined: Buffer): Buffer[] {
  const keys: Buffer[] = [];
  for (let at = 0; at < joined.length; ) {
    const end = at + 2 + joined.readUInt16BE(at);
    keys.push(joined.subarray(at + 2, end));
    at = end;
  }
  return keys;
}
