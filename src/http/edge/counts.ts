/** How many of something each caller holds at present, at most `limit`; 0 for no limit. */
export class Counts {
  private readonly limit: number;
  private readonly held = new Map<string, number>();
  private all = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Of all callers together. */
  get total(): number {
    return this.all;
  }

  isFull(caller: string): boolean {
    return this.limit > 0 && (this.held.get(caller) ?? 0) >= this.limit;
  }

  add(caller: string): void {
    this.all += 1;
    this.held.set(caller, (this.held.get(caller) ?? 0) + 1);
  }

  remove(caller: string): void {
    this.all -= 1;
    const left = (this.held.get(caller) ?? 0) - 1;
    if (left > 0) this.held.set(caller, left);
    else this.held.delete(caller);
  }
}
