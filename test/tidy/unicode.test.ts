import { expect, it } from 'vitest';
import { unicodeTables } from '../../scripts/unicode-tables.js';
import { readText } from './source.ts';

it('the tables of Unicode are what scripts/unicode-tables.js writes', () => {
  expect(readText('src/core/equality/unicode-tables.ts')).toBe(unicodeTables());
});
