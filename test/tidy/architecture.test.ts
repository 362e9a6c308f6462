import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readText, root } from './source.ts';

/** ARCHITECTURE.md names files and functions that exist. */
describe('ARCHITECTURE.md', () => {
  const text = readText('ARCHITECTURE.md');

  it('names only paths that exist', () => {
    const paths = [...text.matchAll(/`((?:src|test|docs|decisions)\/[^`*\s]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('traces a proposal through functions that are in the files it names', () => {
    const steps = [...text.matchAll(/^\| \d+ \| `([^`]+)` \| ([^|]+) \|/gm)];
    expect(steps.length).toBeGreaterThan(15);
    const missing = steps.flatMap(([, path = '', functions = '']) => {
      const code = readText(path);
      return [...functions.matchAll(/`(\w+)`/g)]
        .map(([, name = '']) => name)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(code))
        .map((name) => `${path}: ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
