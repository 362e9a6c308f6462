import { expect, it } from 'vitest';
import type { Json } from '../types.ts';
import { partAt } from './pointer.ts';

const value: Json = {
  answer: 4,
  list: ['a', { deep: null }],
  'a/b': 1,
  'm~n': 2,
  '~1': 3,
  '': { '': 5 },
  '0': 'zero',
};

it.each<[string, Json | undefined]>([
  ['/answer', 4],
  ['/list/0', 'a'],
  ['/list/1/deep', null],
  ['/a~1b', 1],
  ['/m~0n', 2],
  ['/~01', 3],
  ['/', { '': 5 }],
  ['//', 5],
  ['/0', 'zero'],
  ['/list/2', undefined],
  ['/list/-', undefined],
  ['/list/00', undefined],
  ['/list/01', undefined],
  ['/list/1.0', undefined],
  ['/list/length', undefined],
  ['/answer/0', undefined],
  ['/list/0/length', undefined],
  ['/list/1/deep/more', undefined],
  ['/toString', undefined],
  ['/__proto__', undefined],
])('%s points to %j [Q4.40]', (pointer, part) => {
  expect(partAt(value, pointer)).toEqual(part);
});

it('an own member may be called __proto__ [Q4.40]', () => {
  expect(partAt(JSON.parse('{"__proto__":7}') as Json, '/__proto__')).toBe(7);
});
