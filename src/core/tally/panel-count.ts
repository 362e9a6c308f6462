import type { Rule } from '../types.ts';

/** What some agents of a mixed electorate proposed: those of one panel, or all of a part. */
export class PanelCount {
  /** Agents who have not proposed. */
  readonly missing: Set<string>;
  /** The most support that any class has ever had. */
  mostSupport = 0;
  private size: number;
  private readonly counts = new Map<string, number>();
  private cast = 0;

  constructor(agents: readonly string[]) {
    this.missing = new Set(agents);
    this.size = this.missing.size;
  }

  /** Counts a proposal in, or with -1 out again: its class, null where that cannot win; and whether it is a value at all. */
  count(agent: string, classText: string | null, isCast: boolean, sign: 1 | -1): void {
    if (sign > 0) this.missing.delete(agent);
    else this.missing.add(agent);
    if (isCast) this.cast += sign;
    if (classText === null) return;
    const support = this.supportOf(classText) + sign;
    if (support > 0) this.counts.set(classText, support);
    else this.counts.delete(classText);
    this.mostSupport = Math.max(this.mostSupport, support);
  }

  /** Takes out an agent who has not proposed. */
  waive(agent: string): void {
    this.missing.delete(agent);
    this.size -= 1;
  }

  classes(): Iterable<string> {
    return this.counts.keys();
  }

  /** How many agents proposed this class. */
  supportOf(classText: string): number {
    return this.counts.get(classText) ?? 0;
  }

  /** The denominator once `coming` more have proposed a value. */
  denominator(of: Rule['of'], coming: number): number {
    if (of === 'eligible') return this.size;
    return coming + (of === 'present' ? this.size - this.missing.size : this.cast);
  }
}
