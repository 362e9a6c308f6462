import type { Report, Sample } from './messages.ts';

/** A stretch of the run: calm, or one attack. Times are ms of the machine's clock. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** When looking for its effects ended. */
  over: number;
  /** Descriptors that the server had open at full strength; null: take the most of the phase. */
  readonly fds: number | null;
  /** Null for calm. */
  readonly report: Report | null;
}

/** The server's process at one moment. */
export interface ProcessSample {
  readonly at: number;
  /** MiB. */
  readonly rss: number;
  readonly fds: number;
  /** ms on the processor so far. */
  readonly cpu: number;
}

export interface Figures {
  readonly name: string;
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** The share of the requests that were due and succeeded. */
  readonly served: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly rssMiB: number;
  readonly fds: number;
  readonly cpuShare: number;
}

/** Figures as they are shown; those of an attack with how soon the server was as before, and what the attacker says. */
export interface Verdict {
  readonly suite: 'overload';
  /** The sizes that were asked for, and the goals. */
  readonly wanted: object;
  readonly goals: object;
  readonly phases: readonly (Figures & { readonly recoveryMs?: number; readonly report?: object })[];
  readonly missed: readonly string[];
  readonly rounds: number;
  readonly load: number;
  /** Wrong answers and the like: each is a goal missed. */
  readonly faults: readonly string[];
}

/** What tenants met during a phase, and how the server's process was meanwhile. */
export function figuresOf(
  { name, from, to, fds }: Phase,
  samples: readonly Sample[],
  watched: readonly ProcessSample[],
  { tenants, rate }: { readonly tenants: number; readonly rate: number },
): Figures {
  const met = samples.filter(({ due }) => due >= from && due < to);
  const admitted = met.filter(({ status }) => status >= 200 && status < 300);
  const times = admitted.map(({ ms }) => ms).sort((a, b) => a - b);
  const byStatus: Record<string, number> = {};
  for (const { status } of met) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const process = watched.filter(({ at }) => at >= from && at < to);
  const seconds = (to - from) / 1000;
  const cpu = (process.at(-1)?.cpu ?? 0) - (process[0]?.cpu ?? 0);
  return {
    name,
    requests: met.length,
    byStatus,
    // Three proposals to a round, and one more request a second.
    served: round(admitted.length / (seconds * tenants * (rate * 3 + 1)), 3),
    p50: round(quantile(times, 0.5), 1),
    p99: round(quantile(times, 0.99), 1),
    max: round(times.at(-1) ?? 0, 1),
    rssMiB: Math.round(Math.max(0, ...process.map(({ rss }) => rss))),
    fds: fds ?? Math.max(0, ...process.map((one) => one.fds)),
    cpuShare: round(cpu / (to - from), 2),
  };
}

/** ms from the end of an attack until fewer than one request in a hundred takes longer than `boundMs`. */
export function recoveryAfter({ to, over }: Phase, samples: readonly Sample[], boundMs: number): number {
  const isLate = ({ due, ms, status }: Sample): boolean => due + ms > to && (ms > boundMs || status === 0);
  for (let at = to; at < over; at += 100) {
    const inWindow = samples.filter(({ due }) => due >= at && due < at + 500);
    const late = inWindow.filter((sample) => isLate(sample) && sample.due < over);
    if (inWindow.length > 0 && late.length / inWindow.length < 0.01) return Math.round(at - to);
  }
  return Math.round(over - to);
}

export function table({ phases, missed, rounds, load }: Verdict): string {
  const head = ['phase', 'served', 'p50 ms', 'p99 ms', 'max ms', 'RSS MiB', 'fds', 'CPU', 'back ms'];
  const rows = phases.map((one) => [
    one.name,
    one.served,
    one.p50,
    one.p99,
    one.max,
    one.rssMiB,
    one.fds,
    one.cpuShare,
    one.recoveryMs ?? '-',
  ]);
  const lines = [head, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(14) : String(cell).padStart(9))).join(''),
  );
  for (const { name, report } of phases)
    if (report !== undefined) lines.push(`${name}: ${JSON.stringify(report)}`);
  lines.push(`${rounds} rounds, load ${load.toFixed(1)}`);
  lines.push(missed.length === 0 ? 'all goals met' : missed.map((text) => `MISSED ${text}`).join('\n'));
  return `${lines.join('\n')}\n`;
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
