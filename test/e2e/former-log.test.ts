import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { quorate, temporaryFolder } from '../harness/server.ts';
import { shell } from './shell.ts';

/** A data directory that holds the log of an earlier version, which kept it in LMDB. */
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => folder.remove());

test.each([
  ['server', ['server', '--port', '0', '--data'], 1],
  ['verify', ['verify'], 70],
  ['doctor', ['doctor', '--port', '0', '--data'], 1],
])('is refused by %s, which says what to do, and left as it is', async (_, command, code) => {
  writeFileSync(join(folder.path, 'data.mdb'), 'a log');
  const refused = await quorate([...command, folder.path]);
  expect(refused).toMatchObject({ code });
  const said = refused.stdout + refused.stderr;
  expect(said).toMatch(/holds a log in LMDB.*\n *fix: run "quorate export" .*, then "quorate restore"/);
  expect(readdirSync(folder.path)).toEqual(['data.mdb']);
});

test('is refused where it is the directory that a server takes by default', async () => {
  const data = join(folder.path, 'quorate');
  mkdirSync(data);
  writeFileSync(join(data, 'data.mdb'), 'a log');
  const { code, stderr } = await shell('quorate server --port 0', { XDG_DATA_HOME: folder.path });
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(`${data} holds a log`) });
  expect(readdirSync(data)).toEqual(['data.mdb']);
});

test('as lmdb:DIR is a usage error with the same way out', async () => {
  const { code, stderr } = await quorate(['server', '--port', '0', '--log', `lmdb:${folder.path}`]);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/a log in LMDB.*\n.*quorate restore/),
  });
});
