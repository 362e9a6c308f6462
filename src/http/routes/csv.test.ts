import { expect, test } from 'vitest';
import { cell } from './csv.ts';

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "so"', '"say ""so"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+1+1', "'+1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['-1+cmd', "'-1+cmd"],
  ['\t=1', "'\t=1"],
  ['=a,b', '"\'=a,b"'],
  ['-5', '-5'],
  ['-1.5e-7', '-1.5e-7'],
  ['', ''],
])('the cell %j is written %j', (text, written) => {
  expect(cell(text)).toBe(written);
});
