import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentJson } from '../../src/core/view/json-types.ts';
import { quorate, type Run, type Server, startServer, temporaryFolder } from '../harness/server.ts';

/** Keys and tokens that are lost or known to too many, by the command line: nobody is shut out for ever. [Q5.8] [Q5.12] */

interface Keys {
  readonly joinKey: string;
  readonly observerKey: string;
}

const folder = temporaryFolder();
const adminFile = join(folder.path, 'admin-token');
let server: Server;
let administered: Server;

beforeAll(async () => {
  writeFileSync(adminFile, 'the-token-of-the-administrator\n');
  server = await startServer(['--log', 'memory:']);
  administered = await startServer(['--log', 'memory:', '--admin-token-file', adminFile]);
});
afterAll(async () => {
  await server?.kill();
  await administered?.kill();
  folder.remove();
});

const said = <T>({ stdout }: Run) => JSON.parse(stdout) as T;
const keyed = ['--admission', 'key', '--electorate', 'ann,bob'];

describe('without an administrator', () => {
  const run = (token: string | null, ...args: readonly string[]) =>
    quorate([...args, '--url', server.url, '--json', ...(token === null ? [] : ['--token', token])]);
  const create = async (name: string) => said<Keys>(await run(null, 'group', 'create', name, ...keyed));

  test('new keys take the place of the old ones, whose holders are out at once; agents stay', async () => {
    const old = await create('board');
    const ann = await run(null, 'join', 'board', 'ann', '--ttl', '5m', '--join-key', old.joinKey);
    expect(ann).toMatchObject({ code: 0 });
    const rotated = await run(old.joinKey, 'group', 'keys', 'board', '--rotate');
    expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining('not shown again') });
    const next = said<Keys>(rotated);
    for (const key of [old.joinKey, old.observerKey])
      expect(await run(key, 'group', 'show', 'board')).toMatchObject({ code: 1 });
    expect(await run(next.observerKey, 'group', 'show', 'board')).toMatchObject({ code: 0 });
    const { token } = said<{ token: string }>(ann);
    expect(await run(token, 'propose', 'board', 'ann', '1')).toMatchObject({ code: 0 });
  });

  test('keys are shown only when they are set, and an open group has none', async () => {
    const { joinKey } = await create('quiet');
    const shown = await run(joinKey, 'group', 'keys', 'quiet');
    expect(shown).toMatchObject({ code: 2, stderr: expect.stringContaining('group keys quiet --rotate') });
    expect(await run(null, 'group', 'create', 'open', '--agents', '2')).toMatchObject({ code: 0 });
    const none = await run(null, 'group', 'keys', 'open', '--rotate');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no-keys') });
  });

  test('join prints the token alone; with it the agent leaves', async () => {
    await run(null, 'group', 'create', 'lunch', '--agents', '2');
    const args = ['lunch', 'ann', '--url', server.url];
    const joined = await quorate(['join', ...args, '--role', 'observer', '--ttl', '1h']);
    expect(joined).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S{43}\n$/) });
    const listed = await run(null, 'agents', 'lunch');
    expect(said<AgentJson>(listed)).toMatchObject({ agent: 'ann', role: 'observer', live: true });
    // Nobody is put out of an open group by somebody who has shown nothing.
    expect(await run(null, 'agents', 'remove', 'lunch', 'ann')).toMatchObject({ code: 1 });
    expect(await run(joined.stdout.trim(), 'leave', 'lunch', 'ann')).toMatchObject({ code: 0 });
    expect(said<AgentJson>(await run(null, 'agents', 'list', 'lunch'))).toMatchObject({ live: false });
  });
});

test('the administrator removes an agent whose token is lost, and is told whose token a proposal needs', async () => {
  const run = (...args: readonly string[]) =>
    quorate([...args, '--url', administered.url, '--token-file', adminFile]);
  const { joinKey } = said<Keys>(await run('group', 'create', 'board', ...keyed));
  const join = () => quorate(['join', 'board', 'ann', '--join-key', joinKey, '--url', administered.url]);
  const lost = await join();
  expect(lost).toMatchObject({ code: 0 });
  expect((await join()).stderr).toMatch(/taken/);
  const instead = await run('propose', 'board', 'ann', '1');
  expect(instead).toMatchObject({ code: 1, stderr: expect.stringContaining("this is the administrator's") });
  expect(instead.stderr).toContain('quorate agents remove');
  expect(await run('agents', 'remove', 'board', 'ann')).toMatchObject({ code: 0, stdout: 'removed ann\n' });
  const again = await join();
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).not.toBe(lost.stdout);
});
