/**
 * Limits how often something that may happen a thousand times a second is reported: the first time at once, later times
 * together, once a minute.
 */
export class Recurring<T> {
  private readonly say: (count: number, latest: T) => void;
  private readonly pauseMs: number;
  private count = 0;
  private latest: T | undefined;
  private pause: ReturnType<typeof setTimeout> | null = null;

  constructor(say: (count: number, latest: T) => void, pauseMs = 60_000) {
    this.say = say;
    this.pauseMs = pauseMs;
  }

  happened(latest: T): void {
    this.count += 1;
    this.latest = latest;
    if (this.pause === null) this.flush();
  }

  /** Reports what has not been reported yet, and then nothing more by itself. */
  stop(): void {
    if (this.pause !== null) clearTimeout(this.pause);
    this.pause = null;
    if (this.count > 0) this.say(this.count, this.latest as T);
    this.count = 0;
  }

  private flush(): void {
    this.pause = null;
    if (this.count === 0) return;
    this.say(this.count, this.latest as T);
    this.count = 0;
    this.pause = setTimeout(() => this.flush(), this.pauseMs);
    this.pause.unref();
  }
}
