import { limits } from '../limits.ts';
import type { Json, Threshold } from '../types.ts';
import { isObject, type Reader } from './reader.ts';

/** How much is enough, as people write it: a number, a word or a fraction. [Q4.5] */
export function readThreshold(
  reader: Reader,
  field: string,
  json: Json | undefined,
  otherwise: Threshold,
): Threshold {
  if (json === undefined) return otherwise;
  if (json === 'majority' || json === 'two-thirds' || json === 'unanimous') return json;
  if (typeof json === 'number' && !Number.isInteger(json)) {
    reader.complain(field, `a decimal cannot say exactly what you mean: write ${insteadOf(json)}`);
    return otherwise;
  }
  if (typeof json === 'number') return reader.whole(field, json, 1, Number.MAX_SAFE_INTEGER) ?? otherwise;
  if (!isObject(json)) {
    reader.complain(
      field,
      'write a whole number, "majority", "two-thirds", "unanimous" or {"num": 2, "den": 3, "strict": false}',
    );
    return otherwise;
  }
  const f = reader.fields(field, json, ['num', 'den', 'strict']);
  const num = reader.whole(`${field}.num`, f.num ?? null, 0, limits.fractionPart) ?? 1;
  const den = reader.whole(`${field}.den`, f.den ?? null, 1, limits.fractionPart) ?? 2;
  const strict = reader.flag(`${field}.strict`, f.strict, false);
  if (num > den || (num === den && strict) || (num === 0 && !strict)) {
    reader.contradict(
      `${field}.num`,
      `${field}.den`,
      'the fraction must lie between 0 and 1 and be reachable',
    );
  }
  return { num, den, strict };
}

/** What to write instead of a decimal: below 1 it is a share, up to 100 most likely a percentage, never a count. */
function insteadOf(decimal: number): string {
  if (decimal > 0 && decimal < 1) return fraction(decimal);
  const count = 'a whole number for so many agents';
  return decimal > 1 && decimal < 100
    ? `${fraction(decimal / 100)} for ${decimal} percent, or ${count}`
    : count;
}

/** The fraction most people mean by a share: two thirds by 0.67 and by 0.6667, but not one half by 0.5001. */
function fraction(share: number): string {
  const places = [2, 3].find((digits) => Math.abs(rounded(share, digits) - share) < 1e-12) ?? 4;
  const written = (num: number, den: number): string => `{"num": ${num}, "den": ${den}, "strict": false}`;
  for (let den = 2; den <= 12; den += 1) {
    const num = Math.round(share * den);
    if (Math.abs(num / den - share) < 0.51 * 10 ** -places) return written(num, den);
  }
  return written(Math.max(1, Math.round(share * 10 ** places)), 10 ** places);
}

function rounded(share: number, digits: number): number {
  return Math.round(share * 10 ** digits) / 10 ** digits;
}
