import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import { type Server, startQuorate, until, within } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { startBalancer } from './balancer.ts';
import { type Deployment, startDeployment } from './deployment.ts';

const binary = etcdBinary();

/** Three etcd members and three servers, as processes. */
// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('three servers over an etcd cluster', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment(binary as string);
  });
  afterAll(() => deployment?.stop());

  test('that start at the same time make one group default, once', async () => {
    const revisions = await Promise.all(
      deployment.urls.map((url) => connect({ url }).group('default').show()),
    );
    expect(revisions.map(({ revision }) => revision)).toEqual(revisions.map(() => revisions[0]?.revision));
    expect(revisions[0]?.round).toBe(1);
  });

  test('what one has acknowledged all others show at once', async () => {
    const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' } as const;
    const groups = deployment.urls.map((url) => connect({ url }).group('reads'));
    await groups[0]?.create({ rule });
    for (let round = 1; round <= 60; round += 1) {
      const writer = groups[round % 3];
      const written = await writer?.propose({ agent: 'ann', round, value: round, wait: '5s' });
      expect(written).toMatchObject({ state: 'SUCCESS', value: round });
      const read = await Promise.all(groups.map((group) => group.round(round)));
      expect(read.map(({ value }) => value)).toEqual([round, round, round]);
    }
  });

  test('an agent whose server is killed while it waits notices nothing but time', async () => {
    const [first, second, third] = deployment.servers as [Server, Server, Server];
    const group = connect({ url: third.url }).group('failover');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
    const urls = [first, second, third].flatMap(({ url }) => ['--url', url]);
    const ann = startQuorate(['agent', 'failover', 'ann', '--value', '7', ...urls, '--json'], 30_000);
    await until(30_000, async () => ((await group.round(1)).missing?.length === 1 ? true : undefined));
    await first.kill();
    await group.propose({ agent: 'bob', round: 1, value: 7 });
    const decidedAt = performance.now();
    const done = await ann.done;
    expect(performance.now() - decidedAt).toBeLessThan(10_000);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ state: 'SUCCESS', value: 7, round: 1 });
    deployment.servers[0] = await first.again();
  });

  test('an agent whose server stands still while it waits goes on with another', async () => {
    const [first, second, third] = deployment.servers as [Server, Server, Server];
    const group = connect({ url: third.url }).group('standstill');
    await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
    const urls = [first, second, third].map(({ url }) => url);
    const proposing = connect({ urls })
      .group('standstill')
      .propose({ agent: 'ann', round: 1, value: 7, wait: '30s' });
    await until(30_000, async () => ((await group.round(1)).missing?.length === 1 ? true : undefined));
    process.kill(first.pid, 'SIGSTOP');
    try {
      await group.propose({ agent: 'bob', round: 1, value: 7 });
      const round = await within(8000, proposing, () => 'still waiting for the server that stands still');
      expect(round).toMatchObject({ state: 'SUCCESS', value: 7 });
    } finally {
      process.kill(first.pid, 'SIGCONT');
    }
  });

  test('anonymous clients of the classroom agree behind a TCP balancer', async () => {
    const ports = deployment.servers.map(({ port }) => port);
    const balancer = await startBalancer(ports);
    try {
      for (let session = 0; session < 10; session += 1) {
        const students = [1, 2, 3].map((n) => attend(balancer.port, `${session}-${n}`));
        const lived = await within(20_000, Promise.all(students), () => `session ${session} hangs`);
        expect(new Set(lived).size, lived.join(' | ')).toBe(1);
        expect(lived[0]).toMatch(/^(FAILED )*SUCCESS$/);
      }
    } finally {
      balancer.close();
    }
  });

  test('a rolling restart loses nothing and stops nobody', async () => {
    const urls = deployment.urls;
    const group = connect({ urls }).group('rolling');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    let rolling = true;
    let longest = 0;
    const acknowledged: number[] = [];
    const voting = (async () => {
      for (let round = 1; rolling; round += 1) {
        const asked = performance.now();
        await group.propose({ agent: 'ann', round, value: round, wait: '5s' });
        longest = Math.max(longest, performance.now() - asked);
        acknowledged.push(round);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    for (const [i, server] of deployment.servers.entries()) {
      expect(await server.stop()).toMatchObject({ code: 0 });
      deployment.servers[i] = await server.again();
    }
    rolling = false;
    await voting;
    const rounds = await group.rounds({ limit: 1000 });
    const kept = new Map(rounds.map(({ round, value }) => [round, value]));
    for (const round of acknowledged.slice(-900)) expect(kept.get(round)).toBe(round);
    expect(longest, 'longest stall of a propose-and-wait, ms').toBeLessThan(5000);
  });

  // [Q6.10]
  test('without a majority they say so at once and honestly, and go on when it is back', async () => {
    const [url] = deployment.urls as [string];
    const group = connect({ url }).group('quorum');
    await group.create({ rule: { electorate: { size: 2 }, threshold: 2, next: 'continuous' } });
    const members = deployment.etcd.members.slice(0, 2);
    await Promise.all(members.map((member) => member.kill()));
    const path = `${url}/v1/groups/quorum/rounds/1/proposals/ann`;
    const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"value":1}' };
    const asked = performance.now();
    const first = await fetch(path, put);
    expect(performance.now() - asked).toBeLessThan(6000);
    expect(first.status).toBe(503);
    expect(first.headers.get('retry-after')).toMatch(/^[0-9]+$/);
    expect(await first.json()).toMatchObject({ outcome: expect.stringMatching(/unknown|not-executed/) });
    await until(30_000, async () => ((await fetch(`${url}/readyz`)).status === 503 ? true : undefined));
    const refusedAt = performance.now();
    for (const again of [fetch(path, put), fetch(`${url}/v1/groups/quorum/rounds/1`)]) {
      const refused = await again;
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ code: 'no-quorum', outcome: 'not-executed' });
    }
    expect(performance.now() - refusedAt).toBeLessThan(2000);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    for (const member of members) member.start();
    await deployment.etcd.ready();
    const round = await until(15_000, async () => {
      const reply = await fetch(path, put);
      return reply.ok ? ((await reply.json()) as RoundJson) : undefined;
    });
    expect(round).toMatchObject({ round: 1, present: 1 });
    for (const each of deployment.urls)
      await until(30_000, async () => ((await fetch(`${each}/readyz`)).ok ? true : undefined));
  });
});

/** A client of the classroom as a beginner writes it: no identity, a new connection for each request. */
async function attend(port: number, id: string): Promise<string> {
  const states: string[] = [];
  for (;;) {
    const number = 1 + Math.floor(Math.random() * 10);
    await exchange(port, 'POST', '/number', JSON.stringify({ number }));
    for (;;) {
      const { state } = JSON.parse(await exchange(port, 'GET', `/state/${id}`, null)) as { state: string };
      if (state === 'WAITING') {
        await new Promise((resolve) => setTimeout(resolve, 10));
        continue;
      }
      states.push(state);
      if (state === 'SUCCESS') return states.join(' ');
      break;
    }
  }
}

function exchange(port: number, method: string, path: string, body: string | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body === null ? {} : { 'content-type': 'application/json' };
    const asked = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('end', () => (reply.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    asked.on('error', reject).end(body ?? undefined);
  });
}
