/** Time and randomness as the replica gets them: the seams through which tests run it in a simulated world. */
export interface Surroundings {
  /** ms since 1970; need not be exact, must not be trusted for safety. */
  now(): number;
  /** ms since some moment, by a clock that only runs: nobody sets it. */
  elapsed(): number;
  /** A random whole number below 2^31. */
  random(): number;
  /** Calls back once after `ms`; the result takes the call back. */
  after(ms: number, call: () => void): () => void;
  /** Calls back soon, once other work that is ready was done. */
  soon(call: () => void): void;
}

/** Resolves soon, once other work that is ready was done. */
export function turn(surroundings: Pick<Surroundings, 'soon'>): Promise<void> {
  return new Promise((resolve) => surroundings.soon(resolve));
}

export function realSurroundings(): Surroundings {
  const clock = new SteadyClock(Date.now, () => performance.now());
  return {
    now: () => clock.now(),
    elapsed: () => performance.now(),
    random: () => Math.floor(Math.random() * 2 ** 31),
    after: (ms, call) => {
      const timer = setTimeout(call, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    soon: (call) => void setImmediate(call),
  };
}

/** ms by which the wall clock must have stepped ahead, and for how long, before it is followed. */
const step = 500;
const lasting = 2000;

/**
 * Wall time that never goes back: read once, then carried on by the clock that only runs. It follows the wall clock where
 * that has stepped ahead for good, as it has when the machine slept, in which the other clock stands still, or when a slow
 * one was set. [Q7.10]
 */
export class SteadyClock {
  private readonly wall: () => number;
  private readonly elapsed: () => number;
  /** Wall time less what has elapsed. */
  private lead: number;
  /** Since when the wall clock is ahead, and its lead since then at least; null while it is not. */
  private stepped: { readonly since: number; least: number } | null = null;

  constructor(wall: () => number, elapsed: () => number) {
    this.wall = wall;
    this.elapsed = elapsed;
    this.lead = wall() - elapsed();
  }

  /** ms since 1970. A step is noticed only while somebody asks. */
  now(): number {
    const elapsed = this.elapsed();
    this.follow(elapsed, this.wall() - elapsed);
    return Math.round(this.lead + elapsed);
  }

  private follow(elapsed: number, lead: number): void {
    if (lead - this.lead < step) {
      this.stepped = null;
      return;
    }
    this.stepped ??= { since: elapsed, least: lead };
    this.stepped.least = Math.min(this.stepped.least, lead);
    if (elapsed - this.stepped.since < lasting) return;
    this.lead = this.stepped.least;
    this.stepped = null;
  }
}
