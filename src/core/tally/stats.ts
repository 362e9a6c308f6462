import type { Proposal, Stats } from '../types.ts';
import { numberIn } from './equality.ts';
import { ExactSum, halfway } from './exact-sum.ts';

type Proposals = ReadonlyMap<string, Proposal>;

/**
 * What the figures of a round need that would take long to add up at its close: then only its numbers are put in order. A proposal costs
 * O(1). [Q4.43]
 */
export class Figures {
  private readonly sum = new ExactSum();
  private numbers = 0;
  /** Values that are no numbers. */
  private others = 0;

  /** Counts a proposal in, or with -1 out again. */
  count(classText: string | null, sign: 1 | -1): void {
    if (classText === null) return;
    const number = numberIn(classText);
    if (number === null) {
      this.others += sign;
      return;
    }
    this.numbers += sign;
    this.sum.add(number, sign);
  }

  /** The figures of these proposals, which are those that were counted; null where not all values are numbers, or there are none. */
  stats(proposals: Proposals): Stats | null {
    const { numbers: count, others, sum } = this;
    if (others > 0 || count === 0) return null;
    const numbers = new Float64Array(count);
    let place = 0;
    for (const { classText } of proposals.values()) {
      if (classText === null) continue;
      numbers[place] = numberIn(classText) as number;
      place += 1;
    }
    numbers.sort();
    const min = numbers[0] as number;
    const max = numbers[count - 1] as number;
    const spread = new ExactSum();
    spread.add(max);
    spread.add(min, -1);
    const median = halfway(numbers[(count - 1) >> 1] as number, numbers[count >> 1] as number);
    return { count, min, max, median, mean: sum.over(count), spread: spread.over(1) };
  }
}

/** The figures of these proposals; null where not all values are numbers, or there are none. */
export function statsOf(proposals: Proposals): Stats | null {
  const figures = new Figures();
  for (const { classText } of proposals.values()) figures.count(classText, 1);
  return figures.stats(proposals);
}
