import { DueQueue } from '../../src/core/group/due.ts';
import { keysOf } from '../../src/core/group/idempotency-keys.ts';
import { leasesOf } from '../../src/core/group/leases.ts';
import { emptyMap, emptySet } from '../../src/core/group/small-maps.ts';
import { type Group, Groups, type Member, type Round, type State } from '../../src/core/group/state.ts';
import { type Item, noStream, Stream } from '../../src/core/group/stream.ts';
import { serverName, Undelivered } from '../../src/core/group/undelivered.ts';
import type { Webhooks } from '../../src/core/group/webhook-list.ts';
import { isMixed } from '../../src/core/rule/electorate.ts';
import { webhookRecords, webhooksOf } from '../../src/core/snapshot/webhook-record.ts';
import { keptRanking } from '../../src/core/tally/ranking.ts';
import type { Tally } from '../../src/core/tally/tally.ts';

/** A state of its own that grows apart from the first. Outcomes, rules, settings and proposals never change: shared. */
export function copyState(state: State): State {
  const groups = new Groups();
  for (const [name, group] of state.groups) groups.set(name, copyGroup(group));
  return {
    ...state,
    groups,
    due: copyDue(state.due),
    clocks: new Map(state.clocks),
    ahead: new Map(state.ahead),
    webhooks: copyWebhooks(state.webhooks),
    undelivered: copyUndelivered(state, groups),
  };
}

function copyGroup(group: Group): Group {
  const members = copyMap(group.members, copyMember);
  return {
    ...group,
    open: group.open === null ? null : copyRound(group.open),
    closed: copyMap(group.closed),
    members,
    stream: copyStream(group.stream),
    invites: copyMap(group.invites),
    holders: copyMap(group.holders),
    leases: leasesOf(members),
    lastRound: copyMap(group.lastRound),
    toldLatest: copySet(group.toldLatest),
    toldOwn: copySet(group.toldOwn),
    keys: keysOf([...group.keys.values()]),
    webhooks: copyWebhooks(group.webhooks),
    gone: group.gone?.map((one) => ({ ...one })) ?? null,
  };
}

/** An item never changes, but for how far a message is acknowledged. */
function copyStream(stream: Stream): Stream {
  if (stream === noStream) return noStream;
  const copy = new Stream(stream.oldest - 1);
  for (const item of stream.items) copy.add(copyItem(item));
  copy.view = stream.view;
  return copy;
}

function copyItem(item: Item): Item {
  if (item.type !== 'message' || item.acknowledgements?.state !== 'pending') return item;
  const { acknowledgedBy, goneAgents } = item.acknowledgements;
  const names = { acknowledgedBy: [...acknowledgedBy], goneAgents: [...goneAgents] };
  return { ...item, acknowledgements: { ...item.acknowledgements, ...names } };
}

function copyMember(member: Member): Member {
  return { ...member };
}

function copyRound(round: Round): Round {
  return {
    ...round,
    proposals: copyMap(round.proposals),
    absent: copySet(round.absent),
    tally: round.tally === null ? null : copyTally(round.tally, round),
    ranking: keptRanking(round.rule, round.proposals),
  };
}

/** What a tally counts by is a tree, but for the panels of a mixed electorate, which share their agents' seats. */
function copyTally(tally: Tally, { rule }: Round): Tally {
  return isMixed(rule.electorate) ? deepCopy(tally, rule) : copyTree(tally, rule);
}

/** An object graph in which nothing but `shared` is met twice. */
function copyTree<T>(value: T, shared: object): T {
  if (typeof value !== 'object' || value === null || value === shared) return value;
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>(value);
    for (const [key, item] of map) if (typeof item === 'object') map.set(key, copyTree(item, shared));
    return map as T;
  }
  if (value instanceof Set) return new Set(value) as T;
  if (value instanceof Float64Array) return value.slice() as T;
  if (Array.isArray(value)) return value.map((item) => copyTree(item, shared)) as T;
  const copy = Object.create(Object.getPrototypeOf(value)) as Record<string, unknown>;
  for (const name in value) copy[name] = copyTree(value[name] as unknown, shared);
  return copy as T;
}

function copyMap<K, V>(map: ReadonlyMap<K, V>, copy?: (value: V) => V): ReadonlyMap<K, V> {
  if (map.size === 0) return emptyMap();
  const made = new Map(map);
  if (copy !== undefined) for (const [key, value] of map) made.set(key, copy(value));
  return made;
}

function copySet<T>(set: ReadonlySet<T>): ReadonlySet<T> {
  return set.size === 0 ? emptySet() : new Set(set);
}

function copyDue(due: DueQueue): DueQueue {
  const { heap } = due as unknown as { heap: readonly { name: string; at: number }[] };
  const copy = new DueQueue();
  for (const { name, at } of heap) copy.set(name, at);
  return copy;
}

function copyWebhooks(webhooks: Webhooks): Webhooks {
  return webhooksOf(webhookRecords(webhooks));
}

function copyUndelivered({ webhooks }: State, groups: Groups): Undelivered {
  const copy = new Undelivered();
  copy.set(serverName, webhooks.next);
  for (const [name, group] of groups) copy.set(name, group.webhooks.next);
  return copy;
}

/** Any object graph, class instances and shared references included, but for one object that stays shared. */
function deepCopy<T>(root: T, shared: object | null = null): T {
  const made = new Map<object, object>();
  const copy = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || value === shared) return value;
    const known = made.get(value);
    if (known !== undefined) return known;
    if (value instanceof Map) {
      const map = new Map<unknown, unknown>();
      made.set(value, map);
      for (const [key, item] of value) map.set(copy(key), copy(item));
      return map;
    }
    if (value instanceof Set) {
      const set = new Set<unknown>();
      made.set(value, set);
      for (const item of value) set.add(copy(item));
      return set;
    }
    if (value instanceof Float64Array) return value.slice();
    const object = Array.isArray(value) ? [] : (Object.create(Object.getPrototypeOf(value)) as object);
    made.set(value, object);
    for (const name of Object.keys(value)) {
      (object as Record<string, unknown>)[name] = copy((value as Record<string, unknown>)[name]);
    }
    return object;
  };
  return copy(root) as T;
}
