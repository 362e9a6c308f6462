import type { Rule } from '../types.ts';
import { isMixed, mostElectors, rosterOf, weightOf } from './electorate.ts';

/** Settings that are each fine and cannot both be meant: a complaint names both fields and how to fix it. [Q4.31] */

export interface Complaint {
  /** JSON path of the field, e.g. `rule.threshold`; both fields of a contradiction, joined by " and ". */
  readonly field: string;
  readonly fix: string;
}

/** `thresholdGiven` tells a threshold that somebody wrote from the default. */
export function contradictions(rule: Rule, thresholdGiven: boolean): Complaint[] {
  return [...amongNumbers(rule), ...amongTimers(rule), ...inMixed(rule, thresholdGiven), ...amongNames(rule)];
}

function both(a: string, b: string, fix: string): Complaint {
  return { field: `rule.${a} and rule.${b}`, fix };
}

function* amongNumbers(rule: Rule): Generator<Complaint> {
  const { threshold, floor, required, equality, tie } = rule;
  const most = mostElectors(rule.electorate);
  const weightMost = rule.weights === null ? most : totalWeight(rule.weights, rosterOf(rule.electorate));
  if (typeof threshold === 'number' && !isMixed(rule.electorate) && threshold > weightMost) {
    const fix = `${threshold} cannot be reached by ${weightMost}: lower the threshold or add agents`;
    yield both('threshold', 'electorate', fix);
  }
  if (floor > most)
    yield both('floor', 'electorate', `a floor of ${floor} needs at least as many agents, not ${most}`);
  if (required.length > most) {
    const fix = `${required.length} required agents need more than ${most} seats`;
    yield both('required', 'electorate', fix);
  }
  const inNumbers = typeof equality === 'object';
  if (inNumbers && typeof tie === 'object' && tie.priority.some((value) => typeof value !== 'number')) {
    const fix = 'with a tolerance every value is a number: use numbers in priority';
    yield both('tie', 'equality', fix);
  }
}

function* amongTimers(rule: Rule): Generator<Complaint> {
  if (rule.revote && rule.close === 'early' && rule.minWait === null) {
    const fix = 'an early close is only certain when proposals stand: set minWait, or close: "all"';
    yield both('revote', 'close', fix);
  }
  if (rule.onDeadline !== 'fail' && rule.deadline === null)
    yield both('onDeadline', 'deadline', 'say when: set a deadline');
  if (rule.minWait !== null && rule.deadline !== null && rule.minWait > rule.deadline) {
    const fix = 'the deadline would pass before the minimum wait: make minWait the shorter';
    yield both('minWait', 'deadline', fix);
  }
}

function* inMixed(rule: Rule, thresholdGiven: boolean): Generator<Complaint> {
  const { electorate } = rule;
  if (!isMixed(electorate)) return;
  const own = 'the parts of a mixed electorate have thresholds of their own: leave';
  if (typeof rule.equality === 'object') {
    const fix = 'a mixed electorate counts equal values: use equality "exact" or "text"';
    yield both('electorate', 'equality', fix);
  }
  if (rule.weights !== null) yield both('electorate', 'weights', `${own} weights out`);
  if (thresholdGiven) yield both('threshold', 'electorate', `${own} threshold out`);
  if (rule.absent === 'excluded') {
    const fix = 'a mixed electorate keeps its size: use absent "counts-against"';
    yield both('electorate', 'absent', fix);
  }
  if (electorate.else !== undefined && rule.revote && rule.reveal !== 'live') {
    const found = 'by trying values and watching whether else is asked, an agent could find a hidden one';
    yield both('electorate.else', 'revote', `${found}: leave else or revote out, or set reveal: "live"`);
  }
}

function* amongNames({ electorate, veto, required, weights }: Rule): Generator<Complaint> {
  const roster = rosterOf(electorate);
  if (roster === null) {
    if (weights !== null)
      yield both('weights', 'electorate', 'weights belong to names: use an electorate of agents');
    return;
  }
  const electors = new Set(roster);
  for (const [field, names] of Object.entries({ veto, required, weights: Object.keys(weights ?? {}) })) {
    const stranger = names.find((name) => !electors.has(name));
    if (stranger !== undefined)
      yield both(field, 'electorate', `${stranger} is not in the electorate: add it there`);
  }
}

function totalWeight(weights: Readonly<Record<string, number>>, roster: readonly string[] | null): number {
  return (roster ?? []).reduce((sum, agent) => sum + weightOf(weights, agent), 0);
}
