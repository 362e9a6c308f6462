import { askedNow, missingWhen } from '../group/round.ts';
import type { Group, Invite, Member, Round } from '../group/state.ts';
import { deadlineAt } from '../group/timers.ts';
import type { Event } from '../result.ts';
import { rankingOf } from '../tally/ranking.ts';
import { statsOf } from '../tally/stats.ts';
import type {
  Canonical,
  DeadlineSet,
  Json,
  Outcome,
  Proposal,
  Ranked,
  RankedValue,
  Replaced,
  Stats,
  Waiver,
} from '../types.ts';
import { claimOfEvent } from './claim.ts';
import type {
  AgentJson,
  DeadlineSetJson,
  EventJson,
  GroupJson,
  InviteJson,
  ProposalJson,
  RoundJson,
  TallyJson,
  WaiverJson,
} from './json-types.ts';
import { viewRule } from './rule.ts';
import { explainClosed, explainOpen, standingOf } from './sentence.ts';
import { shownAs } from './stream.ts';

/**
 * What callers are shown of a state, as JSON. This is the one place that decides what a rule reveals: everything that leaves
 * the server about a round is made here. `index` is the log index that the state was read at. [Q4.25]
 */

/** A round by number; null when it is not kept, or not open yet. */
export function viewRound(group: Group, number: number, index: number): RoundJson | null {
  const round = roundOf(group, number);
  if (round === null) return null;
  return isClosed(round) ? viewClosed(group, round, index) : viewOpen(group, round, index);
}

/** The open round or a closed one, by number; null when it is not kept, or not open yet. */
export function roundOf({ open, closed }: Group, number: number): Round | Outcome | null {
  return open?.number === number ? open : (closed.get(number) ?? null);
}

export function isClosed(round: Round | Outcome): round is Outcome {
  return 'closedAt' in round;
}

/** The latest round, open or closed: the one `GET .../rounds/latest` shows. */
export function viewLatest(group: Group, index: number): RoundJson | null {
  return viewRound(group, group.round, index);
}

export function viewOpen(group: Group, round: Round, index: number): RoundJson {
  return openAsNow(group, round, index)();
}

/**
 * Gives what `viewOpen` would give now, whenever it is called: what takes a step for each elector is left for then, so that it
 * costs nothing where entries are applied.
 */
export function openAsNow(group: Group, round: Round, index: number): () => RoundJson {
  const standing = standingOf(round);
  const { electors, eligible, present, now } = standing;
  const { proposals, waived } = round;
  const { revision } = group;
  const asked = askedNow(round);
  const tally = round.rule.reveal === 'live' ? tallyOf(round) : { tally: null };
  const openedAt = time(round.openedAt);
  const deadline = timeOrNull(deadlineAt(round));
  const deadlineSet = viewDeadlineSet(round.deadlineSet);
  return () => {
    const missing = missingWhen({ electors, proposals, waived, eligible }, present, asked);
    return {
      group: group.name,
      round: round.number,
      state: 'WAITING',
      reason: null,
      value: null,
      eligible: now.count,
      present,
      options: round.rule.options ?? null,
      equality: round.rule.equality,
      missing,
      waived: viewWaivers(waived),
      openedAt,
      deadlineAt: deadline,
      deadlineSet,
      closedAt: null,
      ...tally,
      stats: null,
      explain: explainOpen(standing, missing),
      subjectHash: round.subjectHash,
      revision,
      index,
    };
  };
}

export function viewClosed(group: Group, outcome: Outcome, index: number): RoundJson {
  return {
    group: group.name,
    round: outcome.round,
    state: outcome.state,
    reason: outcome.reason,
    value: outcome.value === null ? null : parsed(outcome.value),
    eligible: outcome.eligible,
    present: outcome.proposals.size,
    options: outcome.rule.options ?? null,
    equality: outcome.rule.equality,
    missing: absentFrom(outcome),
    waived: viewWaivers(outcome.waived),
    openedAt: time(outcome.openedAt),
    deadlineAt: timeOrNull(outcome.deadlineAt),
    deadlineSet: viewDeadlineSet(outcome.deadlineSet),
    closedAt: time(outcome.closedAt),
    ...tallyOf(outcome),
    stats: shownStats(outcome),
    explain: explainClosed(outcome),
    subjectHash: outcome.subjectHash,
    revision: outcome.revision,
    index,
  };
}

function viewWaivers(waived: ReadonlyMap<string, Waiver>): WaiverJson[] {
  return Array.from(waived.values(), ({ agent, by, reason, time: at }) => {
    return { agent, by, reason, time: time(at) };
  });
}

function viewDeadlineSet(set: DeadlineSet | null): DeadlineSetJson | null {
  return set && { by: set.by, time: time(set.time), times: set.times };
}

/** Electors who never proposed and were not waived, by name; empty when the electorate is a size. */
export function absentFrom({ electors, proposals, waived }: Outcome): string[] {
  const absent: string[] = [];
  // Only electors propose.
  if (electors === null || proposals.size === electors.size) return absent;
  for (const agent of electors) if (!proposals.has(agent) && !waived.has(agent)) absent.push(agent);
  return absent;
}

/**
 * A proposal as far as the rule reveals it: its value, or that it is an abstention. Who proposed is never hidden. `reader` is the
 * hash of the token that asks: who proposed under it sees the own proposal. [Q4.25] [Q5.17]
 */
export function viewProposal(
  round: Round | Outcome,
  proposal: Proposal,
  reader: string | null = null,
): ProposalJson {
  const { agent, name, value, seq, tokenHash, note = null, changes = [] } = proposal;
  const { reveal } = round.rule;
  const isOwn = tokenHash !== null && tokenHash === reader;
  const isShown = isOwn || (reveal !== 'never' && (reveal === 'live' || isClosed(round)));
  const counted = ({ after, index }: Replaced) => ({
    time: after === null ? null : time(round.openedAt + after),
    index,
  });
  return {
    agent,
    ...(name !== undefined && { name }),
    ...counted(proposal),
    ...(isShown && { seq }),
    token: tokenHash !== null,
    ...(isShown && { ...valueJson(value), note }),
    changes: changes.map((one) => ({
      ...counted(one),
      ...(isShown && { seq: one.seq }),
      ...(one.value !== undefined && valueJson(one.value)),
    })),
  };
}

function valueJson(value: Canonical | null): { readonly value: Json } | { readonly abstain: true } {
  return value === null ? { abstain: true } : { value: parsed(value) };
}

export function viewGroup(group: Group, index: number): GroupJson {
  const { title, preset, admission, mayClose, subjectHash } = group.settings;
  const { mayWaive = 'admin' as const, maySpend = 'admin' as const } = group.settings;
  const kept = group.settings.retention;
  const retention = kept === undefined ? null : { ...kept, messages: kept.messages ?? null };
  const { name, status, round, revision } = group;
  const rule = viewRule(group.settings.rule);
  const settings = { title, preset, rule, admission, mayClose, mayWaive, maySpend, subjectHash, retention };
  return { group: name, ...settings, status, round, createdAt: time(group.createdAt), revision, index };
}

export function viewAgent(member: Member): AgentJson {
  const { agent, name, kind, role, live, since } = member;
  const lease = { live, since: time(since), expiresAt: live ? time(member.expiresAt) : null };
  return { agent, ...shownAs(name, kind), role, ...lease };
}

/** An invite without its secret, which nobody is shown again. */
export function viewInvite({ agent, name, kind, role, state, since }: Invite): InviteJson {
  return { agent, ...shownAs(name, kind), role, state, since: time(since) };
}

export function viewEvent(group: Group, event: Event): EventJson {
  const { type, revision, index, agent } = event;
  const round = event.round === null ? null : viewRound(group, event.round, index);
  return {
    type,
    group: event.group,
    revision,
    index,
    time: time(event.time),
    agent,
    round,
    ...claimOfEvent(group, event),
  };
}

/** The heaviest values of a round. */
export function rankedOf(round: Round | Outcome): Ranked {
  const { rule, proposals } = round;
  const kept = isClosed(round) ? round.ranked : round.ranking?.now(proposals);
  return kept ?? rankingOf(rule, proposals).now(proposals);
}

/** What a round shows of who proposed what; `moreValues` is left out when it shows all. [Q4.25] */
function tallyOf(round: Round | Outcome): Pick<RoundJson, 'tally' | 'moreValues'> {
  const { top, more } = rankedOf(round);
  const secret = round.rule.reveal === 'never';
  const tally = top.map(secret ? ({ weight }) => ({ value: null, weight, agents: [] }) : shown);
  return more === 0 ? { tally } : { tally, moreValues: more };
}

function shownStats({ rule, ranked, proposals }: Outcome): Stats | null {
  if (rule.reveal === 'never') return null;
  return ranked === null ? statsOf(proposals) : ranked.stats;
}

/** A value as a tally shows it. */
export function shown({ value, weight, agents, more }: RankedValue): TallyJson {
  const entry = { value: parsed(value), weight, agents };
  return more === 0 ? entry : { ...entry, more };
}

export function parsed(value: Canonical): Json {
  return JSON.parse(value) as Json;
}

export function time(ms: number): string {
  return new Date(ms).toISOString();
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}
