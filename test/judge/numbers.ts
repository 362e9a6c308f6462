/** Decimals as whole units of 10^-400, which holds every number that JSON can name, and the way back to a double. */

const digits = 400;
const one = 10n ** BigInt(digits);

const unitsOf = new Map<string, bigint>();

/** The number as it is written, exactly. */
export function units(decimal: string): bigint {
  const before = unitsOf.get(decimal);
  if (before !== undefined) return before;
  const [mantissa = '', power = '0'] = decimal.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const found = BigInt(whole + fraction + '0'.repeat(digits + Number(power) - fraction.length));
  unitsOf.set(decimal, found);
  return found;
}

/** The double nearest to sum / parts, in its shortest form; of two as near the one whose last bit is 0. `sum` in units. */
export function nearest(sum: bigint, parts = 1n): string {
  const below = sum < 0n;
  const top = below ? -sum : sum;
  const bottom = parts * one;
  if (top === 0n) return '0';
  // The power of two for which the quotient has 53 bits; small numbers have fewer.
  let power = top.toString(2).length - bottom.toString(2).length - 53;
  const quotientAt = (at: number): bigint =>
    at < 0 ? (top << BigInt(-at)) / bottom : top / (bottom << BigInt(at));
  while (quotientAt(power) >= 2n ** 53n) power += 1;
  if (power < -1074) power = -1074;
  const scaledTop = power < 0 ? top << BigInt(-power) : top;
  const scaledBottom = power < 0 ? bottom : bottom << BigInt(power);
  const quotient = scaledTop / scaledBottom;
  const twice = 2n * (scaledTop % scaledBottom);
  const up = twice > scaledBottom || (twice === scaledBottom && quotient % 2n === 1n);
  // A quotient of 53 bits and a power of two are doubles, and so is their product.
  const size = Number(up ? quotient + 1n : quotient) * 2 ** power;
  return JSON.stringify(below && size !== 0 ? -size : size);
}
