import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherNodes } from '../harness/tools.ts';

/** A log comes to the same under every Node, whichever version of Unicode it has. [Q1.2] */

const folder = mkdtempSync(join(tmpdir(), 'quorate-nodes-'));
const script = join(folder, 'print-hashes.mjs');
const golden = join(import.meta.dirname, 'golden');
const releases = readdirSync(golden).flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -6)] : []));
const nodes = otherNodes().flatMap(([version, path]) => (path === null ? [] : [{ version, path }]));

beforeAll(async () => {
  // The oldest Node cannot run TypeScript as it is.
  const input = join(import.meta.dirname, 'print-hashes.ts');
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: script, format: 'esm' });
  await bundle.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(nodes)('under Node $version', ({ version, path }) => {
  it.each(releases)(
    'the recorded log of release %s replays to the same states and answers [Q1.2]',
    (release) => {
      const printed = execFileSync(path, [script, join(golden, `${release}.jsonl`)], { encoding: 'utf8' });
      const hashes = readFileSync(join(golden, `${release}.json`), 'utf8');
      expect(JSON.parse(printed)).toEqual(JSON.parse(hashes));
    },
  );

  it('is the version it says', () => {
    expect(execFileSync(path, ['--version'], { encoding: 'utf8' })).toBe(`v${version}\n`);
  });
});

it.runIf(nodes.length > 1)(
  'their tables of Unicode differ, and the log has text that they fold differently',
  () => {
    const newer = (node: string) =>
      execFileSync(node, ['-p', '"\\ua7d2".toLowerCase() === "\\ua7d3"'], { encoding: 'utf8' }).trim();
    expect(nodes.map(({ path }) => newer(path))).toEqual(['false', 'true']);
    expect(readFileSync(join(golden, `${releases.at(-1)}.jsonl`), 'utf8')).toContain('\ua7d2');
  },
);
