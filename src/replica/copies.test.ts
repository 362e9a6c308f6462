import { expect, test } from 'vitest';
import { Copies } from './copies.ts';

test('a copy is the same text, the same one each time, or null where it cannot be', () => {
  const copies = new Copies();
  for (const text of ['', 'a', 'agent-of-some-length', '\u00ff', '\u0000"'])
    expect([copies.of(text), copies.of(text)]).toEqual([text, text]);
  for (const text of ['\u0100', 'a\ud800']) expect(copies.of(text)).toBeNull();
});

test('copies of many texts are right when the first are forgotten', () => {
  const copies = new Copies();
  for (let i = 0; i < 25_000; i += 1) expect(copies.of(`agent-${i}`)).toBe(`agent-${i}`);
});
