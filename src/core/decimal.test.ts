import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/harness/property.ts';
import { nearest, units } from '../../test/judge/numbers.ts';
import { decimalOf, isWithin, isWithinShare, nearestDouble } from './decimal.ts';

describe('a decimal', () => {
  it.each([
    ['0', '0', 0],
    ['-0.00', '0', 0],
    ['21.10', '211', -1],
    ['1200', '12', 2],
    ['-0.0012e-3', '12', -7],
    ['1.5E+300', '15', 299],
  ])('%s is its digits and the power of ten of the last', (token, digits, exponent) => {
    const decimal = decimalOf(token);
    expect(decimal.digits).toBe(digits);
    if (digits !== '0') expect(decimal.exponent).toBe(exponent);
    expect(decimal.negative).toBe(token.startsWith('-'));
  });
});

/** From the definition: both written out with as many places as any number has. */
function byDefinition(width: number, from: number, to: number): boolean {
  const [most, lower, upper] = [width, from, to].map((number) => {
    const [, sign = '', whole = '', , fraction = '', power = '0'] =
      /^(-?)(\d+)(\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
    return BigInt(sign + whole + fraction.padEnd(400 + Number(power), '0'));
  }) as [bigint, bigint, bigint];
  return upper - lower <= most;
}

describe('nearness of decimals [Q4.22]', () => {
  it.each([
    [0.1, 21, 21.1],
    [0.1, 99.9, 100],
    [0.1, -0.3, -0.2],
    [0.3, 0.1, 0.4],
    [0, 0.1, 0.1],
    [1e-320, 1e-320, 2e-320],
    [1e308, -5e307, 5e307],
    [5e-324, 0, 5e-324],
    [1e16, 0.5, 1e16],
  ])('within %d lie %d and %d', (width, from, to) => {
    expect(isWithin(width, from, to)).toBe(true);
  });

  it.each([
    [0.1, 21, 21.100000000000005],
    [0.1, 0.3, 0.4000000000000001],
    [1, 0, 1 + 2 ** -52],
    [1, -1e-300, 1],
    [0, 0, 5e-324],
    [1e308, -1e308, 1e308],
    [1e16, -0.5, 1e16],
  ])('within %d do not lie %d and %d', (width, from, to) => {
    expect(isWithin(width, from, to)).toBe(false);
  });

  it('is as by the definition, for any numbers and above all for those about a tolerance apart', () => {
    const size = fc.integer({ min: -320, max: 307 });
    const digits = fc.integer({ min: -99_999, max: 99_999 });
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.tuple(digits, fc.integer({ min: -8, max: 3 })).map(([d, e]) => Number(`${d}e${e}`)),
      fc.tuple(digits, size).map(([d, e]) => Number(`${d}e${e - 5}`)),
    );
    const nudged = fc.tuple(number, number, fc.integer({ min: -3, max: 3 }));
    holds(
      fc.property(nudged, fc.boolean(), ([from, any, ulps], near) => {
        const width = Math.abs(any);
        const to = near ? from + width + ulps * Number.EPSILON * (Math.abs(from) + width) : any;
        fc.pre(Number.isFinite(to));
        expect(isWithin(width, from, to)).toBe(byDefinition(width, from, to));
      }),
      20_000,
    );
  });
});

describe('nearness by a share of the greater size [Q4.40]', () => {
  const tenth = { num: 1, den: 10 };

  it.each([
    [90, 100, true],
    [89.99999999999999, 100, false],
    [100, 110, true],
    [0.09, 0.1, true],
    [-100, -90, true],
    [-100, -89.99999999999999, false],
    [-1, 1, false],
    [0, 5e-324, false],
    [0, 0, true],
    [1e-320, 1.1e-320, true],
    [1.6e308, 1.75e308, true],
    [-1.7e308, 1.7e308, false],
  ])('%d and %d are within a tenth: %s', (from, to, expected) => {
    expect(isWithinShare(tenth, from, to)).toBe(expected);
  });

  it('holds where the share times a size is too large for a double', () => {
    const within = (to: number): boolean => isWithinShare({ num: 1, den: 5138 }, -1.797693134862236e308, to);
    expect([-1.7973432529753423e308, -1.7973432529753419e308].map(within)).toEqual([true, true]);
    expect([-1.7973432529753415e308, -1.7e308].map(within)).toEqual([false, false]);
  });

  it('is as by the definition, above all at the border', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -99_999, max: 99_999 }).map((hundredths) => hundredths / 100),
      fc
        .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -320, max: 305 }))
        .map(([d, e]) => Number(`${d}e${e}`)),
    );
    const share = fc
      .tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }))
      .map(([a, b]) => ({
        num: Math.min(a, b),
        den: Math.max(a, b) + 1,
      }));
    holds(
      fc.property(
        number,
        share,
        fc.option(number),
        fc.integer({ min: -3, max: 3 }),
        (from, { num, den }, any, ulps) => {
          // Where the window that begins at `from` ends.
          const end = from < 0 ? from * (1 - num / den) : from / (1 - num / den);
          const to = any ?? end + ulps * Number.EPSILON * Math.abs(end);
          fc.pre(Number.isFinite(to) && to >= from);
          const [upper, lower, size] = [to, from, Math.max(Math.abs(from), Math.abs(to))].map((one) =>
            units(String(one)),
          ) as [bigint, bigint, bigint];
          const exact = (upper - lower) * BigInt(den) <= size * BigInt(num);
          expect(isWithinShare({ num, den }, from, to)).toBe(exact);
        },
      ),
      20_000,
    );
  });
});

describe('the nearest double to a fraction [Q4.41]', () => {
  it.each<[bigint, bigint, number]>([
    [0n, 7n, 0],
    [4n, 3n, 1.3333333333333333],
    [-4n, 3n, -1.3333333333333333],
    [2n ** 53n + 1n, 1n, 2 ** 53],
    [2n ** 53n + 3n, 1n, 2 ** 53 + 4],
    [1n, 2n ** 1074n, 5e-324],
    [1n, 2n ** 1075n, 0],
    [3n, 2n ** 1075n, 1e-323],
    [-1n, 2n ** 1100n, 0],
    [2n ** 1024n - 2n ** 970n, 1n, Number.MAX_VALUE],
    [2n ** 1030n, 1n, Number.MAX_VALUE],
  ])('%d / %d is %d', (above, below, expected) => {
    expect(nearestDouble(above, below)).toBe(expected);
  });

  it('is that of long division', () => {
    const size = fc.bigInt({ min: 1n, max: 2n ** 1100n });
    holds(
      fc.property(size, size, fc.boolean(), (above, below, minus) => {
        const top = minus ? -above : above;
        const expected = Number(nearest(top * 10n ** 400n, below));
        fc.pre(!Number.isNaN(expected));
        expect(nearestDouble(top, below)).toBe(expected);
      }),
      3000,
    );
  });
});
