import { expect, test } from 'vitest';
import { cell, jsonText } from './csv.ts';

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
  ['\uff1d1+1', "'\uff1d1+1"],
  // With a decimal comma, cells end at each semicolon and line, quoted or not.
  ['so;=1+1', "so;'=1+1"],
  ['so;"=1+1"', `"so;""'=1+1"""`],
  ['so\n@SUM(A1)', `"so\n'@SUM(A1)"`],
  ['so;so', 'so;so'],
  ['-5', '-5'],
  ['-1.5e-7', '-1.5e-7'],
  ['', ''],
])('the cell %j is written %j', (text, written) => {
  expect(cell(text)).toBe(written);
});

test('the JSON of a cell holds no formula behind a semicolon, and is the same JSON', () => {
  const value = { 'a;-1': ['b;=1+1', ';+1;@SUM(A1);', ';\uff1d1'] };
  const text = jsonText(value);
  expect(text).not.toMatch(/;[=+\-@\uff1d]/);
  expect(JSON.parse(text)).toEqual(value);
  expect(cell(text)).toBe(`"${text.replaceAll('"', '""')}"`);
});
