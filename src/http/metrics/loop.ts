import { Histogram } from './exposition.ts';

/** ms between two measurements. */
const resolution = 20;

/**
 * How long the event loop keeps others waiting, as a histogram that only grows: Node's own (`monitorEventLoopDelay`) gives quantiles,
 * which only a reset makes new, and one reset belongs to one reader.
 */
export class LoopDelay {
  readonly histogram = new Histogram([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]);
  private timer: NodeJS.Timeout | undefined;

  start(): void {
    let last = performance.now();
    this.timer ??= setInterval(() => {
      const now = performance.now();
      this.histogram.observe(Math.max(0, now - last - resolution) / 1000);
      last = now;
    }, resolution);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
