import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText, root } from './source.ts';

/** test/README.md names every folder of tests and every script that runs a suite. */

const [suites = ''] = readText('test/README.md').split('\n## ');
const rows = suites.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| suite '));

/** Texts in backquotes in the given column of every row. */
function named(column: number): Set<string> {
  const cells = rows.map((row) => row.split('|')[column] ?? '');
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string)));
}

const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `${name}/`);

const scripts = Object.entries(JSON.parse(readText('package.json')).scripts as { [name: string]: string })
  .filter(([, command]) => /vitest|test\/|bench\//.test(command))
  .map(([name]) => name)
  .filter((name) => !name.startsWith('pre'));

describe('test/README.md', () => {
  it('has a row for every folder under test/, and none for another', () => {
    const own = [...named(1)].filter((name) => name.endsWith('/') && !name.startsWith('src/'));
    expect(own.sort()).toEqual([...folders].sort());
  });

  it('has every npm script that runs a suite, and none that does not exist', () => {
    const commands = [...named(1), ...named(3)].flatMap((text) => {
      const script = /^npm (?:run )?([\w:]+)/.exec(text)?.[1];
      return script === undefined ? [] : [script];
    });
    expect([...new Set(commands)].sort()).toEqual([...scripts].sort());
  });

  it('says of every row what it proves and how long it takes', () => {
    const short = rows.filter((row) => row.split('|').slice(1, -1).length !== 4);
    expect(short).toEqual([]);
  });
});
