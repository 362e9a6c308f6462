import { describe, expect, it } from 'vitest';
import { Spellings } from './spellings.ts';

const text = (...values: string[]): Spellings => {
  const spellings = new Spellings('text');
  for (const value of values) spellings.count('"paris"', value, 1);
  return spellings;
};

describe('how a decided text is spelt', () => {
  it('is the spelling proposed most often, of equals the first in text order [Q4.21]', () => {
    expect(text('"paris"', '"Paris"', '"paris"').decided('"paris"')).toBe('"paris"');
    expect(text('"paris"', '"PARIS"', '"Paris"').decided('"paris"')).toBe('"PARIS"');
    const changed = text('"paris"', '"paris"', '"Paris"');
    changed.count('"paris"', '"paris"', -1);
    expect(changed.decided('"paris"')).toBe('"Paris"');
  });

  it('is the class itself where nobody has spelt it, or where values have one spelling', () => {
    expect(text().decided('"paris"')).toBe('"paris"');
    const numbers = new Spellings('text');
    numbers.count('7', '7', 1);
    expect(numbers.decided('7')).toBe('7');
    expect(numbers.isCertain('7', 5)).toBe(true);
  });

  it('is certain once the missing cannot bring another one ahead [Q4.12]', () => {
    expect(text('"Paris"', '"Paris"').isCertain('"paris"', 1)).toBe(true);
    expect(text('"Paris"', '"paris"').isCertain('"paris"', 1)).toBe(false);
    expect(text('"Paris"', '"Paris"', '"paris"').isCertain('"paris"', 1)).toBe(true);
    expect(text('"paris"', '"paris"', '"Paris"').isCertain('"paris"', 1)).toBe(false);
  });

  it('is not certain against a spelling that nobody has used yet and that may be the first', () => {
    expect(text('"Paris"').isCertain('"paris"', 1)).toBe(false);
    expect(text().isCertain('"paris"', 1)).toBe(false);
  });
});

describe('how what holds a text is spelt [Q4.40]', () => {
  const count = (spellings: Spellings, classText: string, ...values: string[]): Spellings => {
    for (const value of values) spellings.count(classText, value, 1);
    return spellings;
  };

  it('is a whole value, the one proposed most often', () => {
    const spelt = count(new Spellings('text'), '["a"]', '["A"]', '["a"]', '["A"]');
    expect(spelt.decided('["a"]')).toBe('["A"]');
    expect([1, 2].map((missing) => spelt.isCertain('["a"]', missing))).toEqual([true, false]);
  });

  it('is certain where no string is inside, whatever the names of members are', () => {
    const spelt = count(new Spellings('text'), '{"A":[1,null]}', '{"A":[1,null]}');
    expect(spelt.isCertain('{"A":[1,null]}', 9)).toBe(true);
    expect(count(new Spellings('text'), '{"A":["1"]}', '{"A":["1"]}').isCertain('{"A":["1"]}', 1)).toBe(
      false,
    );
    expect(new Spellings({ set: true }).isCertain('["a"]', 9)).toBe(true);
  });

  it('is never certain of the other parts of a whole value while as many are missing', () => {
    const spelt = count(new Spellings({ field: '/n', by: 'exact' }), '=4', '{"n":4,"w":1}', '{"n":4}');
    expect(spelt.decided('=4')).toBe('{"n":4,"w":1}');
    expect(spelt.isCertain('=4', 1)).toBe(false);
    count(spelt, '=4', '{"n":4}', '{"n":4}');
    expect(spelt.decided('=4')).toBe('{"n":4}');
    expect(spelt.isCertain('=4', 1)).toBe(true);
  });
});
