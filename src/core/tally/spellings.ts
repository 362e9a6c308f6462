import type { Canonical, Equality } from '../types.ts';
import { Weights } from './weights.ts';

/**
 * How often each spelling of a class of equal values was proposed. Only texts that are compared as texts have several; of
 * everything else the class is the value. [Q4.21]
 */
export class Spellings {
  private readonly several: boolean;
  private readonly classes = new Map<string, Weights>();

  constructor(equality: Equality) {
    this.several = equality === 'text';
  }

  add(key: string, value: Canonical): void {
    if (!this.varies(key)) return;
    let spellings = this.classes.get(key);
    if (spellings === undefined) {
      spellings = new Weights();
      this.classes.set(key, spellings);
    }
    spellings.add(value, 1);
  }

  remove(key: string, value: Canonical): void {
    this.classes.get(key)?.remove(value, 1);
  }

  /** The spelling most often proposed; among equals the first in text order. */
  decided(key: string): Canonical {
    const spellings = this.classes.get(key);
    if (spellings === undefined || spellings.leader === null) return key;
    if (spellings.lead !== spellings.rival) return spellings.leader;
    return [...spellings.weighing(spellings.lead)].sort()[0] as string;
  }

  /** Whether so many missing proposals cannot change how this class is spelt. [Q4.12] */
  isCertain(key: string, missing: number): boolean {
    if (!this.varies(key)) return true;
    const spellings = this.classes.get(key);
    if (spellings === undefined) return false;
    const { leader, lead, rival } = spellings;
    if (lead !== rival + missing) return lead > rival + missing;
    // Level with a spelling that nobody has used yet, which may be the first in text order.
    if (rival === 0) return false;
    return spellings.weighing(rival).every((other) => (leader as string) < other);
  }

  private varies(key: string): boolean {
    return this.several && key.startsWith('"');
  }
}
