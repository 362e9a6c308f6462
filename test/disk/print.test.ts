import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFileLog } from '../../src/log/file/engine.ts';
import { shell } from '../e2e/shell.ts';
import { quorate, temporaryFolder } from '../harness/server.ts';
import { writeSampleLog } from './sample-log.ts';
import { damageEntry } from './tamper.ts';

/** quorate verify --print: what a person sees of a log. */
let folder: ReturnType<typeof temporaryFolder>;
let dir: string;

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
});

afterEach(() => folder.remove());

test('shows segments, entries with time and commands, checkpoints with their records, and then verifies', async () => {
  await writeSampleLog(dir, 40);
  const { code, stdout } = await quorate(['verify', dir, '--print']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^segment 0000000001-0000000001\.segment, 1048576 bytes, begins behind entry 0$/m);
  expect(stdout).toMatch(
    /^ +160 {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}\S+ {2}\{"type":"propose","group":"g-4".*\}$/m,
  );
  const checkpoints = [...stdout.matchAll(/^checkpoint: the state as of entry (\d+)$/gm)].map(([, n]) => n);
  expect(checkpoints).toHaveLength(2);
  for (const key of ['globals', 'group/g-0', 'group/g-4'])
    expect(stdout.split(`\n  ${key}  `), key).toHaveLength(3);
  expect(stdout).toMatch(/\nsound {2}log [0-9a-f]{32}, 160 entries/);
  expect(stdout.indexOf('segment')).toBeLessThan(stdout.indexOf('checkpoint'));
});

test('--from and --limit bound what is shown, and say how to go on', async () => {
  await writeSampleLog(dir, 40);
  const { stdout } = await quorate(['verify', dir, '--from', '150', '--limit', '3']);
  expect(stdout.match(/^ {2,}\d+ {2}\d{4}-/gm)).toEqual(
    ['150', '151', '152'].map((n) => expect.stringContaining(n)),
  );
  expect(stdout).toContain('there are more entries: --from 153 goes on');
  expect(stdout.match(/^ {2}\d+ more records; --limit shows more$/gm)).toHaveLength(2);
});

test('--json shows each part whole, as an object a line', async () => {
  await writeSampleLog(dir, 40);
  const { stdout } = await quorate(['verify', dir, '--print', '--json', '--from', '160']);
  const parts = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(parts[0]).toMatchObject({ segment: '0000000001-0000000001.segment', bytes: 1_048_576, follows: 0 });
  expect(parts[1]).toMatchObject({
    entry: 160,
    time: expect.stringMatching(/Z$/),
    writer: 'writer-0',
    commands: [{ type: 'propose', group: 'g-4' }],
  });
  expect(parts.filter(({ record }) => record === 'group/g-1')).toHaveLength(2);
  expect(parts.at(-1)).toMatchObject({ ok: true, head: 160 });
});

test('whoever has read enough may go: head, less', async () => {
  await writeSampleLog(dir, 40, 2000);
  const { stdout, stderr } = await shell(
    'quorate verify "$DIR" --print --limit 2000 | head -n 3; quorate verify "$DIR" --print --json | true',
    { DIR: dir },
  );
  expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(stderr).toBe('');
});

test('a log that is damaged is shown as far as it can be read, and named as damaged', async () => {
  await writeSampleLog(dir, 1e9);
  damageEntry(dir, 7);
  const { code, stdout, stderr } = await quorate(['verify', dir, '--print']);
  expect(code).toBe(70);
  expect(stdout).toMatch(/^ +6 {2}\d{4}/m);
  expect(stdout).not.toMatch(/^ +7 {2}\d{4}/m);
  expect(stdout).toMatch(/^ {2}byte \d+ of \S+\.segment: what follows is damaged and is not shown$/m);
  expect(stderr).toMatch(/entry 7 does not check/);
});

test('a write that a power cut ended is told from damage', async () => {
  await writeSampleLog(dir, 1e9);
  const log = await openFileLog(dir);
  await log.append(Buffer.alloc(2000, 'x'));
  await log.close();
  const path = join(dir, 'log', readdirSync(join(dir, 'log'))[0] as string);
  const bytes = readFileSync(path);
  // Only the first of the sectors of this write got to the disk.
  bytes.fill(0, Math.ceil(bytes.indexOf('xxxx') / 512) * 512);
  writeFileSync(path, bytes);
  const { stdout } = await quorate(['verify', dir, '--print']);
  expect(stdout).toMatch(
    /^ {2}byte \d+ of \S+\.segment: a write was cut short here and never acknowledged$/m,
  );
});
