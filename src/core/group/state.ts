import type { Tally } from '../tally/tally.ts';
import type { Outcome, Proposal, Rule, Settings } from '../types.ts';
import type { DueQueue } from './due.ts';
import type { Shared } from './interned.ts';
import type { Keys } from './keys.ts';
import type { Leases } from './leases.ts';

/** What the log adds up to. Only `apply` changes it; everything else reads. */
export interface State {
  /** Index of the last entry applied. */
  index: number;
  /** Log time, ms, as `advance` makes it of the entries; never back. [Q7.1] */
  time: number;
  /** Commands in the log up to here, whatever became of them. */
  commands: number;
  /** No revision of a group that has been deleted was above this; a group made now begins above it. [Q3.15] */
  revisionFloor: number;
  /** The newest version that entries may have, as the log itself says. [Q1.11] */
  version: number;
  /** Whether any group was ever asked to go when it is idle. */
  idling: boolean;
  readonly groups: Groups;
  /** When which group has a timer or lease that runs out; rebuilt, not stored. */
  readonly due: DueQueue;
  /** Each server's last clock reading, by name: what confirms another's. [Q7.4] */
  readonly clocks: Map<string, number>;
  /** Groups that a checkpoint holds as of a later position than the checkpoint's own; emptied by replay. */
  readonly ahead: Map<string, number>;
  /** What its groups have alike; not stored. */
  readonly shared: Shared;
}

export interface Group {
  readonly name: string;
  settings: Settings;
  joinKeyHash: string | null;
  observerKeyHash: string | null;
  readonly createdAt: number;
  revision: number;
  /** Index of the last entry that this record reflects, for checkpoints written group by group. */
  position: number;
  status: 'open' | 'decided' | 'exhausted' | 'idle';
  /** The open round; null unless status is open. */
  open: Round | null;
  /** Number of the latest round, open or closed. */
  round: number;
  /** Closed rounds still kept, oldest first. */
  closed: ReadonlyMap<number, Outcome>;
  /** Proposals held in `closed`, a bound on memory. */
  kept: number;
  members: ReadonlyMap<string, Member>;
  /** Names of members by the hash of their token; follows from `members`, and is not stored. */
  holders: ReadonlyMap<string, string>;
  /** Whose lease ends when; follows from `members`, and is not stored. */
  leases: Leases;
  /** The last round in which each identified agent proposed, for the classroom's GET. */
  lastRound: ReadonlyMap<string, number>;
  /** Ids that have been told the latest closed round through an anonymous seat. */
  told: ReadonlySet<string>;
  /** Agents that have been told the outcome of their last round. */
  toldOwn: ReadonlySet<string>;
  /** The last round in which somebody took a seat without identity; 0 for none. */
  anonymousRound: number;
  /** Idempotency keys of kept rounds. */
  keys: Keys;
  /** When it last changed, where its settings ask for that to be looked at. */
  idleSince: number | null;
}

export interface Round {
  readonly number: number;
  readonly rule: Rule;
  readonly subjectHash: string | null;
  readonly seed: number;
  /** When its clock started: with its opening, or, for a live electorate, once enough agents were live. */
  openedAt: number;
  /** Electors by name; null for an electorate of a size, and while a live one still gathers. */
  electors: ReadonlySet<string> | null;
  /** How many may propose; 0 while a live electorate gathers. */
  eligible: number;
  eligibleWeight: number;
  proposals: ReadonlyMap<string, Proposal>;
  /** Made with the first proposal: a million idle groups need none. */
  tally: Tally | null;
  /** Electors without a proposal whose lease has run out. */
  absent: ReadonlySet<string>;
  /** When as many proposals as the floor were in; null before. */
  floorMetAt: number | null;
  /** Whether the minimum wait has been looked at. */
  minWaitOver: boolean;
  seats: number;
}

export interface Member {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly tokenHash: string;
  readonly since: number;
  ttl: number;
  expiresAt: number;
  live: boolean;
}

/** A group that was restored and is still text: smaller, and nothing to do for it until somebody asks for it. */
export interface UnreadGroup {
  readonly name: string;
  /** When its next timer or lease runs out; Infinity for never. */
  readonly nextDue: number;
  read(): Group;
}

/** Groups by name, in the order in which they were made. */
export class Groups extends Map<string, Group> {
  store(unread: UnreadGroup): void {
    super.set(unread.name, unread as Group & UnreadGroup);
  }

  /** The group as it is held now. */
  held(name: string): Group | UnreadGroup | undefined {
    return super.get(name);
  }

  override get(name: string): Group | undefined {
    const held = this.held(name);
    if (held === undefined || !('read' in held)) return held;
    const group = held.read();
    super.set(name, group);
    return group;
  }

  override *entries(): MapIterator<[string, Group]> {
    for (const name of this.keys()) yield [name, this.get(name) as Group];
  }

  override *values(): MapIterator<Group> {
    for (const name of this.keys()) yield this.get(name) as Group;
  }

  override [Symbol.iterator](): MapIterator<[string, Group]> {
    return this.entries();
  }

  override forEach(call: (group: Group, name: string, groups: Map<string, Group>) => void): void {
    for (const [name, group] of this.entries()) call(group, name, this);
  }
}

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
