import { cpSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../src/core/types.ts';
import { openLog } from '../src/log/open.ts';
import { newestVersion } from '../test/harness/entries.ts';
import type { Contestant } from './contestant.ts';
import { DataDirectory, durableLog } from './durable-log.ts';
import { type Figure, rounded } from './figure.ts';
import { withCpu } from './servers/cpu.ts';
import { type ServerProcess, startScript } from './servers/server-process.ts';
import { fill, join, propose, put, say } from './state/fill.ts';

interface Large {
  readonly agents: number;
  readonly rounds?: number;
  /** Beside the electorate. */
  readonly rule: { readonly [setting: string]: Json };
  /** The i-th proposal's value as JSON. */
  value(i: number): string;
}

const different = (i: number): string => String(i);

/** Groups at the limits of what a group may be; all but one proposal of the last round are in. */
const groups: Readonly<Record<string, Large>> = {
  blind: { agents: 100_000, rule: {}, value: different },
  live: { agents: 100_000, rule: { reveal: 'live' }, value: different },
  near: {
    agents: 100_000,
    rule: { reveal: 'live', equality: { tolerance: 0.5 } },
    value: (i) => String(i * 0.3),
  },
  means: {
    agents: 100_000,
    rule: { equality: { tolerance: 1_000_000 }, decide: 'mean' },
    value: (i) => String(i * 0.7310585786300049),
  },
  texts: {
    agents: 2000,
    rule: { reveal: 'live', equality: 'text' },
    value: (i) => `"${`${i} says `.repeat(400).slice(0, 4000)}"`,
  },
  many: { agents: 200, rounds: 1000, rule: { next: 'continuous' }, value: different },
};

/** Every way to read a round, open and closed, and the proposal that closes it. */
function requestsTo(
  group: string,
  { rounds: round = 1 }: Large,
): readonly (readonly [path: string, init?: RequestInit])[] {
  const at = `/v1/groups/${group}`;
  const headers = { 'content-type': 'application/json' };
  return [
    [at],
    [`${at}/rounds/open`],
    [`${at}/rounds/${round}/explain`],
    [`${at}/rounds/${round}/proposals/last`, { method: 'PUT', headers, body: '{"value": 0.5}' }],
    [`${at}/rounds/${round}`],
    [`${at}/rounds/${round}/explain`],
    [`${at}/rounds/${round}/proposals?limit=10000`],
    [`${at}/rounds/${round}/proposals?limit=10000`, { headers: { accept: 'text/csv' } }],
    [`${at}/rounds?limit=1000`],
    [`${at}/rounds?limit=1000`, { headers: { accept: 'text/csv' } }],
    ['/v1/groups?limit=1000'],
  ];
}

/** A group with as many members as it may have, whose stream is as full as it may be; its last message waits for all of them. */
const talk = { members: 100_000, messages: 1000, characters: 3900 };

const toTalk: readonly (readonly [path: string, init?: RequestInit])[] = [
  ['stream?limit=10000'],
  ['messages?limit=10000'],
  ['view?limit=10000'],
  ['agents?limit=10000'],
  [`messages/${talk.members + talk.messages + 1}`],
  [`messages/${talk.members + talk.messages + 1}/explain`],
].map(([what]) => [`/v1/groups/talk/${what}`]);

/**
 * The longest stall of a server's event loop while one caller asks for everything about the groups above. Which requests
 * come first is written to stderr.
 */
export async function stalls(): Promise<Contestant> {
  const filled = new DataDirectory();
  await fillGroups(durableLog(filled.path));
  return {
    async slice() {
      const directory = new DataDirectory();
      cpSync(filled.path, directory.path, { recursive: true });
      const server = await startScript('quorate-server.js', [durableLog(directory.path)]);
      try {
        const ofRounds = Object.entries(groups).flatMap(([group, large]) => requestsTo(group, large));
        const requests = [...ofRounds, ...toTalk];
        return await withCpu([server], async () => ({
          figure: await longestOf(server, requests),
          requests: requests.length,
        }));
      } finally {
        await directory.removeAfter(server.stop);
      }
    },
    stop: async () => filled.remove(),
  };
}

async function fillGroups(spec: string): Promise<void> {
  const log = await openLog(spec);
  for (const [group, { agents, rounds = 1, rule, value }] of Object.entries(groups)) {
    const all = { electorate: { size: agents }, threshold: 2, next: 'manual', ...rule };
    await fill(log, 1, () => put(group, { rule: all }));
    await fill(log, rounds * agents - 1, (i) => propose(group, value(i % agents), `agent-${i % agents}`));
  }
  await fill(log, 1, () => newestVersion);
  await fill(log, 1, () => put('talk'));
  await fill(log, talk.members, (i) => join('talk', `member-${i}`));
  await fill(log, talk.messages, (i) => say('talk', `member-${i}`, `"${'x'.repeat(talk.characters)}"`));
  await fill(log, 1, () => ({ ...say('talk', 'member-0', '"heard?"'), ackBy: 'all' }));
  await log.close();
}

async function longestOf(server: ServerProcess, requests: ReturnType<typeof requestsTo>): Promise<Figure> {
  const stalls: { ms: number; request: string }[] = [];
  let errors = 0;
  // What only the first request of a server costs is not this group's.
  await fetch(`${server.url}/v1/info`);
  for (const [path, init = {}] of requests) {
    await server.ask('watch stalls');
    const response = await fetch(`${server.url}${path}`, init);
    await response.arrayBuffer();
    await sleep(10);
    const ms = rounded(await server.ask('longest stall'), 1);
    stalls.push({ ms, request: `${init.method ?? 'GET'} ${path} ${JSON.stringify(init.headers ?? {})}` });
    if (!response.ok) errors += 1;
  }
  stalls.sort((a, b) => b.ms - a.ms);
  for (const { ms, request } of stalls.slice(0, 3)) process.stderr.write(`${ms} ms: ${request}\n`);
  return { stallMs: stalls[0]?.ms ?? 0, errors };
}
