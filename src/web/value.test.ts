import { expect, test } from 'vitest';
import type { Json } from '../core/types.ts';
import { valueText } from './value.ts';

test.each<[Json, string]>([
  ['pizza', 'pizza'],
  [8, '8'],
  ['8', '"8"'],
  ['true', '"true"'],
  [true, 'true'],
  [null, 'null'],
  ['', '""'],
  [' ', '" "'],
  [{ a: [1] }, '{"a":[1]}'],
  // Two options that look the same must not be, and none may turn the words around it.
  ['yes\u200b', 'yes\\u200b'],
  ['\u202eseY', '\\u202eseY'],
  [{ '\u2066': '\u0085' }, '{"\\u2066":"\\u0085"}'],
  ['\u05d0 \u200d', '\u05d0 \u200d'],
])('%j is written %s', (value, text) => {
  expect(valueText(value)).toBe(text);
});

test('an option is written as its label', () => {
  const options = [{ value: 'y', label: 'Yes, please' }, { value: 3 }];
  expect(valueText('y', options)).toBe('Yes, please');
  expect(valueText(3, options)).toBe('3');
  expect(valueText(4, [{ value: 4, label: 'n\u202eo' }])).toBe('n\\u202eo');
});

test('what is too long is cut, whole characters at a time', () => {
  expect(valueText('🍕'.repeat(50), null, 4)).toBe('🍕🍕🍕…');
});
