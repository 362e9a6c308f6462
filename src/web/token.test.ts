import { expect, test } from 'vitest';
import type { Store } from './store.ts';
import { forgetToken, isToken, keepToken, tokenIn } from './token.ts';

/** What one tab keeps. */
function tab(): Store {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
  };
}

test('a token is sent where it was given, and that of the server wherever there is no other', () => {
  const mine = tab();
  expect(tokenIn('gate', mine)).toBeNull();
  keepToken('gate', 'key-of-gate', mine);
  expect([tokenIn('gate', mine), tokenIn('other', mine), tokenIn(null, mine)]).toEqual([
    'key-of-gate',
    null,
    null,
  ]);
  keepToken(null, 'admin', mine);
  expect([tokenIn('gate', mine), tokenIn('other', mine), tokenIn(null, mine)]).toEqual([
    'key-of-gate',
    'admin',
    'admin',
  ]);
  expect(tokenIn('gate', tab())).toBeNull();
});

test('to forget is to send none, on the page where one does', () => {
  const mine = tab();
  keepToken('gate', 'key-of-gate', mine);
  keepToken('board', 'key-of-board', mine);
  keepToken(null, 'admin', mine);
  forgetToken('gate', mine);
  expect([tokenIn('gate', mine), tokenIn(null, mine)]).toEqual([null, null]);
  expect(tokenIn('board', mine)).toBe('key-of-board');
});

test.each([
  ['3f9a-_.~+/=', true],
  ['', false],
  ['two words', false],
  ['schlüssel', false],
  ['a'.repeat(513), false],
])('%s may be a token: %s', (text, may) => {
  expect(isToken(text)).toBe(may);
});
