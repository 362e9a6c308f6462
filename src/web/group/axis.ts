import type { RoundJson, TallyJson } from '../../core/view/json-types.ts';
import { shortNumber } from '../value.ts';
import type { Entries } from './entries.ts';

/** The numbers of a closed round on their axis. */

interface Dot {
  /** Where it stands, 0 to 1. */
  readonly at: number;
  /** How many stand below it. */
  readonly up: number;
  readonly won: boolean;
}

/** Many proposals together: from `at` on, `share` as high as the highest. */
interface Bin {
  readonly at: number;
  readonly share: number;
  readonly count: number;
  readonly won: boolean;
}

interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axis {
  readonly dots: readonly Dot[];
  /** In place of dots where there are many. */
  readonly bins: readonly Bin[];
  readonly ticks: readonly Tick[];
  /** Where the median stands, 0 to 1. */
  readonly median: number;
  /** The most dots above one another. */
  readonly high: number;
}

const mostDots = 40;
export const binCount = 20;
/** Room that a tick needs, of a width of 1: beside its figures, and for each. */
const room = { beside: 0.03, each: 0.025 };

/** Null where there are no numbers to show, or not all are known. `won`: the values that won. */
export function axisOf({ stats }: RoundJson, found: Entries, won: ReadonlySet<number>): Axis | null {
  const { entries: tally, moreValues } = found;
  if (stats === null || moreValues > 0) return null;
  const { min, max } = stats;
  const values = tally.map(({ value }) => value);
  if (min === max || !values.every((value) => typeof value === 'number')) return null;
  const place = (value: number): number => (value - min) / (max - min);
  const entries = tally
    .map((entry) => ({ value: entry.value as number, count: countOf(entry) }))
    .sort((one, other) => one.value - other.value);
  const many = entries.reduce((all, { count }) => all + count, 0) > mostDots;
  const dots = many
    ? []
    : entries.flatMap(({ value, count }) =>
        Array.from({ length: count }, (_, up) => ({ at: place(value), up, won: won.has(value) })),
      );
  const bins = many
    ? binsOf(entries.map((one) => ({ ...one, at: place(one.value), won: won.has(one.value) })))
    : [];
  const high = many ? 1 : Math.max(...entries.map(({ count }) => count));
  return {
    dots,
    bins,
    ticks: ticksOf(
      entries.map(({ value }) => value),
      place,
    ),
    median: place(stats.median),
    high,
  };
}

const countOf = ({ agents, more = 0 }: TallyJson): number => agents.length + more;

function binsOf(points: readonly { at: number; count: number; won: boolean }[]): Bin[] {
  const counts = Array.from({ length: binCount }, () => ({ count: 0, won: false }));
  for (const { at, count, won } of points) {
    const bin = counts[Math.min(binCount - 1, Math.floor(at * binCount))] as { count: number; won: boolean };
    bin.count += count;
    bin.won ||= won;
  }
  const most = Math.max(...counts.map(({ count }) => count));
  return counts
    .map(({ count, won }, place) => ({ at: place / binCount, share: count / most, count, won }))
    .filter(({ count }) => count > 0);
}

/** The values in their order, without those that would stand on one another; the ends always. */
function ticksOf(values: readonly number[], place: (value: number) => number): Tick[] {
  const all = values.map((value): Tick => ({ at: place(value), text: shortNumber(value) }));
  const last = all.at(-1);
  const ticks = all.slice(0, 1);
  for (const tick of all.slice(1, -1)) {
    const isFree = [ticks.at(-1), last].every(
      (other) => other === undefined || Math.abs(tick.at - other.at) >= between(tick, other),
    );
    if (isFree) ticks.push(tick);
  }
  return last === undefined || all.length === 1 ? ticks : [...ticks, last];
}

/** The least distance of two ticks. */
function between(one: Tick, other: Tick): number {
  return room.beside + (room.each * (one.text.length + other.text.length)) / 2;
}
