import { type Keys, type KeyUse, keysOf } from '../group/idempotency-keys.ts';
import { emptyMap } from '../group/small-maps.ts';
import type { Member } from '../group/state.ts';
import { proposalOf } from '../tally/proposal.ts';
import type { Equality, Proposal } from '../types.ts';
import { type List, listed } from './json-in-chunks.ts';

/** The lists of a record: maps as JSON arrays, and back. */

/** Whether a record is about to be written, when a long list may be made later, or was read. */
export type Way = 'written' | 'read';
export type Items<W extends Way, Item> = W extends 'read' ? readonly Item[] : List<Item>;

/** Agent, value, seq, hash of the token, agent, value, seq, hash of the token, ... */
export type ProposalsRecord = readonly (string | number | null)[];

type ProposalRecord = [agent: string, value: string | null, seq: number | null, tokenHash: string | null];

export function proposalsRecord(proposals: ReadonlyMap<string, Proposal>): List<ProposalsRecord[number]> {
  return listed([...proposals.values()], ({ agent, value, seq, tokenHash }) => [
    agent,
    value,
    seq,
    tokenHash,
  ]);
}

export function proposalsIn(record: ProposalsRecord, equality: Equality): ReadonlyMap<string, Proposal> {
  if (record.length === 0) return emptyMap();
  const proposals = new Map<string, Proposal>();
  for (let i = 0; i < record.length; i += 4) {
    const [agent, value, seq, tokenHash] = record.slice(i, i + 4) as ProposalRecord;
    proposals.set(agent, proposalOf(equality, agent, value, seq, tokenHash));
  }
  return proposals;
}

/** Key, value, key, value, ... */
export function pairsRecord<K, V>(map: ReadonlyMap<K, V>): List<K | V> {
  const values = [...map.values()];
  return listed([...map.keys()], (key, at) => [key, values[at] as V]);
}

export function* pairs<T>(items: readonly T[]): Generator<[T, T]> {
  for (let i = 0; i < items.length; i += 2) yield [items[i] as T, items[i + 1] as T];
}

export type MemberRecord = [
  agent: string,
  role: Member['role'],
  tokenHash: string,
  since: number,
  ttl: number,
  expiresAt: number,
  live: boolean,
];

export type KeyRecord = [key: string, round: number, agent: string, value: string | null];

export function memberRecords(members: ReadonlyMap<string, Member>): List<MemberRecord> {
  const all = [...members.values()];
  // Of a member only these change.
  const leases = new Float64Array(3 * all.length);
  let end = 0;
  for (const { ttl, expiresAt, live } of all) {
    leases[end] = ttl;
    leases[end + 1] = expiresAt;
    leases[end + 2] = Number(live);
    end += 3;
  }
  return listed(all, ({ agent, role, tokenHash, since }, i) => {
    const lease = (part: number): number => leases[3 * i + part] as number;
    return [[agent, role, tokenHash, since, lease(0), lease(1), lease(2) === 1]];
  });
}

export function keyRecords(keys: Keys): List<KeyRecord> {
  return listed([...keys.values()], ({ key, round, agent, value }: KeyUse): KeyRecord[] => [
    [key, round, agent, value],
  ]);
}

export function keysIn(records: readonly KeyRecord[]): Keys {
  return keysOf(records.map(([key, round, agent, value]) => ({ key, round, agent, value })));
}

export function memberOf([agent, role, tokenHash, since, ttl, expiresAt, live]: MemberRecord): Member {
  return { agent, role, tokenHash, since, ttl, expiresAt, live };
}
