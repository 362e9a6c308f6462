/** Where the client gets its time from; tests and simulators pass their own. */
export interface Clock {
  /** Milliseconds that never go backwards; only differences mean anything. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Milliseconds, or text such as `500ms`, `30s`, `5m`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Throws `RangeError` for what is no duration. */
export function toMs(duration: Duration): number {
  if (typeof duration === 'number' && duration >= 0) return duration;
  const match = /^([0-9]*\.?[0-9]+)(ms|s|m|h|d)?$/.exec(String(duration));
  if (match === null)
    throw new RangeError(`"${duration}" is no duration: write 500ms, 30s, 5m or a number of ms`);
  return Number(match[1]) * (unitMs[match[2] ?? 'ms'] as number);
}

// Node and browsers fire a timer at once when asked for more.
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
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
      signal?.addEventListener('abort', stop, { once: true });
    }),
};

/** Runs `work` with a signal that fires when the caller's does, or after `ms`; leaves nothing behind. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const control = new AbortController();
  const timer = new AbortController();
  const pass = () => control.abort(signal?.reason);
  if (signal?.aborted) pass();
  signal?.addEventListener('abort', pass, { once: true });
  if (Number.isFinite(ms)) {
    clock.sleep(ms, timer.signal).then(
      () => control.abort(new Error(`no answer within ${Math.round(ms)} ms`)),
      () => {},
    );
  }
  try {
    return await work(control.signal);
  } finally {
    signal?.removeEventListener('abort', pass);
    timer.abort();
  }
}
