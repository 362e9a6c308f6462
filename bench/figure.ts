import { cpus, loadavg } from 'node:os';

/** What one slice of a contestant measured. Each contestant has those that mean something for it. */
export interface Figure {
  /** Requests, votes or rounds that were answered in a second. */
  readonly perSecond?: number;
  readonly p50ms?: number;
  readonly p99ms?: number;
  /** The longest time for which the event loop did nothing else. */
  readonly stallMs?: number;
  /** Memory of one group. */
  readonly bytes?: number;
  /** Processor time, user and system, of the processes that serve, for each request: microseconds. */
  readonly cpuUs?: number;
  /** Requests that were refused or failed. */
  readonly errors: number;
}

export type Measure = Exclude<keyof Figure, 'errors'>;

/** Rate and times of so many requests, given how long each took in ms, in any order. */
export function figureOf(times: number[], seconds: number, errors = 0): Figure {
  times.sort((a, b) => a - b);
  return {
    perSecond: Math.round(times.length / seconds),
    p50ms: rounded(quantile(times, 0.5), 3),
    p99ms: rounded(quantile(times, 0.99), 3),
    errors,
  };
}

/** The value below which this share of the numbers lies, which are in ascending order; 0 when there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

/** The one in the middle, or the mean of the two there. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

export function rounded(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}

/** A machine, and how many other processes wanted its cores in the last minute: figures from a busy machine say less. */
export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly node: string;
  readonly load: number;
}

/** This machine as it is before anything is measured. */
export function machine(): Machine {
  const load = rounded(loadavg()[0] ?? 0, 1);
  return { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version, load };
}
