import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { holds } from '../../test/harness/property.ts';
import { anyRecord } from '../../test/play/records.ts';
import { decode, encode, type Problem, standard } from './record.ts';
import type { RunRecord } from './types.ts';

describe('a record in an address', () => {
  it('is the same record again', () => {
    holds(
      fc.property(anyRecord, (record) => {
        expect(decode(encode(record))).toEqual({ record, problems: [] });
      }),
      500,
    );
  });

  it('says only what is not standard', () => {
    expect(encode(standard)).toBe('');
    const record: RunRecord = {
      ...standard,
      seed: 17,
      clients: 'named',
      loss: 5,
      fates: new Map([
        ['A3', 'drop'],
        ['B2r', 'delay'],
      ]),
      turns: [0, 1, 2, 0],
      draws: [[2, 6], [9], [9]],
    };
    expect(encode(record)).toBe(
      'seed=17&clients=named&loss=5&fates=A3-drop.B2r-delay&turns=ABCA&draws=2-6.9.9',
    );
  });

  it('may begin with a question mark, and have fields of others', () => {
    expect(decode('?seed=9&lang=es')).toEqual({ record: { ...standard, seed: 9 }, problems: [] });
  });

  it('tells a run that takes turns in order from one that takes them by the seed', () => {
    const inOrder = { ...standard, turns: [] };
    expect(encode(inOrder)).toBe('turns=');
    expect(decode('turns=').record).toEqual(inOrder);
  });
});

const wrong: readonly [query: string, problem: Problem][] = [
  ['seed=x', { field: 'seed', problem: 'not-a-whole-number', least: 0, most: 4294967295 }],
  ['seed=-1', { field: 'seed', problem: 'not-a-whole-number', least: 0, most: 4294967295 }],
  ['seed=01', { field: 'seed', problem: 'not-a-whole-number', least: 0, most: 4294967295 }],
  ['seed=1.5', { field: 'seed', problem: 'not-a-whole-number', least: 0, most: 4294967295 }],
  ['seed=4294967296', { field: 'seed', problem: 'out-of-range', least: 0, most: 4294967295 }],
  ['agents=1', { field: 'agents', problem: 'out-of-range', least: 2, most: 10 }],
  ['agents=11', { field: 'agents', problem: 'out-of-range', least: 2, most: 10 }],
  ['quorum=4', { field: 'quorum', problem: 'out-of-range', least: 2, most: 3 }],
  ['max=', { field: 'max', problem: 'not-a-whole-number', least: 1, most: 1000 }],
  ['loss=51', { field: 'loss', problem: 'out-of-range', least: 0, most: 50 }],
  ['crash=100', { field: 'crash', problem: 'out-of-range', least: 0, most: 20 }],
  ['clients=toString', { field: 'clients', problem: 'not-one-of', allowed: ['anonymous', 'named'] }],
  ['replies=', { field: 'replies', problem: 'not-one-of', allowed: ['at-once', 'any-time'] }],
  ...['A3', 'A3-fly', 'A0-drop', 'a3-drop', 'A3r-drop-', 'K1-drop', 'A3-drop.', 'A1.5-drop', '-drop'].map(
    (text): [string, Problem] => [
      `fates=${text}`,
      { field: 'fates', problem: 'not-readable', example: 'A3-drop.B2r-delay' },
    ],
  ),
  ...['ABCD', 'abc', 'A B', 'A'.repeat(10_001)].map((text): [string, Problem] => [
    `turns=${text}`,
    { field: 'turns', problem: 'not-readable', example: 'ABCA' },
  ]),
  ...['1.2.3.4', '0', '11', '1-', '1--2', 'x', '1e1'].map((text): [string, Problem] => [
    `draws=${text}`,
    { field: 'draws', problem: 'not-readable', example: '2-6.9.9' },
  ]),
];

test.each(wrong)('%s is reported, and leaves the rest as it is', (query, problem) => {
  const { record, problems } = decode(`${query}&delay=7`);
  expect(problems).toEqual([problem]);
  expect(record).toEqual({ ...standard, delay: 7 });
});

test('every text gives a record that runs as its own address says', () => {
  holds(
    fc.property(
      fc.string({ maxLength: 60, unit: fc.constantFrom(...'ABCr0123456789-.=&%drop turnsfateslos') }),
      (text) => {
        const { record } = decode(text);
        expect(decode(encode(record))).toEqual({ record, problems: [] });
      },
    ),
    500,
  );
});
