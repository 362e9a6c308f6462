import { expect, test } from 'vitest';
import type { Json } from '../../core/types.ts';
import { type Deck, deckOf } from './deck.ts';
import { readNumber, readValue } from './entry.ts';
import { namedAs, nextName } from './name.ts';

test.each([
  ['8', 8],
  [' 8,5 ', 8.5],
  ['-0.50', -0.5],
  ['+3', 3],
  ['1e3', 1000],
  ['.5', 0.5],
  ['0', 0],
  ['100000000000000000000000', 1e23],
])('%j is the number %d', (text, value) => {
  expect(readNumber(text)).toEqual({ ok: true, value });
});

test.each([
  ['', 'empty'],
  ['eight', 'no-number'],
  ['1,000,000', 'no-number'],
  ['--1', 'no-number'],
  ['0x10', 'no-number'],
  ['1e999', 'too-exact'],
  ['12345678901234567890', 'too-exact'],
])('%j is no number to propose: %s', (text, why) => {
  expect(readNumber(text)).toEqual({ ok: false, why });
});

test.each([
  ['pizza', 'pizza'],
  ['"8"', '8'],
  ['8', 8],
  ['true', true],
  ['null', null],
  ['{"a": [1, 2.50]}', { a: [1, 2.5] }],
  ['{"a": "12345678901234567890"}', { a: '12345678901234567890' }],
  ['not {json}', 'not {json}'],
])('the text %j proposes %j', (text, value) => {
  expect(readValue(text)).toEqual({ ok: true, value });
});

test('a number that would be rounded is refused, wherever it stands', () => {
  expect(readValue('[1, 12345678901234567890]')).toEqual({ ok: false, why: 'too-exact' });
  expect(readValue('0.12345678901234567890123')).toEqual({ ok: false, why: 'too-exact' });
  expect(readValue(' ')).toEqual({ ok: false, why: 'empty' });
});

test('the cards are the options of the round; without options, what the group is for', () => {
  const options = [{ value: 'approve', label: 'Approve' }, { value: 3 }];
  const deck = deckOf({ preset: 'gate' }, { options, equality: 'exact' });
  expect(deck).toEqual({
    cards: [
      { value: 'approve', label: 'Approve' },
      { value: 3, label: '3' },
    ],
    typed: null,
  });
  const any = { options: null, equality: 'exact' } as const;
  expect(deckOf({ preset: 'poker' }, any).cards.map(({ label }) => label)).toEqual([
    '1',
    '2',
    '3',
    '5',
    '8',
    '13',
    '21',
    '?',
  ]);
  expect(deckOf({ preset: null }, any)).toEqual({ cards: [], typed: 'value' });
  expect(deckOf({ preset: 'classroom' }, any)).toEqual({ cards: [], typed: 'number' });
  expect(deckOf({ preset: 'poker' }, { options: null, equality: { tolerance: 1 } })).toEqual({
    cards: [],
    typed: 'number',
  });
});

test('who may veto has a card for it, unless an option is one already', () => {
  const gate = { options: [{ value: 'approve' }, { value: 'reject' }], equality: 'exact' } as const;
  const values = (deck: Deck): Json[] => deck.cards.map(({ value }) => value);
  expect(values(deckOf({ preset: 'gate' }, gate, true))).toEqual(['approve', 'reject', 'veto']);
  expect(values(deckOf({ preset: 'gate' }, gate, false))).toEqual(['approve', 'reject']);
  const yesNo = { options: [{ value: true }, { value: false }], equality: 'exact' } as const;
  expect(values(deckOf({ preset: null }, yesNo, true))).toEqual([true, false]);
  const near = { options: null, equality: { tolerance: 1 } } as const;
  expect(deckOf({ preset: null }, near, true)).toEqual({
    cards: [{ value: 'veto', label: 'veto' }],
    typed: 'number',
  });
});

test('a name that people type becomes an id, and keeps its looks', () => {
  expect(namedAs('ann')).toEqual({ agent: 'ann', name: null });
  expect(namedAs('  Ann  Lee ')).toEqual({ agent: 'ann-lee', name: 'Ann Lee' });
  expect(namedAs('José')).toEqual({ agent: 'jose', name: 'José' });
  expect(namedAs('_x!')).toEqual({ agent: 'x', name: '_x!' });
  expect(namedAs('李')).toBeNull();
  expect(namedAs('  ')).toBeNull();
  expect(namedAs('a'.repeat(80))?.agent).toHaveLength(64);
  expect([nextName('cy'), nextName('cy-2'), nextName('a'.repeat(64)).length]).toEqual(['cy-2', 'cy-3', 59]);
});
