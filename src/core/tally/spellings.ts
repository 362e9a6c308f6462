import type { Canonical, Equality, Json } from '../types.ts';
import { Weights } from './weights.ts';

/**
 * How often each spelling of a class was proposed. Only what holds a string under `equality: "text"` has several, and whole values of
 * which a part is compared; any other class is its value. [Q4.21] [Q4.40]
 */
export class Spellings {
  private readonly of: 'texts' | 'wholes' | 'none';
  private readonly classes = new Map<string, Weights>();

  constructor(equality: Equality) {
    this.of =
      equality === 'text' ? 'texts' : typeof equality === 'object' && 'field' in equality ? 'wholes' : 'none';
  }

  /** Counts a spelling in, or with -1 out again. */
  count(classText: string, value: Canonical, sign: 1 | -1): void {
    if (!this.mayVary(classText)) return;
    const spellings = this.classes.get(classText) ?? new Weights();
    this.classes.set(classText, spellings);
    spellings.add(value, sign);
  }

  /** The spelling most often proposed; among equals the first in text order. */
  decided(classText: string): Canonical {
    const spellings = this.classes.get(classText);
    if (spellings === undefined || spellings.leader === null) return classText;
    if (spellings.lead !== spellings.rival) return spellings.leader;
    return [...spellings.weighing(spellings.lead)].sort()[0] as string;
  }

  /** Whether so many missing proposals cannot change how this class is spelt. [Q4.12] */
  isCertain(classText: string, missing: number): boolean {
    if (!this.mayVary(classText) || (this.of === 'texts' && !holdsText(JSON.parse(classText) as Json)))
      return true;
    const spellings = this.classes.get(classText);
    if (spellings === undefined) return false;
    const { leader, lead, rival } = spellings;
    if (lead !== rival + missing) return lead > rival + missing;
    // All the missing may use one new spelling, which may be the first in text order.
    if (rival === 0) return false;
    return spellings.weighing(rival).every((other) => (leader as string) < other);
  }

  private mayVary(classText: string): boolean {
    return this.of === 'wholes' || (this.of === 'texts' && classText.includes('"'));
  }
}

/** Whether there is a string in the value: any can be spelt in another way, with a space in front. */
function holdsText(value: Json): boolean {
  if (typeof value === 'string') return true;
  return value !== null && typeof value === 'object' && Object.values(value).some(holdsText);
}
