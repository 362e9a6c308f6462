import type { Equality, Near } from '../../core/types.ts';
import type { TallyJson } from '../../core/view/json-types.ts';

/** Numbers that lie near each other, as a rule with a tolerance counts them together. */

/** How near whole values must be; null where they are compared otherwise. */
export function nearIn(equality: Equality): Near | null {
  return typeof equality === 'object' && 'tolerance' in equality ? equality : null;
}

/** Values of which every one lies near the least, in order. */
export type Window = readonly TallyJson[];

const numberOf = ({ value }: TallyJson): number => Number(value);

/** Differences of decimals, without what binary fractions add to them: 21.1 - 21 is 0.1. */
const exact = (number: number): number => Number(number.toPrecision(12));

function isNear({ tolerance, relative }: Near, low: number, high: number): boolean {
  const width = exact(high - low);
  if (width <= tolerance) return true;
  const share = relative === undefined ? 0 : relative.num / relative.den;
  return width <= exact(share * Math.max(Math.abs(low), Math.abs(high)));
}

export function inOrder(entries: readonly TallyJson[]): TallyJson[] {
  return entries.toSorted((one, other) => numberOf(one) - numberOf(other));
}

/** The heaviest window of values in order, of equally heavy ones the lowest; with `around`, of those that hold this number. */
export function heaviestWindow(sorted: readonly TallyJson[], near: Near, around?: number): Window {
  let best: { readonly from: number; readonly to: number; readonly weight: number } | null = null;
  let to = 0;
  let weight = 0;
  for (const [from, entry] of sorted.entries()) {
    const low = numberOf(entry);
    for (let next = sorted[to]; next !== undefined && isNear(near, low, numberOf(next)); next = sorted[to]) {
      weight += next.weight;
      to += 1;
    }
    const holds = around === undefined || (low <= around && numberOf(sorted[to - 1] as TallyJson) >= around);
    if (holds && weight > (best?.weight ?? 0)) best = { from, to, weight };
    weight -= entry.weight;
  }
  return best === null ? [] : sorted.slice(best.from, best.to);
}

/** The values as windows without a common one, the heaviest first, at most `most`; and the values in none of them. */
export function windowsOf(
  entries: readonly TallyJson[],
  near: Near,
  most: number,
): { readonly windows: readonly Window[]; readonly rest: readonly TallyJson[] } {
  const windows: Window[] = [];
  let rest: readonly TallyJson[] = inOrder(entries);
  while (rest.length > 0 && windows.length < most) {
    const window = new Set(heaviestWindow(rest, near));
    windows.push([...window]);
    rest = rest.filter((one) => !window.has(one));
  }
  return { windows, rest };
}
