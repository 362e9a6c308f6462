import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText, root } from './source.ts';

/** Documents that name commands of the project name those that exist, and docs/guarantees.md has every guarantee. */

const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'test/README.md',
  ...['EVIDENCE', 'guarantees', 'faq', 'security', 'performance', 'classroom', 'faults'].map(
    (name) => `docs/${name}.md`,
  ),
];

/** The names of scripts of package.json, and the paths that a document gives to Vitest or to scripts/run.js, that do not exist. */
function missingIn(text: string): string[] {
  const named = [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name);
  const lines = [...text.matchAll(/(?:\bvitest run|scripts\/run\.js)((?: [\w./*-]+)+)/g)];
  const paths = lines.flatMap(([, rest = '']) =>
    rest
      .trim()
      .split(' ')
      .filter((word) => /^(?:src|test|bench|site)\b/.test(word)),
  );
  return [
    ...named.filter((name) => scripts[name] === undefined).map((name) => `npm run ${name}`),
    ...paths.filter((path) => !existsSync(join(root, path.replace(/\*.*$/, '')))),
  ];
}

describe('commands in documents', () => {
  it.each(documents)('of %s exist', (path) => {
    expect(missingIn(readText(path))).toEqual([]);
  });

  it('are looked for', () => {
    const text =
      'npm run nothing; npx vitest run test/none.test.ts src/core; node scripts/run.js test/gone.ts';
    expect(missingIn(text)).toEqual(['npm run nothing', 'test/none.test.ts', 'test/gone.ts']);
  });
});

describe('docs/guarantees.md [Q8]', () => {
  const page = readText('docs/guarantees.md');
  const sections = page.split('\n### ').slice(1);
  const clauses = [...readText('PROTOCOL.md').matchAll(/^- \*\*\[(Q8\.\d+)\]\*\* (Not promised)?/gm)];

  it('has a part for every clause, with a command', () => {
    expect(clauses.length).toBeGreaterThan(9);
    for (const [, clause = ''] of clauses) {
      const own = sections.filter((section) => section.split('\n')[0]?.endsWith(`(${clause})`));
      expect(own.length, clause).toBe(1);
      expect(own[0], clause).toMatch(/```shell\n(?:np[mx] (?:run|vitest run) [^\n]+\n)+```/);
    }
    expect(sections.length).toBe(clauses.length);
  });

  it('says of each whether it is promised', () => {
    const [, promised = '', not = ''] = page.split(/^## /m);
    for (const [, clause = '', isNot] of clauses)
      expect(isNot === undefined ? promised : not).toContain(`(${clause})`);
  });
});
