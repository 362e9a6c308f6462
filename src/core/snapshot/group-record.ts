import { claimsOf } from '../group/claim-list.ts';
import { nextDueOf } from '../group/expiry.ts';
import { isKept, lastRoundOf } from '../group/forgetting.ts';
import { keysOf } from '../group/idempotency-keys.ts';
import type { Interned, RecordHeader } from '../group/interned.ts';
import { leasesOf } from '../group/leases.ts';
import { keptIn } from '../group/rounds.ts';
import { mapOf, setOf } from '../group/small-maps.ts';
import type { Group, Invite, Member, State, UnreadGroup } from '../group/state.ts';
import type { AgentKind, Outcome, Retention, Rule, Settings } from '../types.ts';
import { type ClaimRecord, claimOf, claimRecords } from './claim-record.ts';
import { headerOf, headerText, RuleList, shortened, textInChunks } from './header.ts';
import { type Items, type List, listed, type Way } from './json-in-chunks.ts';
import {
  type OutcomeRecord,
  outcomeOf,
  outcomeRecord,
  type RoundRecord,
  roundOf,
  roundRecord,
} from './round-record.ts';
import { type StreamRecord, streamOf, streamRecord } from './stream-record.ts';
import { type WebhookRecord, webhookRecords, webhooksOf } from './webhook-record.ts';

/**
 * A group as text and back, so that a checkpoint is written group by group and need not stop the world. [Q1.10]
 *
 * Equal states give equal texts, whatever way they came about, and a state that was read back behaves like the
 * one that was written. What follows from the rest is left out: tallies, timers, the heap of what is due.
 *
 * The text is three lines of JSON: the two of the header, then the record.
 */

type GroupRecord<W extends Way> = [
  name: string,
  position: number,
  settings: SettingsRecord,
  joinKeyHash: string | null,
  observerKeyHash: string | null,
  createdAt: number,
  revision: number,
  status: Group['status'],
  round: number,
  open: RoundRecord<W> | null,
  closed: OutcomeRecord<W>[],
  members: Items<W, MemberRecord>,
  lastRound: Items<W, string | number>,
  told: string[],
  toldOwn: string[],
  anonymousRound: number,
  keys: Items<W, KeyRecord>,
  idleSince?: number | null,
  invites?: Items<W, InviteRecord> | null,
  stream?: StreamRecord<W> | null,
  claims?: ClaimRecord[] | null,
  webhooks?: WebhookRecord[] | null,
];

type SettingsRecord = [
  Settings['preset'],
  Settings['admission'],
  Settings['mayClose'],
  title: string | null,
  subjectHash: string | null,
  retention?: Retention | null,
  mayWaive?: readonly string[] | null,
  maySpend?: Settings['maySpend'],
];

type MemberRecord = [
  agent: string,
  role: Member['role'],
  tokenHash: string,
  since: number,
  ttl: number,
  expiresAt: number,
  live: boolean,
  name?: string | null,
  incarnation?: number,
  cursor?: number | null,
  kind?: AgentKind,
];

type InviteRecord = [
  agent: string,
  role: Invite['role'],
  secretHash: string,
  made: number,
  state: Invite['state'],
  since: number,
  tokenHash: string | null,
  name: string | null,
  kind?: AgentKind,
];

type KeyRecord = [key: string, round: number, agent: string, value: string | null];

export function encodeGroup(group: Group): string {
  const { header, record } = written(group, group.closed.values());
  return header + JSON.stringify(record);
}

/**
 * The text of `encodeGroup` bit by bit; with `rounds` false, without the closed rounds. What it says is fixed when this
 * returns: whatever becomes of the group meanwhile is not in it.
 */
export function groupInChunks(group: Group, rounds: boolean): Iterable<string> {
  const { header, record } = written(group, rounds ? group.closed.values() : []);
  return textInChunks(header, record);
}

/** The record holds no part of the group that may still change. */
function written(
  group: Group,
  closed: Iterable<Outcome>,
): { header: string; record: GroupRecord<'written'> } {
  const rules = new RuleList(group.settings.rule);
  const { lastRounds, toldOwn, keys } = remembered(group);
  const record: GroupRecord<'written'> = [
    group.name,
    group.position,
    settingsRecord(group.settings),
    group.joinKeyHash,
    group.observerKeyHash,
    group.createdAt,
    group.revision,
    group.status,
    group.round,
    group.open === null ? null : roundRecord(group.open, rules),
    Array.from(closed, (outcome) => outcomeRecord(outcome, rules)),
    memberRecords(group.members),
    pairsRecord(lastRounds),
    [...group.toldLatest],
    toldOwn,
    group.anonymousRound,
    listed(keys, ({ key, round, agent, value }) => [[key, round, agent, value]]),
    group.idleSince,
    inviteRecords(group.invites),
    streamRecord(group.stream),
    claimRecords(group.claims),
    webhookRecords(group.webhooks),
  ];
  return { header: headerText(rules), record: shortened(record) };
}

/** A group from its text, and from its closed rounds where the text has none. Throws on a text of another version. */
export function decodeGroup(text: string, interned: Interned, rounds: readonly Outcome[] = []): Group {
  const header = headerOf(text, interned);
  return decodeRecord(header, text.slice(header.text.length), interned, rounds);
}

/** A group from the record below its header. */
export function decodeRecord(
  header: RecordHeader,
  text: string,
  interned: Interned,
  rounds: readonly Outcome[] = [],
): Group {
  const record = JSON.parse(text) as GroupRecord<'read'>;
  const rule = header.rules[0] as Rule;
  const closed = [...rounds, ...record[10].map((one) => outcomeOf(one, header, interned))];
  const members = mapOf(record[11].map((one) => [one[0], memberOf(one)]));
  const group: Group = {
    name: record[0],
    settings: settingsOf(record[2], rule),
    joinKeyHash: record[3],
    observerKeyHash: record[4],
    createdAt: record[5],
    revision: record[6],
    position: record[1],
    status: record[7],
    open: record[9] === null ? null : roundOf(record[9], header, interned),
    round: record[8],
    closed: mapOf(closed.map((outcome) => [outcome.round, outcome])),
    kept: 0,
    keptCharacters: 0,
    members,
    holders: mapOf([
      ...record[11].map(([agent, , tokenHash]) => [tokenHash, agent] as const),
      ...tokensOf(record[18]),
    ]),
    leases: leasesOf(members),
    lastRound: mapOf(pairs(record[12]) as Iterable<[string, number]>),
    toldLatest: setOf(record[13]),
    toldOwn: setOf(record[14]),
    anonymousRound: record[15],
    gone: null,
    keys: keysOf(record[16].map(([key, round, agent, value]) => ({ key, round, agent, value }))),
    idleSince: record[17] ?? null,
    stream: streamOf(record[19]),
    claims: claimsOf((record[20] ?? []).map(claimOf)),
    webhooks: webhooksOf(record[21]),
    invites: mapOf((record[18] ?? []).map((one) => [one[0], inviteOf(one)])),
  };
  for (const outcome of group.closed.values()) {
    group.kept += keptIn(outcome);
    group.keptCharacters += outcome.characters;
  }
  return group;
}

/** Ends with the last setting that is not at its default. */
function settingsRecord(settings: Settings): SettingsRecord {
  const { preset, admission, mayClose, title, subjectHash, retention, mayWaive, maySpend } = settings;
  const record: SettingsRecord = [preset, admission, mayClose, title, subjectHash];
  if (maySpend !== undefined) record.push(retention ?? null, mayWaive ?? null, maySpend);
  else if (mayWaive !== undefined) record.push(retention ?? null, mayWaive);
  else if (retention !== undefined) record.push(retention);
  return record;
}

function settingsOf(record: SettingsRecord, rule: Rule): Settings {
  const [preset, admission, mayClose, title, subjectHash, retention, mayWaive, maySpend] = record;
  return {
    preset,
    rule,
    admission,
    mayClose,
    title,
    subjectHash,
    ...(retention && { retention }),
    ...(mayWaive && { mayWaive }),
    ...(maySpend && { maySpend }),
  };
}

/** What a group remembers of agents, without what is still to be forgotten. */
function remembered(group: Group) {
  const all = {
    lastRounds: [...group.lastRound],
    toldOwn: [...group.toldOwn],
    keys: [...group.keys.values()],
  };
  if (group.gone === null) return all;
  return {
    lastRounds: all.lastRounds.filter(([, round]) => isKept(group, round)),
    toldOwn: all.toldOwn.filter((agent) => lastRoundOf(group, agent) !== undefined),
    keys: all.keys.filter(({ round }) => isKept(group, round)),
  };
}

/** Key, value, key, value, ... */
function pairsRecord<K, V>(pairs: readonly (readonly [K, V])[]): List<K | V> {
  return listed(pairs, (pair) => pair);
}

function* pairs<T>(items: readonly T[]): Generator<[T, T]> {
  for (let i = 0; i < items.length; i += 2) yield [items[i] as T, items[i + 1] as T];
}

function memberRecords(members: ReadonlyMap<string, Member>): List<MemberRecord> {
  const all = [...members.values()];
  // Of a member only these change.
  const mutable = new Float64Array(5 * all.length);
  let end = 0;
  for (const { ttl, expiresAt, live, incarnation, cursor } of all) {
    mutable[end] = ttl;
    mutable[end + 1] = expiresAt;
    mutable[end + 2] = Number(live);
    mutable[end + 3] = incarnation;
    mutable[end + 4] = cursor ?? -1;
    end += 5;
  }
  const isShown = all.some(({ name, kind }) => name !== undefined || kind !== undefined);
  const shown = isShown ? all.map(({ name, kind }) => ({ name, kind })) : [];
  return listed(all, ({ agent, role, tokenHash, since }, i) => {
    const part = (which: number): number => mutable[5 * i + which] as number;
    const record: MemberRecord = [agent, role, tokenHash, since, part(0), part(1), part(2) === 1];
    const { name, kind } = shown[i] ?? {};
    const [incarnation, cursor] = [part(3), part(4)];
    if (incarnation > 0 || cursor >= 0 || kind !== undefined) record.push(name ?? null, incarnation);
    else if (name !== undefined) record.push(name);
    if (kind !== undefined) record.push(cursor < 0 ? null : cursor, kind);
    else if (cursor >= 0) record.push(cursor);
    return [record];
  });
}

function memberOf(record: MemberRecord): Member {
  const [agent, role, tokenHash, since, ttl, expiresAt, live, name, incarnation = 0, cursor = null, kind] =
    record;
  const member: Member = { agent, role, tokenHash, since, ttl, expiresAt, live, incarnation, cursor };
  if (name != null) member.name = name;
  if (kind !== undefined) member.kind = kind;
  return member;
}

/** Invites are replaced when they change, so that a list of them stays as it is. */
function inviteRecords(invites: ReadonlyMap<string, Invite>): List<InviteRecord> | null {
  if (invites.size === 0) return null;
  return listed(
    [...invites.values()],
    ({ agent, role, secretHash, made, state, since, tokenHash, name = null, kind }) => {
      const record: InviteRecord = [agent, role, secretHash, made, state, since, tokenHash, name];
      if (kind !== undefined) record.push(kind);
      return [record];
    },
  );
}

function inviteOf([
  agent,
  role,
  secretHash,
  made,
  state,
  since,
  tokenHash,
  name,
  kind,
]: InviteRecord): Invite {
  const about = { agent, ...(name !== null && { name }), ...(kind !== undefined && { kind }), role };
  return { ...about, secretHash, made, state, since, tokenHash };
}

/** The tokens of those who have redeemed an invite. */
function tokensOf(invites: readonly InviteRecord[] | null | undefined): [tokenHash: string, agent: string][] {
  return (invites ?? []).flatMap(([agent, , , , , , tokenHash]) =>
    tokenHash === null ? [] : [[tokenHash, agent]],
  );
}

/** Puts a group that was read back into a state, behind those that are there. */
export function addGroup(state: State, group: Group | UnreadGroup): void {
  const { name } = group;
  if ('read' in group) {
    state.groups.store(group);
    state.due.set(name, group.nextDue);
    if (group.hasUndelivered) state.undelivered.addUnread(name);
  } else {
    state.groups.set(name, group);
    state.due.set(name, nextDueOf(group));
    state.undelivered.set(name, group.webhooks.next);
  }
}
