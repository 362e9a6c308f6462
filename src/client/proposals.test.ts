import { afterEach, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { type RunningServer, serve } from '../serve.ts';
import { type ConnectOptions, connect, type ManyProposal, type SettledProposal } from './index.ts';

const apps: RunningApp[] = [];
const servers: RunningServer[] = [];
afterEach(async () => {
  for (const app of [...apps.splice(0), ...servers.splice(0)]) await app.stop();
});

async function started(agents = 20_000): Promise<RunningApp> {
  const app = await startApp();
  apps.push(app);
  const rule = { electorate: { size: agents }, threshold: 1, next: 'continuous' };
  expect((await app.ask('PUT', '/v1/groups/g', { rule })).status).toBe(201);
  return app;
}

const vote = (agent: string, value: number | bigint = 1, round = 1): ManyProposal => ({
  ...{ group: 'g', round, agent },
  value: value as number,
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** `1 WAITING`, `2 round-closed`: in order of the lines. */
const told = (settled: readonly SettledProposal[]): string[] =>
  settled
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, round, error }) => `${line} ${round?.state ?? error?.code}`);

const settledLine = (line: number, state = 'WAITING') =>
  `${JSON.stringify({ line, status: 201, round: { group: 'g', round: 1, state, revision: 2, index: 7 } })}\n`;
const refusedLine = (line: number, status: number, code: string) =>
  `${JSON.stringify({ line, status, problem: { status, code, title: code, detail: 'd', fix: 'f', outcome: 'not-executed' } })}\n`;

/** A client whose requests get these replies in turn, and what it has sent. */
function scripted(replies: readonly (string | Error)[], options: Partial<ConnectOptions> = {}) {
  const sent: { readonly lines: string[]; readonly session: string | null }[] = [];
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const body = String(init?.body);
    sent.push({
      lines: body.trimEnd().split('\n'),
      session: new Headers(init?.headers).get('quorate-session'),
    });
    const reply = replies[Math.min(sent.length, replies.length) - 1];
    if (reply instanceof Error) throw reply;
    const headers = { 'content-type': 'application/x-ndjson', 'quorate-session': 'log.1' };
    return new Response(reply, { headers });
  };
  const base = { url: 'http://a', fetch: fetch as typeof globalThis.fetch, random: () => 0 };
  const client = connect({ ...base, ...options });
  return { client, sent };
}

describe('many proposals', () => {
  test('are settled each by itself, with its line and its proposal', async () => {
    const { url } = await started(3);
    const client = connect({ url });
    const ballots = [vote('a'), vote('A'), vote('b'), vote('c', 12n), vote('c'), vote('d', 1, 9)];
    const settled = await all(client.proposals(ballots, { wait: '5s' }));
    expect(told(settled)).toEqual([
      ...['1 SUCCESS', '2 invalid-name', '3 SUCCESS', '4 not-json', '5 SUCCESS', '6 round-not-open'],
    ]);
    for (const { line, proposal } of settled) expect(proposal).toBe(ballots[line - 1]);
    const again = await all(client.proposals(ballots));
    expect(told(again)).toEqual(told(settled));
  });

  test('come from whatever gives them, and are sent while it makes a pause', async () => {
    const { url } = await started();
    let settledTwo = (): void => {};
    const two = new Promise<void>((resolve) => {
      settledTwo = resolve;
    });
    async function* slow(): AsyncGenerator<ManyProposal> {
      yield vote('a');
      yield vote('b');
      // What was given so far is settled although more is to come.
      await two;
      yield vote('c');
    }
    const lines: number[] = [];
    for await (const { line } of connect({ url }).proposals(slow())) {
      lines.push(line);
      if (lines.length === 2) settledTwo();
    }
    expect(lines).toEqual([1, 2, 3]);
    expect(await all(connect({ url }).proposals([]))).toEqual([]);
  });

  test('more than one request takes are sent in several, and no more is taken than is sent', async () => {
    const app = await started(50_000);
    let given = 0;
    function* endless(): Generator<ManyProposal> {
      for (;;) {
        given += 1;
        yield vote(`a${given}`);
      }
    }
    let settled = 0;
    for await (const { round } of connect({ url: app.url }).proposals(endless())) {
      expect(round?.state).toBe('WAITING');
      settled += 1;
      if (settled === 12_000) break;
    }
    expect(given).toBeGreaterThanOrEqual(12_000);
    expect(given).toBeLessThan(60_000);
  });

  test('of more bytes than one request takes are sent in several, and one that none takes spoils no other', async () => {
    const { url } = await started();
    const ballots = Array.from({ length: 3000 }, (_, n) => {
      const [agent, value] = n === 1000 ? ['large', 'x'.repeat(5_000_000)] : [`a${n}`, 'x'.repeat(2000)];
      return { group: 'g', round: 1, agent, value };
    });
    const settled = told(await all(connect({ url }).proposals(ballots)));
    expect(settled.splice(1000, 1)).toEqual(['1001 too-large']);
    expect(new Set(settled.map((text) => text.split(' ')[1]))).toEqual(new Set(['WAITING']));
    expect(settled).toHaveLength(2999);
  });

  test('that the caller reads slowly wait on the server', async () => {
    const { url } = await started();
    const source = Array.from({ length: 5000 }, (_, i) => vote(`a${i}`));
    const results = connect({ url }).proposals(source);
    expect((await results.next()).value).toMatchObject({ line: 1 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(new Set((await all(results)).map(({ line }) => line)).size).toBe(4999);
  });

  test('without a definite answer are sent again, those that have one are not', async () => {
    const cut = settledLine(1) + settledLine(2).slice(0, 30);
    const busy = settledLine(3) + refusedLine(1, 429, 'overloaded') + refusedLine(2, 409, 'round-closed');
    const { client, sent } = scripted([cut, new TypeError('fetch failed'), busy, settledLine(1)]);
    const settled = await all(client.proposals([vote('a'), vote('b'), vote('c'), vote('d')]));
    expect(told(settled)).toEqual(['1 WAITING', '2 WAITING', '3 round-closed', '4 WAITING']);
    expect(sent.map(({ lines }) => lines.map((line) => JSON.parse(line).agent).join(''))).toEqual([
      ...['abcd', 'bcd', 'bcd', 'b'],
    ]);
    // Every later answer is as new as the newest line.
    expect(sent.map(({ session }) => session)).toEqual([null, 'log.7', 'log.7', 'log.7']);
  });

  test('that nobody takes for so long are settled with the reason', async () => {
    const busy = refusedLine(1, 503, 'no-quorum');
    const { client } = scripted([busy + settledLine(2), busy], { retryFor: 50 });
    expect(told(await all(client.proposals([vote('a'), vote('b')])))).toEqual(['1 no-quorum', '2 WAITING']);
  });

  test('end with the first request that is refused as a whole, the signal, the deadline or the source', async () => {
    // A whole server: it ends connections too on which nothing was sent.
    const server = await serve({ port: 0, log: 'memory:' });
    servers.push(server);
    const { url } = server;
    await connect({ url })
      .group('g')
      .create({ rule: { electorate: { size: 9 } } });
    const denied = connect({ url, token: 'not a token' });
    await expect(all(denied.proposals([vote('a')]))).rejects.toMatchObject({ code: 'invalid-request' });
    const client = connect({ url });
    const stop = new AbortController();
    const waiting = all(client.proposals([vote('b')], { wait: '30s', signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await expect(waiting).rejects.toThrow('enough');
    const late = client.proposals([vote('c')], { wait: '30s', deadline: 100 });
    await expect(all(late)).rejects.toMatchObject({ code: 'deadline' });
    function* broken(): Generator<ManyProposal> {
      yield vote('d');
      throw new Error('no more');
    }
    await expect(all(client.proposals(broken()))).rejects.toThrow('no more');
  });
});
