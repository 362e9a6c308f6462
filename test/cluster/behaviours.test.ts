import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/etcd-behaviours.md', root), 'utf8');

describe('docs/etcd-behaviours.md', () => {
  const rows = [...page.matchAll(/\| `([\w/.-]+\.ts)`: (.+?) \|$/gm)];

  test('names a test in each row of its first table', () => {
    const table = page.split('\n\n').find((part) => part.startsWith('| etcd,')) ?? '';
    expect(rows.length).toBe(table.trim().split('\n').length - 2);
  });

  test.each(rows.map(([, file, name]) => ({ file: file as string, name: name as string })))(
    '$file has the test "$name"',
    ({ file, name }) => {
      const text = readFileSync(fileURLToPath(new URL(file, root)), 'utf8');
      expect(text).toContain(file.endsWith('.test.ts') ? `test('${name}'` : `'${name}'`);
    },
  );

  test('names each fault that can be drawn', () => {
    const faults = readFileSync(new URL('test/cluster/faults/faults.ts', root), 'utf8');
    const drawn = [...faults.matchAll(/^ {2}'([a-z-]+)': \{$/gm)].map(([, name]) => name as string);
    expect(drawn.length).toBeGreaterThan(15);
    expect(
      [...drawn, 'no-space', 'wipe-log', 'restore-log'].filter((name) => !page.includes(`\`${name}\``)),
    ).toEqual([]);
  });
});
