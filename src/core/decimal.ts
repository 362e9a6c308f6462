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

/** So near zero doubles are coarser than `doubt` says: what is not above this is computed exactly. */
const tiny = 1e-290;

/**
 * Whether `to - from` is at most `width`, for these numbers as they are written in decimal, in their shortest form:
 * 21.1 - 21 is 0.1, which it is not between the doubles nearest to them. [Q4.22]
 */
export function isWithin(width: number, from: number, to: number): boolean {
  const over = to - from - width;
  // A double is within 2^-53 of its size from the decimal that stands for it; so is each difference from the true one.
  const doubt = (Math.abs(from) + Math.abs(to) + width) * 2 ** -51;
  if (doubt > tiny && Math.abs(over) > doubt) return over < 0;
  const decimals = [to, from, width].map((number) => decimalOf(String(number)));
  const least = Math.min(...decimals.map(({ exponent }) => exponent));
  const [upper, lower, most] = decimals.map((decimal) => scaled(decimal, least)) as [bigint, bigint, bigint];
  return upper - lower <= most;
}

/** In whole units of a power of ten that is not above its own. */
function scaled({ negative, digits, exponent }: Decimal, unit: number): bigint {
  const size = BigInt(digits) * 10n ** BigInt(exponent - unit);
  return negative ? -size : size;
}
