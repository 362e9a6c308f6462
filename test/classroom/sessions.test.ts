import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import { pick, randomFrom, seedOfRun } from '../harness/random.ts';
import { type Server, startServer, temporaryFolder, within } from '../harness/server.ts';
import { attend, type Identity, type Story, type Student } from './client.ts';
import { exchange } from './wire.ts';

const total = Number(process.env.SESSIONS ?? 2000);
const seed = seedOfRun();
const rerun = `SEED=${seed} SESSIONS=${total} npx vitest run test/classroom/sessions.test.ts`;

/** An engine, its part of the sessions, and whether the ids come back in the next session. */
const rooms = [
  { engine: 'memory', ids: 'the same', part: 0.35 },
  { engine: 'memory', ids: 'other', part: 0.35 },
  { engine: 'file', ids: 'the same', part: 0.15 },
  { engine: 'file', ids: 'other', part: 0.15 },
] as const;

describe(`random sessions of three clients, ${rerun}`, () => {
  const folders: ReturnType<typeof temporaryFolder>[] = [];
  const servers: Server[] = [];
  beforeAll(async () => {
    console.log(`rerun: ${rerun}`);
    for (const { engine } of rooms) {
      const folder = temporaryFolder();
      folders.push(folder);
      servers.push(await startServer(['--log', engine === 'memory' ? 'memory:' : `file:${folder.path}`]));
    }
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    for (const folder of folders) folder.remove();
  });

  test.concurrent.each(rooms.map((room, i) => ({ ...room, i })))(
    '$engine log, $ids ids in the next session: all end with SUCCESS in the same round',
    async ({ ids, part, i }) => {
      const server = servers[i] as Server;
      const random = randomFrom(seed + i);
      const sessions = Math.round(total * part);
      const agent = new Agent({ keepAlive: true, maxSockets: 3 });
      let rounds = 0;
      try {
        for (let n = 0; n < sessions; n += 1) {
          const students = enrol(random, ids === 'the same' ? 0 : n);
          const where = `session ${n} on ${server.url} (${students.map(words).join(', ')})`;
          const stories = await within(
            30_000,
            Promise.all(students.map((student) => attend(agent, server.url, `s${n}`, student))),
            () => 'it hangs',
          ).catch((error) => {
            throw new Error(`${where}: ${error.message}. Rerun: ${rerun}\n${server.stderr()}`);
          });
          rounds = await check(agent, server.url, stories, rounds, `${where}. Rerun: ${rerun}`);
        }
      } finally {
        agent.destroy();
      }
      expect(rounds).toBeGreaterThanOrEqual(sessions);
    },
    300_000,
  );
});

/** Three clients, each as fast and as named as chance has it. Anonymous ids are never those of identified clients. */
function enrol(random: () => number, session: number): readonly Student[] {
  const mode = pick(random, ['anonymous', 'identified', 'mixed'] as const);
  return [1, 2, 3].map((n): Student => {
    const named = mode === 'identified' || (mode === 'mixed' && random() < 0.5);
    const identity: Identity = named ? pick(random, ['header', 'field']) : 'none';
    // An eager client asks again at once; it keeps the processor busy, so not all are.
    const slowness = pick(random, [0, 0, 0, 1, 3]);
    const eager = random() < 0.15;
    return {
      id: `${named ? 'n' : ''}${session * 3 + n}`,
      identity,
      draw: () => 1 + Math.floor(random() * 10),
      rest: (step) => restFor(step === 'poll' && !eager ? 1 + random() * slowness : random() * slowness),
      repeats: named && random() < 0.3,
      reconnects: false,
    };
  });
}

function restFor(ms: number): Promise<void> {
  return new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
}

/** Holds what the three lived through against each other and against the rounds on record; gives the rounds so far. */
async function check(
  agent: Agent,
  base: string,
  stories: readonly Story[],
  before: number,
  where: string,
): Promise<number> {
  const lived = stories.map(({ states }) => states.join(' '));
  expect(
    new Set(lived).size,
    `the three lived through different rounds: ${lived.join(' | ')}. ${where}`,
  ).toBe(1);
  const count = stories[0]?.states.length ?? 0;
  for (let i = 0; i < count; i += 1) {
    const number = before + i + 1;
    const read = await exchange(agent, base, 'GET', `/v1/groups/default/rounds/${number}`);
    const round = JSON.parse(read.body) as RoundJson;
    const recorded = round.tally?.flatMap(({ value, agents }) => agents.map(() => value)).sort();
    const drawn = stories.map(({ numbers }) => numbers[i]).sort();
    expect(recorded, `round ${number} mixes rounds: ${read.body}. ${where}`).toEqual(drawn);
    expect(round.state, where).toBe(stories[0]?.states[i]);
  }
  return before + count;
}

function words({ id, identity, repeats }: Student): string {
  return `${id} ${identity}${repeats ? ' repeating' : ''}`;
}
