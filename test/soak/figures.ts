/** What a soak measures, and what it makes of it. */

/** One look at one server. */
export interface Sample {
  /** Seconds since the start of the soak. */
  readonly at: number;
  readonly server: string;
  /** Which start of the server this is, from 1: memory begins anew with each. */
  readonly life: number;
  readonly rssMiB: number;
  /** What is left once all garbage is collected. */
  readonly heapMiB: number;
  readonly descriptors: number;
  readonly streams: number;
  readonly waits: number;
  readonly groups: number;
  /** Entries applied. */
  readonly index: number;
}

/** One look at a log. */
export interface LogSample {
  readonly at: number;
  readonly log: string;
  /** Of all its files; of one member, where it is etcd. */
  readonly mib: number;
  /** The name of the oldest of its files, which is gone once checkpoints have cut the log; null where files do not say. */
  readonly oldest: string | null;
}

/** Bounds of a soak; those on growth are per 10 minutes. */
export const bounds = {
  memoryMiB: 1,
  descriptors: 5,
  /** Of a log on files: its segments are up to 64 MiB long, one in use, one made ahead, and those not yet covered twice. */
  logMiB: 256,
  /** Seconds after the warm-up from which on growth can be told from noise. */
  judgedFrom: 600,
} as const;

/** How much `y` grows with each unit of `x`: the slope of the line with the least squares. 0 for fewer than two points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return under > 0 ? over / under : 0;
}

/** The growth of one server that ran from beginning to end. */
export interface Growth {
  readonly server: string;
  readonly samples: number;
  /** Minutes after the warm-up that were looked at. */
  readonly minutes: number;
  /** In 10 minutes. */
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly descriptors: number;
  /** Whether that was long enough to be judged. */
  readonly judged: boolean;
}

/** The growth of each server that had one life only, from `warmUp` seconds on. */
export function growthOf(samples: readonly Sample[], warmUp: number): Growth[] {
  return [...new Set(samples.map(({ server }) => server))].flatMap((server) => {
    const own = samples.filter((one) => one.server === server);
    if (own.some(({ life }) => life > 1)) return [];
    const late = own.filter(({ at }) => at >= warmUp);
    const seconds = (late.at(-1)?.at ?? 0) - (late[0]?.at ?? 0);
    const inTenMinutes = (of: (one: Sample) => number): number =>
      round(slopeOf(late.map((one) => [one.at, of(one)])) * 600);
    return [
      {
        server,
        samples: late.length,
        minutes: round(seconds / 60),
        heapMiB: inTenMinutes(({ heapMiB }) => heapMiB),
        rssMiB: inTenMinutes(({ rssMiB }) => rssMiB),
        descriptors: inTenMinutes(({ descriptors }) => descriptors),
        judged: seconds >= bounds.judgedFrom,
      },
    ];
  });
}

/** What is wrong with growth; nothing is said of what was too short to be judged. */
export function missedBy(growth: readonly Growth[]): string[] {
  return growth
    .filter(({ judged }) => judged)
    .flatMap(({ server, heapMiB, rssMiB, descriptors }) => [
      ...(heapMiB < bounds.memoryMiB ? [] : [`${server}: the heap grows by ${heapMiB} MiB in 10 minutes`]),
      ...(rssMiB < bounds.memoryMiB ? [] : [`${server}: its memory grows by ${rssMiB} MiB in 10 minutes`]),
      ...(descriptors < bounds.descriptors
        ? []
        : [`${server}: ${descriptors} more descriptors in 10 minutes`]),
    ]);
}

/** What is wrong with the logs: their files grow without end, or nothing was ever cut off. */
export function logsMissed(samples: readonly LogSample[], warmUp: number): string[] {
  return [...new Set(samples.map(({ log }) => log))].flatMap((log) => {
    const own = samples.filter((one) => one.log === log);
    const most = Math.max(...own.map(({ mib }) => mib));
    const missed = most < bounds.logMiB ? [] : [`${log}: ${most} MiB, the bound is ${bounds.logMiB}`];
    const late = own.filter(({ at }) => at >= warmUp);
    if ((late.at(-1)?.at ?? 0) - warmUp < bounds.judgedFrom) return missed;
    if (own.at(-1)?.oldest !== null) {
      if (own.at(-1)?.oldest === own[0]?.oldest) missed.push(`${log}: nothing was ever cut off`);
      return missed;
    }
    // Files that do not say what they hold, as those of etcd, may only breathe.
    const half = Math.floor(late.length / 2);
    const [before, after] = [late.slice(0, half), late.slice(half)].map((part) =>
      Math.max(...part.map(({ mib }) => mib)),
    ) as [number, number];
    if (after > before * 1.25 + 1)
      missed.push(`${log}: ${after} MiB in the second half, ${before} in the first`);
    return missed;
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
