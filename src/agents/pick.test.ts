import { describe, expect, test } from 'vitest';
import { readJson } from '../cli/arguments.ts';
import type { Json } from '../client/index.ts';
import { type Pick, type Picked, picks } from './pick.ts';

/** What each way reads, and that an answer with two readings is not read. */

const options = ['approve', 'approve with changes', 'reject', 3];
const isOption = (value: Json, option: Json): boolean =>
  typeof value === 'string' && typeof option === 'string'
    ? value.toLowerCase() === option.toLowerCase()
    : value === option;
const read = (how: Pick, answer: string): Picked =>
  picks[how](answer, { parse: readJson, options, isOption });

describe('json', () => {
  test.each<[string, Json]>([
    ['7', 7],
    [' "a" \n', 'a'],
    ['{"a": [1]}', { a: [1] }],
    ['Sure:\n```json\n{"a": "]}"}\n```\nBecause.', { a: ']}' }],
    ['I say [1, 2]. Again: [1, 2]', [1, 2]],
    ['a 5" pipe: {"a": "\\"}"}', { a: '"}' }],
    [':-] {"a": 1}', { a: 1 }],
    ['as [Smith] says: {"a": 1}', { a: 1 }],
  ])('%j', (answer, value) => expect(read('json', answer)).toEqual({ value }));

  test.each([
    ['nothing here', /no JSON/],
    ['', /no JSON/],
    ['{"a": 1} or {"a": 2}', /more than one/],
    ['{"a": {"b": 1}', /not closed/],
    ['{"a": 12345678901234567890}', /as written/],
    ['x {"a": 1, "a": 2}', /as written/],
    ['{answer: {"a": 1}}', /no JSON/],
    ['[1] says {"a": 1}', /more than one/],
  ])('not %j', (answer, why) => expect(read('json', answer)).toEqual({ why: expect.stringMatching(why) }));
});

describe('fenced', () => {
  test.each<[string, Json]>([
    ['Here:\n```json\n{"a": 1}\n```\nDone [1].', { a: 1 }],
    ['```\nsome text\n```', 'some text'],
    ['````\n```\nx\n```\n````', '```\nx\n```'],
  ])('%j', (answer, value) => expect(read('fenced', answer)).toEqual({ value }));

  test.each([
    ['{"a": 1}', /no block/],
    ['```\n1\n```\n```\n2\n```', /more than one/],
    ['```\n1', /not closed/],
    ['```\n \n```', /empty/],
    ['```\n1e999\n```', /as written/],
  ])('not %j', (answer, why) => expect(read('fenced', answer)).toEqual({ why: expect.stringMatching(why) }));
});

describe('number', () => {
  test.each<[string, number]>([
    ['42', 42],
    ['The answer is **-1.5e3**, I think.', -1500],
    ['answer=42', 42],
    ['Of 3 trees 2 fell.\nAnswer: 0.1', 0.1],
    ['First 7. Then again: 7!', 7],
    ['2 and 3 make 5\nSo: 5.', 5],
  ])('%j', (answer, value) => expect(read('number', answer)).toEqual({ value }));

  test.each([
    ['none', /no number/],
    ['3 or 4', /more than one/],
    ['3 or 4\nso I do not know', /more than one/],
    ['1,000', /no plain number/],
    ['42%', /no plain number/],
    ['$42', /no plain number/],
    ['0.66666666666666664', /as written/],
    ['٤٢', /no plain number/],
  ])('not %j', (answer, why) => expect(read('number', answer)).toEqual({ why: expect.stringMatching(why) }));
});

describe('option', () => {
  test.each<[string, Json]>([
    ['approve', 'approve'],
    ['"Approve"', 'approve'],
    ['Looks fine.\n\n**Decision:** Approve.\n\nThe tests pass.', 'approve'],
    ['My final answer: **approve with changes**', 'approve with changes'],
    ['# Reject', 'reject'],
    ['Answer: 3', 3],
    ['approve\nAnswer: approve', 'approve'],
  ])('%j', (answer, value) => expect(read('option', answer)).toEqual({ value }));

  test.each([
    ['I would not approve', /no option/],
    ['Do not approve.', /no option/],
    ['I can see no reason at all to say: approve', /no option/],
    ['approve\nreject', /more than one/],
    ['- approve', /no option/],
    ['approve?', /no option/],
    ['', /no option/],
  ])('not %j', (answer, why) => expect(read('option', answer)).toEqual({ why: expect.stringMatching(why) }));

  test('nor where the round has none', () => {
    const reading = { parse: readJson, options: null, isOption };
    expect(picks.option('approve', reading)).toEqual({ why: 'the round has no options' });
  });
});

describe('last-line', () => {
  test.each<[string, Json]>([
    ['first\nsecond\n\n', 'second'],
    ['because\r\n{"a": 1}', { a: 1 }],
    ['7', 7],
  ])('%j', (answer, value) => expect(read('last-line', answer)).toEqual({ value }));

  test.each([
    [' \n', /empty/],
    ['so:\n12345678901234567890', /as written/],
  ])('not %j', (answer, why) =>
    expect(read('last-line', answer)).toEqual({ why: expect.stringMatching(why) }),
  );
});

test.each<Pick>(['json', 'fenced', 'number', 'option', 'last-line'])(
  '%s: a megabyte of anything is read in one go',
  (how) => {
    for (const piece of ['[', '"', ' ', '{"', '```\n', '1 ', '* ', '\\', '\n', 'a: '])
      expect(read(how, piece.repeat((1 << 20) / piece.length))).toBeDefined();
  },
);
