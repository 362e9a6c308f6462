import { deadlineAt, eligibleNow, missingOf } from '../group/round.ts';
import type { Group, Member, Round } from '../group/state.ts';
import type { Event } from '../result.ts';
import { weightOf } from '../rule/electorate.ts';
import type { Canonical, Json, Outcome, Proposal, Rule } from '../types.ts';
import type { AgentJson, EventJson, GroupJson, RoundJson, TallyJson } from './json-types.ts';
import { explainClosed, explainOpen } from './sentence.ts';

/**
 * What callers are shown of a state, as JSON. This is the one place that decides what a rule reveals: everything that leaves
 * the server about a round is made here. `index` is the log index that the state was read at. [Q4.25]
 */

/** A round by number; null when it is not kept, or not open yet. */
export function viewRound(group: Group, number: number, index: number): RoundJson | null {
  if (group.open?.number === number) return viewOpen(group, group.open, index);
  const outcome = group.closed.get(number);
  return outcome === undefined ? null : viewClosed(group, outcome, index);
}

/** The latest round, open or closed: the one `GET .../rounds/latest` shows. */
export function viewLatest(group: Group, index: number): RoundJson | null {
  return viewRound(group, group.round, index);
}

export function viewOpen(group: Group, round: Round, index: number): RoundJson {
  const missing = missingOf(round);
  const live = round.rule.reveal === 'live';
  return {
    group: group.name,
    round: round.number,
    state: 'WAITING',
    reason: null,
    value: null,
    eligible: eligibleNow(round).count,
    present: round.proposals.size,
    missing,
    openedAt: time(round.openedAt),
    deadlineAt: round.eligible === 0 ? null : timeOrNull(deadlineAt(round)),
    closedAt: null,
    tally: live ? tallyOf(round.rule, round.proposals) : null,
    explain: explainOpen(round, missing),
    subjectHash: round.subjectHash,
    revision: group.revision,
    index,
  };
}

export function viewClosed(group: Group, outcome: Outcome, index: number): RoundJson {
  const tally = tallyOf(outcome.rule, outcome.proposals);
  const secret = outcome.rule.reveal === 'never';
  return {
    group: group.name,
    round: outcome.round,
    state: outcome.state,
    reason: outcome.reason,
    value: outcome.value === null ? null : parsed(outcome.value),
    eligible: outcome.eligible,
    present: outcome.proposals.size,
    missing: absentFrom(outcome),
    openedAt: time(outcome.openedAt),
    deadlineAt: timeOrNull(deadlineAt(outcome)),
    closedAt: time(outcome.closedAt),
    tally: secret ? tally.map(({ weight }) => ({ value: null, weight, agents: [] })) : tally,
    explain: explainClosed(outcome),
    subjectHash: outcome.subjectHash,
    revision: outcome.revision,
    index,
  };
}

/** Electors who never proposed, by name; empty when the electorate is a size. */
export function absentFrom({ electors, proposals }: Outcome): string[] {
  return [...(electors ?? [])].filter((agent) => !proposals.has(agent));
}

export function viewGroup(group: Group, index: number): GroupJson {
  const { title, preset, rule, admission, mayClose, subjectHash, retention = null } = group.settings;
  const { name, status, round, revision } = group;
  const settings = { title, preset, rule, admission, mayClose, subjectHash, retention };
  return { group: name, ...settings, status, round, createdAt: time(group.createdAt), revision, index };
}

export function viewAgent(member: Member): AgentJson {
  const { agent, role, live, since } = member;
  return { agent, role, live, since: time(since), expiresAt: live ? time(member.expiresAt) : null };
}

export function viewEvent(group: Group, event: Event): EventJson {
  const { type, revision, index, agent } = event;
  const round = event.round === null ? null : viewRound(group, event.round, index);
  return { type, group: event.group, revision, index, time: time(event.time), agent, round };
}

/** Who proposed what: heaviest value first, equally heavy ones in text order, each spelt as its first in text order. */
function tallyOf(rule: Rule, proposals: ReadonlyMap<string, Proposal>): TallyJson[] {
  return classesOf(rule, proposals).map(shown);
}

export function shown({ value, weight, agents }: ValueClass): TallyJson {
  return { value: parsed(value), weight, agents: agents.sort() };
}

/** The proposals of one class of equal values. */
export interface ValueClass {
  readonly classText: string;
  /** The first spelling in text order. */
  value: Canonical;
  weight: number;
  readonly agents: string[];
}

/** The classes of equal values in a round: heaviest first, equally heavy ones in text order. */
export function classesOf(rule: Rule, proposals: ReadonlyMap<string, Proposal>): ValueClass[] {
  const classes = new Map<string, ValueClass>();
  for (const { agent, value, classText } of proposals.values()) {
    if (value === null || classText === null) continue;
    const weight = weightOf(rule.weights, agent);
    const one = classes.get(classText);
    if (one === undefined) {
      classes.set(classText, { classText, value, weight, agents: [agent] });
      continue;
    }
    one.weight += weight;
    one.agents.push(agent);
    if (value < one.value) one.value = value;
  }
  return [...classes.values()].sort((a, b) => b.weight - a.weight || (a.value < b.value ? -1 : 1));
}

function parsed(value: Canonical): Json {
  return JSON.parse(value) as Json;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}
