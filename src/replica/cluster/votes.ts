/** How many votes a second came lately, from a count that only grows. */
export class Votes {
  private readonly count: () => number;
  private readonly elapsed: () => number;
  private readonly samples: { readonly at: number; readonly count: number }[] = [];

  constructor(count: () => number, elapsed: () => number) {
    this.count = count;
    this.elapsed = elapsed;
  }

  /** Over the time since the call at least `windowMs` before, to one decimal; 0 at the first. */
  perSecond(windowMs = 5000): number {
    const { samples } = this;
    const now = { at: this.elapsed(), count: this.count() };
    samples.push(now);
    while (samples.length > 2 && now.at - (samples[1]?.at ?? now.at) >= windowMs) samples.shift();
    const first = samples[0] ?? now;
    // Calls may come close together.
    if (samples.length > 64) samples.splice(1, 32);
    if (now.at - first.at < 100) return 0;
    return Math.round((10_000 * (now.count - first.count)) / (now.at - first.at)) / 10;
  }
}
