import { numberIn } from '../equality/equality.ts';
import type { Proposal, Stats } from '../types.ts';
import { ExactSum, halfway } from './exact-sum.ts';

type Proposals = ReadonlyMap<string, Proposal>;

/**
 * What the figures of a round need that would take long to gather at its close: then its numbers are only put in order. A proposal costs
 * O(1). [Q4.43]
 */
export class Figures {
  private readonly sum = new ExactSum();
  /** In the order in which they came; null once one was taken back, since which it was is not known. */
  private numbers: number[] | null = [];
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
    this.sum.add(number, sign);
    if (sign > 0) this.numbers?.push(number);
    else this.numbers = null;
  }

  /** The figures of these proposals, which are those that were counted; null where not all values are numbers, or there are none. */
  stats(proposals: Proposals): Stats | null {
    if (this.others > 0) return null;
    const numbers = new Float64Array(this.numbers ?? numbersOf(proposals)).sort();
    const count = numbers.length;
    if (count === 0) return null;
    const min = numbers[0] as number;
    const max = numbers[count - 1] as number;
    const spread = new ExactSum();
    spread.add(max);
    spread.add(min, -1);
    const median = halfway(numbers[(count - 1) >> 1] as number, numbers[count >> 1] as number);
    return { count, min, max, median, mean: this.sum.over(count), spread: spread.over(1) };
  }
}

/** The numbers proposed, or the parts that are compared, where all values are such. */
export function numbersOf(proposals: Proposals): number[] {
  const numbers: number[] = [];
  for (const { classText } of proposals.values())
    if (classText !== null) numbers.push(numberIn(classText) as number);
  return numbers;
}

/** The figures of these proposals; null where not all values are numbers, or there are none. */
export function statsOf(proposals: Proposals): Stats | null {
  const figures = new Figures();
  for (const { classText } of proposals.values()) figures.count(classText, 1);
  return figures.stats(proposals);
}
