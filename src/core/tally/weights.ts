/**
 * Weights by name, with the heaviest name and its best rival kept at hand: adding costs the same whether there are three
 * names or 100,000. Only after a removal the next question looks at all of them. [Q4.10]
 */
export class Weights {
  private readonly weights = new Map<string, number>();
  private heaviest: string | null = null;
  private most = 0;
  private next = 0;
  private stale = false;
  /** The names of one weight as last asked for, until something changes. */
  private lastAsked: { readonly weight: number; readonly names: readonly string[] } | null = null;

  /** Adds to a name's weight; a negative weight takes back what was added before. */
  add(name: string, weight: number): void {
    const total = this.of(name) + weight;
    if (total > 0) this.weights.set(name, total);
    else this.weights.delete(name);
    this.lastAsked = null;
    if (weight < 0) this.stale = true;
    else this.rank(name, total);
  }

  of(name: string): number {
    return this.weights.get(name) ?? 0;
  }

  /** A heaviest name; null when there is none. */
  get leader(): string | null {
    this.refresh();
    return this.heaviest;
  }

  get lead(): number {
    this.refresh();
    return this.most;
  }

  /** The weight of the heaviest of the others. */
  get rival(): number {
    this.refresh();
    return this.next;
  }

  names(): Iterable<string> {
    return this.weights.keys();
  }

  /** Names of exactly this weight. */
  weighing(weight: number): readonly string[] {
    if (this.lastAsked?.weight !== weight) {
      const names: string[] = [];
      for (const [name, own] of this.weights) if (own === weight) names.push(name);
      this.lastAsked = { weight, names };
    }
    return this.lastAsked.names;
  }

  private rank(name: string, total: number): void {
    if (name === this.heaviest) {
      this.most = total;
    } else if (total > this.most) {
      this.next = this.most;
      this.most = total;
      this.heaviest = name;
    } else if (total > this.next) {
      this.next = total;
    }
  }

  private refresh(): void {
    if (!this.stale) return;
    this.stale = false;
    this.heaviest = null;
    this.most = 0;
    this.next = 0;
    for (const [name, total] of this.weights) this.rank(name, total);
  }
}
