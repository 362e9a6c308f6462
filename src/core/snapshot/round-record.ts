import type { Interned, RecordHeader } from '../group/interned.ts';
import { charactersOf } from '../group/kept-with.ts';
import { emptyTally } from '../group/round.ts';
import { emptyMap, setOf } from '../group/small-maps.ts';
import type { Round } from '../group/state.ts';
import { proposalOf } from '../tally/proposal.ts';
import { keptRanking } from '../tally/ranking.ts';
import type { Equality, Outcome, Proposal, Replaced, Rule, Verdict } from '../types.ts';
import {
  type OutcomeByHand,
  outcomeByHand,
  type RoundByHand,
  roundByHand,
  usualDeadline,
  waiversOf,
} from './by-hand-record.ts';
import { headerOf, headerText, RuleList, shortened, textInChunks, withoutTimes } from './header.ts';
import { type Items, type List, listed, type Way } from './json-in-chunks.ts';

/** Rounds, open and closed, as records and back. They name their rule by its number in the header. */

/** The parts of a ProposalRecord, of one proposal after the other. */
type ProposalsRecord = readonly (string | number | null)[];

export type RoundRecord<W extends Way> = [
  number: number,
  rule: number,
  subjectHash: string | null,
  seed: number,
  openedAt: number,
  electors: string[] | null,
  eligible: number,
  eligibleWeight: number,
  proposals: Items<W, ProposalsRecord[number]>,
  absent: string[],
  floorMetAt: number | null,
  minWaitOver: boolean,
  seats: number,
  /** Of proposals that have any. */
  keptWith?: Items<W, KeptRecord> | null,
  byHand?: RoundByHand | null,
];

export type OutcomeRecord<W extends Way> = [
  round: number,
  rule: number,
  state: Outcome['state'],
  reason: Outcome['reason'],
  value: string | null,
  proposals: Items<W, ProposalsRecord[number]>,
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
  keptWith?: Items<W, KeptRecord> | null,
  byHand?: OutcomeByHand | null,
];

export function roundRecord(round: Round, rules: RuleList): RoundRecord<'written'> {
  return shortened<RoundRecord<'written'>>([
    round.number,
    rules.number(round.rule),
    round.subjectHash,
    round.seed,
    round.openedAt,
    electorsRecord(round),
    round.eligible,
    round.eligibleWeight,
    proposalsRecord(round.proposals),
    [...round.absent],
    round.floorMetAt,
    round.minWaitOver,
    round.seats,
    keptRecords(round.proposals),
    roundByHand(round),
  ]);
}

export function roundOf(record: RoundRecord<'read'>, header: RecordHeader, interned: Interned): Round {
  const rule = header.rules[record[1]] as Rule;
  const proposals = proposalsIn(record[8], rule.equality, header.version, record[13] ?? []);
  const { waived, firstAt = null, deadlineSet = null } = record[14] ?? {};
  const round: Round = {
    number: record[0],
    rule,
    subjectHash: record[2],
    seed: record[3],
    openedAt: record[4],
    electors: electorsOf(record[5], rule, interned),
    eligible: record[6],
    eligibleWeight: record[7],
    proposals,
    tally: null,
    ranking: keptRanking(rule, proposals),
    absent: setOf(record[9]),
    waived: waiversOf(waived),
    floorMetAt: record[10],
    firstAt,
    deadlineSet,
    minWaitOver: record[11],
    characters: charactersOf(proposals),
    seats: record[12],
  };
  if (proposals.size > 0) round.tally = emptyTally(round);
  for (const proposal of proposals.values()) round.tally?.add(proposal);
  return round;
}

export function outcomeRecord(outcome: Outcome, rules: RuleList): OutcomeRecord<'written'> {
  const { failed, most, tied, eligibleWeight } = outcome.verdict;
  return shortened<OutcomeRecord<'written'>>([
    outcome.round,
    rules.number(outcome.rule),
    outcome.state,
    outcome.reason,
    outcome.value,
    proposalsRecord(outcome.proposals),
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
    keptRecords(outcome.proposals),
    outcomeByHand(outcome),
  ]);
}

export function outcomeOf(record: OutcomeRecord<'read'>, header: RecordHeader, interned: Interned): Outcome {
  const rule = header.rules[record[1]] as Rule;
  const [failed, most, tied, eligibleWeight] = record[15];
  const proposals = proposalsIn(record[5], rule.equality, header.version, record[16] ?? []);
  const shape = { rule, electors: electorsOf(record[6], rule, interned), openedAt: record[8] };
  const { waived, deadlineAt = usualDeadline(shape), deadlineSet = null } = record[17] ?? {};
  return {
    round: record[0],
    ...shape,
    state: record[2],
    reason: record[3],
    value: record[4],
    verdict: { failed, most, tied, eligibleWeight },
    proposals,
    ranked: keptRanking(rule, proposals)?.summary(proposals) ?? null,
    eligible: record[7],
    closedAt: record[9],
    deadlineAt,
    deadlineSet,
    waived: waiversOf(waived),
    revision: record[10],
    index: record[11],
    seed: record[12],
    subjectHash: record[13],
    characters: charactersOf(proposals),
    seats: record[14],
  };
}

type ProposalRecord = [
  agent: string,
  value: string | null,
  seq: number | null,
  tokenHash: string | null,
  after: number | null,
  index: number | null,
];

function proposalsRecord(proposals: ReadonlyMap<string, Proposal>): List<ProposalsRecord[number]> {
  return listed([...proposals.values()], ({ agent, value, seq, tokenHash, after, index }) => [
    agent,
    value,
    seq,
    tokenHash,
    after,
    index,
  ]);
}

function proposalsIn(
  record: ProposalsRecord,
  equality: Equality,
  version: number,
  kept: readonly KeptRecord[],
): ReadonlyMap<string, Proposal> {
  if (record.length === 0) return emptyMap();
  const proposals = new Map<string, Proposal>();
  const parts = version === withoutTimes ? 4 : 6;
  for (let i = 0; i < record.length; i += parts) {
    const [agent, value, seq, tokenHash, after = null, index = null] = record.slice(
      i,
      i + parts,
    ) as ProposalRecord;
    proposals.set(agent, proposalOf(equality, agent, value, { seq, tokenHash, after, index }));
  }
  for (const [agent, note, name, changes] of kept)
    proposals.set(agent, {
      ...(proposals.get(agent) as Proposal),
      ...(note !== null && { note }),
      ...(name !== null && { name }),
      ...(changes.length > 0 && { changes: changes.map(replacedOf) }),
    });
  return proposals;
}

/** What is kept with a proposal and does not count. */
type KeptRecord = [
  agent: string,
  note: string | null,
  name: string | null,
  changes: readonly ReplacedRecord[],
];

/** The value is left out where it is not kept. */
type ReplacedRecord = readonly [
  after: number | null,
  index: number | null,
  seq: number | null,
  value?: string | null,
];

function keptRecords(proposals: ReadonlyMap<string, Proposal>): List<KeptRecord> | null {
  const kept: Proposal[] = [];
  for (const one of proposals.values())
    if (one.note !== undefined || one.name !== undefined || one.changes !== undefined) kept.push(one);
  if (kept.length === 0) return null;
  return listed(kept, ({ agent, note = null, name = null, changes = [] }) => [
    [agent, note, name, changes.map(replacedRecord)],
  ]);
}

function replacedRecord({ after, index, seq, value }: Replaced): ReplacedRecord {
  return value === undefined ? [after, index, seq] : [after, index, seq, value];
}

function replacedOf([after, index, seq, value]: ReplacedRecord): Replaced {
  return value === undefined ? { after, index, seq } : { after, index, seq, value };
}

/** Electors are written down only where the rule does not name them: a live electorate. */
function electorsRecord({ electors, rule }: Pick<Round, 'electors' | 'rule'>): string[] | null {
  return electors !== null && 'live' in rule.electorate ? [...electors] : null;
}

function electorsOf(record: string[] | null, rule: Rule, interned: Interned): ReadonlySet<string> | null {
  if ('live' in rule.electorate) return record === null ? null : new Set(record);
  return interned.electors(rule);
}

/** A closed round by itself, bit by bit. */
export function outcomeInChunks(outcome: Outcome): Iterable<string> {
  const rules = new RuleList(outcome.rule);
  const record = outcomeRecord(outcome, rules);
  return textInChunks(headerText(rules), record);
}

/** The closed round that `outcomeInChunks` wrote. Throws on a text of another version. */
export function decodeOutcome(text: string, interned: Interned): Outcome {
  const head = headerOf(text, interned);
  return outcomeOf(JSON.parse(text.slice(head.text.length)) as OutcomeRecord<'read'>, head, interned);
}
