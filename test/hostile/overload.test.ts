import { readFileSync } from 'node:fs';
import http from 'node:http';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer, within } from '../server.ts';
import { ask, read, size, start } from './ask.ts';

/** One tenant floods; another goes on working. Both come from this machine, so the limits are set. */

let server: Server;
const working = new http.Agent({ keepAlive: true, maxSockets: 4 });
beforeAll(async () => {
  const limits = ['ratePerAddress=100', 'burstPerAddress=200', 'queuedCommands=2000'];
  server = await startServer(['--log', 'memory:', ...limits.flatMap((limit) => ['--limit', limit])]);
  await ask(server, 'PUT', '/v1/groups/flooded', { body: size(100_000) });
  await ask(server, 'PUT', '/v1/groups/quiet', { body: size(100_000) });
});
afterAll(async () => {
  working.destroy();
  await server?.kill();
});

const vote = (agent: string) => {
  const path = `/v1/groups/quiet/rounds/1/proposals/${agent}`;
  return ask(server, 'PUT', path, { body: { value: 1 }, from: '127.0.0.3', agent: working });
};

/** Proposes at a steady pace for `ms`, and gives how long each took, in ms. */
async function work(prefix: string, ms: number): Promise<number[]> {
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const end = performance.now() + ms;
  for (let i = 0; performance.now() < end; i += 1) {
    const begun = performance.now();
    const one = vote(`${prefix}${i}`).then(({ status }) => {
      expect(status).toBe(201);
      times.push(performance.now() - begun);
    });
    pending.push(one);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(pending);
  return times;
}

/** Memory of the server's process, MiB; 0 where the system does not say. */
function residentMiB(): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

test('a flood by one tenant is refused with 429, and another is served all it asks for, in bounded memory', async () => {
  const before = await work('calm', 1500);
  const memory = residentMiB();
  const workerData = { port: server.port, from: '127.0.0.2', sockets: 60 };
  const flood = new Worker(new URL('flood.js', import.meta.url), { workerData });
  const flooded = new Promise<Record<string, number>>((resolve, reject) => {
    flood.once('message', resolve);
    flood.once('error', reject);
  });
  const during = await work('storm', 3000);
  flood.postMessage('stop');
  const statuses = await within(20_000, flooded, () => 'the flood does not end');
  const grown = residentMiB() - memory;
  const after = await work('after', 1000);

  const sent = Object.values(statuses).reduce((sum, n) => sum + n, 0);
  const p = (times: readonly number[], share: number) =>
    Math.round((times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  const report = {
    sent,
    statuses,
    p50: [before, during, after].map((t) => p(t, 0.5)),
    p99: [before, during, after].map((t) => p(t, 0.99)),
    grownMiB: Math.round(grown),
  };
  console.log(`flood: ${JSON.stringify(report)}`);

  // Ten times what the other sends, or it was no flood.
  expect(sent).toBeGreaterThan(10 * during.length);
  expect(statuses[429]).toBeGreaterThan(sent / 2);
  expect(Object.keys(statuses).sort()).toEqual(['201', '429']);
  // Flood, server and tenant share what cores there are; even so most of the work gets done.
  expect(during.length).toBeGreaterThan(before.length / 4);
  expect(grown).toBeLessThan(512);
  const { present } = read<{ present: number }>(await ask(server, 'GET', '/v1/groups/quiet/rounds/1'));
  expect(present).toBe(before.length + during.length + after.length);
}, 60_000);

test('a queue that is full refuses before it appends, and takes more once it is shorter', async () => {
  const small = await start({ limits: { queuedCommands: 5 } });
  await ask(small, 'PUT', '/v1/groups/g', { body: size(10_000) });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, i) =>
      ask(small, 'PUT', `/v1/groups/g/rounds/1/proposals/a${i}`, { body: { value: 1 }, agent }),
    ),
  );
  const accepted = answers.filter(({ status }) => status === 201).length;
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(read<{ outcome: string }>(answer).outcome).toBe('not-executed');
  }
  expect(accepted).toBeLessThan(400);
  const { present } = read<{ present: number }>(await ask(small, 'GET', '/v1/groups/g/rounds/1'));
  expect(present).toBe(accepted);
  expect(
    (await ask(small, 'PUT', '/v1/groups/g/rounds/1/proposals/later', { body: { value: 1 } })).status,
  ).toBe(201);
  agent.destroy();
  await small.stop();
});
