import { describe, expect, it } from 'vitest';
import { codeOf, placeOf, type SourceFile, sourcesIn } from './source.ts';

/** Lines of a file that one can still read in one go. */
const mostLines = 400;

/** Files that are longer for now, and how long they may be at most. Make these numbers smaller, never larger. */
const longer: ReadonlyMap<string, number> = new Map([
  ['src/log/conformance.ts', 720],
  ['src/log/lmdb/engine.test.ts', 485],
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

  it('run all their tests', () => {
    const found = places(/\b(?:describe|it|test|suite)(?:\.\w+)*\.only\b/g, 'runs alone: take .only out');
    expect(found, found.join('\n')).toEqual([]);
  });

  it('say why a test is skipped', () => {
    const skip = /\b(?:describe|it|test|suite)(?:\.\w+)*\.(?:skip|todo)\b/g;
    const found = files.flatMap((file) =>
      [...codeOf(file.text).matchAll(skip)]
        .filter(({ index }) => !hasReason(file.text, index))
        .map(
          ({ index }) =>
            `${placeOf(file, index)} is skipped without a reason: put one in a comment before it`,
        ),
    );
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

function places(pattern: RegExp, complaint: string): string[] {
  return files.flatMap((file: SourceFile) =>
    [...codeOf(file.text).matchAll(pattern)].map(({ index }) => `${placeOf(file, index)} ${complaint}`),
  );
}

function notThisFile(place: string): boolean {
  return !place.startsWith('test/tidy/files.test.ts');
}

/** Whether a comment stands on the line or right before it. */
function hasReason(text: string, at: number): boolean {
  const lines = text.slice(0, endOfLine(text, at)).split('\n');
  return [lines.at(-1), lines.at(-2)].some((line) => line !== undefined && /\/\/|\*/.test(line));
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}
