import { emptyMap, emptySet } from './state.ts';
import type { Proposal } from './types.ts';

/** Maps and sets as lists that JSON can say, and back. */

/** Agent, value, seq, agent, value, seq, ... */
export type Flat = (string | number | null)[];

export function flat(proposals: ReadonlyMap<string, Proposal>): Flat {
  const record: Flat = [];
  for (const { agent, value, seq } of proposals.values()) record.push(agent, value, seq);
  return record;
}

export function proposalsOf(record: Flat): ReadonlyMap<string, Proposal> {
  if (record.length === 0) return emptyMap();
  const proposals = new Map<string, Proposal>();
  for (let i = 0; i < record.length; i += 3) {
    const agent = record[i] as string;
    proposals.set(agent, {
      agent,
      value: record[i + 1] as string | null,
      seq: record[i + 2] as number | null,
    });
  }
  return proposals;
}

export function flatPairs<K, V>(map: ReadonlyMap<K, V>): (K | V)[] {
  const record: (K | V)[] = [];
  for (const [key, value] of map) record.push(key, value);
  return record;
}

export function* pairs<T>(items: readonly T[]): Generator<[T, T]> {
  for (let i = 0; i < items.length; i += 2) yield [items[i] as T, items[i + 1] as T];
}

export function mapOf<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  const map = new Map(entries);
  return map.size === 0 ? emptyMap() : map;
}

export function setOf<T>(items: readonly T[]): ReadonlySet<T> {
  return items.length === 0 ? emptySet() : new Set(items);
}
