import { afterEach, expect, test } from 'vitest';
import { encodeCommand, encodeEntry } from '../../src/core/entry.ts';
import { openFileLog } from '../../src/log/file/engine.ts';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';

/** Time as a server keeps it: after a clock that was wrong once, and while nobody asks anything. */
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(args: readonly string[]): Promise<Server> {
  const server = await startServer(args);
  cleanups.push(() => server.kill());
  return server;
}

async function ask(method: string, url: string, body?: object): Promise<Record<string, unknown>> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const reply = await fetch(url, { method, ...(body === undefined ? {} : json) });
  return (await reply.json()) as Record<string, unknown>;
}

const tenYears = 3650 * 86_400_000;

test('a log that a clock ten years ahead wrote to goes on, and says so [Q7.10] [Q7.1]', async () => {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const log = await openFileLog(path);
  const header = {
    version: 1,
    writer: 'once',
    serial: 1,
    server: 'once',
    time: Date.now() + tenYears,
    reckoned: 0,
    alone: true,
    seed: 1,
  };
  await log.append(encodeEntry(header, [encodeCommand({ type: 'tick' })]));
  await log.close();

  const doctor = JSON.parse((await quorate(['doctor', '--data', path, '--port', '0', '--json'])).stdout);
  expect(doctor.findings).toContainEqual({
    check: 'clock',
    verdict: 'doubtful',
    says: expect.stringContaining('log time is 3650 days ahead'),
    fix: expect.stringContaining('NTP'),
  });

  const server = await started(['--data', path]);
  await until(30_000, () => server.stderr().includes('"event":"time-ahead"') || undefined);
  const { timeAhead } = await ask('GET', `${server.url}/readyz?verbose`);
  expect(timeAhead).toMatchObject({ says: expect.stringContaining('3650 days'), fix: expect.any(String) });
  // Deadlines and leases last as long as they should.
  const group = `${server.url}/v1/groups/g`;
  await ask('PUT', group, { rule: { electorate: { size: 3 }, deadline: '1s', next: 'manual' } });
  await ask('PUT', `${group}/agents/a`, { ttl: '1s' });
  expect(await ask('GET', `${group}/rounds/1?wait=20s`)).toMatchObject({
    state: 'FAILED',
    reason: 'deadline',
  });
  await until(30_000, async () => {
    const { agents } = (await ask('GET', `${group}/agents`)) as { agents: { live: boolean }[] };
    return agents[0]?.live === false || undefined;
  });
});

test('a server that nobody asks anything writes nothing, whatever was due in what is gone [Q7.3]', async () => {
  const server = await started(['--log', 'memory:']);
  const rule = { electorate: { size: 1 }, threshold: 1, deadline: '1s', next: 'manual' };
  for (const group of ['a', 'b', 'c']) {
    await ask('PUT', `${server.url}/v1/groups/${group}`, { rule });
    await ask('PUT', `${server.url}/v1/groups/${group}/rounds/1/proposals/ann`, { value: 1 });
    if (group !== 'a') await ask('DELETE', `${server.url}/v1/groups/${group}`);
  }
  const { index } = await ask('GET', `${server.url}/healthz`);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect((await ask('GET', `${server.url}/healthz`)).index).toBe(index);
});
