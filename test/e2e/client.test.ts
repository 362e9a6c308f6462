import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GroupJson, RoundJson } from '../../src/core/view/json-types.ts';
import { quorate, type Server, startQuorate, startServer } from '../harness/server.ts';

describe('quorate client', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(['--log', 'memory:']);
  });
  afterAll(() => server?.kill());

  test('three processes against one server end 0 in one round', async () => {
    const runs = await Promise.all(
      [1, 2, 3].map((id) => quorate(['client', String(id), '--url', server.url])),
    );
    for (const { code, stdout, stderr } of runs) expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    const latest = await lastClosed(server);
    expect(latest.state).toBe('SUCCESS');
    const decided = latest.tally?.find(({ agents }) => agents.length >= 2);
    expect(latest.value).toBe(decided?.value);
    expect(latest.value).toBeGreaterThanOrEqual(1);
    expect(latest.value).toBeLessThanOrEqual(10);
    for (const [i, { stdout }] of runs.entries()) {
      const lines = stdout.trimEnd().split('\n');
      const [id, agreed] = [i + 1, lines.pop()];
      expect(agreed).toBe(`${id}: agreed on ${latest.value}`);
      expect(lines.at(-1)).toMatch(new RegExp(`^${id}: round ${latest.round}, drew \\d+, SUCCESS$`));
      for (const line of lines) expect(line).toMatch(new RegExp(`^${id}: round \\d+, drew \\d+, [A-Z]+$`));
    }
  });

  test('the next three, of the same ids, agree anew, within --min and --max', async () => {
    const args = ['--url', server.url, '--min', '21', '--max', '22', '--json'];
    const runs = await Promise.all([1, 2, 3].map((id) => quorate(['client', String(id), ...args])));
    for (const { code, stdout, stderr } of runs) {
      expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
      const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as object;
      expect(JSON.stringify(last)).toContain('SUCCESS');
    }
    const latest = await lastClosed(server);
    expect([21, 22]).toContain(latest.value);
  });

  test.each([
    ['the same number', '7'],
    ['another number', '8'],
  ])('two of one id that draw %s: the second says that the id is in use [Q2.7]', async (_, number) => {
    const own = await startServer(['--log', 'memory:']);
    try {
      const args = ['client', '1', '--url', own.url];
      const first = startQuorate([...args, '--min', '7', '--max', '7']);
      while (
        ((await (await fetch(`${own.url}/v1/groups/default/rounds/1`)).json()) as RoundJson).present === 0
      )
        await sleep(20);
      const second = await quorate([...args, '--min', number, '--max', number]);
      expect(second.code).toBe(1);
      expect(second.stderr).toContain('another process uses the id 1');
      first.signal('SIGTERM');
      await first.done;
    } finally {
      await own.kill();
    }
  });

  test('may be started before its server', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const clients = [1, 2, 3].map((id) => startQuorate(['client', String(id), '--url', url]));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const late = await startServer(['--log', 'memory:'], port);
    try {
      for (const { code, stdout, stderr } of await Promise.all(clients.map(({ done }) => done))) {
        expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
      }
    } finally {
      await late.kill();
    }
  });

  test.each([
    ['no id', ['client']],
    ['a flag that is none', ['client', '1', '--colour', 'red']],
    ['a least above the most', ['client', '1', '--min', '5', '--max', '4']],
    ['a least that is no number', ['client', '1', '--min', 'five']],
    ['an address that is none', ['client', '1', '--url', 'ftp://nowhere']],
  ])('usage error: %s', async (_, args) => {
    const { code, stdout, stderr } = await quorate(args);
    expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

async function lastClosed({ url }: Server): Promise<RoundJson> {
  const group = (await (await fetch(`${url}/v1/groups/default`)).json()) as GroupJson;
  return (await fetch(`${url}/v1/groups/default/rounds/${group.round - 1}`)).json() as Promise<RoundJson>;
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
