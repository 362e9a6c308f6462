import { entryVersion } from '../entry.ts';
import { nextDueOf } from '../group/expiry.ts';
import type { Interned, RecordHeader } from '../group/interned.ts';
import { leasesOf } from '../group/leases.ts';
import type { Group, Round, State, UnreadGroup } from '../group/state.ts';
import { Tally } from '../tally/tally.ts';
import type { Outcome, Retention, Rule, Settings, Verdict } from '../types.ts';
import { inPieces, type List } from './json-in-chunks.ts';
import {
  type Flat,
  flat,
  flatPairs,
  type KeyRecord,
  keyRecords,
  keysIn,
  type MemberRecord,
  mapOf,
  memberOf,
  memberRecords,
  pairs,
  proposalsOf,
  setOf,
} from './records.ts';

/**
 * State as text, group by group, so that a checkpoint need not stop the world. [Q1.10]
 *
 * Equal states give equal texts, whatever way they came about, and a state that was read back behaves like the
 * one that was written. What follows from the rest is left out: tallies, timers, the heap of what is due.
 *
 * A group is three lines of JSON: version, the rules its rounds were opened under, and the record. Settings and
 * rounds name their rule by number, 0 being that of the settings, so that a thousand rounds do not repeat it.
 */

/** The version of records this code writes and understands. */
export const snapshotVersion = 2;

export function encodeGroup(group: Group): string {
  const { head, record } = written(group, group.closed.values());
  return head + JSON.stringify(record);
}

/**
 * The text of `encodeGroup` bit by bit; with `rounds` false, without the closed rounds. What it says is fixed when this
 * returns: whatever becomes of the group meanwhile is not in it.
 */
export function groupInPieces(group: Group, rounds: boolean): Iterable<string> {
  const { head, record } = written(group, rounds ? group.closed.values() : []);
  return headFirst(head, record);
}

/** A closed round by itself, bit by bit. */
export function outcomeInPieces(outcome: Outcome): Iterable<string> {
  const rules = new RuleList(outcome.rule);
  const record = outcomeRecord(outcome, rules);
  return headFirst(headText(rules), record);
}

function* headFirst(head: string, record: unknown): Generator<string> {
  yield head;
  yield* inPieces(record);
}

/** The record holds no part of the group that may still change. */
function written(group: Group, closed: Iterable<Outcome>): { head: string; record: GroupRecord<'written'> } {
  const { preset, admission, mayClose, title, subjectHash, retention } = group.settings;
  const rules = new RuleList(group.settings.rule);
  const record: GroupRecord<'written'> = [
    group.name,
    group.position,
    retention === undefined
      ? [preset, admission, mayClose, title, subjectHash]
      : [preset, admission, mayClose, title, subjectHash, retention],
    group.joinKeyHash,
    group.observerKeyHash,
    group.createdAt,
    group.revision,
    group.status,
    group.round,
    group.open === null ? null : roundRecord(group.open, rules),
    Array.from(closed, (outcome) => outcomeRecord(outcome, rules)),
    memberRecords(group.members),
    flatPairs(group.lastRound),
    [...group.toldLatest],
    [...group.toldOwn],
    group.anonymousRound,
    keyRecords(group.keys),
  ];
  if (group.idleSince !== null) record.push(group.idleSince);
  return { head: headText(rules), record };
}

/** A group from its text, and from its closed rounds where the text has none. Throws on a text of another version. */
export function decodeGroup(text: string, interned: Interned, rounds: readonly Outcome[] = []): Group {
  const head = headerOf(text, interned);
  return decodeRecord(head, text.slice(head.text.length), interned, rounds);
}

/** A group from the record below its head. */
export function decodeRecord(
  head: RecordHeader,
  text: string,
  interned: Interned,
  rounds: readonly Outcome[] = [],
): Group {
  const { rules } = head;
  const record = JSON.parse(text) as GroupRecord<'read'>;
  const [preset, admission, mayClose, title, subjectHash, retention] = record[2];
  const rule = rules[0] as Rule;
  const closed = [...rounds, ...record[10].map((one) => outcomeOf(one, rules, interned))];
  const members = mapOf(record[11].map((one) => [one[0], memberOf(one)]));
  const group: Group = {
    name: record[0],
    settings:
      retention === undefined
        ? { preset, rule, admission, mayClose, title, subjectHash }
        : { preset, rule, admission, mayClose, title, subjectHash, retention },
    joinKeyHash: record[3],
    observerKeyHash: record[4],
    createdAt: record[5],
    revision: record[6],
    position: record[1],
    status: record[7],
    open: record[9] === null ? null : roundOf(record[9], rules, interned),
    round: record[8],
    closed: mapOf(closed.map((outcome) => [outcome.round, outcome])),
    kept: 0,
    members,
    holders: mapOf(record[11].map(([agent, , tokenHash]) => [tokenHash, agent])),
    leases: leasesOf(members),
    lastRound: mapOf(pairs(record[12]) as Iterable<[string, number]>),
    toldLatest: setOf(record[13]),
    toldOwn: setOf(record[14]),
    anonymousRound: record[15],
    keys: keysIn(record[16]),
    idleSince: record[17] ?? null,
  };
  for (const outcome of group.closed.values()) group.kept += outcome.proposals.size;
  return group;
}

/** What `outcomeInPieces` wrote. */
export function decodeOutcome(text: string, interned: Interned): Outcome {
  const head = headerOf(text, interned);
  return outcomeOf(JSON.parse(text.slice(head.text.length)) as OutcomeRecord<'read'>, head.rules, interned);
}

/** The lines above the record that a text begins with. */
export function headerOf(text: string, interned: Interned): RecordHeader {
  const rulesAt = text.indexOf('\n') + 1;
  checkVersion('group record', Number(text.slice(0, rulesAt)));
  const end = text.indexOf('\n', rulesAt) + 1;
  return interned.header(text.slice(0, end), () => JSON.parse(text.slice(rulesAt, end)) as Rule[]);
}

function headText(rules: RuleList): string {
  return `${snapshotVersion}\n[${rules.texts.join()}]\n`;
}

/** What belongs to no group. */
export function encodeGlobals(state: State): string {
  const { index, time, clocks, commands, revisionFloor, version, idling } = state;
  const numbers = [commands, revisionFloor, version] as const;
  const record: GlobalsRecord = [snapshotVersion, index, time, [...clocks], ...numbers];
  if (idling) record.push(true);
  return JSON.stringify(record);
}

type GlobalsRecord = [
  version: number,
  index: number,
  time: number,
  clocks: [string, number][],
  commands: number,
  revisionFloor: number,
  active: number,
  idling?: true,
];

/** Puts into an empty state what `encodeGlobals` wrote. */
export function decodeGlobals(text: string, state: State): void {
  const record = JSON.parse(text) as GlobalsRecord;
  const [version, index, time, clocks, commands, revisionFloor, active, idling] = record;
  checkVersion('state record', version);
  if (active > entryVersion)
    throw new Error(`the log is at version ${active}, this server understands ${entryVersion}: update it`);
  state.index = index;
  state.time = time;
  state.commands = commands;
  state.revisionFloor = revisionFloor;
  state.version = active;
  state.idling = idling === true;
  for (const [writer, reading] of clocks) state.clocks.set(writer, reading);
}

/** Puts a group that was read back into a state, behind those that are there. */
export function addGroup(state: State, group: Group | UnreadGroup): void {
  if ('read' in group) state.groups.store(group);
  else state.groups.set(group.name, group);
  state.due.set(group.name, 'read' in group ? group.nextDue : nextDueOf(group));
}

/** The rules a group's rounds were opened under, each once. */
class RuleList {
  readonly texts: string[] = [];
  private readonly numbers = new Map<Rule, number>();

  constructor(own: Rule) {
    this.number(own);
  }

  number(rule: Rule): number {
    const known = this.numbers.get(rule);
    if (known !== undefined) return known;
    // Equal rules of different origin get one number, or equal states would give different texts.
    const text = JSON.stringify(rule);
    let number = this.texts.indexOf(text);
    if (number === -1) number = this.texts.push(text) - 1;
    this.numbers.set(rule, number);
    return number;
  }
}

/** Whether a record is one to be written, or one that was read. */
type Way = 'written' | 'read';
type Items<W extends Way, Item> = W extends 'read' ? readonly Item[] : List<Item>;

type GroupRecord<W extends Way> = [
  name: string,
  position: number,
  settings: [
    Settings['preset'],
    Settings['admission'],
    Settings['mayClose'],
    title: string | null,
    subjectHash: string | null,
    retention?: Retention,
  ],
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
  idleSince?: number,
];

type RoundRecord<W extends Way> = [
  number: number,
  rule: number,
  subjectHash: string | null,
  seed: number,
  openedAt: number,
  electors: string[] | null,
  eligible: number,
  eligibleWeight: number,
  proposals: Items<W, Flat[number]>,
  absent: string[],
  floorMetAt: number | null,
  minWaitOver: boolean,
  seats: number,
];

type OutcomeRecord<W extends Way> = [
  round: number,
  rule: number,
  state: Outcome['state'],
  reason: Outcome['reason'],
  value: string | null,
  proposals: Items<W, Flat[number]>,
  electors: string[] | null,
  eligible: number,
  openedAt: number,
  closedAt: number,
  revision: number,
  index: number,
  seed: number,
  subjectHash: string | null,
  seats: number,
  verdict: [failed: Verdict['failed'], most: number, tied: number, eligibleWeight: number],
];

function roundRecord(round: Round, rules: RuleList): RoundRecord<'written'> {
  return [
    round.number,
    rules.number(round.rule),
    round.subjectHash,
    round.seed,
    round.openedAt,
    electorsRecord(round),
    round.eligible,
    round.eligibleWeight,
    flat(round.proposals),
    [...round.absent],
    round.floorMetAt,
    round.minWaitOver,
    round.seats,
  ];
}

function roundOf(record: RoundRecord<'read'>, rules: readonly Rule[], interned: Interned): Round {
  const rule = rules[record[1]] as Rule;
  const round: Round = {
    number: record[0],
    rule,
    subjectHash: record[2],
    seed: record[3],
    openedAt: record[4],
    electors: electorsOf(record[5], rule, interned),
    eligible: record[6],
    eligibleWeight: record[7],
    proposals: proposalsOf(record[8], rule.equality),
    tally: null,
    absent: setOf(record[9]),
    floorMetAt: record[10],
    minWaitOver: record[11],
    seats: record[12],
  };
  if (round.proposals.size > 0) round.tally = new Tally(rule, round.seed, round.electors);
  for (const proposal of round.proposals.values()) round.tally?.add(proposal);
  return round;
}

function outcomeRecord(outcome: Outcome, rules: RuleList): OutcomeRecord<'written'> {
  const { failed, most, tied, eligibleWeight } = outcome.verdict;
  return [
    outcome.round,
    rules.number(outcome.rule),
    outcome.state,
    outcome.reason,
    outcome.value,
    flat(outcome.proposals),
    electorsRecord(outcome),
    outcome.eligible,
    outcome.openedAt,
    outcome.closedAt,
    outcome.revision,
    outcome.index,
    outcome.seed,
    outcome.subjectHash,
    outcome.seats,
    [failed, most, tied, eligibleWeight],
  ];
}

function outcomeOf(record: OutcomeRecord<'read'>, rules: readonly Rule[], interned: Interned): Outcome {
  const rule = rules[record[1]] as Rule;
  const [failed, most, tied, eligibleWeight] = record[15];
  return {
    round: record[0],
    rule,
    state: record[2],
    reason: record[3],
    value: record[4],
    verdict: { failed, most, tied, eligibleWeight },
    proposals: proposalsOf(record[5], rule.equality),
    electors: electorsOf(record[6], rule, interned),
    eligible: record[7],
    openedAt: record[8],
    closedAt: record[9],
    revision: record[10],
    index: record[11],
    seed: record[12],
    subjectHash: record[13],
    seats: record[14],
  };
}

/** Electors are written down only where the rule does not name them: a live electorate. */
function electorsRecord({ electors, rule }: Pick<Round, 'electors' | 'rule'>): string[] | null {
  return electors !== null && 'live' in rule.electorate ? [...electors] : null;
}

function electorsOf(record: string[] | null, rule: Rule, interned: Interned): ReadonlySet<string> | null {
  if ('live' in rule.electorate) return record === null ? null : new Set(record);
  return interned.electors(rule);
}

function checkVersion(what: string, version: number): void {
  if (version === snapshotVersion) return;
  throw new Error(`a ${what} has version ${version}, this server understands ${snapshotVersion}`);
}
