import type { Share } from './types.ts';

/** A decimal as its significant digits, without zeros at either end, and the power of ten of the last one. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** The decimal that a JSON number, or a number that JavaScript wrote, spells out. */
export function decimalOf(token: string): Decimal {
  const negative = token.startsWith('-');
  const mark = Math.max(token.indexOf('e'), token.indexOf('E'));
  const mantissa = token.slice(negative ? 1 : 0, mark < 0 ? token.length : mark);
  const power = mark < 0 ? 0 : Number(token.slice(mark + 1));
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  let from = 0;
  while (from < all.length - 1 && all[from] === '0') from += 1;
  let to = all.length;
  while (to > from + 1 && all[to - 1] === '0') to -= 1;
  return { negative, digits: all.slice(from, to), exponent: power - fraction.length + (all.length - to) };
}

/**
 * Whether the number, rounded to as many digits as the decimal has, is the decimal; a half is rounded to the even digit. The
 * number is the double that the decimal reads as.
 */
export function roundsTo(number: number, { digits, exponent }: Decimal): boolean {
  // The exponent of a zero, or of what reads as zero, may be of any size, and its power of ten fill the memory.
  if (number === 0) return digits === '0';
  let whole = Math.abs(number);
  let halvings = 0n;
  for (; !Number.isInteger(whole); halvings += 1n) whole *= 2;
  const size = 10n ** BigInt(Math.abs(exponent));
  // All three in the same unit, in which they are whole: the number, one of the decimal's last digit, and twice how far it is off.
  const exact = BigInt(whole) * (exponent < 0 ? size : 1n);
  const one = 2n ** halvings * (exponent < 0 ? 1n : size);
  const off = 2n * (BigInt(digits) * one - exact);
  const isEven = BigInt(digits) % 2n === 0n;
  return isEven ? off <= one && -off <= one : off < one && -off < one;
}

/** Below this, doubles are enlarged before they are compared: so near zero they are coarser than their size says. */
const tiny = 1e-200;
/** A power of two, so that enlarging is exact. */
const enlarging = 2 ** 800;
/** Whole numbers below this are their decimals, and so are their sums and differences. */
const exactBelow = 2 ** 53;

/**
 * Whether `to - from` is at most `width`, for these numbers as they are written in decimal, in their shortest form:
 * 21.1 - 21 is 0.1, which it is not between the doubles nearest to them. [Q4.22]
 */
export function isWithin(width: number, from: number, to: number): boolean {
  const sizes = Math.abs(from) + Math.abs(to) + width;
  const scale = sizes < tiny ? enlarging : 1;
  const over = to * scale - from * scale - width * scale;
  // A double is within 2^-53 of its size from the decimal that stands for it; so is each difference from the true one.
  const doubt = sizes * scale * 2 ** -51 + leastDoubt(scale);
  if (Math.abs(over) > doubt) return over < 0;
  if (sizes < exactBelow && Number.isInteger(from) && Number.isInteger(to)) return to - from <= width;
  const [upper, lower, most] = inOneUnit(to, from, width) as [bigint, bigint, bigint];
  return upper - lower <= most;
}

/** Whether `to - from`, which is not below 0, is at most this share of the greater size of the two, as decimals. [Q4.40] */
export function isWithinShare({ num, den }: Share, from: number, to: number): boolean {
  const size = Math.max(Math.abs(from), Math.abs(to));
  const scale = size < tiny ? enlarging : 1;
  const over = (to * scale - from * scale) * den - size * scale * num;
  // As above, with each side multiplied. What is too large for doubles is in doubt as well.
  const doubt = (2 * den + num) * (size * scale * 2 ** -51 + leastDoubt(scale));
  if (Number.isFinite(over) && Math.abs(over) > doubt) return over < 0;
  if (size * 2 * den < exactBelow && Number.isInteger(from) && Number.isInteger(to)) return over <= 0;
  const [upper, lower] = inOneUnit(to, from) as [bigint, bigint];
  // Below zero the lower one has the greater size. On either side of zero they are further apart than any share of either.
  const greater = lower < 0n ? -lower : upper;
  return (upper - lower) * BigInt(den) <= greater * BigInt(num);
}

/** By how much enlarged doubles may be off however small they are: the smallest are half of 2^-1074 from their decimals. */
function leastDoubt(scale: number): number {
  return scale === 1 ? 0 : scale * 2 ** -1072;
}

/** These numbers, as decimals, in whole units of one power of ten. */
function inOneUnit(...numbers: readonly number[]): bigint[] {
  const decimals = numbers.map((number) => decimalOf(String(number)));
  const least = Math.min(...decimals.map(({ exponent }) => exponent));
  return decimals.map(({ negative, digits, exponent }) => {
    const size = BigInt(digits) * 10n ** BigInt(exponent - least);
    return negative ? -size : size;
  });
}

/**
 * The double nearest to a fraction, of two as near the one whose last bit is 0; what is beyond the largest double gives that one.
 * `below` must be above 0. [Q4.41]
 */
export function nearestDouble(above: bigint, below: bigint): number {
  // Not by a minus sign, which would make -0 of 0.
  if (above < 0n) return 0 - nearestDouble(-above, below);
  if (above === 0n) return 0;
  // In this unit, a power of two, the fraction has 53 bits, the digits of a double, or 54; small ones have fewer.
  const unit = Math.max(bitsOf(above) - bitsOf(below) - 53, -1074);
  const top = unit < 0 ? above << BigInt(-unit) : above;
  const bottom = unit < 0 ? below : below << BigInt(unit);
  const whole = top / bottom;
  if (whole >= 2n ** 53n) return rounded(top, 2n * bottom, unit + 1);
  return rounded(top, bottom, unit);
}

function rounded(top: bigint, bottom: bigint, unit: number): number {
  const whole = top / bottom;
  const twice = 2n * (top % bottom);
  const up = twice > bottom || (twice === bottom && whole % 2n === 1n);
  // At most 2^53, so both factors are doubles. The second may be too small for one where the first is large.
  return Math.min(Number(up ? whole + 1n : whole) * 2 ** unit, Number.MAX_VALUE);
}

function bitsOf(number: bigint): number {
  return number.toString(2).length;
}
