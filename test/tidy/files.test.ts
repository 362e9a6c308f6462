import { describe, expect, it } from 'vitest';
import { placeOf, sourcesIn } from './source.ts';

/** Lines of a file that one can still read in one go. */
const mostLines = 400;

/** Files that are longer for now, and how long they may be at most. Make these numbers smaller, never larger. */
const longer: ReadonlyMap<string, number> = new Map([
  // Lists of sentences, all of a language in one file, so that it can be read, revised and translated as one.
  ['src/web/words/en.ts', 1400],
  ['src/web/words/es.ts', 1500],
]);

const files = sourcesIn('src', 'test');

describe('files', () => {
  it('are short enough to be read', () => {
    const found = files.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      const most = longer.get(path) ?? mostLines;
      if (lines > most) return [`${path} has ${lines} lines, the most is ${most}: split it along its ideas`];
      const shrunk = longer.has(path) && lines <= mostLines;
      return shrunk ? [`${path} is short enough now: take it out of the list in this test`] : [];
    });
    const known = new Set(files.map(({ path }) => path));
    for (const path of longer.keys())
      if (!known.has(path)) found.push(`${path} is gone: take it out of the list in this test`);
    expect(found, found.join('\n')).toEqual([]);
  });

  it('leave no notes to self', () => {
    const notes = new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|XXX)\\b`, 'g');
    const found = files.flatMap((file) =>
      [...file.text.matchAll(notes)].map(
        ({ 0: note, index }) => `${placeOf(file, index)} says ${note}: do it, or write an issue`,
      ),
    );
    expect(found.filter(notThisFile), found.join('\n')).toEqual([]);
  });
});

function notThisFile(place: string): boolean {
  return !place.startsWith('test/tidy/files.test.ts');
}
