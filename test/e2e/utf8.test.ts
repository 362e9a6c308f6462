import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import { quorate, type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { shell } from './shell.ts';

/** Bytes that are not UTF-8 are refused: read as U+FFFD, different ones would become the same value. [Q4.20] */

const folder = temporaryFolder();
afterAll(() => folder.remove());

function fileOf(name: string, bytes: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, Buffer.from(bytes, 'latin1'));
  return path;
}

describe('against a server', () => {
  let server: Server;
  const run = (...args: readonly string[]) => quorate([...args, '--url', server.url]);
  beforeAll(async () => {
    server = await startServer(['--log', 'memory:']);
  });
  afterAll(() => server?.kill());

  test('a value on the command line', async () => {
    const script = `quorate propose g ann "$(printf '"caf\\351"')" --url ${server.url}`;
    const { code, stderr } = await shell(script);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Argument 4 of the command line is not UTF-8\n.*write it in UTF-8/);
  });

  test('two programs that write different bytes abstain, and do not agree', async () => {
    await run('group', 'create', 'bytes', '--electorate', 'ann,bob', '--threshold', '2', '--next', 'manual');
    const agent = (name: string, byte: string) =>
      run('agent', 'bytes', name, '--exec', `printf 'caf\\${byte}'`, '--deadline', '5s');
    const agents = await Promise.all([agent('ann', '351'), agent('bob', '350')]);
    for (const { stderr } of agents) expect(stderr).toContain('its output is not UTF-8');
    const round = await run('rounds', 'bytes', '--json');
    const closed = round.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RoundJson);
    expect(closed.find(({ round }) => round === 1)).toMatchObject({ state: 'FAILED', present: 2 });
  });
});

test('a variable, named without what is in it', async () => {
  const script = `QUORATE_TOKEN="$(printf 'secret\\351')" quorate group list`;
  const { code, stderr } = await shell(script);
  expect(code).toBe(2);
  expect(stderr).toContain('The variable QUORATE_TOKEN is not UTF-8');
  expect(stderr).not.toContain('secret');
});

test.each([
  ['a configuration file', (file: string) => ['config', 'print', '--config', file]],
  ['a recorded history', (file: string) => ['check', file]],
  ['the file of a token', (file: string) => ['group', 'list', '--token-file', file]],
])('%s, and one that begins with a byte order mark', async (_, command) => {
  const broken = await quorate(command(fileOf('broken', 'caf\xe9')));
  expect(broken).toMatchObject({ stdout: '', stderr: expect.stringContaining('it is not UTF-8') });
  expect(broken.code).toBeGreaterThan(0);
  const marked = await quorate(command(fileOf('marked', '\xef\xbb\xbfcafe')));
  expect(marked).toMatchObject({ stdout: '', stderr: expect.stringContaining('byte order mark') });
  expect(marked.code).toBeGreaterThan(0);
});
