/** Maps and sets that take little memory while they hold nothing or little: there are groups by the million. */

const noMap: ReadonlyMap<unknown, never> = new Map<unknown, never>();
const noSet: ReadonlySet<never> = new Set<never>();

/** What a group holds while it holds none of something: all groups share it, so that an idle one stays small. */
export function emptyMap<K, V>(): ReadonlyMap<K, V> {
  return noMap as ReadonlyMap<K, V>;
}

export function emptySet<T>(): ReadonlySet<T> {
  return noSet;
}

/** A map of one entry, which a `Map` takes four times the memory for: a group keeps one round as long as it is young. */
class Single<K, V> implements ReadonlyMap<K, V> {
  private readonly key: K;
  private readonly value: V;

  constructor(key: K, value: V) {
    this.key = key;
    this.value = value;
  }

  get size(): number {
    return 1;
  }

  get(key: K): V | undefined {
    return key === this.key ? this.value : undefined;
  }

  has(key: K): boolean {
    return key === this.key;
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    call(this.value, this.key, this);
  }

  *entries(): MapIterator<[K, V]> {
    yield [this.key, this.value];
  }

  *keys(): MapIterator<K> {
    yield this.key;
  }

  *values(): MapIterator<V> {
    yield this.value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }
}

/** The map with this round behind the others. */
export function withRound<V>(
  rounds: ReadonlyMap<number, V>,
  round: number,
  value: V,
): ReadonlyMap<number, V> {
  if (rounds === noMap) return new Single(round, value);
  return withEntry(rounds instanceof Single ? new Map(rounds) : rounds, round, value);
}

/** The map with one more entry: the same map, unless it was the empty one that all share. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  if (map === noMap) return new Map([[key, value]]);
  (map as Map<K, V>).set(key, value);
  return map;
}

/** The set with one more item: the same set, unless it was the empty one that all share. */
export function withItem<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  if (set === noSet) return new Set([item]);
  (set as Set<T>).add(item);
  return set;
}

/** Takes an entry or item out; the shared empty ones have none. */
export function drop<K>(from: ReadonlyMap<K, unknown> | ReadonlySet<K>, key: K): void {
  (from as Map<K, unknown> | Set<K>).delete(key);
}

export function mapOf<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  const map = new Map(entries);
  return map.size === 0 ? emptyMap() : map;
}

export function setOf<T>(items: readonly T[]): ReadonlySet<T> {
  return items.length === 0 ? emptySet() : new Set(items);
}
