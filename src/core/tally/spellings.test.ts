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
