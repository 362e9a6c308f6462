/** The client's source of time; tests and simulators pass their own. */
export interface Clock {
  /** Milliseconds that never go backwards; only differences have a meaning. */
  now(): number;
  /**
   * Resolves after `ms`; rejects with the signal's reason as soon as it aborts. A sleep in the `background` does not keep
   * the process running.
   */
  sleep(ms: number, signal?: AbortSignal, background?: boolean): Promise<void>;
  /** Calls `call` after `ms`, unless the returned function is called first. Optional: without it `sleep` is used, which costs more. */
  after?(ms: number, call: () => void): () => void;
}

/** Milliseconds, or text such as `500ms`, `30s`, `5m`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration in ms. Throws `RangeError` when the text is no duration. */
export function toMs(duration: Duration): number {
  if (typeof duration === 'number' && duration >= 0) return duration;
  const match = /^([0-9]*\.?[0-9]+)(ms|s|m|h|d)?$/.exec(String(duration));
  if (match === null)
    throw new RangeError(`"${duration}" is no duration: write 500ms, 30s, 5m or a number of ms`);
  return Number(match[1]) * (unitMs[match[2] ?? 'ms'] as number);
}

// Node and browsers fire a longer timer at once.
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal, background = false) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.min(ms, longestTimerMs),
      );
      // Browsers have no `unref`: a page does not end by itself.
      if (background) (timer as { unref?(): void }).unref?.();
      signal?.addEventListener('abort', stop, { once: true });
    }),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(ms, longestTimerMs));
    return () => clearTimeout(timer);
  },
};

// An abort without a reason makes an error with a stack, which costs more than the rest of a request.
const cancelled = 'cancelled';

/** Calls `call` after `ms`, unless the returned function is called first. */
export function after(clock: Clock, ms: number, call: () => void): () => void {
  if (clock.after !== undefined) return clock.after(ms, call);
  const timer = new AbortController();
  clock.sleep(ms, timer.signal).then(call, () => {});
  return () => timer.abort(cancelled);
}

/** A function that returns how many ms of `deadline`, counted from now, are left: never below 0, Infinity without a deadline. */
export function countdown(clock: Clock, deadline: Duration | undefined): () => number {
  const end = clock.now() + (deadline === undefined ? Number.POSITIVE_INFINITY : toMs(deadline));
  return () => Math.max(0, end - clock.now());
}

/** Rejects with the signal's reason once it aborts: for a race with work that does not watch the signal. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/**
 * Runs `work` with a signal that aborts with the caller's signal, after `ms`, or when `work` calls `cut`. Removes its
 * listener and its timer at the end.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, cut: (reason: unknown) => void) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  const cut = (reason: unknown) => control.abort(reason);
  const pass = () => cut(signal?.reason);
  if (signal?.aborted) pass();
  signal?.addEventListener('abort', pass, { once: true });
  const late = () => cut(new Error(`no answer within ${Math.round(ms)} ms`));
  const cancel = Number.isFinite(ms) ? after(clock, ms, late) : () => {};
  try {
    return await work(control.signal, cut);
  } finally {
    signal?.removeEventListener('abort', pass);
    cancel();
  }
}
