import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classOf, isComparable } from './equality.ts';
import { canonical } from './json.ts';
import type { Json } from './types.ts';

const textClass = (value: Json): string => classOf('text', canonical(value));

describe('equality "text" [Q4.21]', () => {
  it.each([
    ['blue whale', '  Blue\tWhale ', 'BLUE \n\n WHALE', 'blue\u00a0whale', 'blue\u3000whale'],
    ['café', 'cafe\u0301', 'CAFÉ', 'CAFE\u0301'],
    ['straße', 'STRASSE', 'Strasse'],
    ['ΟΔΟΣ', 'οδος', 'οδοσ'],
    ['', ' ', '\t\n', '\ufeff'],
  ])('holds %j and its other spellings to be equal', (...texts) => {
    const classes = texts.map(textClass);
    expect(new Set(classes).size, classes.join(' ')).toBe(1);
  });

  // A capital sharp s has no upper case of its own, so folding by way of upper case leaves it apart from ss.
  it('holds a capital sharp s and ss to be equal', () => {
    expect(textClass('STRAẞE')).toBe(textClass('STRASSE'));
  });

  it.each([
    ['blue whale', 'bluewhale'],
    ['a', 'b'],
    ['é', 'e'],
    ['1', 1],
    ['true', true],
    ['null', null],
    [['A'], ['a']],
    [{ A: 1 }, { a: 1 }],
  ])('keeps %j and %j apart', (a, b) => {
    expect(textClass(a)).not.toBe(textClass(b));
  });

  it('gives a spelling and its own class text the same class', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (drawn) => {
        const text = drawn.replaceAll('ẞ', 'ß');
        const folded = JSON.parse(textClass(text)) as string;
        expect(textClass(folded)).toBe(textClass(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not see case or white space around', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(' ', '\n', '\t\t'), (text, space) => {
        expect(textClass(`${space}${text.toUpperCase()}${space}`)).toBe(textClass(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('equality "exact" [Q4.20]', () => {
  it.each(['"A"', '" a"', '1', 'null', '[1,2]'])('takes %s for itself', (text) => {
    expect(classOf('exact', text)).toBe(text);
  });
});

describe('what can be compared within a tolerance [Q4.22]', () => {
  it.each([
    ['7', true],
    ['-0.5', true],
    ['"7"', false],
    ['null', false],
    ['true', false],
    ['[7]', false],
    ['{}', false],
  ])('%s: %s', (text, expected) => {
    expect(isComparable({ tolerance: 1 }, text)).toBe(expected);
    expect(isComparable('exact', text)).toBe(true);
    expect(isComparable('text', text)).toBe(true);
  });
});
