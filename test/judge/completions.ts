import { alphabetFor } from './alphabet.ts';
import { judge } from './judge.ts';
import { canonicalText, isVeto, objectionsTo } from './sameness.ts';
import { weightIn } from './threshold.ts';
import type { Ballot, Body, JudgedRule, Verdict } from './types.ts';

/** What a round can still come to, found by trying everything that those who are missing could say. */

/** A round as far as it has come. */
export interface Partial {
  readonly rule: JudgedRule;
  /** Null where the electorate is a size; of a round that went on without some, those who are left. */
  readonly electors: readonly string[] | null;
  readonly said: readonly Ballot[];
  /** Those of the missing who may stay away. */
  readonly absent: readonly string[];
  /** Electors who were taken out of the round. */
  readonly waived?: readonly string[];
}

/** Failure, for whatever reason. */
const failure: Verdict = { state: 'FAILED', why: 'no-agreement' };

/** Electors who have not spoken; of an electorate of a size as many as seats are free, under names of their own. */
export function missingIn({ rule, electors, said }: Partial): string[] {
  if (electors !== null) return electors.filter((agent) => !said.some((one) => one.agent === agent));
  const { size } = rule.electorate as { size: number };
  return Array.from({ length: size - said.length }, (_, i) => `anybody-${i}`);
}

/** Who may come: in an electorate of a size any free seat may go to an agent whom the rule names. */
export function castings(round: Partial): string[][] {
  const coming = missingIn(round);
  const { required, veto } = round.rule;
  if (round.electors !== null) return [coming];
  const named = [...new Set([...required, ...veto])];
  const special = named.filter((agent) => !round.said.some((said) => said.agent === agent));
  return subsets(special)
    .filter((some) => some.length <= coming.length)
    .map((some) => coming.map((agent, i) => some[i] ?? agent));
}

/** How the round can end if these agents come, each once; not all the ways once there are as many as asked for. */
export function endings(
  { rule, said, absent }: Partial,
  body: Body,
  coming: readonly string[],
  most = Number.POSITIVE_INFINITY,
): Verdict[] {
  const alphabet = alphabetFor(rule, said);
  const found = new Map<string, Verdict>();
  const visit = (i: number, ballots: readonly Ballot[]): void => {
    if (found.size >= most) return;
    const agent = coming[i];
    if (agent === undefined) {
      const verdict = judge(rule, body, ballots);
      const ending = verdict.state === 'FAILED' ? failure : verdict;
      found.set(JSON.stringify(ending), ending);
      return;
    }
    if (absent.includes(agent)) visit(i + 1, ballots);
    const may = alphabet.filter((value) => objectionsTo(rule, agent, value).length === 0);
    for (const value of [null, ...may]) visit(i + 1, [...ballots, { agent, value }]);
  };
  visit(0, said);
  return [...found.values()];
}

/**
 * Whether failure may be later than certain: a missing holder of a veto counts as able to propose any value, also one that
 * would be a veto from it, since it may be waived. [Q4.14] [Q4.39]
 */
export function mayFailLater(rule: JudgedRule, said: readonly Ballot[], missing: readonly string[]): boolean {
  if (!missing.some((agent) => rule.veto.includes(agent))) return false;
  const cards = rule.options?.map(({ value }) => canonicalText(value)) ?? [];
  return [...said.map(({ value }) => value), ...cards].some((value) => isVeto(rule, value));
}

/** Everybody who may propose. */
export function bodyOf({ rule, electors, waived = [] }: Pick<Partial, 'rule' | 'electors' | 'waived'>): Body {
  if (electors === null) {
    const { size } = rule.electorate as { size: number };
    return { count: size, weight: size };
  }
  const weight = electors.reduce((sum, agent) => sum + weightIn(rule, agent), 0);
  return { count: electors.length, weight, waived };
}

function subsets<T>(items: readonly T[]): T[][] {
  let made: T[][] = [[]];
  for (const item of items) made = made.concat(made.map((some) => some.concat([item])));
  return made;
}
