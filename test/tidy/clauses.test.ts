import { describe, expect, it } from 'vitest';
import { presets } from '../../src/core/rule/presets.ts';
import { isTest, placeOf, readText, sourcesIn } from './source.ts';

/**
 * PROTOCOL.md, the code and the tests speak of the same clauses. A citation is the clause's number in square
 * brackets, in a comment or in the name of a test; a letter and one number alone cite a whole part.
 */

/** How many clauses no test cites yet. Make this number smaller, never larger. */
const mayBeUntested = 0;

const protocol = readText('PROTOCOL.md');
const clauses = [...protocol.matchAll(/^- \*\*\[(Q\d+\.\d+)\]\*\*/gm)].map(([, clause]) => clause as string);
const parts = [...protocol.matchAll(/^## (Q\d+)\. /gm)].map(([, part]) => part as string);
const known = new Set([...clauses, ...parts]);
const elsewhere = [...protocol.split('## Checked elsewhere')[1]!.matchAll(/^\| (Q\d+\.\d+) \|/gm)].map(
  ([, clause]) => clause as string,
);

/** Files in which a citation counts as a test of the clause. */
const testing = [
  ...sourcesIn('test').filter(({ path }) => path !== 'test/tidy/clauses.test.ts'),
  ...sourcesIn('src').filter((file) => isTest(file) || file.path.startsWith('src/log/conformance/')),
];
const citing = [
  ...testing,
  ...sourcesIn('src').filter((file) => !testing.some(({ path }) => path === file.path)),
];

describe('clauses of PROTOCOL.md', () => {
  it('are numbered 1, 2, 3, ... within each part, in order', () => {
    const counts = new Map<string, number>();
    const expected = clauses.map((clause) => {
      const [part = ''] = clause.split('.');
      counts.set(part, (counts.get(part) ?? 0) + 1);
      return `${part}.${counts.get(part)}`;
    });
    expect(clauses, 'give each clause the next number of its part').toEqual(expected);
    expect(parts, 'a part has no clause, or a clause no part').toEqual([...counts.keys()]);
  });

  it('exist wherever one is cited', () => {
    const unknown = citing.flatMap((file) =>
      [...file.text.matchAll(/\[(Q\d+(?:\.\d+)?)\]/g)]
        .filter(([, cited]) => !known.has(cited as string))
        .map(
          ({ index, 1: cited }) => `${placeOf(file, index)} cites ${cited}, which PROTOCOL.md does not have`,
        ),
    );
    expect(unknown, unknown.join('\n')).toEqual([]);
    const inside = [...protocol.matchAll(/Q\d+\.\d+/g)].map(([cited]) => cited);
    const dangling = inside.filter((cited) => !known.has(cited));
    expect(dangling, 'PROTOCOL.md speaks of clauses that it does not have').toEqual([]);
  });

  it('are each cited by a test, but for a number that only shrinks', () => {
    const cited = new Set(
      testing.flatMap(({ text }) => [...text.matchAll(/\[(Q\d+\.\d+)\]/g)].map(([, c]) => c)),
    );
    const untested = clauses.filter((clause) => !cited.has(clause) && !elsewhere.includes(clause));
    if (untested.length > 0) console.info(`${untested.length} clauses without a test: ${untested.join(' ')}`);
    const more = `write a test for each new clause and cite it, or say in the last table of PROTOCOL.md why there is none: ${untested.join(' ')}`;
    expect(untested.length, more).toBeLessThanOrEqual(mayBeUntested);
    const both = elsewhere.filter((clause) => cited.has(clause));
    expect(both, 'these have a test now: take them out of the last table of PROTOCOL.md').toEqual([]);
  });

  it.each([
    ['refusal', unionIn('src/core/result.ts', 'RefusalCode')],
    ['reason', unionIn('src/core/types.ts', 'OutcomeReason')],
    ['setting', fieldsIn('src/core/types.ts', 'Rule')],
    ['word of a rule', wordsIn('src/core/types.ts', 'Rule', 'Threshold', 'Equality')],
    ['preset', Object.keys(presets)],
  ])('name each %s', (what, names) => {
    expect(names.length).toBeGreaterThan(3);
    const unnamed = names.filter(
      (name) => !protocol.includes(`\`${name}\``) && !protocol.includes(`"${name}"`),
    );
    expect(unnamed, `write a clause for each ${what}: ${unnamed.join(', ')}`).toEqual([]);
  });
});

function declaration(path: string, name: string): string {
  const text = readText(path);
  const from = text.search(new RegExp(`^export (?:type|interface) ${name}\\b`, 'm'));
  const end = text.indexOf(text.startsWith('export interface', from) ? '\n}' : ';\n\n', from);
  if (from < 0 || end < 0) throw new Error(`${path} has no ${name}: fix this test`);
  return text.slice(from, end);
}

function unionIn(path: string, name: string): string[] {
  return [...declaration(path, name).matchAll(/'([\w-]+)'/g)].map(([, word]) => word as string);
}

function wordsIn(path: string, ...names: readonly string[]): string[] {
  return names.flatMap((name) => unionIn(path, name));
}

function fieldsIn(path: string, name: string): string[] {
  return [...declaration(path, name).matchAll(/^ {2}readonly (\w+)/gm)].map(([, field]) => field as string);
}
