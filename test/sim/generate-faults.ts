import type { Fault } from './plan.ts';
import type { Random } from './random.ts';

/** What goes wrong in a history. */

export function faultsFor(
  random: Random,
  servers: number,
  exclusive: boolean,
  lasts: number,
  long: boolean,
): Fault[] {
  const everywhere: Fault['kind'][] = ['crash', 'crash', 'drain', 'clock', 'net', 'slow'];
  const shared: Fault['kind'][] = ['cut', 'lossy', 'lossy', 'scramble', 'scramble', 'refuse'];
  const kinds = random.some([...everywhere, ...(exclusive ? [] : shared)], 2);
  if (random.chance(0.06)) return [];
  return Array.from({ length: random.between(long ? 2 : 1, long ? 8 : 4) }, () => {
    const at = random.below(long ? lasts - 1000 : lasts - 300);
    const during = Math.min(long ? random.between(100, 1800) : random.between(40, 900), lasts - at);
    return faultFor(random, random.pick(kinds), at, during, random.below(servers));
  });
}

/** From when it has started and the groups are made, so that agents turn to it. */
export function slowToHear(lasts: number): Fault {
  return { kind: 'slow', at: 60, lasts, server: 0, by: 140 };
}

function faultFor(random: Random, kind: Fault['kind'], at: number, lasts: number, server: number): Fault {
  switch (kind) {
    case 'crash':
    case 'drain':
      return { kind, at, lasts: Math.min(lasts, random.between(20, 900)), server };
    case 'cut':
      return { kind, at, lasts, server };
    case 'lossy':
      return {
        kind,
        at,
        lasts,
        server,
        request: random.pick([0, 0.2, 0.5]),
        reply: random.pick([0.1, 0.4, 0.8]),
      };
    case 'slow':
      return { kind, at, lasts, server, by: random.pick([20, 100, 400]) };
    case 'scramble':
      return { kind, at, lasts, server, chance: random.pick([0.2, 0.6, 1]) };
    case 'refuse':
      return { kind, at, lasts };
    case 'replace':
      return { kind, at, lasts: 0, keep: random.pick([0, 0.5, 0.8, 1]) };
    case 'clock':
      return { kind, at, lasts: 0, server, by: random.pick([-20_000, -800, 700, 3000, 20_000]) };
    case 'net':
      return {
        kind,
        at,
        lasts,
        request: random.pick([0, 0.1, 0.4]),
        reply: random.pick([0, 0.2, 0.5]),
        twice: random.pick([0, 0.3]),
      };
  }
}

/** The log is replaced by a backup while one server does not hear of it, and others write meanwhile. */
export function replacement(random: Random, servers: number, lasts: number): Fault[] {
  const at = random.between(200, Math.max(300, lasts - 400));
  const cut = { kind: 'cut', at: at - random.below(100), lasts: random.between(100, 1200) } as const;
  return [
    { kind: 'replace', at, lasts: 0, keep: random.pick([0, 0.5, 0.8, 1]) },
    { ...cut, server: random.below(servers) },
  ];
}

/** Servers crash in turn and are soon back. */
export function restarts(random: Random, servers: number, lasts: number): Fault[] {
  return Array.from({ length: random.between(3, 7) }, () => ({
    kind: 'crash' as const,
    at: random.between(100, lasts - 200),
    lasts: random.between(20, 150),
    server: random.below(servers),
  }));
}

const hour = 3_600_000;
const year = 365 * 24 * hour;

/** The clock of one server jumps far ahead, and mostly back again later; it may crash in between. */
export function farClock(random: Random, servers: number, lasts: number): Fault[] {
  const server = random.below(servers);
  const by = random.pick([hour, year, 5 * year]);
  const at = random.between(100, Math.max(200, lasts - 600));
  const jumps: Fault[] = [{ kind: 'clock', at, lasts: 0, server, by }];
  if (random.chance(0.7))
    jumps.push({ kind: 'clock', at: at + random.between(50, 400), lasts: 0, server, by: -by });
  if (random.chance(0.4)) jumps.push({ kind: 'crash', at: at + 30, lasts: random.between(20, 200), server });
  return jumps;
}
