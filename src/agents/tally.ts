import type { RoundJson, Strategy } from '../client/index.ts';

/** Strategies that learn from the last round. Each falls back on `own` where that round showed nothing to learn from. */

/**
 * Goes with the heaviest value of the last round; among equals with the one that the tally names first, which is the
 * same for all who look.
 */
export function plurality(own: Strategy): Strategy {
  return (last, round, signal) => {
    const heaviest = last?.tally?.[0];
    // Where the rule keeps ballots secret for good, the tally names no agents and no values.
    if (heaviest === undefined || heaviest.agents.length === 0) return own(last, round, signal);
    return heaviest.value;
  };
}

/** Goes to the median of the numbers of the last round, the lower one of two, each counted with its weight. */
export function median(own: Strategy): Strategy {
  return (last, round, signal) => middle(numbersOf(last)) ?? own(last, round, signal);
}

interface Weighted {
  readonly value: number;
  readonly weight: number;
}

function numbersOf(last: RoundJson | null): Weighted[] {
  return (last?.tally ?? []).flatMap(({ value, weight }) =>
    typeof value === 'number' ? [{ value, weight }] : [],
  );
}

function middle(numbers: Weighted[]): number | null {
  const total = numbers.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { value, weight } of numbers.sort((a, b) => a.value - b.value)) {
    below += weight;
    if (2 * below >= total) return value;
  }
  return null;
}
