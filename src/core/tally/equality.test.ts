import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../../test/harness/property.ts';
import { canonical } from '../json.ts';
import type { Json } from '../types.ts';
import { classOf, isComparable } from './equality.ts';

const textClass = (value: Json): string => classOf('text', canonical(value));

describe('equality "text" [Q4.21]', () => {
  it.each([
    ['blue whale', '  Blue\tWhale ', 'BLUE \n\n WHALE', 'blue\u00a0whale', 'blue\u3000whale'],
    ['café', 'cafe\u0301', 'CAFÉ', 'CAFE\u0301'],
    ['straße', 'STRASSE', 'Strasse'],
    ['ΟΔΟΣ', 'οδος', 'οδοσ'],
    ['', ' ', '\t\n', '\u0085\u2028'],
    ['ᾳ\u0345', 'ΑΙ\u0399', 'αιι'],
    ['ﬁn', 'FIN'],
    ['i\u0307', 'İ'],
    ['\u{11382}\u{113c9}', '\u{11383}'],
  ])('holds %j and its other spellings to be equal', (...texts) => {
    const classes = texts.map(textClass);
    expect(new Set(classes).size, classes.join(' ')).toBe(1);
  });

  // Node 20.19 has no case for U+A7D2, later ones have; a mark that Unicode 17 has assigned is sorted among others by those only.
  it('leaves a character that its version of Unicode does not know as it is', () => {
    for (const text of ['\ua7d2', '\ua7d3', 'a\u0301\u1acf\u0323', '\u{10ffff}', '\u0378'])
      expect(textClass(text)).toBe(JSON.stringify(text));
  });

  // A capital sharp s has no upper case of its own, so folding by way of upper case leaves it apart from ss.
  it('holds a capital sharp s and ss to be equal', () => {
    expect(textClass('STRAẞE')).toBe(textClass('STRASSE'));
  });

  it.each([
    ['blue whale', 'bluewhale'],
    ['a', 'b'],
    ['é', 'e'],
    ['ı', 'i'],
    ['İ', 'i'],
    ['\ufeffa', 'a'],
    ['\ua7d2', '\ua7d3'],
    ['1', 1],
    ['true', true],
    ['null', null],
    [['A'], ['a']],
    [{ A: 1 }, { a: 1 }],
  ])('keeps %j and %j apart', (a, b) => {
    expect(textClass(a)).not.toBe(textClass(b));
  });

  it('gives a spelling and its own class text the same class', () => {
    holds(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const folded = JSON.parse(textClass(text)) as string;
        expect(textClass(folded)).toBe(textClass(text));
      }),
      2000,
    );
  });

  it('does not see white space around, nor how characters are composed', () => {
    const space = fc.constantFrom(' ', '\n', '\t\t', '\u3000');
    const forms = fc.constantFrom('NFC', 'NFD');
    holds(
      fc.property(fc.string({ unit: 'grapheme' }), space, forms, (text, around, form) => {
        expect(textClass(`${around}${text.normalize(form)}${around}`)).toBe(textClass(text));
      }),
      2000,
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
