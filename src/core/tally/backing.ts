/** Which classes the required agents stand behind: the winner needs all of them. [Q4.16] */
export class Backing {
  private readonly needed: number;
  /** How many of them stand behind each class; null: how many abstained. */
  private readonly behind = new Map<string | null, number>();

  constructor(needed: number) {
    this.needed = needed;
  }

  add(classText: string | null): void {
    this.behind.set(classText, this.of(classText) + 1);
  }

  remove(classText: string | null): void {
    const left = this.of(classText) - 1;
    if (left > 0) this.behind.set(classText, left);
    else this.behind.delete(classText);
  }

  /** Whether all of them stand behind this class. */
  isWhole(classText: string | null): boolean {
    return this.of(classText) === this.needed;
  }

  /** Whether those who have spoken stand behind this class, all of them. */
  allows(classText: string | null): boolean {
    return this.behind.size === 0 || (this.behind.size === 1 && this.behind.has(classText));
  }

  /** The classes that at least one of them stands behind. */
  named(): (string | null)[] {
    return [...this.behind.keys()];
  }

  private of(classText: string | null): number {
    return this.behind.get(classText) ?? 0;
  }
}
