import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';

/** The administrator's token is exchanged while the server runs, and no command line has to hold one. [Q5.12] */

const old = 'the-old-token-of-the-administrator';
const next = 'the-new-token-of-the-administrator';
const folder = temporaryFolder();
const file = join(folder.path, 'admin-token');
let server: Server;

beforeEach(async () => {
  writeFileSync(file, `${old}\n`);
  server = await startServer(['--log', 'memory:', '--admin-token-file', file]);
});
afterEach(() => server.kill());
afterAll(() => folder.remove());

/** Whether the server takes the token for the administrator's. */
async function isTaken(token: string): Promise<boolean> {
  const { status } = await fetch(`${server.url}/v1/groups`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return status === 200;
}

/** Puts this into the file and resolves once the server has told what came of it. */
async function exchange(text: string, told: RegExp): Promise<void> {
  writeFileSync(file, text);
  const before = server.stderr().length;
  process.kill(server.pid, 'SIGHUP');
  await until(30_000, async () => (told.test(server.stderr().slice(before)) ? true : undefined));
}

test('two tokens are valid while one takes the place of the other', async () => {
  expect([await isTaken(old), await isTaken(next)]).toEqual([true, false]);
  await exchange(`${old}\n${next}\n`, /administrator's tokens were read again/);
  expect([await isTaken(old), await isTaken(next)]).toEqual([true, true]);
  await exchange(`${next}\n`, /administrator's tokens were read again/);
  expect([await isTaken(old), await isTaken(next)]).toEqual([false, true]);
});

test.each([
  ['an empty file', '', /holds no token/],
  ['a token that could be guessed', 'short\n', /line 1 .* 16 to 512 characters/],
  ['three tokens', `${old}\n${next}\n${old}-3\n`, /holds 3 lines/],
])('%s is not taken: the token stays as it was, and no line shows one', async (_what, text, told) => {
  await exchange(text, told);
  expect(await isTaken(old)).toBe(true);
  expect(server.stderr()).not.toMatch(/the-old-token|the-new-token|short/);
});

test('the command line speaks with the token that a file holds', async () => {
  const list = ['group', 'list', '--json', '--url', server.url];
  expect((await quorate(list)).code).toBe(1);
  expect((await quorate([...list, '--token-file', file])).code).toBe(0);
  const missing = await quorate([...list, '--token-file', join(folder.path, 'nowhere')]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('--token-file') });
});
