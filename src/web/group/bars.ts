import type { Json, Rule as WholeRule } from '../../core/types.ts';
import type { ProposalJson, RoundJson, TallyJson } from '../../core/view/json-types.ts';
import { shortNumber, valueText } from '../value.ts';
import { entriesOf } from './entries.ts';
import { leastOf } from './roster.ts';
import { isVetoIn } from './veto.ts';
import { heaviestWindow, inOrder, nearIn, windowsOf } from './windows.ts';

/** What was proposed as bars made of seats, and the line that they have to reach. */

/** The agents of a bar, each as wide as it weighs. */
export interface Block {
  readonly agent: string;
  readonly weight: number;
}

export interface Bar {
  /** The value; of several that count as one, the least and the greatest; empty where the rule never shows it. */
  readonly texts: readonly string[];
  readonly weight: number;
  readonly won: boolean;
  /** Empty where the bar is not drawn seat by seat. */
  readonly blocks: readonly Block[];
  /** Who stands behind it, of many the first. */
  readonly agents: readonly string[];
  /** How many others do. */
  readonly more: number;
  /** Who used a veto with this value. */
  readonly vetoed: readonly string[];
  /** The values themselves. */
  readonly values: readonly Json[];
}

export interface Bars {
  readonly rows: readonly Bar[];
  /** The weight that a bar over the whole width has. */
  readonly of: number;
  /** The weight that decides; null: there is no one line, or it is not known. */
  readonly need: number | null;
  /** Whether each seat weighs one and is drawn by itself. */
  readonly bySeat: boolean;
  /** Whether agents weigh differently. */
  readonly isWeighed: boolean;
  /** Values that are not among the rows. */
  readonly moreValues: number;
}

/** What of a rule says how long a bar is and where the line stands. */
export type BarRule = Pick<
  WholeRule,
  'electorate' | 'threshold' | 'of' | 'weights' | 'reveal' | 'veto' | 'onDeadline'
>;

/** Rows at most. */
export const mostRows = 12;
/** Up to this many seats a bar shows each of them; above, and without weights, it is one block. */
export const mostBlocks = 12;

/**
 * The bars of a round that shows its tally; null for any other. `rule` is the round's, as far as it is known: no line is drawn that
 * the round belies. `dissent`: of a closed round the values that did not win, as its explanation has them.
 */
export function barsOf(
  round: RoundJson,
  rule: BarRule,
  dissent: readonly TallyJson[] | null,
  proposals: readonly ProposalJson[] = [],
): Bars | null {
  const found = entriesOf(round, proposals, rule.weights);
  if (found === null) return null;
  const { winners, others, rest } = grouped(found.entries, round, rule, dissent);
  const whole = wholeOf(round, rule, proposals);
  const heaviest = Math.max(0, ...[winners, ...others].map(weightOf));
  const of = Math.max(1, whole, heaviest);
  const bySeat = rule.weights === null && of <= mostBlocks;
  const rowOf = (entries: readonly TallyJson[], won: boolean): Bar => {
    const all = entries.flatMap((entry) => entry.agents);
    const agents = entries.length < 2 ? all : all.sort();
    const more = entries.reduce((sum, entry) => sum + (entry.more ?? 0), 0);
    const blocks = agents.map((agent) => ({ agent, weight: rule.weights?.[agent] ?? 1 }));
    const isDrawn = more === 0 && (bySeat || (rule.weights !== null && blocks.length <= mostBlocks));
    const values = entries.map(({ value }) => value);
    return {
      texts: rule.reveal === 'never' ? [] : spanOf(values, round.options),
      weight: weightOf(entries),
      won,
      blocks: isDrawn ? blocks : [],
      agents,
      more,
      vetoed: values.some((value) => isVetoIn(round, value))
        ? agents.filter((agent) => rule.veto.includes(agent))
        : [],
      values,
    };
  };
  const won = winners.length > 0 ? [rowOf(winners, true)] : [];
  const rows = [...won, ...others.map((entries) => rowOf(entries, false))];
  const shape = { of, bySeat, isWeighed: rule.weights !== null };
  const moreValues = found.moreValues + rest;
  return { rows, ...shape, need: needOf(round, rule, rows, whole), moreValues };
}

const weightOf = (entries: readonly TallyJson[]): number =>
  entries.reduce((all, { weight }) => all + weight, 0);

/** The values that won, the others as the rule counts them together, and how many more there are. */
function grouped(
  entries: readonly TallyJson[],
  round: RoundJson,
  rule: BarRule,
  dissent: readonly TallyJson[] | null,
): {
  readonly winners: readonly TallyJson[];
  readonly others: readonly (readonly TallyJson[])[];
  readonly rest: number;
} {
  const winners = rule.reveal === 'never' ? [] : winnersOf(entries, round, rule, dissent);
  const lost = entries.filter((one) => !winners.includes(one));
  const near = nearIn(round.equality);
  const isNumeric = lost.every(({ value }) => typeof value === 'number');
  if (near === null || !isNumeric || rule.reveal === 'never')
    return { winners, others: lost.map((one) => [one]), rest: 0 };
  const { windows, rest } = windowsOf(lost, near, mostRows);
  return { winners, others: windows, rest: rest.length };
}

function winnersOf(
  entries: readonly TallyJson[],
  { state, reason, value, equality, moreValues = 0 }: RoundJson,
  { onDeadline }: BarRule,
  dissent: readonly TallyJson[] | null,
): readonly TallyJson[] {
  if (state !== 'SUCCESS') return [];
  const near = nearIn(equality);
  const isDefault = reason === 'deadline' && typeof onDeadline === 'object';
  // The explanation knows what won, of the values that the tally shows; a default need not be among the values.
  if (dissent !== null && !isDefault && moreValues === 0) {
    const lost = new Set(dissent.map((one) => JSON.stringify(one.value)));
    return entries.filter((one) => !lost.has(JSON.stringify(one.value)));
  }
  if (near !== null && !isDefault && typeof value === 'number')
    return heaviestWindow(inOrder(entries), near, value);
  const decided = JSON.stringify(value);
  return entries.filter((one) => JSON.stringify(one.value) === decided);
}

/** One text, or of numbers that count as one the least and the greatest. */
function spanOf(values: readonly Json[], options: RoundJson['options']): string[] {
  const numbers = values.filter((value) => typeof value === 'number');
  if (values.length < 2 || numbers.length < values.length)
    return values.slice(0, 1).map((value) => valueText(value, options));
  return [Math.min(...numbers), Math.max(...numbers)].map(shortNumber);
}

/** The weight that the rule counts as the whole, as far as the round shows it. */
function wholeOf(
  { eligible, present, missing, tally }: RoundJson,
  { weights, of }: BarRule,
  proposals: readonly ProposalJson[],
): number {
  const cast = weightOf(tally ?? []);
  if (of === 'cast') return cast;
  if (weights === null) return of === 'present' ? present : eligible;
  const weigh = (agents: readonly string[]): number =>
    agents.reduce((all, agent) => all + (weights[agent] ?? 1), 0);
  const known = proposals.length === present ? weigh(proposals.map(({ agent }) => agent)) : null;
  // Who abstained may not be named here, and then counts as one.
  const silent = present - (tally ?? []).reduce((all, one) => all + one.agents.length + (one.more ?? 0), 0);
  const inRound = known ?? cast + silent;
  return of === 'present' ? inRound : inRound + weigh(missing);
}

function needOf(
  { state, reason }: RoundJson,
  { electorate, threshold }: BarRule,
  rows: readonly Bar[],
  whole: number,
): number | null {
  const isOne = 'size' in electorate || 'agents' in electorate || 'live' in electorate;
  if (!isOne || whole === 0) return null;
  const need = leastOf(threshold, whole);
  const most = Math.max(0, ...rows.map(({ weight }) => weight));
  const won = rows.find((row) => row.won);
  if (state === 'SUCCESS' && won !== undefined && won.weight < need) return null;
  if (reason === 'no-agreement' && most >= need) return null;
  return need;
}
