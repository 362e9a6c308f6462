import { setTimeout as sleep } from 'node:timers/promises';
import { openLog } from '../src/log/open.ts';
import type { Contestant } from './contestant.ts';
import { DataDirectory, durableLog } from './durable-log.ts';
import { type Figure, rounded } from './figure.ts';
import { withCpu } from './servers/cpu.ts';
import { type ServerProcess, startScript } from './servers/server-process.ts';
import { fill, propose, put } from './state/fill.ts';

const agents = 100_000;
/** group -> `reveal` of its rule. */
const groups = { blind: 'close', live: 'live' } as const;

/** Every way to read a round, open and closed, and the proposal that closes it. */
function requestsTo(group: string): readonly (readonly [path: string, init?: RequestInit])[] {
  const at = `/v1/groups/${group}`;
  const headers = { 'content-type': 'application/json' };
  return [
    [at],
    [`${at}/rounds/open`],
    [`${at}/rounds/1/explain`],
    [`${at}/rounds/1/proposals/last`, { method: 'PUT', headers, body: '{"value": 0.5}' }],
    [`${at}/rounds/1`],
    [`${at}/rounds/1/explain`],
    [`${at}/rounds?limit=100`],
    [`${at}/rounds?limit=100`, { headers: { accept: 'text/csv' } }],
    ['/v1/groups?limit=100'],
  ];
}

/**
 * The longest stall of a server's event loop while one caller asks for everything about rounds of 100,000 proposals that all
 * differ, in a blind group and in one that shows them. Which request it was is written to stderr.
 */
export async function stalls(): Promise<Contestant> {
  return {
    async slice() {
      const directory = new DataDirectory();
      const log = durableLog(directory.path);
      await fillRounds(log);
      const server = await startScript('quorate-server.js', [log]);
      try {
        const requests = Object.keys(groups).flatMap(requestsTo);
        return await withCpu([server], async () => ({
          figure: await longestOf(server, requests),
          requests: requests.length,
        }));
      } finally {
        await server.stop();
        directory.remove();
      }
    },
    stop: async () => undefined,
  };
}

/** All but the last proposal. */
async function fillRounds(spec: string): Promise<void> {
  const log = await openLog(spec);
  for (const [group, reveal] of Object.entries(groups)) {
    const rule = { electorate: { size: agents }, threshold: 2, reveal, next: 'manual' };
    await fill(log, 1, () => put(group, { rule }));
    await fill(log, agents - 1, (i) => propose(group, i, `agent-${i}`));
  }
  await log.close();
}

async function longestOf(server: ServerProcess, requests: ReturnType<typeof requestsTo>): Promise<Figure> {
  let stallMs = 0;
  let longest = '';
  let errors = 0;
  for (const [path, init = {}] of requests) {
    await server.ask('watch stalls');
    const response = await fetch(`${server.url}${path}`, init);
    await response.arrayBuffer();
    await sleep(10);
    const stall = await server.ask('longest stall');
    if (!response.ok) errors += 1;
    if (stall <= stallMs) continue;
    stallMs = stall;
    longest = `${init.method ?? 'GET'} ${path} ${JSON.stringify(init.headers ?? {})}`;
  }
  process.stderr.write(`longest stall: ${longest}\n`);
  return { stallMs: rounded(stallMs, 1), errors };
}
