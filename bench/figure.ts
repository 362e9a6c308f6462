import { cpus } from 'node:os';

/** What one run of a row measured. */
export interface Figure {
  readonly perSecond: number;
  readonly p50ms: number;
  readonly p99ms: number;
  /** Requests that were refused or failed. */
  readonly errors: number;
  readonly commitsPerProposal?: number;
  /** Processor time of the server's process for each request, microseconds. */
  readonly cpuUs?: number;
}

/** The value below which this share of the numbers lies, which are in ascending order; 0 when there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

export function rounded(number: number, digits: number): number {
  return Number(number.toFixed(digits));
}

/** What a row or a run says about the machine it ran on. */
export function machine(): object {
  return { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
}
