import { nearestDouble } from '../decimal.ts';

/** Digits are added up in groups of so many, from the last one on. */
const groupSize = 100_000;
/** The powers of ten that a group's last digit can have lie between the two: 5e-324 has -324, and with 17 digits -340. */
const leastPower = -345;
const powers = 660;

/**
 * The exact sum of numbers as decimals in their shortest form, each taken some times: less than 90,000,000,000 times in all, so that no
 * sum of groups leaves the whole numbers that doubles hold. Adding costs a few steps for each group of digits, and no memory. [Q4.41]
 */
export class ExactSum {
  /** Of whole numbers that are small enough, as most are. */
  private whole = 0;
  /** How large `whole` could be had all of them the same sign. */
  private size = 0;
  /** Of the groups of all others, by the power of ten of their last digits. */
  private groups: Float64Array | null = null;

  /** `text` is the number's shortest form, for a caller that has it. */
  add(number: number, times = 1, text?: string): void {
    if (Number.isInteger(number)) {
      const more = number * times;
      const size = this.size + Math.abs(more);
      if (size <= Number.MAX_SAFE_INTEGER) {
        this.size = size;
        this.whole += more;
        return;
      }
    }
    this.addGroups(text ?? String(number), times);
  }

  copy(): ExactSum {
    const copy = new ExactSum();
    copy.whole = this.whole;
    copy.size = this.size;
    copy.groups = this.groups?.slice() ?? null;
    return copy;
  }

  /** The sum divided by a whole number above 0, rounded once, to the nearest double. */
  over(parts: number): number {
    // The quotient of two doubles that are exact is rounded once as well.
    if (this.groups === null) return this.whole / parts + 0;
    const least = this.groups.findIndex((sum) => sum !== 0);
    if (least < 0) return this.whole / parts + 0;
    let sum = 0n;
    let power = 1n;
    for (const group of this.groups.subarray(least)) {
      sum += BigInt(group) * power;
      power *= 10n;
    }
    const unit = least + leastPower;
    const [above, below] = unit < 0 ? [sum, tenTo(-unit)] : [sum * tenTo(unit), 1n];
    return nearestDouble(above + BigInt(this.whole) * below, below * BigInt(parts));
  }

  private addGroups(decimal: string, times: number): void {
    this.groups ??= new Float64Array(powers);
    const mark = decimal.indexOf('e');
    const end = mark < 0 ? decimal.length : mark;
    const dot = decimal.indexOf('.');
    const exponent = mark < 0 ? 0 : Number(decimal.slice(mark + 1));
    const from = decimal.startsWith('-') ? 1 : 0;
    const signed = from === 1 ? -times : times;
    let power = exponent - leastPower - (dot < 0 ? 0 : end - dot - 1);
    let group = 0;
    let unit = 1;
    for (let at = end - 1; at >= from; at -= 1) {
      if (at === dot) continue;
      group += (decimal.charCodeAt(at) - 0x30) * unit;
      unit *= 10;
      if (unit < groupSize && at > from) continue;
      this.groups[power] = (this.groups[power] as number) + signed * group;
      power += 5;
      group = 0;
      unit = 1;
    }
  }
}

/** The number in the middle between two, rounded once, to the nearest double. */
export function halfway(one: number, other: number): number {
  if (one === other) return one;
  const sum = new ExactSum();
  sum.add(one);
  sum.add(other);
  return sum.over(2);
}

function tenTo(power: number): bigint {
  return 10n ** BigInt(power);
}
