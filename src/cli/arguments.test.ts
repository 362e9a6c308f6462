import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { duration, jsonObject, jsonValue, names, notEmpty, whole } from './arguments.ts';

test('a bare word is answered with how to write it as JSON', () => {
  expect(() => jsonValue('hello')).toThrow(`write '"hello"'`);
});

test.each(['12345678901234567890', '1e400', '{"a":1,"a":2}', ''])(
  '%s would not arrive as written: refused',
  (text) => {
    expect(() => jsonValue(text)).toThrow(InvalidArgumentError);
  },
);

test('what is JSON arrives', () => {
  expect(jsonValue('{"a":[1,null,"x"]}')).toEqual({ a: [1, null, 'x'] });
  expect(jsonValue('-5')).toBe(-5);
});

test.each([
  ['a number with a fraction', () => whole(1, 9)('1.5')],
  ['a number out of range', () => whole(1, 9)('10')],
  ['an empty number', () => whole(0, 9)('')],
  ['a duration without a unit', () => duration('30')],
  ['an empty text', () => notEmpty('')],
  ['an empty name', () => names('ann,,bob')],
  ['a list for an object', () => jsonObject('[1]')],
])('%s is refused', (_, read) => {
  expect(read).toThrow(InvalidArgumentError);
});
