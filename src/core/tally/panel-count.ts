import type { Rule } from '../types.ts';

/** The answers of some agents of a mixed electorate: of one panel, or of everybody in a part. */
export class PanelCount {
  readonly unsaid: Set<string>;
  /** No class has ever had more agents behind it. */
  mostBehind = 0;
  private readonly size: number;
  private readonly counts = new Map<string, number>();
  private cast = 0;

  constructor(agents: readonly string[]) {
    this.unsaid = new Set(agents);
    this.size = this.unsaid.size;
  }

  /** Counts an answer: a class, or null for an abstention. */
  add(agent: string, key: string | null): void {
    this.unsaid.delete(agent);
    if (key !== null) this.move(key, 1);
  }

  remove(agent: string, key: string | null): void {
    this.unsaid.add(agent);
    if (key !== null) this.move(key, -1);
  }

  classes(): Iterable<string> {
    return this.counts.keys();
  }

  behind(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  /** The denominator once `coming` more have proposed a value. */
  whole(of: Rule['of'], coming: number): number {
    if (of === 'eligible') return this.size;
    return coming + (of === 'present' ? this.size - this.unsaid.size : this.cast);
  }

  private move(key: string, by: 1 | -1): void {
    this.cast += by;
    const count = this.behind(key) + by;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
    this.mostBehind = Math.max(this.mostBehind, count);
  }
}
