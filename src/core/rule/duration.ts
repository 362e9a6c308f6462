import { limits } from '../limits.ts';

const units: readonly (readonly [unit: string, ms: number])[] = [
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
];

/** A duration in ms of "30s", "500ms", "5m", "2h", "7d" or a number of ms; null when it is none of these or longer than `most`. */
export function parseDuration(text: string | number, most: number = limits.duration): number | null {
  const [unit, factor] = (typeof text === 'number'
    ? undefined
    : units.find(([name]) => text.endsWith(name))) ?? ['', 1];
  const digits = typeof text === 'number' ? text : text.slice(0, text.length - unit.length);
  if (digits === '' || [...String(digits)].some((c) => !'0123456789.'.includes(c))) return null;
  const ms = Number(digits) * factor;
  return Number.isFinite(ms) && ms >= 0 && ms <= most ? Math.round(ms) : null;
}
