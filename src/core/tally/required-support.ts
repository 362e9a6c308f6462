/** How many of the required agents proposed each class: the winner needs all of them. [Q4.16] */
export class RequiredSupport {
  private readonly needed: number;
  /** How many of them proposed each class; null: how many abstained. */
  private readonly supporters = new Map<string | null, number>();

  constructor(needed: number) {
    this.needed = needed;
  }

  /** Counts a required agent in, or with -1 out again. */
  count(classText: string | null, sign: 1 | -1): void {
    const support = this.of(classText) + sign;
    if (support > 0) this.supporters.set(classText, support);
    else this.supporters.delete(classText);
  }

  /** Whether all required agents proposed this class. */
  isComplete(classText: string | null): boolean {
    return this.of(classText) === this.needed;
  }

  /** Whether none of the required agents proposed another class, so that all may still propose this one. */
  mayBeComplete(classText: string | null): boolean {
    return this.supporters.size === 0 || (this.supporters.size === 1 && this.supporters.has(classText));
  }

  /** The classes that at least one of them proposed; null among them when one abstained. */
  classes(): (string | null)[] {
    return [...this.supporters.keys()];
  }

  private of(classText: string | null): number {
    return this.supporters.get(classText) ?? 0;
  }
}
