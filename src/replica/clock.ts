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
  /** Calls back soon, once whatever is already at hand has been dealt with. */
  soon(call: () => void): void;
}

/** The real clock. Wall time is read once and then carried on by the monotonic clock, so that it never jumps. */
export function realSurroundings(): Surroundings {
  const offset = Date.now() - performance.now();
  return {
    now: () => Math.round(offset + performance.now()),
    elapsed: () => performance.now(),
    random: () => Math.floor(Math.random() * 2 ** 31),
    after: (ms, call) => {
      const timer = setTimeout(call, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    soon: (call) => void setImmediate(call),
  };
}
