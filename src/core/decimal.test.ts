import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/harness/property.ts';
import { decimalOf, isWithin } from './decimal.ts';

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
