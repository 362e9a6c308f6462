import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../../test/harness/property.ts';
import { canonical } from '../json.ts';
import type { Comparison, Equality, Json } from '../types.ts';
import { classOf, type Misfit, misfit, numberIn, sameUnder } from './equality.ts';
import { isVeto } from './veto.ts';

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
    [
      ['A', 1, ['b ']],
      ['a', 1, ['B']],
    ],
    [
      { k: 'A', l: [' B'] },
      { l: ['b'], k: 'a ' },
    ],
  ] as Json[][])('holds %j and its other spellings to be equal', (...texts) => {
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
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
    [['a'], 'a'],
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

describe('equality {"set": true} [Q4.40]', () => {
  it.each<[Json, string]>([
    [[2, 1, 2], '[1,2]'],
    [[10, 9], '[10,9]'],
    [
      [
        [2, 1],
        [1, 2],
        [1, 2],
      ],
      '[[1,2],[2,1]]',
    ],
    [['b', { b: 1, a: 2 }, 'b'], '["b",{"a":2,"b":1}]'],
    [[], '[]'],
    ['b', '"b"'],
    [['b'], '["b"]'],
    [{ a: [2, 1] }, '{"a":[2,1]}'],
  ])('takes %j for %s: each member once, in text order', (value, text) => {
    expect(classOf({ set: true }, canonical(value))).toBe(text);
  });
});

describe('equality of one part [Q4.40]', () => {
  const classIn = (by: Comparison, value: Json): string => classOf({ field: '/a/0', by }, canonical(value));

  it('looks at nothing else', () => {
    expect(classIn('exact', { a: [4], b: 1 })).toBe(classIn('exact', { a: [4, 5] }));
    expect(classIn('exact', { a: ['x'] })).not.toBe(classIn('exact', { a: ['X'] }));
    expect(classIn('text', { a: ['x'] })).toBe(classIn('text', { a: ['X '] }));
    expect(classIn({ set: true }, { a: [[1, 2]] })).toBe(classIn({ set: true }, { a: [[2, 1, 1]] }));
    expect(classIn('exact', { a: [null] })).toBe(classIn('exact', { a: [null], b: 1 }));
  });

  it('takes a part that is false for no veto, and a whole value for one', () => {
    expect(isVeto(classIn('exact', { a: [false] }))).toBe(false);
    expect(isVeto(classIn('text', { a: ['veto'] }))).toBe(false);
    expect(isVeto(classIn('exact', false))).toBe(true);
    expect(isVeto(classIn('exact', 'veto'))).toBe(true);
  });
});

describe('a value that cannot be compared', () => {
  it.each<[string, Misfit | null]>([
    ['7', null],
    ['-0.5', null],
    ['"7"', 'not-a-number'],
    ['null', 'not-a-number'],
    ['true', 'not-a-number'],
    ['[7]', 'not-a-number'],
    ['{}', 'not-a-number'],
  ])('within a tolerance [Q4.22] %s: %s', (text, expected) => {
    expect(misfit({ tolerance: 1 }, text)).toBe(expected);
    for (const equality of ['exact', 'text', { set: true }] as const)
      expect(misfit(equality, text)).toBe(null);
  });

  it.each<[string, Misfit | null, Misfit | null]>([
    ['{"a":7}', null, null],
    ['{"a":null}', null, 'not-a-number'],
    ['{"a":"7"}', null, 'not-a-number'],
    ['{"b":7}', 'no-such-field', 'no-such-field'],
    ['7', 'no-such-field', 'no-such-field'],
    ['[7]', 'no-such-field', 'no-such-field'],
    ['false', 'no-such-field', 'no-such-field'],
    ['null', 'no-such-field', 'no-such-field'],
  ])('by one part [Q4.40] %s: exactly %s, within a tolerance %s', (text, exactly, within) => {
    expect(misfit({ field: '/a', by: 'exact' }, text)).toBe(exactly);
    expect(misfit({ field: '/a', by: { tolerance: 1 } }, text)).toBe(within);
  });
});

it('numberIn reads the number that is compared, if it is one', () => {
  expect(['7', '-1e+30', '=4', '"7"', '="7"', 'null', '=[1]'].map(numberIn)).toEqual([
    ...[7, -1e30, 4],
    ...[null, null, null, null],
  ]);
});

it('sameUnder says whether a decision is what somebody expected, as the rule compares values', () => {
  const same = (equality: Equality, one: Json, other: Json): boolean =>
    sameUnder(equality, canonical(one), canonical(other));
  expect(same('text', 'Approve', ' approve')).toBe(true);
  expect(same('exact', 'Approve', 'approve')).toBe(false);
  expect(same({ set: true }, [1, 2], [2, 1])).toBe(true);
  expect(same({ tolerance: 1 }, 1, 1.5)).toBe(false);
  expect(same({ tolerance: 1 }, 1, 1.0)).toBe(true);
  const part = { field: '/a', by: { tolerance: 1 } } as const;
  expect(same(part, { a: 1 }, { a: 1, b: 2 })).toBe(true);
  expect(same(part, { a: 1 }, { a: 1.5 })).toBe(false);
  // A default may be a value without the part.
  expect(same(part, 1, { a: 1 })).toBe(false);
  expect(same(part, { a: 1 }, 1)).toBe(false);
  expect(same({ field: '/a', by: 'exact' }, 1, { a: 1 })).toBe(false);
  expect(same(part, 'none', 'none')).toBe(true);
});
