import { entryVersion } from './apply.ts';
import { nextDueOf } from './group.ts';
import { rosterOf } from './rules.ts';
import { emptyMap, emptySet, type Group, type Member, type Round, type State } from './state.ts';
import { Tally } from './tally.ts';
import type { Outcome, Proposal, Rule, Settings } from './types.ts';

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
export const snapshotVersion = 1;

export function encodeGroup(group: Group): string {
  const { preset, admission, mayClose, title, subjectHash } = group.settings;
  const rules = new RuleList(group.settings.rule);
  const record: GroupRecord = [
    group.name,
    group.position,
    [preset, admission, mayClose, title, subjectHash],
    group.joinKeyHash,
    group.observerKeyHash,
    group.createdAt,
    group.revision,
    group.status,
    group.round,
    group.open === null ? null : roundRecord(group.open, rules),
    Array.from(group.closed.values(), (outcome) => outcomeRecord(outcome, rules)),
    Array.from(group.members.values(), memberRecord),
    [...group.lastRound].flat(),
    [...group.told],
    Array.from(group.keys, ([key, { round, agent, value }]) => [key, round, agent, value]),
  ];
  return `${snapshotVersion}\n[${rules.texts.join()}]\n${JSON.stringify(record)}`;
}

/**
 * A group, or the position up to which it is known to be gone. Throws on a text that this version did not write. Groups
 * read with one `Shared` hold equal rules once.
 */
export function decodeGroup(text: string, shared: Shared): Group | number {
  const { length, rules } = shared.head(text);
  const record = JSON.parse(text.slice(length)) as GroupRecord | number;
  if (typeof record === 'number') return record;
  const [preset, admission, mayClose, title, subjectHash] = record[2];
  const group: Group = {
    name: record[0],
    position: record[1],
    settings: { preset, rule: rules[0] as Rule, admission, mayClose, title, subjectHash },
    joinKeyHash: record[3],
    observerKeyHash: record[4],
    createdAt: record[5],
    revision: record[6],
    status: record[7],
    round: record[8],
    open: record[9] === null ? null : roundOf(record[9], rules, shared),
    closed: mapOf(record[10].map((one) => [one[0], outcomeOf(one, rules, shared)])),
    kept: 0,
    members: mapOf(record[11].map((one) => [one[0], memberOf(one)])),
    holders: mapOf(record[11].map(([agent, , tokenHash]) => [tokenHash, agent])),
    lastRound: mapOf(pairs(record[12]) as Iterable<[string, number]>),
    told: setOf(record[13]),
    keys: mapOf(record[14].map(([key, round, agent, value]) => [key, { round, agent, value }])),
    nextDue: Infinity,
  };
  for (const outcome of group.closed.values()) group.kept += outcome.proposals.size;
  group.nextDue = nextDueOf(group);
  return group;
}

/** Stands for a group that is known to be gone up to this position of the log. */
export function encodeGone(position: number): string {
  return `${snapshotVersion}\n[]\n${position}`;
}

/** What belongs to no group. */
export function encodeGlobals(state: State): string {
  const { index, time, clocks, commands, revisionFloor, version } = state;
  return JSON.stringify([snapshotVersion, index, time, [...clocks], commands, revisionFloor, version]);
}

type GlobalsRecord = [
  version: number,
  index: number,
  time: number,
  clocks: [string, number][],
  commands: number,
  revisionFloor: number,
  active: number,
];

/** Puts into an empty state what `encodeGlobals` wrote. */
export function decodeGlobals(text: string, state: State): void {
  const [version, index, time, clocks, commands, revisionFloor, active] = JSON.parse(text) as GlobalsRecord;
  checkVersion('state record', version);
  if (active > entryVersion)
    throw new Error(`the log is at version ${active}, this server understands ${entryVersion}: update it`);
  state.index = index;
  state.time = time;
  state.commands = commands;
  state.revisionFloor = revisionFloor;
  state.version = active;
  for (const [writer, reading] of clocks) state.clocks.set(writer, reading);
}

/** Puts a group that was read back into a state. */
export function addGroup(state: State, group: Group): void {
  state.groups.set(group.name, group);
  if (group.nextDue !== Infinity) state.due.push(group.nextDue, group.name);
}

/** The lines above a record: version and rules. */
interface Head {
  readonly length: number;
  readonly rules: readonly Rule[];
}

/** How many heads `Shared` remembers: groups by the million share a few rules, or none. */
const sharedHeads = 1000;

/** Rules of which many groups have equal ones: read once, held once. */
export class Shared {
  private readonly heads = new Map<string, Head>();
  private readonly electorsByRule = new WeakMap<Rule, ReadonlySet<string>>();
  /** The head met last, since the next is mostly the same. */
  private lastText: string | null = null;
  private last: Head = { length: 0, rules: [] };

  head(text: string): Head {
    if (this.lastText !== null && text.startsWith(this.lastText)) return this.last;
    const rulesAt = text.indexOf('\n') + 1;
    checkVersion('group record', Number(text.slice(0, rulesAt)));
    const length = text.indexOf('\n', rulesAt) + 1;
    this.lastText = text.slice(0, length);
    this.last = this.heads.get(this.lastText) ?? {
      length,
      rules: JSON.parse(text.slice(rulesAt, length)) as Rule[],
    };
    if (this.heads.size >= sharedHeads) this.heads.clear();
    this.heads.set(this.lastText, this.last);
    return this.last;
  }

  /** The electors that a rule names, null where it names none. */
  electors(rule: Rule): ReadonlySet<string> | null {
    const roster = rosterOf(rule.electorate);
    if (roster === null) return null;
    const known = this.electorsByRule.get(rule) ?? new Set(roster);
    this.electorsByRule.set(rule, known);
    return known;
  }
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

type GroupRecord = [
  name: string,
  position: number,
  settings: [Settings['preset'], Settings['admission'], Settings['mayClose'], string | null, string | null],
  joinKeyHash: string | null,
  observerKeyHash: string | null,
  createdAt: number,
  revision: number,
  status: Group['status'],
  round: number,
  open: RoundRecord | null,
  closed: OutcomeRecord[],
  members: MemberRecord[],
  lastRound: (string | number)[],
  told: string[],
  keys: [key: string, round: number, agent: string, value: string | null][],
];

type RoundRecord = [
  number: number,
  rule: number,
  subjectHash: string | null,
  seed: number,
  openedAt: number,
  electors: string[] | null,
  eligible: number,
  eligibleWeight: number,
  proposals: Flat,
  absent: string[],
  floorMetAt: number | null,
  minWaitOver: boolean,
  seats: number,
];

type OutcomeRecord = [
  round: number,
  rule: number,
  state: Outcome['state'],
  reason: Outcome['reason'],
  value: string | null,
  proposals: Flat,
  electors: string[] | null,
  eligible: number,
  openedAt: number,
  closedAt: number,
  revision: number,
  index: number,
  seed: number,
  subjectHash: string | null,
  seats: number,
];

type MemberRecord = [
  agent: string,
  role: Member['role'],
  tokenHash: string,
  since: number,
  ttl: number,
  expiresAt: number,
  live: boolean,
];

/** Agent, value, seq, agent, value, seq, ... */
type Flat = (string | number | null)[];

function roundRecord(round: Round, rules: RuleList): RoundRecord {
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

function roundOf(record: RoundRecord, rules: readonly Rule[], shared: Shared): Round {
  const rule = rules[record[1]] as Rule;
  const round: Round = {
    number: record[0],
    rule,
    subjectHash: record[2],
    seed: record[3],
    openedAt: record[4],
    electors: electorsOf(record[5], rule, shared),
    eligible: record[6],
    eligibleWeight: record[7],
    proposals: proposalsOf(record[8]),
    tally: null,
    absent: setOf(record[9]),
    floorMetAt: record[10],
    minWaitOver: record[11],
    seats: record[12],
  };
  if (round.proposals.size > 0) round.tally = new Tally(rule, round.seed, round.electors);
  for (const { agent, value } of round.proposals.values()) round.tally?.add(agent, value);
  return round;
}

function outcomeRecord(outcome: Outcome, rules: RuleList): OutcomeRecord {
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
  ];
}

function outcomeOf(record: OutcomeRecord, rules: readonly Rule[], shared: Shared): Outcome {
  const rule = rules[record[1]] as Rule;
  return {
    round: record[0],
    rule,
    state: record[2],
    reason: record[3],
    value: record[4],
    proposals: proposalsOf(record[5]),
    electors: electorsOf(record[6], rule, shared),
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

function electorsOf(record: string[] | null, rule: Rule, shared: Shared): ReadonlySet<string> | null {
  if ('live' in rule.electorate) return record === null ? null : new Set(record);
  return shared.electors(rule);
}

function memberRecord(member: Member): MemberRecord {
  const { agent, role, tokenHash, since, ttl, expiresAt, live } = member;
  return [agent, role, tokenHash, since, ttl, expiresAt, live];
}

function memberOf([agent, role, tokenHash, since, ttl, expiresAt, live]: MemberRecord): Member {
  return { agent, role, tokenHash, since, ttl, expiresAt, live };
}

function flat(proposals: ReadonlyMap<string, Proposal>): Flat {
  const record: Flat = [];
  for (const { agent, value, seq } of proposals.values()) record.push(agent, value, seq);
  return record;
}

function proposalsOf(record: Flat): ReadonlyMap<string, Proposal> {
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

function* pairs<T>(items: readonly T[]): Generator<[T, T]> {
  for (let i = 0; i < items.length; i += 2) yield [items[i] as T, items[i + 1] as T];
}

function mapOf<K, V>(entries: Iterable<readonly [K, V]>): ReadonlyMap<K, V> {
  const map = new Map(entries);
  return map.size === 0 ? emptyMap() : map;
}

function setOf<T>(items: readonly T[]): ReadonlySet<T> {
  return items.length === 0 ? emptySet() : new Set(items);
}

function checkVersion(what: string, version: number): void {
  if (version === snapshotVersion) return;
  throw new Error(`a ${what} has version ${version}, this server understands ${snapshotVersion}`);
}
