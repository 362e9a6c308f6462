import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Server, startQuorate, startServer, temporaryFolder, until } from '../harness/server.ts';

/** `quorate agent --exec`: its program is told what was said in the group since its last turn. */

let server: Server;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());
beforeEach(() => {
  folder = temporaryFolder();
  return folder.remove;
});

interface Told {
  readonly round: number;
  readonly messages: readonly { offset: number; from: string; body: unknown }[];
}

/** A group of two, and a process for ann whose program keeps what it is told and then does this. */
async function started(name: string, then: string, ...more: readonly string[]) {
  const group = connect({ url: server.url, retryFor: '5s' }).group(name);
  await group.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
  return { group, ...(await agent(name, then, ...more)) };
}
async function agent(name: string, then: string, ...more: readonly string[]) {
  const file = join(folder.path, name);
  const script = `read -r line; printf '%s\\n' "$line" >> ${file}; ${then}`;
  const running = startQuorate(['agent', name, 'ann', '--exec', script, '--url', server.url, ...more]);
  const told = (turns: number): Promise<Told[]> =>
    until(20_000, () => {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
      return lines.length < turns ? undefined : lines.map((line) => JSON.parse(line) as Told);
    });
  return { running, told };
}
const bodies = (told: Told | undefined) => told?.messages.map(({ from, body }) => [from, body]);

test('a member is told each message once, in order, not those to others, and acknowledges them [Q9.9]', async () => {
  const { group, running, told } = await started('talk', 'echo 1', '--join');
  await told(1);
  const [bob, cy] = [await group.join('bob'), await group.join('cy')];
  const asked = await bob.say('pizza?', { ackBy: 'all', to: ['ann', 'cy'] });
  await cy.say({ only: 'bob' }, { to: ['bob'] });
  await cy.say([1, 2], { replyTo: asked.offset });
  await bob.propose({ value: 2, wait: '20s' });
  expect(bodies((await told(2))[1])).toEqual([
    ['bob', 'pizza?'],
    ['cy', [1, 2]],
  ]);
  await cy.group.setCursor('cy', asked.offset);
  const { stability } = await bob.group.message(asked.offset, { wait: '20s' });
  expect(stability).toBe('stable');
  await bob.say('then pasta');
  await bob.propose({ value: 3, wait: '20s' });
  expect(bodies((await told(3))[2])).toEqual([['bob', 'then pasta']]);
  await bob.propose({ value: 1 });
  expect(await running.done).toMatchObject({ code: 0, stdout: '1\n' });
  await Promise.all([bob.leave(), cy.leave()]);
});

test('after a turn that failed the same messages are told again', async () => {
  const then = `case "$line" in *'"agent":"ann","round":2,'*) exit 1;; *) echo 1;; esac`;
  const { group, running, told } = await started('again', then, '--join');
  await told(1);
  const bob = await group.join('bob');
  await bob.say('hello');
  await bob.propose({ value: 2, wait: '20s' });
  expect(bodies((await told(2))[1])).toEqual([['bob', 'hello']]);
  await bob.say('still there?');
  await bob.propose({ value: 2, wait: '20s' });
  expect(bodies((await told(3))[2])).toEqual([
    ['bob', 'hello'],
    ['bob', 'still there?'],
  ]);
  await bob.propose({ value: 2, wait: '20s' });
  expect(bodies((await told(4))[3])).toEqual([]);
  await bob.propose({ value: 1 });
  expect(await running.done).toMatchObject({ code: 0 });
  await bob.leave();
});

test('an agent that starts again under its name is told only what it has not handled', async () => {
  const once = ['--join', '--deadline', '30s'];
  const { group, running, told } = await started('restart', 'echo 1', ...once);
  await told(1);
  const bob = await group.join('bob');
  await bob.say('one');
  await bob.propose({ value: 2, wait: '20s' });
  await told(2);
  // It has proposed, so it has handled what it was told.
  await until(20_000, async () => (await group.round('open')).present === 1 || undefined);
  running.signal('SIGTERM');
  await running.done;
  await bob.say('two');
  const second = await agent('restart', 'echo 1', ...once);
  expect(bodies((await second.told(3))[2])).toEqual([['bob', 'two']]);
  await bob.propose({ value: 1 });
  expect(await second.running.done).toMatchObject({ code: 0 });
  await bob.leave();
});

test('who does not join is told at first all that is kept [Q9.8]', async () => {
  const group = connect({ url: server.url }).group('passing');
  const rule = { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } as const;
  await group.create({ rule, retention: { messages: 2 } });
  const bob = await group.join('bob');
  for (const body of ['one', 'two', 'three']) await bob.say(body);
  const { running, told } = await agent('passing', 'echo 1');
  expect(bodies((await told(1))[0])).toEqual([
    ['bob', 'two'],
    ['bob', 'three'],
  ]);
  for (const body of ['four', 'five', 'six']) await bob.say(body);
  await bob.propose({ value: 2, wait: '20s' });
  expect(bodies((await told(2))[1])).toEqual([
    ['bob', 'five'],
    ['bob', 'six'],
  ]);
  await bob.propose({ value: 1 });
  const { code, stderr } = await running.done;
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/are no longer kept/) });
  await bob.leave();
});
