import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileLog } from '../../src/log/file/engine.ts';
import type { CheckpointRecord } from '../../src/log/log.ts';
import { exportLog, restoreLog, verifyLog } from '../../src/offline.ts';
import { blocksOf } from '../e2e/blocks.ts';
import { shell } from '../e2e/shell.ts';
import { quorate, startServer, temporaryFolder } from '../harness/server.ts';
import { writeSampleLog } from './sample-log.ts';
import { damageEntry } from './tamper.ts';

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
  file = join(folder.path, 'backup.jsonl');
});

afterEach(() => folder.remove());

describe.each([
  ['that was never checkpointed', 1e9],
  ['with a checkpoint and one before it', 40],
])('a log %s', (_name, checkpointEntries) => {
  beforeEach(() => writeSampleLog(dir, checkpointEntries));

  test('is sound, and an export of it restored has the same state, under another id', async () => {
    const before = await verifyLog(dir);
    const made = await exportLog(dir, file);
    expect(made).toMatchObject({ id: before.id, head: before.head, entries: before.head - before.from });
    const restored = join(folder.path, 'restored');
    await restoreLog(file, restored);
    const after = await verifyLog(restored);
    expect(after).toMatchObject({ hash: before.hash, head: before.head, groups: before.groups });
    expect(after.id).not.toBe(before.id);
    await restoreLog(file, join(folder.path, 'same'), { sameId: true });
    expect(await verifyLog(join(folder.path, 'same'))).toMatchObject({ hash: before.hash, id: before.id });
  });

  test('goes on after it was restored, and is exported and restored again', async () => {
    await exportLog(dir, file);
    const restored = join(folder.path, 'restored');
    mkdirSync(restored);
    await restoreLog(file, restored);
    await writeSampleLog(restored, 40);
    const lastly = await verifyLog(restored);
    expect(lastly.head).toBeGreaterThan((await verifyLog(dir)).head);
    await exportLog(restored, `${file}-2`);
    await restoreLog(`${file}-2`, join(folder.path, 'third'));
    expect((await verifyLog(join(folder.path, 'third'))).hash).toBe(lastly.hash);
  });

  test('is not overwritten by a restore, nor is a backup by an export', async () => {
    await exportLog(dir, file);
    await expect(restoreLog(file, dir)).rejects.toThrow(/is not empty/);
    await expect(exportLog(dir, file)).rejects.toThrow(/exists already/);
  });

  test('is not restored from an export that was changed, cut short or added to', async () => {
    await exportLog(dir, file);
    const text = readFileSync(file, 'utf8');
    const lines = text.trimEnd().split('\n');
    const middle = Math.floor(lines.length / 2);
    const changes: Record<string, string> = {
      cut: `${lines.slice(0, -1).join('\n')}\n`,
      'cut in the middle of a line': text.slice(0, text.length / 2),
      added: `${text}{"entry":1,"bytes":""}\n`,
      'a line left out': `${lines.toSpliced(middle, 1).join('\n')}\n`,
      'a line twice': `${lines.toSpliced(middle, 0, lines[middle] as string).join('\n')}\n`,
      'a byte changed': text.replace(
        /("bytes":".{20})(.)/,
        (_, before, one) => before + (one === 'A' ? 'B' : 'A'),
      ),
      'a newer format': text.replace('"version":1', '"version":2'),
      'something else': '{"hello":1}\n',
      nothing: '',
    };
    for (const [name, changed] of Object.entries(changes)) {
      expect(changed, name).not.toBe(text);
      writeFileSync(`${file}-changed`, changed);
      const into = join(folder.path, 'into');
      await expect(restoreLog(`${file}-changed`, into), name).rejects.toThrow(/export/);
      expect(existsSync(into), name).toBe(false);
    }
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

test('a checkpoint that does not fit its log is found', async () => {
  await writeSampleLog(dir, 40);
  const log = await openFileLog(dir);
  const head = await log.head();
  const restored = await log.restore();
  const records: CheckpointRecord[] = [];
  // A group that has never been: what is left is intact, and wrong.
  for await (const { key, bytes } of restored?.records ?? [])
    if (key !== 'group/g-1') records.push({ key, bytes });
  async function* slices() {
    yield records;
  }
  await log.checkpoint({ index: restored?.index ?? head, full: true, records: slices() });
  await log.close();
  await expect(verifyLog(dir)).rejects.toThrow(/does not fit the log/);
});

test('quorate verify, export and restore: beside a live server, in words and as JSON', async () => {
  const server = await startServer(['--data', dir]);
  try {
    const sound = await quorate(['verify', dir, '--json']);
    expect(sound).toMatchObject({ code: 0 });
    expect(JSON.parse(sound.stdout)).toMatchObject({ ok: true, groups: 1 });
    expect(await quorate(['export', dir, file])).toMatchObject({ code: 0 });
    const restored = join(folder.path, 'restored');
    expect(await quorate(['restore', file, restored])).toMatchObject({ code: 0 });
    const again = await quorate(['verify', restored, '--json']);
    expect(JSON.parse(again.stdout).stateHash).toBe(JSON.parse(sound.stdout).stateHash);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  } finally {
    await server.kill();
  }
});

test('what is named wrongly is told as that, and not as a damaged log', async () => {
  await writeSampleLog(dir, 1e9);
  await exportLog(dir, file);
  const nowhere = join(folder.path, 'nowhere');
  const wrong: readonly (readonly [readonly string[], string, string])[] = [
    [['export', dir, file], `${file} exists already`, 'name a new file'],
    [
      ['export', dir, join(nowhere, 'x.jsonl')],
      `no file can be made in ${nowhere}: ENOENT`,
      'name a new file',
    ],
    [['export', nowhere, `${file}-2`], `${nowhere} holds no log`, 'its --data'],
    [['verify', nowhere], `${nowhere} holds no log`, 'its --data'],
  ];
  for (const [args, says, fix] of wrong) {
    const { code, stderr } = await quorate(args);
    expect({ args, code, stderr }).toEqual({
      ...{ args, code: 70 },
      stderr: expect.stringContaining(`error: ${says}\n  fix: `),
    });
    expect(stderr).toContain(fix);
  }
  expect(readdirSync(folder.path).sort()).toEqual(['backup.jsonl', 'log']);
});

test('an export with an entry of a newer version is refused when it is restored, not only when it is served', async () => {
  await writeSampleLog(dir, 1e9);
  await exportLog(dir, file);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { bytes, entry } = JSON.parse(lines.at(-2) as string) as { bytes: string; entry: number };
  const newer = Buffer.from(bytes, 'base64').toString().replace('"version":1', '"version":99');
  const body = [
    ...lines.slice(0, -2),
    JSON.stringify({ entry, bytes: Buffer.from(newer).toString('base64') }),
  ];
  const text = `${body.join('\n')}\n`;
  const end = {
    ...JSON.parse(lines.at(-1) as string),
    sha256: createHash('sha256').update(text).digest('hex'),
  };
  writeFileSync(`${file}-newer`, `${text}${JSON.stringify(end)}\n`);
  const into = join(folder.path, 'into');
  await expect(restoreLog(`${file}-newer`, into)).rejects.toThrow(/entry \d+ has version 99/);
  expect(existsSync(into)).toBe(false);
});

test('a backup goes through a pipe from one machine to another', async () => {
  await writeSampleLog(dir, 40);
  const into = join(folder.path, 'into');
  const piped = await shell(`quorate export "$FROM" - | gzip | gunzip | quorate restore - "$INTO" --json`, {
    FROM: dir,
    INTO: into,
  });
  expect(piped).toMatchObject({ code: 0, stderr: expect.stringMatching(/^-: log .* up to entry \d+/m) });
  expect((await verifyLog(into)).hash).toBe((await verifyLog(dir)).hash);
  const named = await shell(`quorate export "$FROM" /dev/stdout | wc -l`, { FROM: dir });
  expect(Number(named.stdout)).toBeGreaterThan(2);
});

test('quorate verify names the damaged entry and ends with 70', async () => {
  await writeSampleLog(dir, 1e9);
  damageEntry(dir, 7);
  const found = await quorate(['verify', dir]);
  expect(found.code).toBe(70);
  expect(found.stderr).toMatch(/\.segment is damaged: entry 7 does not check/);
  expect(found.stderr).not.toMatch(/^\s+at /m);
  expect((await quorate(['verify', join(folder.path, 'nothing')])).stderr).toMatch(/holds no log/);
});

test('the lines for cron in docs/operate.md keep the backups of a day and of a month', async () => {
  await writeSampleLog(dir, 40);
  const [crontab = ''] = blocksOf('docs/operate.md', 'cron');
  // What cron runs: behind five times and a user, and with a plain % for one after a backslash.
  const lines = [...crontab.matchAll(/^[\d*]+ [\d*]+ \* \* \* quorate (.*)$/gm)].map(([, line = '']) =>
    line
      .replaceAll('\\%', '%')
      .replaceAll('/var/backups/quorate', '"$BACKUPS"')
      .replace('/var/lib/quorate', '"$DIR"'),
  );
  expect(lines).toHaveLength(2);
  const backups = join(folder.path, 'backups');
  mkdirSync(backups);
  // What was left when the machine went down in the middle of one.
  writeFileSync(join(backups, 'new'), 'half');
  const hours = Array.from({ length: 3 }, (_, hour) => `0${hour + 2}`);
  for (const hour of [...hours, ...hours]) {
    const date = `date() { case $1 in +%H) echo ${hour};; +%d) echo 30;; esac; }`;
    const run = await shell(
      [date, ...lines.slice(0, hour === '03' ? 2 : 1).map((line) => `( ${line} )`)].join('\n'),
      {
        ...{ DIR: dir, BACKUPS: backups },
      },
    );
    expect(run).toMatchObject({ code: 0, stderr: '' });
  }
  expect(readdirSync(backups).sort()).toEqual(['day-30.jsonl', ...hours.map((hour) => `hour-${hour}.jsonl`)]);
  const restored = join(folder.path, 'restored');
  await restoreLog(join(backups, 'day-30.jsonl'), restored);
  expect((await verifyLog(restored)).hash).toBe((await verifyLog(dir)).hash);
});
