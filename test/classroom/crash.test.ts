import { Agent } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RoundJson } from '../../src/core/view/json-types.ts';
import { randomFrom, seedOfRun } from '../harness/random.ts';
import { type Server, startServer, temporaryFolder, within } from '../harness/server.ts';
import { attend, type Identity, type Story } from './client.ts';

const seed = seedOfRun();
const rerun = `SEED=${seed} npx vitest run test/classroom/crash.test.ts`;
/** Four rounds that fail and one that succeeds, whatever the order. */
const script: readonly (readonly number[])[] = [
  [1, 2, 3, 4, 5],
  [2, 3, 4, 5, 5],
  [3, 4, 5, 6, 9],
];

describe(`kill -9 of the server in the middle of a session, ${rerun}`, () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: Server;
  let agent: Agent;
  beforeEach(async () => {
    folder = temporaryFolder();
    agent = new Agent({ keepAlive: true });
    server = await startServer(['--log', `file:${folder.path}`]);
  });
  afterEach(async () => {
    agent.destroy();
    await server?.kill();
    folder.remove();
  });

  test.each(['header', 'field'] as const)(
    'clients identified by %s retry what broke and end in SUCCESS, though the server dies in every round',
    async (identity) => {
      const random = randomFrom(seed);
      let steps = 0;
      const session = play(identity, true, async () => {
        steps += 1;
        await pause(random() * 10);
      });
      for (const wanted of [2, 9, 14, 20]) {
        const until = wanted + Math.floor(random() * 4);
        while (steps < until) await Promise.race([pause(1), session]);
        await server.kill();
        server = await server.again();
      }
      await ends(session);
    },
  );

  test('anonymous clients go on where they were, after a crash between their requests', async () => {
    let gate = Promise.resolve();
    let out = 0;
    const session = play('none', false, async () => {
      out += 1;
      await pause(1);
      await gate;
      out -= 1;
    });
    let over = false;
    session.then(
      () => (over = true),
      () => (over = true),
    );
    for (let crash = 0; crash < 3; crash += 1) {
      let open: () => void = () => undefined;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      while (out < 3) {
        await pause(1);
        if (over) throw new Error(`the session was over before crash ${crash + 1}: ${rerun}`);
      }
      await server.kill();
      agent.destroy();
      server = await server.again();
      open();
      await pause(4);
    }
    await ends(session);
  });

  function play(
    identity: Identity,
    reconnects: boolean,
    rest: () => Promise<void>,
  ): Promise<readonly Story[]> {
    const students = script.map((numbers, i) => ({
      id: String(i + 1),
      identity,
      draw: (round: number) => numbers[round] as number,
      rest,
      repeats: false,
      reconnects,
    }));
    const { url } = server;
    const session = Promise.all(students.map((student) => attend(agent, url, 's', student)));
    session.catch(() => undefined);
    return session;
  }

  async function ends(session: Promise<readonly Story[]>): Promise<void> {
    const stories = await within(
      30_000,
      session,
      () => `the session hangs. Rerun: ${rerun}\n${server.stderr()}`,
    );
    for (const { states } of stories) {
      expect(states, rerun).toEqual(['FAILED', 'FAILED', 'FAILED', 'FAILED', 'SUCCESS']);
    }
    for (let i = 0; i < 5; i += 1) {
      const round = (await (
        await fetch(`${server.url}/v1/groups/default/rounds/${i + 1}`)
      ).json()) as RoundJson;
      const recorded = round.tally?.flatMap(({ value, agents }) => agents.map(() => value)).sort();
      expect(recorded, rerun).toEqual(script.map((numbers) => numbers[i]).sort());
    }
  }
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
