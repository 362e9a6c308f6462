import type { Competitor, Contestant } from './contestant.ts';
import { type Figure, type Measure, median, rounded } from './figure.ts';
import { contestants, type Name, type Row } from './rows.ts';

/** name -> what each of its slices measured. */
export type Slices = ReadonlyMap<Name, readonly Figure[]>;

export interface Effort {
  /** Of each slice. */
  readonly seconds: number;
  readonly slices: number;
}

/** Starts the contestants of one topic, and measures them in turn, slice by slice. Those whose program is missing are left out. */
export async function measureTopic(rows: readonly Row[], { seconds, slices }: Effort): Promise<Slices> {
  const names = new Set(rows.flatMap(({ ours, peer }) => (peer === undefined ? [ours] : [peer, ours])));
  const figures = new Map<Name, Figure[]>();
  const running = new Map<Name, Contestant>();
  try {
    for (const name of names) {
      const { start, needs }: Competitor = contestants[name];
      if (needs === undefined || needs() !== null) running.set(name, await start());
    }
    for (let slice = 1; slice <= slices; slice += 1)
      for (const [name, contestant] of running) {
        if (slice > 1 && (contestants[name] as Competitor).once) continue;
        await contestant.prepare?.();
        const figure = await contestant.slice(seconds);
        figures.set(name, [...(figures.get(name) ?? []), figure]);
        process.stderr.write(`slice ${slice} ${name}: ${JSON.stringify(figure)}\n`);
      }
  } finally {
    await Promise.all([...running.values()].map((contestant) => contestant.stop()));
  }
  return figures;
}

/** Of each measure the median of its slices; of errors the sum. */
export function medianFigure(figures: readonly Figure[]): Figure {
  const measures = Object.keys(figures[0] ?? {}).filter((key) => key !== 'errors') as Measure[];
  const errors = figures.reduce((sum, figure) => sum + figure.errors, 0);
  return { ...Object.fromEntries(measures.map((key) => [key, medianOf(figures, key)])), errors };
}

function medianOf(figures: readonly Figure[], measure: Measure): number {
  const middle = median(figures.map((figure) => figure[measure] ?? Number.NaN));
  return rounded(middle, middle < 100 ? 2 : 0);
}

/** What came of a row. */
export interface Result {
  readonly row: Row;
  readonly ours: Figure;
  readonly peer: Figure | null;
  /** Of ours to the peer's: the median of the slices. Without a peer the figure itself. */
  readonly value: number;
  readonly met: boolean | null;
}

/** Null where a contestant could not be measured here. */
export function resultOf(row: Row, slices: Slices): Result | null {
  const { goal, by } = row;
  const ours = slices.get(row.ours);
  const peers = row.peer === undefined ? null : slices.get(row.peer);
  if (ours === undefined || peers === undefined) return null;
  const each = ours.map(
    (figure, i) => (figure[by] ?? Number.NaN) / (peers === null ? 1 : (peers[i]?.[by] ?? Number.NaN)),
  );
  const value = rounded(median(each), 3);
  if (Number.isNaN(value)) return null;
  const met = goal === undefined ? null : 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
  return { row, ours: medianFigure(ours), peer: peers && medianFigure(peers), value, met };
}
