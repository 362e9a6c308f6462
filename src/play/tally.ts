import { runSide } from './run.ts';
import type { RunRecord, Verdict } from './types.ts';

/** How many runs came to which verdict. */
export type Counts = Readonly<Record<Verdict['verdict'], number>>;

/** What came of many seeds, the same for both sides. */
export interface SeedCounts {
  readonly seeds: number;
  readonly exercise: Counts;
  readonly quorate: Counts;
  /** The first seed on which the exercise ended in a deadlock or a wrong agreement; null: on none. */
  readonly firstFailing: number | null;
}

const none: Counts = { SUCCESS: 0, DEADLOCK: 0, WRONG: 0, OPEN: 0 };

export const noSeeds: SeedCounts = { seeds: 0, exercise: none, quorate: none, firstFailing: null };

/**
 * Runs both sides of the record with each of `count` seeds from `firstSeed` on, in place of its own. Turns and draws are as the
 * seeds say, whatever the record says: else all runs would be one.
 */
export function tally(record: RunRecord, firstSeed: number, count: number): SeedCounts {
  const exercise = { ...none };
  const quorate = { ...none };
  let firstFailing: number | null = null;
  for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
    const one = { ...record, seed, turns: null, draws: null };
    const { verdict } = runSide(one, 'exercise').verdict;
    exercise[verdict] += 1;
    quorate[runSide(one, 'quorate').verdict.verdict] += 1;
    if (verdict === 'DEADLOCK' || verdict === 'WRONG') firstFailing ??= seed;
  }
  return { seeds: count, exercise, quorate, firstFailing };
}

/** Two tallies as one; `first` is of the lower seeds. */
export function addCounts(first: SeedCounts, second: SeedCounts): SeedCounts {
  return {
    seeds: first.seeds + second.seeds,
    exercise: sum(first.exercise, second.exercise),
    quorate: sum(first.quorate, second.quorate),
    firstFailing: first.firstFailing ?? second.firstFailing,
  };
}

function sum(one: Counts, other: Counts): Counts {
  return {
    SUCCESS: one.SUCCESS + other.SUCCESS,
    DEADLOCK: one.DEADLOCK + other.DEADLOCK,
    WRONG: one.WRONG + other.WRONG,
    OPEN: one.OPEN + other.OPEN,
  };
}

/**
 * Where the true share lies with 95 % confidence when `hits` of `of` runs had it, after Wilson; both ends from 0 to 1. With
 * no run, anywhere.
 */
export function wilson(hits: number, of: number): { readonly from: number; readonly to: number } {
  if (of === 0) return { from: 0, to: 1 };
  const z = 1.959963984540054;
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  // At the ends the formula gives 0 and 1, but for the rounding of its parts.
  const from = hits === 0 ? 0 : (middle - half) / scale;
  const to = hits === of ? 1 : (middle + half) / scale;
  return { from, to };
}
