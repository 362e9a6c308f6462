import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { quorate, type Run, type Server, startServer } from '../harness/server.ts';

/** `quorate propose` where votes may change: the last one counts, and none comes back from the dead. [Q4.24] */

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

const group = (name: string) => connect({ url: server.url }).group(name);
const vote = (name: string, value: number, ...more: readonly string[]): Promise<Run> =>
  quorate(['propose', name, 'ann', String(value), '--url', server.url, ...more]);

async function poll(name: string): Promise<void> {
  const rule = {
    electorate: { agents: ['ann', 'bob'] },
    threshold: 2,
    revote: true,
    reveal: 'live',
  } as const;
  await group(name).create({ rule: { ...rule, next: 'manual' } });
}

const counted = async (name: string): Promise<unknown> =>
  (await group(name).round('latest')).tally?.[0]?.value;

test('a person changes a vote, and changes it back', async () => {
  await poll('back');
  for (const value of [1, 2, 2, 1]) {
    expect(await vote('back', value)).toMatchObject({ code: 0 });
    expect(await counted('back')).toBe(value);
  }
  const old = await vote('back', 3, '--seq', '1');
  expect(old).toMatchObject({ code: 1, stderr: expect.stringContaining('fix: leave out --seq') });
});

test('the same from several machines, after somebody chose a seq by hand', async () => {
  await poll('machines');
  await vote('machines', 1);
  expect(await vote('machines', 2, '--seq', '1764418000000')).toMatchObject({ code: 0 });
  const all = await Promise.all([3, 4, 5].map((value) => vote('machines', value)));
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await vote('machines', 6)).toMatchObject({ code: 0 });
  expect(await counted('machines')).toBe(6);
});

test('a vote whose answer was lost does not undo one made in between', async () => {
  await poll('lost');
  let lost = 0;
  // Loses the first answer, and meanwhile the vote is changed from elsewhere.
  const proxy = createServer((asked, reply) => {
    const passed = request(server.url + asked.url, {
      method: asked.method as string,
      headers: asked.headers,
    });
    passed.on('response', (answer: IncomingMessage) => {
      if (asked.method !== 'PUT' || lost > 0) {
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
        return;
      }
      lost += 1;
      answer.resume();
      const later = group('lost').propose({ agent: 'ann', round: 1, value: 2, seq: 1 });
      void later.finally(() => asked.socket.destroy());
    });
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    expect(await quorate(['propose', 'lost', 'ann', '1', '--url', url])).toMatchObject({ code: 0 });
    expect(lost).toBe(1);
    expect(await counted('lost')).toBe(2);
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
});

test('who waits for the outcome of a round that the others have decided already gets it', async () => {
  const rule = { electorate: { agents: ['ann', 'bob', 'cy'] }, threshold: 2, close: 'early' } as const;
  await group('early').create({ rule: { ...rule, next: 'continuous' } });
  for (const agent of ['bob', 'cy']) await group('early').propose({ agent, round: 1, value: 7 });
  expect(await vote('early', 1, '--round', '1')).toMatchObject({ code: 1 });
  const waited = await vote('early', 1, '--round', '1', '--wait', '10s');
  expect(waited).toMatchObject({ code: 0, stdout: expect.stringMatching(/^round 1 {2}SUCCESS 7/) });
  expect(waited.stderr).toContain('not counted: round 1 is closed');
});

test('a vote that decided the last round can be sent again when no round is open; another one says so', async () => {
  await poll('over');
  await vote('over', 1);
  await group('over').propose({ agent: 'bob', value: 1 });
  const again = await vote('over', 1);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^round 1 {2}SUCCESS 1/) });
  expect(await vote('over', 2)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('No round is open'),
  });
  const waited = await vote('over', 2, '--wait', '1s');
  expect(waited).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('not counted: round 1 is closed'),
  });
  expect(await vote('over', 2, '--round', '2')).toMatchObject({ code: 1 });
});
