import type { Canonical } from '../../src/core/types.ts';
import { type Camp, type Choice, campFor, mostOften, settleTie } from './camps.ts';
import { nearest, units } from './numbers.ts';
import { comparedPart } from './sameness.ts';
import { weightIn } from './threshold.ts';
import type { Ballot, JudgedRule, Near } from './types.ts';

/** Numbers near each other: from each lowest one to the last that is near it. [Q4.22] [Q4.40] */

/** A cast ballot and its number. */
export interface Placed {
  readonly ballot: Ballot;
  readonly text: Canonical;
  readonly at: bigint;
}

export interface Window extends Camp {
  readonly inside: readonly Placed[];
}

/** Ballots with a number, the lowest first; a veto has none. */
export function placed(rule: JudgedRule, ballots: readonly Ballot[]): Placed[] {
  return ballots
    .flatMap((ballot) => {
      const text = ballot.value === null ? null : comparedPart(rule, ballot.value);
      const isNumber = text !== null && typeof JSON.parse(text) === 'number';
      return isNumber ? [{ ballot, text, at: units(text) }] : [];
    })
    .sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}

function areNear({ tolerance, relative }: Near, a: bigint, b: bigint): boolean {
  const apart = size(a - b);
  if (apart <= units(String(tolerance))) return true;
  if (relative === undefined) return false;
  const larger = size(a) > size(b) ? size(a) : size(b);
  return apart * BigInt(relative.den) <= larger * BigInt(relative.num);
}

function size(number: bigint): bigint {
  return number < 0n ? -number : number;
}

/** The ballots from this number to the last that is near it. */
export function windowFrom(near: Near, start: bigint, sorted: readonly Placed[]): Placed[] {
  return sorted.filter(({ at }) => at >= start && areNear(near, start, at));
}

/** A window as those who would win by it. */
export function windowOf(rule: JudgedRule, inside: readonly Placed[]): Window {
  const name = lowerMedian(rule, inside);
  return {
    ...campFor(
      rule,
      name,
      decisionOf(rule, name, inside),
      inside.map(({ ballot }) => ballot),
    ),
    inside,
  };
}

/** The heaviest windows; two without a common proposal are a tie, otherwise the lowest wins. `windows`: the lowest first. */
export function heaviestWindow(rule: JudgedRule, windows: readonly Window[]): Choice {
  if (windows.length === 0) return 'no-agreement';
  const most = Math.max(...windows.map(({ weight }) => weight));
  const leaders = windows.filter(({ weight }) => weight === most);
  const disjoint = leaders.some((one) =>
    leaders.some((other) => [...one.agents].every((agent) => !other.agents.has(agent))),
  );
  return disjoint ? settleTie(rule, leaders) : leaders.slice(0, 1);
}

/** What a winning window decides. [Q4.41] */
function decisionOf(rule: JudgedRule, name: Canonical, inside: readonly Placed[]): Canonical {
  if (rule.decide === 'median') return median(rule, inside);
  if (rule.decide === 'mean') return mean(rule, inside);
  // Of a field, the whole value proposed most often with that number.
  return mostOften(inside.filter(({ text }) => text === name).map(({ ballot }) => ballot));
}

/** Each number as often as its agent weighs. */
function byWeight(rule: JudgedRule, inside: readonly Placed[]): Placed[] {
  return inside.flatMap((one) => Array<Placed>(weightIn(rule, one.ballot.agent)).fill(one));
}

function lowerMedian(rule: JudgedRule, inside: readonly Placed[]): Canonical {
  const line = byWeight(rule, inside);
  return (line[Math.ceil(line.length / 2) - 1] as Placed).text;
}

function median(rule: JudgedRule, inside: readonly Placed[]): Canonical {
  return middle(byWeight(rule, inside).map(({ at }) => at));
}

/** The middle one of sorted numbers, between two of them their half. */
export function middle(line: readonly bigint[]): Canonical {
  const low = line[Math.ceil(line.length / 2) - 1] as bigint;
  const high = line[Math.floor(line.length / 2)] as bigint;
  return nearest(low + high, 2n);
}

function mean(rule: JudgedRule, inside: readonly Placed[]): Canonical {
  const line = byWeight(rule, inside).map(({ at }) => at);
  return nearest(sumOf(line), BigInt(line.length));
}

export function sumOf(numbers: readonly bigint[]): bigint {
  return numbers.reduce((sum, number) => sum + number, 0n);
}
