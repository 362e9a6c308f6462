import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../test/harness/property.ts';
import { byteLength, canonical, isWellFormed, parseJson } from './json.ts';
import type { Json } from './types.ts';

const oracle = canonicalize as unknown as (value: unknown) => string;

function detailOf(text: string, depth = 16): string {
  const parsed = parseJson(text, depth);
  return parsed.ok ? `accepted as ${JSON.stringify(parsed.value)}` : parsed.detail;
}

/** Any JSON value whose numbers keep their digits and whose strings are whole. */
const anyJson = fc
  .jsonValue({ maxDepth: 5, stringUnit: 'binary' })
  .map((value) => value as Json)
  .filter((value) => everyPart(value, isKept));

function isKept(part: Json): boolean {
  if (typeof part !== 'number') return true;
  return Number.isSafeInteger(part) || !Number.isInteger(part) || Math.abs(part) >= 1e21;
}

function everyPart(value: Json, holds: (part: Json) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return holds(value);
  return Object.values(value).every((part) => everyPart(part, holds));
}

describe('canonical text [Q4.20]', () => {
  it('is that of RFC 8785, as an independent implementation writes it', () => {
    holds(
      fc.property(anyJson, (value) => {
        expect(canonical(value)).toBe(oracle(value));
      }),
      2000,
    );
  });

  it('is itself accepted, and is its own canonical text', () => {
    holds(
      fc.property(anyJson, (value) => {
        const text = canonical(value);
        const parsed = parseJson(text, 64);
        expect(parsed.ok && canonical(parsed.value)).toBe(text);
      }),
      2000,
    );
  });

  it('is the same for every way to write a value', () => {
    holds(
      fc.property(anyJson, fc.integer({ min: 0, max: 4 }), (value, indent) => {
        const parsed = parseJson(JSON.stringify(value, null, indent), 64);
        expect(parsed.ok && canonical(parsed.value)).toBe(oracle(value));
      }),
      1000,
    );
  });

  it.each([
    ['1', '1.0', '1e0', '10E-1', '0.1e1', '100e-2'],
    ['0', '-0', '0.0', '0e5', '-0.00e-3'],
    ['"\\u00e9"', '"é"'],
    ['{"b":1,"a":2}', '{ "a" : 2 , "b" : 1 }'],
    ['1e21', '1000000000000000000000e0', '1E+21'],
    ['0.30000000000000004', '3.0000000000000004e-1'],
    ['0.6666666666666666', '0.66666666666666663', '0.6666666666666666297', '6.6666666666666663e-01'],
    ['1946343507674813.2', '1946343507674813.25'],
    ['562949953421312.1', '562949953421312.12', '562949953421312.125'],
    ['0.1', '0.10000000000000001', '0.1000000000000000055511151231257827021181583404541015625'],
    ['1e23', '9.9999999999999992e+22'],
    ['5e-324', '4.9406564584124654e-324'],
    ['9007199254740991', '9007199254740991.0', '9.007199254740991e15'],
  ])('holds %s and its other spellings to be equal', (...texts) => {
    const canonicals = texts.map((text) => {
      const parsed = parseJson(text, 16);
      return parsed.ok ? canonical(parsed.value) : parsed.detail;
    });
    expect(new Set(canonicals).size, canonicals.join(' ')).toBe(1);
  });

  it('holds 1, "1", true and [1] to be different', () => {
    expect(new Set([1, '1', true, [1]].map(canonical)).size).toBe(4);
  });
});

describe('strict JSON [Q4.20]', () => {
  it.each([
    ['12345678901234567890', /12345678901234567890 would be rounded: send it as a string/],
    ['9007199254740992', /would be rounded/],
    ['-9007199254740993', /would be rounded/],
    ['9007199254740993.0', /would be rounded/],
    ['1e16', /would be rounded/],
    ['0.1000000000000000055', /would be rounded/],
    ['0.66666666666666664', /would be rounded/],
    ['1946343507674813.3', /would be rounded/],
    ['562949953421312.13', /would be rounded/],
    [`0.1${'0'.repeat(120)}1`, /would be rounded/],
    ['1e400', /would be rounded/],
    ['-1e400', /would be rounded/],
    ['1e-400', /would be rounded/],
    ['1e-99999999999', /would be rounded/],
    ['[1,2,1e999]', /would be rounded.* \(at character 6\)/],
    ['{"a":1,"a":2}', /the name "a" stands twice/],
    ['{"a":1,"\\u0061":2}', /the name "a" stands twice/],
    ['{"__proto__":1,"__proto__":2}', /stands twice/],
    ['"\\ud800"', /half of a surrogate pair/],
    ['"\\udc00\\ud800"', /half of a surrogate pair/],
    ['{"\\ud83d":1}', /half of a surrogate pair/],
    ['', /ends too early/],
    ['  ', /ends too early/],
    ['nul', /not JSON/],
    ['NaN', /not JSON/],
    ['Infinity', /not JSON/],
    ['-Infinity', /a number is not well written/],
    ['01', /a number is not well written/],
    ['1.', /a number is not well written/],
    ['+1', /not JSON/],
    ["'a'", /not JSON/],
    ['"a\nb"', /a string is not well written/],
    ['"a', /a string is not well written/],
    ['"\\x"', /a string is not well written/],
    ['[1,]', /not JSON/],
    ['[1 2]', /a comma or \] is missing/],
    ['[1', /a comma or \] is missing/],
    ['{"a":1,}', /a member name in double quotes is missing/],
    ['{"a" 1}', /a colon is missing/],
    ['{"a":1 "b":2}', /a comma or } is missing/],
    ['{a:1}', /a member name in double quotes is missing/],
    ['1 2', /something after the end/],
    ['1 // one', /something after the end/],
    ['\ufeff1', /begins with a byte order mark \(U\+FEFF\): leave it out/],
    ['1\ufeff', /something after the end/],
    ['\u00a01', /not JSON/],
  ])('refuses %j', (text, reason) => {
    expect(detailOf(text)).toMatch(reason);
  });

  it('accepts nothing that JSON.parse does not, and reads the same from what it accepts', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '.',
      'e',
      '0',
      'true',
      ' ',
      'null',
    ];
    holds(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (some) => {
        const text = some.join('');
        const parsed = parseJson(text, 16);
        if (parsed.ok) expect(canonical(parsed.value)).toBe(oracle(JSON.parse(text)));
      }),
      5000,
    );
  });

  it('refuses every whole number that its neighbours fall together with', () => {
    holds(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 10n ** 21n - 1n }), fc.boolean(), (number, negative) => {
        expect(detailOf(`${negative ? '-' : ''}${number}`)).toMatch(/would be rounded/);
      }),
    );
  });

  it('takes every double in as many digits as somebody may write it in, and counts it under its shortest form', () => {
    const doubles = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((number) => number !== 0 && isKept(number));
    holds(
      fc.property(doubles, fc.integer({ min: 17, max: 100 }), (number, digits) => {
        // JavaScript rounds a half up where it should go to the even digit.
        const exact = number
          .toExponential(100)
          .replace(/0*(e.*)/, '')
          .replace(/\D/g, '');
        fc.pre(!(exact.length === digits + 1 && exact.endsWith('5')));
        expect(detailOf(number.toExponential(digits - 1))).toBe(`accepted as ${JSON.stringify(number)}`);
      }),
      2000,
    );
  });

  it('takes no two numbers of the same length for one double', () => {
    const fractions = fc.double({ min: 1, max: 10, maxExcluded: true, noNaN: true });
    holds(
      fc.property(fractions, fc.integer({ min: -9, max: 9 }), (number, off) => {
        const digits = BigInt(number.toPrecision(17).replace('.', '')) + BigInt(off);
        const text = `${String(digits)[0]}.${String(digits).slice(1)}`;
        fc.pre(!text.endsWith('0'));
        if (off !== 0 && Number(text) === number) expect(detailOf(text)).toMatch(/would be rounded/);
      }),
      2000,
    );
  });

  // Its digits are kept, so no two values fall together; but a whole number written in digits is beyond 2^53-1.
  it('refuses a whole number in digits from 10^21 on like those below', () => {
    expect(detailOf('1000000000000000000000')).toMatch(/would be rounded/);
  });

  // A power of ten of such a size fills the memory, or takes seconds to write out.
  it('takes a zero whatever its exponent is, at no cost', () => {
    for (const zero of ['0e99999999999', '-0.0e-99999999999'])
      expect(parseJson(zero, 0)).toEqual({ ok: true, value: Number(zero) });
  });

  it('takes a value as deep as allowed and none deeper [Q6.8]', () => {
    expect(detailOf('[[1]]', 2)).toBe('accepted as [[1]]');
    expect(detailOf('1', 0)).toBe('accepted as 1');
    expect(detailOf('[]', 0)).toMatch(/nested deeper than 0/);
    expect(detailOf('[[{}]]', 2)).toMatch(/nested deeper than 2/);
    expect(detailOf('['.repeat(100_000), 16)).toMatch(/nested deeper than 16/);
  });

  it('takes the three words, and nothing that only begins like one', () => {
    for (const word of ['true', 'false', 'null']) expect(detailOf(word, 0)).toBe(`accepted as ${word}`);
    for (const word of ['tru', 'fals', 'nul']) expect(detailOf(word, 0)).not.toMatch(/accepted/);
  });

  it('throws where there is no text at all: a mistake of the program, not of the text', () => {
    expect(() => parseJson(undefined as unknown as string, 16)).toThrow(TypeError);
  });

  it('takes a member called __proto__ for a member like any other', () => {
    const parsed = parseJson('{"__proto__":{"x":1},"constructor":2}', 16);
    expect(parsed.ok && canonical(parsed.value)).toBe('{"__proto__":{"x":1},"constructor":2}');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('byteLength', () => {
  it.each(['', 'a', 'é', '€', '😀', 'aé€😀\u07ff\u0800\uffff'])('of %j is what it takes as UTF-8', (text) => {
    expect(byteLength(text)).toBe(Buffer.byteLength(text));
  });
});

describe('isWellFormed', () => {
  it.each([
    ['', true],
    ['aé€', true],
    ['😀', true],
    ['\ud83d', false],
    ['\ude00', false],
    ['\ude00\ud83d', false],
    ['a\ud83d\ud83d\ude00', false],
  ])('of %j is %s', (text, expected) => {
    expect(isWellFormed(text)).toBe(expected);
  });
});
