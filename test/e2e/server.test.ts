import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { GroupJson, RoundJson } from '../../src/core/view/json-types.ts';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('quorate server', () => {
  test('SIGTERM drains: a hanging waiter is answered or let go, and the exit code is 0', async () => {
    const server = await started(['--log', `file:${folder()}`]);
    await create(server, 'g', 2);
    const waiting = propose(server, 'g', 1, 'a1', 7, '?wait=60s').then(
      (answer) => answer.status,
      () => 'let go',
    );
    await until(30_000, async () => ((await round(server, 'g', 1)).present === 1 ? true : undefined));
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect([201, 503, 'let go']).toContain(await waiting);
    const again = await restarted(server);
    expect((await round(again, 'g', 1)).present).toBe(1);
  });

  test('SIGINT ends it with 0 as well', async () => {
    const server = await started(['--log', 'memory:']);
    process.kill(server.pid, 'SIGINT');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  test('a second server on the data directory refuses, saying why, and harms nothing', async () => {
    const path = folder();
    const server = await started(['--data', path]);
    await create(server, 'g', 2);
    const second = await quorate(['server', '--port', '0', '--data', path]);
    expect(second.code).toBeGreaterThan(0);
    expect(second.stderr + second.stdout).toContain(path);
    expect(second.stderr + second.stdout).toMatch(/in use|lock|another|already|owned|holds/i);
    expect(second.stderr).not.toMatch(/^\s+at /m);
    expect((await propose(server, 'g', 1, 'a1', 7)).status).toBe(201);
    expect(readdirSync(path).length).toBeGreaterThan(0);
  });

  test('a port in use is said in words', async () => {
    const server = await started(['--log', 'memory:']);
    const second = await quorate(['server', '--port', String(server.port), '--log', 'memory:']);
    expect(second.code).toBeGreaterThan(0);
    expect(second.stderr).toContain(String(server.port));
    expect(second.stderr).not.toMatch(/^\s+at /m);
  });

  test.each(['stop', 'kill'] as const)('rounds, proposals and the rule survive %s', async (how) => {
    const server = await started(['--log', `file:${folder()}`]);
    await create(server, 'g', 2);
    await propose(server, 'g', 1, 'a1', 1);
    await propose(server, 'g', 1, 'a2', 2);
    await propose(server, 'g', 2, 'a1', 'kept');
    const before = await Promise.all([round(server, 'g', 1), round(server, 'g', 2), group(server, 'g')]);
    if (how === 'kill') await server.kill();
    else await server.stop();
    const again = await restarted(server);
    const after = await Promise.all([round(again, 'g', 1), round(again, 'g', 2), group(again, 'g')]);
    expect(after.map(withoutIndex)).toEqual(before.map(withoutIndex));
    expect((await propose(again, 'g', 2, 'a1', 'kept')).status).toBe(200);
    expect((await propose(again, 'g', 2, 'a1', 'other')).status).toBe(409);
    const last = await propose(again, 'g', 2, 'a2', 'kept', '?wait=5s');
    expect(((await last.json()) as RoundJson).value).toBe('kept');
  });

  test('a hundred answered proposals at once are all there after kill -9', async () => {
    const server = await started(['--log', `file:${folder()}`]);
    await create(server, 'g', 1000);
    const statuses: number[] = [];
    const sent = Array.from({ length: 300 }, (_, i) =>
      propose(server, 'g', 1, `a${i}`, i).then(
        ({ status }) => statuses.push(status),
        () => undefined,
      ),
    );
    await until(30_000, () => (statuses.length >= 100 ? true : undefined));
    const answered = statuses.length;
    await server.kill();
    await Promise.all(sent);
    expect(new Set(statuses)).toEqual(new Set([201]));
    const again = await restarted(server);
    expect((await round(again, 'g', 1)).present).toBeGreaterThanOrEqual(answered);
  });

  test('--agents 2 --quorum 2 shape the group default', async () => {
    const server = await started(['--log', 'memory:', '--agents', '2', '--quorum', '2']);
    const { rule } = await group(server, 'default');
    expect(rule.electorate).toEqual({ size: 2 });
    expect(rule.threshold).toBe(2);
  });

  test.each([
    ['a port that is none', ['--port', 'many']],
    ['an engine that is none', ['--log', 'papyrus:']],
    ['a quorum above the agents', ['--agents', '2', '--quorum', '3', '--log', 'memory:']],
    ['a flag that is none', ['--fast']],
    ['a version of the log that nobody understands', ['--activate', '99', '--log', 'memory:']],
  ])('usage error: %s', async (_, args) => {
    const port = args.includes('--port') ? [] : ['--port', '0'];
    const { code, stderr } = await quorate(['server', ...port, ...args], 10_000);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

async function started(args: readonly string[]): Promise<Server> {
  const server = await startServer(args);
  cleanups.push(() => server.kill());
  return server;
}

async function restarted(server: Server): Promise<Server> {
  const again = await server.again();
  cleanups.push(() => again.kill());
  return again;
}

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return path;
}

function put(server: Server, path: string, body: unknown): Promise<Response> {
  return fetch(server.url + path, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
}

async function create(server: Server, name: string, size: number): Promise<void> {
  const answer = await put(server, `/v1/groups/${name}`, { rule: { electorate: { size }, threshold: 2 } });
  expect(answer.status, await answer.text()).toBe(201);
}

function propose(
  server: Server,
  name: string,
  number: number,
  agent: string,
  value: unknown,
  query = '',
): Promise<Response> {
  return put(server, `/v1/groups/${name}/rounds/${number}/proposals/${agent}${query}`, { value });
}

async function round(server: Server, name: string, number: number): Promise<RoundJson> {
  return (await fetch(`${server.url}/v1/groups/${name}/rounds/${number}`)).json() as Promise<RoundJson>;
}

async function group(server: Server, name: string): Promise<GroupJson> {
  return (await fetch(`${server.url}/v1/groups/${name}`)).json() as Promise<GroupJson>;
}

function withoutIndex(shape: RoundJson | GroupJson): object {
  return { ...shape, index: 0 };
}
