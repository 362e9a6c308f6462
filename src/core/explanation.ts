import { isWithin } from './decimal.ts';
import { classOf } from './equality.ts';
import { explainClosed, explainOpen } from './explain.ts';
import { canonical } from './json.ts';
import { deadlineAt, electorateOf, missingOf } from './round.ts';
import type { Group, Round } from './state.ts';
import { Tally } from './tally.ts';
import type { Canonical, Json, Outcome, OutcomeReason, RoundState } from './types.ts';
import { tallyOf } from './view.ts';

/**
 * Why a round stands as it does, as a structure: who is waited for and until when, and, where proposals are shown
 * live, what would still decide it and whose proposal alone can. Of a blind round it tells what its view tells. [Q4.26]
 */
export interface Explanation {
  readonly group: string;
  readonly round: number;
  readonly state: RoundState;
  readonly reason: OutcomeReason | null;
  readonly sentence: string;
  readonly eligible: number;
  readonly present: number;
  readonly abstained: number | null;
  /** Electors without a proposal (of a closed round: who never came), by name where they have names, and how many. */
  readonly waitingFor: {
    readonly agents: readonly string[];
    readonly count: number;
    readonly until: string | null;
  };
  /** Live rounds only: what each value has and still needs; values that cannot be reached any more are left out. */
  readonly stillPossible: readonly { readonly value: Json; readonly weight: number }[] | null;
  /** Live rounds only: the missing agents any of whom can end the round alone, and how. */
  readonly pivotal: readonly { readonly agent: string; readonly by: readonly Ending[] }[] | null;
  /** Closed rounds whose proposals are shown: what was proposed and did not win, with who proposed it. */
  readonly dissent:
    | readonly { readonly value: Json; readonly weight: number; readonly agents: readonly string[] }[]
    | null;
}

/** "If it proposes this, the round is decided so"; value null with abstains true is an abstention, other a value nobody named. */
export interface Ending {
  readonly proposes: 'value' | 'another' | 'abstain';
  readonly value: Json;
  readonly outcome: 'SUCCESS' | 'FAILED';
}

/** Looking ahead tries proposals one by one; beyond these numbers it is left out. */
const mostLookedAt = { proposals: 2000, missing: 50, values: 20 };

/** Of the open or a kept round; null for any other. */
export function explain(group: Group, number: number): Explanation | null {
  if (group.open?.number === number) return explainRound(group, group.open);
  const outcome = group.closed.get(number);
  return outcome === undefined ? null : explainOutcome(group, outcome);
}

export function explainRound(group: Group, round: Round): Explanation {
  const missing = missingOf(round);
  const live = round.rule.reveal === 'live';
  const until = round.eligible === 0 ? null : deadlineAt(round);
  const small = round.proposals.size <= mostLookedAt.proposals && missing.length <= mostLookedAt.missing;
  return {
    group: group.name,
    round: round.number,
    state: 'WAITING',
    reason: null,
    sentence: explainOpen(group, round),
    eligible: round.eligible,
    present: round.proposals.size,
    // In a blind round an abstention is as secret as a value.
    abstained: live ? abstentions(round.proposals) : null,
    waitingFor: {
      agents: missing,
      count: round.electors === null ? round.eligible - round.proposals.size : missing.length,
      until: until === null ? null : new Date(until).toISOString(),
    },
    stillPossible: live && small ? stillPossible(round) : null,
    pivotal: live && small && round.rule.close === 'early' ? pivotal(round, missing) : null,
    dissent: null,
  };
}

export function explainOutcome(group: Group, outcome: Outcome): Explanation {
  const tally = tallyOf(outcome.rule, outcome.proposals);
  const shown = outcome.rule.reveal !== 'never';
  const missing =
    outcome.electors === null ? [] : [...outcome.electors].filter((agent) => !outcome.proposals.has(agent));
  return {
    group: group.name,
    round: outcome.round,
    state: outcome.state,
    reason: outcome.reason,
    sentence: explainClosed(outcome, tally),
    eligible: outcome.eligible,
    present: outcome.proposals.size,
    abstained: shown ? abstentions(outcome.proposals) : null,
    waitingFor: { agents: missing, count: missing.length, until: null },
    stillPossible: null,
    pivotal: null,
    dissent: shown ? tally.filter(({ value }) => !won(outcome, value)) : null,
  };
}

/** Values that would win if everybody still missing joined them, by asking the tally itself. */
function stillPossible(round: Round): { value: Json; weight: number }[] {
  const names = round.electors === null ? unnamed(round) : missingOf(round);
  return tallyOf(round.rule, round.proposals)
    .slice(0, mostLookedAt.values)
    .filter(({ value }) => {
      const tally = retold(round);
      for (const agent of names) tally.add(agent, canonical(value));
      return tally.final(electorateOf(round)).is === 'decided';
    })
    .map(({ value, weight }) => ({ value, weight }));
}

/** Each missing agent who can end the round with one proposal, and the proposals that do. */
function pivotal(round: Round, missing: readonly string[]): { agent: string; by: Ending[] }[] {
  const values = [...new Set([...round.proposals.values()].map(({ value }) => value))].filter(
    (value) => value !== null,
  );
  const tried = values.sort().slice(0, mostLookedAt.values);
  const names = round.electors === null ? [] : missing;
  return names
    .map((agent) => ({ agent, by: endings(round, agent, tried) }))
    .filter(({ by }) => by.length > 0);
}

function endings(round: Round, agent: string, values: readonly Canonical[]): Ending[] {
  const found: Ending[] = [];
  const attempt = (proposes: Ending['proposes'], text: Canonical | null): void => {
    const tally = retold(round);
    tally.add(agent, text);
    const answer = tally.certain(electorateOf(round));
    if (answer.is === 'open') return;
    const value = proposes === 'value' && text !== null ? (JSON.parse(text) as Json) : null;
    found.push({ proposes, value, outcome: answer.is === 'decided' ? 'SUCCESS' : 'FAILED' });
  };
  for (const value of values) attempt('value', value);
  if (typeof round.rule.equality === 'string')
    attempt('another', JSON.stringify(`a value nobody named: ${values.join()}`));
  attempt('abstain', null);
  return found;
}

function retold(round: Round): Tally {
  const tally = new Tally(round.rule, round.seed, round.electors);
  for (const { agent, value } of round.proposals.values()) tally.add(agent, value);
  return tally;
}

/** Names for those an electorate of a size has not met yet. */
function unnamed(round: Round): string[] {
  const count = Math.min(round.eligible - round.proposals.size, mostLookedAt.proposals);
  return Array.from({ length: count }, (_, i) => `#${i}`);
}

function abstentions(proposals: Round['proposals'] | Outcome['proposals']): number {
  let count = 0;
  for (const { value } of proposals.values()) if (value === null) count += 1;
  return count;
}

/** Whether a value is the one that was decided on, as the rule compares values. */
function won({ rule, value: decision }: Outcome, value: Json): boolean {
  if (decision === null) return false;
  if (typeof rule.equality === 'object') {
    const { tolerance } = rule.equality;
    const [proposed, decided] = [Number(value), Number(decision)];
    return isWithin(tolerance, proposed, decided) && isWithin(tolerance, decided, proposed);
  }
  return classOf(rule.equality, canonical(value)) === classOf(rule.equality, decision);
}
