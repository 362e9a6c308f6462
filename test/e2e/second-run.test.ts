import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/server.ts';

/** The second run of what failed at the first: scripts/second-run.js, with a small suite of its own. */

const root = join(import.meta.dirname, '../..');
const script = join(root, 'scripts/second-run.js');
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const config = `export default { test: { projects: [
  { test: { name: 'pure', include: ['pure/*.test.js'] } },
  { test: { name: 'processes', include: ['processes/*.test.js'] } },
] } };`;
/** Fails at the first run only. */
const late = `import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
test('comes late', () => {
  const isFirst = !existsSync('seen');
  writeFileSync('seen', '');
  expect(isFirst).toBe(false);
});`;
const wrong = `import { expect, test } from 'vitest';
test('is wrong', () => expect(1).toBe(2));`;
const right = `import { test } from 'vitest';
test('is right', () => {});`;
const loose = `import { test } from 'vitest';
test('leaves an error that nobody takes', async () => {
  Promise.reject(new Error('nobody took it'));
  await new Promise((resolve) => setTimeout(resolve, 20));
});`;

/** The exit codes of the first and of the second run, and what the second said. */
function twice(suite: Readonly<Record<string, string>>): {
  first: number | null;
  second: number | null;
  said: string;
} {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  for (const folder of ['pure', 'processes']) mkdirSync(join(path, folder));
  for (const [name, text] of Object.entries({ 'vitest.config.mjs': config, ...suite }))
    writeFileSync(join(path, name), text);
  const { VITEST: _, ...env } = process.env;
  const failed = join(path, 'failed.json');
  const run = (command: string, args: readonly string[]) =>
    spawnSync(command, args, { cwd: path, env: { ...env, CI: 'true', FAILED: failed }, encoding: 'utf8' });
  const reporters = ['--reporter=default', `--reporter=${script}`];
  const first = run('npx', ['vitest', 'run', ...reporters]);
  const second = run(process.execPath, [script, failed]);
  return { first: first.status, second: second.status, said: second.stderr };
}

test('what failed by chance passes, and the run is green', () => {
  const { said, ...codes } = twice({ 'processes/late.test.js': late, 'pure/right.test.js': right });
  expect(codes).toEqual({ first: 1, second: 0 });
  expect(said).toContain('run once more: processes/late.test.js');
});

test.each([
  ['fails twice', { 'processes/wrong.test.js': wrong }, /run once more: processes\/wrong/],
  ['only computes', { 'pure/late.test.js': late }, /pure\/late\.test\.js only computes/],
  [
    'is an error outside of a test, beside one that failed by chance',
    { 'processes/late.test.js': late, 'processes/loose.test.js': loose },
    /an error came outside of any test/,
  ],
])('what %s stays red', (_, suite, why) => {
  const { said, ...codes } = twice(suite);
  expect(codes).toEqual({ first: 1, second: 1 });
  expect(said).toMatch(why);
});
