import { classOf, misfit, nearOf, numberIn } from '../equality/equality.ts';
import { electorateOf, emptyTally, missingOf } from '../group/round.ts';
import type { Group, Round } from '../group/state.ts';
import { deadlineAt } from '../group/timers.ts';
import { canonical } from '../json.ts';
import { isMixed, panelsOf } from '../rule/electorate.ts';
import type { Valued } from '../tally/count.ts';
import { decidedWindow } from '../tally/decided-window.ts';
import type { Tally } from '../tally/tally.ts';
import type { Canonical, Json, Option, Outcome, OutcomeReason, RankedValue, RoundState } from '../types.ts';
import type { RuleJson, TallyJson } from './json-types.ts';
import { viewRule } from './rule.ts';
import { explainClosed, explainOpen, isDefault, standingOf } from './sentence.ts';
import { absentFrom, rankedOf, shown } from './view.ts';

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
  /** The rule of this round; that of the group may be another by now. [Q3.14] */
  readonly rule: RuleJson;
  readonly eligible: number;
  readonly present: number;
  readonly abstained: number | null;
  /** Electors without a proposal (of a closed round: who never came), by name where they have names, and how many. */
  readonly waitingFor: {
    readonly agents: readonly string[];
    readonly count: number;
    readonly until: string | null;
  };
  /**
   * Live rounds only: values that can still be decided, with what they have. Where the rule offers options these are among them,
   * proposed or not, and the label is the option's.
   */
  readonly stillPossible: readonly Possible[] | null;
  /** Live rounds only: the missing agents any of whom can end the round alone, and how. */
  readonly pivotal: readonly { readonly agent: string; readonly by: readonly Ending[] }[] | null;
  /** Closed rounds whose proposals are shown: of the values in the tally those that did not win, with who proposed them. */
  readonly dissent: readonly TallyJson[] | null;
  /** How many values neither the tally nor `dissent` shows; left out when there are none. [Q4.25] */
  readonly moreValues?: number;
  /** Closed rounds only: what a draw among equally heavy values is made with, and the order in a debate. [Q4.15] [Q9.14] */
  readonly seed: number | null;
}

interface Possible {
  readonly value: Json;
  readonly label?: string;
  readonly weight: number;
}

/** "If it proposes this, the round ends so"; `another` is any value that nobody has proposed yet, and that no option names. */
export interface Ending {
  readonly proposes: 'value' | 'another' | 'abstain';
  readonly value: Json;
  /** What the rule calls this value, where it offers it under a label. */
  readonly label?: string;
  readonly outcome: 'SUCCESS' | 'FAILED';
}

/**
 * Looking ahead tries proposals one by one, and is left out of rounds larger than this, so that it takes a bounded time: each
 * try looks at each value once, in a mixed electorate once for each panel.
 */
const lookAhead = { proposals: 2000, missing: 50, values: 20, tries: 100 };

/** Of the open or a kept round; null for any other. */
export function explain(group: Group, number: number): Explanation | null {
  if (group.open?.number === number) return explainRound(group, group.open);
  const outcome = group.closed.get(number);
  return outcome === undefined ? null : explainOutcome(group, outcome);
}

export function explainRound(group: Group, round: Round): Explanation {
  const missing = missingOf(round);
  const live = round.rule.reveal === 'live';
  const until = deadlineAt(round);
  const ahead = live && isSmall(round, missing) ? (round.tally ?? emptyTally(round)) : null;
  return {
    group: group.name,
    round: round.number,
    state: 'WAITING',
    reason: null,
    sentence: explainOpen(standingOf(round), missing),
    rule: viewRule(round.rule),
    eligible: round.eligible,
    present: round.proposals.size,
    // In a blind round an abstention is as secret as a value.
    abstained: live ? abstentions(round.proposals) : null,
    waitingFor: {
      agents: missing,
      count: round.electors === null ? round.eligible - round.proposals.size : missing.length,
      until: until === null ? null : new Date(until).toISOString(),
    },
    stillPossible: ahead && stillPossible(round, ahead),
    pivotal: ahead && round.rule.close === 'early' ? pivotal(round, ahead, missing) : null,
    dissent: null,
    seed: null,
  };
}

function isSmall({ rule, proposals }: Round, missing: readonly string[]): boolean {
  const panels = isMixed(rule.electorate) ? panelsOf(rule.electorate).length : 1;
  // In windows of several panels a look takes about four times as long.
  const each = panels > 1 && nearOf(rule.equality) !== null ? 4 * panels : panels;
  return proposals.size * each <= lookAhead.proposals && missing.length <= lookAhead.missing;
}

export function explainOutcome(group: Group, outcome: Outcome): Explanation {
  const { proposals } = outcome;
  const revealed = outcome.rule.reveal !== 'never';
  const missing = absentFrom(outcome);
  return {
    group: group.name,
    round: outcome.round,
    state: outcome.state,
    reason: outcome.reason,
    sentence: explainClosed(outcome),
    rule: viewRule(outcome.rule),
    eligible: outcome.eligible,
    present: outcome.proposals.size,
    abstained: revealed ? abstentions(proposals) : null,
    waitingFor: { agents: missing, count: missing.length, until: null },
    stillPossible: null,
    pivotal: null,
    ...(revealed ? dissentOf(outcome) : { dissent: null }),
    seed: outcome.seed,
  };
}

/** Of the options, or else of the heaviest values, those that can still be decided. */
function stillPossible(round: Round, tally: Tally): Possible[] {
  const eligible = electorateOf(round);
  return candidatesOf(round)
    .filter((one) => tally.canWin(one, eligible))
    .map(({ value, weight, label }) => ({ value: JSON.parse(value) as Json, weight, ...label }));
}

/** A value that may be proposed, what stands behind it, and its label. */
interface Candidate extends Valued {
  readonly weight: number;
  readonly label: Pick<Option, 'label'>;
}

/** The heaviest values, or, where the rule says what may be proposed, the options (of many panels the heaviest): those proposed first. */
function candidatesOf(round: Round): Candidate[] {
  const { options, equality, electorate } = round.rule;
  const { top } = rankedOf(round);
  if (options === undefined) return top.slice(0, lookAhead.values).map((one) => ({ ...one, label: {} }));
  const weights = new Map(top.map(({ classText, weight }) => [classText, weight]));
  const offered = options.map(({ value, ...label }) => {
    const text = canonical(value);
    const classText = classOf(equality, text);
    return { value: text, classText, weight: weights.get(classText) ?? 0, label };
  });
  const most = isMixed(electorate) ? lookAhead.values : offered.length;
  return offered.sort((one, other) => other.weight - one.weight).slice(0, most);
}

/** What an agent may propose, as far as it can make a difference. */
interface Try {
  readonly proposes: Ending['proposes'];
  readonly value: Canonical | null;
  readonly classText: string | null;
  readonly label?: Pick<Option, 'label'>;
}

/** Each missing agent who can end the round with one proposal, and the proposals that do. */
function pivotal(round: Round, tally: Tally, missing: readonly string[]): { agent: string; by: Ending[] }[] {
  const kinds = new Map(missing.map((agent) => [tally.kindOf(agent), agent]));
  const tries = triesOf(round, Math.min(lookAhead.values, lookAhead.tries / kinds.size));
  const byKind = new Map<string, Ending[]>();
  for (const [kind, agent] of kinds) byKind.set(kind, endings(round, tally, agent, tries));
  return missing
    .map((agent) => ({ agent, by: byKind.get(tally.kindOf(agent)) as Ending[] }))
    .filter(({ by }) => by.length > 0);
}

function triesOf(round: Round, most: number): Try[] {
  const { rule, proposals } = round;
  const tries: Try[] = candidatesOf(round)
    .slice(0, most)
    .map(({ value, classText, label }) => ({ proposes: 'value', value, classText, label }));
  if (rule.options === undefined && nearOf(rule.equality) === null) {
    const named = new Set(Array.from(proposals.values(), ({ classText }) => classText));
    let another = '"a value that nobody named"';
    while (named.has(another)) another = JSON.stringify(another);
    tries.push({ proposes: 'another', value: another, classText: another });
  }
  return [...tries, { proposes: 'abstain', value: null, classText: null }];
}

function endings(round: Round, tally: Tally, agent: string, tries: readonly Try[]): Ending[] {
  const found: Ending[] = [];
  for (const { proposes, value, classText, label } of tries) {
    const answer = tally.certainAfter({ agent, value, classText }, electorateOf(round));
    if (answer.is === 'open') continue;
    const outcome = answer.is === 'won' ? 'SUCCESS' : 'FAILED';
    found.push({
      proposes,
      value: proposes === 'value' ? (JSON.parse(value as string) as Json) : null,
      ...label,
      outcome,
    });
  }
  return found;
}

function abstentions(proposals: Round['proposals'] | Outcome['proposals']): number {
  let count = 0;
  for (const { value } of proposals.values()) if (value === null) count += 1;
  return count;
}

function dissentOf(outcome: Outcome): Pick<Explanation, 'dissent' | 'moreValues'> {
  const won = winnersOf(outcome);
  const { top, more } = rankedOf(outcome);
  const dissent = top.filter((one) => !won(one)).map(shown);
  return more === 0 ? { dissent } : { dissent, moreValues: more };
}

/** Says of each class of equal values whether it won, as the rule compares values. */
function winnersOf(outcome: Outcome): (one: RankedValue) => boolean {
  const { rule, value: decision } = outcome;
  const { equality } = rule;
  // A default may be no value that could have been proposed.
  if (decision === null || misfit(equality, decision) !== null) return () => false;
  const near = nearOf(equality);
  if (near !== null && !isDefault(outcome)) {
    const isInside = decidedWindow(near, outcome);
    return ({ classText }) => isInside(numberIn(classText) as number);
  }
  const won = classOf(equality, decision);
  return ({ classText }) => classText === won;
}
