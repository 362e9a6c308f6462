import { LogFailure } from '../log.ts';
import { decodeRecord } from './record.ts';
import { splitKeys } from './slice.ts';
import type { Store } from './store.ts';

export type ManifestId = [generation: number, slice: number];

/** The keys that one slice of a generation wrote. */
export interface Manifest {
  readonly id: ManifestId;
  readonly keys: readonly Buffer[];
}

export function manifestKey(id: ManifestId): Buffer {
  return Buffer.from(id.join('/'));
}

/** The oldest manifest of generation `from` or later; null when there is none. */
export function nextManifest(store: Store, from: number): Manifest | null {
  return store.read(() => {
    for (const { key: id, value } of store.manifests.getRange({ start: [from, 0], limit: 1 })) {
      const name = `the manifest ${id.join('/')}`;
      const joined = decodeRecord(name, manifestKey(id), id[0], value);
      if (!joined) throw new LogFailure(`${name} is damaged: it is a record of another kind`);
      return { id, keys: splitKeys(joined) };
    }
    return null;
  });
}
