import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import type { Json } from '../../src/core/types.ts';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import { hashOf } from '../../src/http/edge/access.ts';
import { type RunningApp, startApp } from '../harness/app.ts';

/**
 * No request about a round of 100,000 proposals holds the server's event loop for as long as it takes to go through all of
 * them plainly: to sort and write them once, in this run, on this machine. Time here is that of the processor, so that it does
 * not matter what else the machine does.
 */
const size = 100_000;
const names = Array.from({ length: size }, (_, i) => `agent-${(i * 7919) % size}`);

/** Where Linux counts the ns a thread has been on a processor. */
const ofThread = '/proc/thread-self/schedstat';
const isCountedByThread = existsSync(ofThread);

/**
 * ms that the thread of the event loop has computed for. The whole process has threads beside it, which collect garbage
 * at the same time and hold up nobody: they are counted only where the system does not tell them apart.
 */
function computed(): number {
  if (isCountedByThread) return Number(readFileSync(ofThread, 'utf8').split(' ', 1)[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The longest turn of the event loop while something runs, ms. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let last = computed();
  let over = false;
  const look = (): void => {
    const now = computed();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(look);
  };
  setImmediate(look);
  await work();
  over = true;
  look();
  return longest;
}

/** What one plain walk through all proposals costs, ms: the least of three. */
function plainWalk(): number {
  const walks = [1, 2, 3].map(() => {
    const from = computed();
    const all = names.map((agent) => ({ value: `value of ${agent}`, weight: 1, agents: [agent] }));
    all.sort((a, b) => (a.value < b.value ? -1 : 1));
    expect(JSON.stringify(all).length).toBeGreaterThan(size);
    return computed() - from;
  });
  return Math.min(...walks);
}

/** Sends a request on a connection of its own; resolves with the response as it came over the wire. */
function send(
  { port }: RunningApp,
  path: string,
  { method = 'GET', body = '', accept = '*/*', authorization = 'Bearer none' } = {},
): Promise<string> {
  const chunks: Buffer[] = [];
  const type = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: ${accept}\r\nauthorization: ${authorization}\r\nconnection: close\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}${type}\r\n${body}`));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      // A stream does not end by itself.
      if (path.endsWith('/events') && chunk.includes('event: snapshot')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

async function fill(app: RunningApp, commands: readonly Command[]): Promise<void> {
  for (let from = 0; from < commands.length; from += 1000) {
    const some = commands.slice(from, from + 1000);
    await Promise.all(some.map((one) => app.replica.submit(one, ({ ok }) => expect(ok).toBe(true))));
  }
}

const rounds: { readonly title: string; readonly rule: { [name: string]: Json }; value(i: number): Json }[] =
  [
    { title: 'all different, shown live', rule: { reveal: 'live' }, value: (i) => `v${names[i]}` },
    { title: 'all equal, blind', rule: { deadline: '1h' }, value: () => 'yes' },
    {
      title: 'numbers, a draw among all of them',
      rule: { equality: { tolerance: 1 }, tie: 'seeded', reveal: 'live' },
      value: (i) => i * 3,
    },
    {
      title: 'a live electorate',
      rule: { electorate: { live: { min: size, max: size } } },
      value: (i) => i % 7,
    },
  ];

test.each(rounds)(
  'no request about 100,000 proposals stops the others: $title',
  {
    timeout: 300_000,
  },
  async ({ rule, value }) => {
    const app = await startApp();
    try {
      const made = { electorate: { size }, threshold: 1, next: 'manual', ...rule };
      await app.ask('PUT', '/v1/groups/g', { rule: made });
      const isLive = 'live' in (made.electorate as object);
      const plain = { group: 'g', joinKeyHash: null, role: 'voter', ttl: 3_600_000 } as const;
      if (isLive)
        await fill(
          app,
          names.map((agent) => ({ type: 'join', agent, tokenHash: hashOf(agent), ...plain })),
        );
      const proposals = names.map((agent, i): Command => {
        const tokenHash = isLive ? hashOf(agent) : null;
        const text = JSON.stringify(value(i));
        return { type: 'propose', group: 'g', round: 1, agent, value: text, seq: null, tokenHash, key: null };
      });
      const limit = plainWalk();
      const turns: [ms: number, what: string][] = [];
      const measure = async (what: string, work: () => Promise<string[]>): Promise<string[]> => {
        let answers: string[] = [];
        const longest = await longestTurn(async () => {
          answers = await work();
        });
        for (const answer of answers) expect(answer.split('\r\n', 1)[0], what).toMatch(/ 20[01] /);
        turns.push([longest, what]);
        return answers;
      };
      const get = (path: string, accept?: string) =>
        measure(`GET ${path} ${accept ?? ''}`, async () => [
          await send(app, path, accept === undefined ? {} : { accept }),
        ]);
      const at = '/v1/groups/g';
      const reads = async (): Promise<void> => {
        await get(`${at}/rounds/1`);
        await get(`${at}/rounds/latest/explain`);
        for (const accept of ['application/json', 'text/csv']) {
          await get(`${at}/rounds?limit=1000`, accept);
          await get(`${at}/rounds/1/proposals?limit=10000`, accept);
          await get(`${at}/rounds/1/proposals?after=${names.at(-9)}`, accept);
        }
        await get(`${at}/events`);
        await get(`${at}/agents?limit=10000`);
        await get('/v1/groups');
      };
      // What only the first request of a kind costs a process is not the round's.
      await send(app, `${at}/rounds/1`);
      const first = names.slice(0, 40).map((agent, i) => {
        const body = JSON.stringify({ value: value(i) });
        const request = { method: 'PUT', body, authorization: `Bearer ${agent}` };
        return () => send(app, `${at}/rounds/1/proposals/${agent}`, request);
      });
      await measure('40 propose at once', () => Promise.all(first.map((propose) => propose())));
      await fill(app, proposals.slice(first.length, -2));
      await reads();
      const waiting = async (count: number, query: string): Promise<Promise<string>[]> => {
        const { size: before } = app.replica.waiters;
        const held = Array.from({ length: count }, () => send(app, `${at}/rounds/1?wait=60s${query}`));
        await expect.poll(() => app.replica.waiters.size, { timeout: 30_000 }).toBe(before + count);
        return held;
      };
      const followers = await waiting(300, `&after=${app.replica.state.groups.get('g')?.revision}`);
      const voters = await waiting(300, '');
      const [one, last] = proposals.slice(-2) as [Command, Command];
      await measure('300 are told of a proposal', async () => {
        await fill(app, [one]);
        return Promise.all(followers);
      });
      const told = await measure('300 are told of the close', async () => {
        await fill(app, [last]);
        return Promise.all(voters);
      });
      const body = (told[0] as string).split('\r\n\r\n')[1] as string;
      expect(JSON.parse(body) as RoundJson).toMatchObject({ present: size, closedAt: expect.any(String) });
      await reads();
      turns.sort(([a], [b]) => b - a);
      const longest = turns.slice(0, 3).map(([ms, what]) => `${ms.toFixed(0)} ms: ${what}`);
      console.info(`a plain walk takes ${limit.toFixed(0)} ms, the longest turns ${longest.join(', ')}`);
      expect(turns.filter(([ms]) => ms >= limit)).toEqual([]);
      expect(app.reported).toEqual([]);
    } finally {
      await app.stop();
    }
  },
);
