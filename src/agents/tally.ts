import type { RoundJson, Strategy } from '../client/index.ts';

/** Strategies that follow the last round. Each uses `own` when there is no last round, or it shows no values. */

/**
 * Proposes the value with the most weight in the last round. Among equals it takes the one that the tally names first,
 * which is the same for every agent.
 */
export function plurality(own: Strategy): Strategy {
  return (last, round, signal) => {
    const heaviest = last?.tally?.[0];
    // When the rule never reveals proposals, the tally names no agents and no values.
    if (heaviest === undefined || heaviest.agents.length === 0) return own(last, round, signal);
    return heaviest.value;
  };
}

/** Proposes the weighted median of the numbers that the last round's tally shows; of two middle numbers the lower one. */
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
