/** Time and randomness as the replica gets them: the seams through which tests run it in a simulated world. */
export interface Surroundings {
  /** ms since 1970; need not be exact, must not be trusted for safety. */
  now(): number;
  /** ms since some moment, by the steady clock, which nobody can set. */
  elapsed(): number;
  /** A random whole number below 2^31. */
  random(): number;
  /** Calls back once after `ms`; the result cancels it. */
  after(ms: number, call: () => void): () => void;
  /** Calls back soon, after other work that is ready. */
  soon(call: () => void): void;
}

/** Resolves soon, after other work that is ready. */
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

/** The wall clock is followed when it was later by so many ms, for so many ms. */
const stepMs = 500;
const lastingMs = 2000;

/**
 * Wall time that never goes back: read once, then continued by the steady clock. It follows the wall clock when that
 * has stepped ahead for good: after the machine slept, while the steady clock stood still, or when a slow wall clock was
 * set. [Q7.10]
 */
export class SteadyClock {
  private readonly wall: () => number;
  private readonly elapsed: () => number;
  /** Wall time minus the steady clock's. */
  private offset: number;
  /** Since when the wall clock shows a later time, and the smallest offset since then; null while it does not. */
  private stepped: { readonly since: number; offset: number } | null = null;

  constructor(wall: () => number, elapsed: () => number) {
    this.wall = wall;
    this.elapsed = elapsed;
    this.offset = wall() - elapsed();
  }

  /** ms since 1970. To be called often: it is here that a step is noticed. */
  now(): number {
    const elapsed = this.elapsed();
    this.follow(elapsed, this.wall() - elapsed);
    return Math.round(this.offset + elapsed);
  }

  private follow(elapsed: number, offset: number): void {
    if (offset - this.offset < stepMs) {
      this.stepped = null;
      return;
    }
    this.stepped ??= { since: elapsed, offset };
    this.stepped.offset = Math.min(this.stepped.offset, offset);
    if (elapsed - this.stepped.since < lastingMs) return;
    this.offset = this.stepped.offset;
    this.stepped = null;
  }
}
