import { describe, expect, it } from 'vitest';
import { isName, limits } from './limits.ts';

describe('names [Q5.10]', () => {
  it.each(['a', '0', 'reviewer-1', 'a.b_c-d', '9lives', 'x'.repeat(limits.nameLength)])(
    '%s is one',
    (text) => {
      expect(isName(text)).toBe(true);
    },
  );

  it.each([
    '',
    '-a',
    '.a',
    '_a',
    'A',
    'aB',
    'é',
    'a b',
    'a/b',
    'a\n',
    'a%20',
    '..',
    'ａ',
    '١',
    'x'.repeat(limits.nameLength + 1),
  ])('%j is none', (text) => {
    expect(isName(text)).toBe(false);
  });
});
