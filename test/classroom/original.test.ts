import { afterAll, expect, test } from 'vitest';
import { type ServerProcess, startServer } from '../../bench/servers/server-process.ts';
import { Exercise } from '../../src/play/exercise.ts';
import { pick, randomFrom, seedOfRun } from '../harness/random.ts';
import { pythonBinary } from '../harness/tools.ts';

/** The exercise was written twice from its description: in Python to be measured, and for the page /play to be looked at. */

const python = pythonBinary();
const servers: ServerProcess[] = [];

afterAll(() => Promise.all(servers.map((server) => server.stop())));

test.skipIf(python === null)('both answer the same to any requests in any order', async () => {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  const states = new Set<string>();
  for (let run = 0; run < 5; run += 1) {
    const theirs = await startPython();
    const ours = new Exercise(3, 2);
    for (let k = 0; k < 100; k += 1) {
      const from = pick(random, [0, 1, 2]);
      const again = `SEED=${seed} npx vitest run test/classroom/original.test.ts: run ${run}, request ${k}`;
      if (random() < 0.5) {
        // Mostly different numbers: after a SUCCESS there is nothing more to see.
        const number = pick(
          random,
          Array.from({ length: 30 }, (_, i) => i),
        );
        const body = JSON.stringify({ number });
        const headers = { 'content-type': 'application/json' };
        const reply = await fetch(`${theirs}/number`, { method: 'POST', headers, body });
        expect([reply.status, await reply.text()], again).toEqual([200, '']);
        ours.handle(from, { kind: 'post', round: null, value: number });
      } else {
        const reply = await fetch(`${theirs}/state/${from}`);
        const { reply: expected } = ours.handle(from, { kind: 'ask', round: null });
        const { state } = (await reply.json()) as { state: string };
        expect({ kind: 'state', state, round: null, value: null }, again).toEqual(expected);
        states.add(state);
      }
    }
  }
  expect(states).toContain('WAITING');
  expect(states).toContain('FAILED');
});

/** The URL of one that has counted nothing yet. */
async function startPython(): Promise<string> {
  const { path = '', env = {} } = python ?? {};
  const server = await startServer({
    command: path,
    args: ['bench/peers/classroom.py', '0'],
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
    ready: /Running on (http:\S+)/,
  });
  servers.push(server);
  return server.url;
}
