import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, type ItemJson } from '../../src/client/index.ts';
import {
  quorate,
  type Running,
  type Server,
  startQuorate,
  startServer,
  temporaryFolder,
  until,
} from '../harness/server.ts';
import { shell } from './shell.ts';

/** Members of a group talk through `quorate say` and `quorate listen`, each command a process of its own. */

const cleanups: (() => void | Promise<void>)[] = [];
let server: Server;
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  server = await startServer(['--log', `file:${path}/log`]);
  cleanups.push(() => server.kill());
  env = { QUORATE_URL: server.url, XDG_STATE_HOME: path };
  await group().create({ rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const group = (token?: string) => connect({ url: server.url, token }).group('room');

/** Starts `quorate listen room ...`; one that is still running at the end of the test is killed. */
function listen(...args: readonly string[]): Running {
  const running = startQuorate(['listen', 'room', '--json', '--url', server.url, ...args]);
  cleanups.push(async () => {
    running.signal('SIGKILL');
    await running.done.catch(() => {});
  });
  return running;
}

const asMember = (agent: string) => ['--as', agent, '--instance', `the instance of ${agent}`];
const items = (text: string): ItemJson[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ItemJson);
const bodies = (list: readonly ItemJson[]) =>
  list.flatMap((item) => (item.type === 'message' ? [item.body] : []));
const offsets = (list: readonly ItemJson[]) => list.map(({ offset }) => offset);

/** Resolves once all these agents are members. */
const present = (...agents: readonly string[]) =>
  until(20_000, async () => {
    const here = (await group().view()).members.map(({ agent }) => agent);
    return agents.every((agent) => here.includes(agent)) || undefined;
  });

/** Resolves with what it has printed once this body is among it. */
const heard = (running: Running, body: unknown) =>
  until(20_000, () => {
    const list = items(running.stdout());
    return bodies(list).includes(body as string) ? list : undefined;
  });

/** Consecutive numbers from the first one on. */
function expectNoGap(list: readonly ItemJson[]): void {
  const [first = 0] = offsets(list);
  expect(offsets(list)).toEqual(list.map((_, i) => first + i));
}

const agents = ['ann', 'bob', 'cy'];
const say = (agent: string, lines: readonly string[], ...args: readonly string[]) =>
  shell(
    `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} | quorate say room --as ${agent} --instance 'the instance of ${agent}' ${args.join(' ')}`,
    env,
  );

describe('quorate say and quorate listen', () => {
  test('three members chat by pipes: all hear everything in one order, each line once and in its order [Q9.1] [Q9.7]', async () => {
    const history = `${env.XDG_STATE_HOME}/history.jsonl`;
    const listeners = agents.map((agent) => listen(...asMember(agent), '--record', history));
    const outsider = listen('--record', history);
    await present(...agents);
    const lines = (agent: string) => Array.from({ length: 20 }, (_, i) => `${agent} ${i}`);
    const said = await Promise.all(
      agents.map((agent) => say(agent, lines(agent), '--json', '--record', history)),
    );
    for (const { code, stderr } of said) expect({ code, stderr }).toMatchObject({ code: 0 });
    await say('ann', ['the end']);
    const transcripts = await Promise.all([outsider, ...listeners].map((one) => heard(one, 'the end')));
    const [whole = []] = transcripts;
    for (const list of transcripts) {
      expectNoGap(list);
      // Each begins where it joined.
      expect(list).toEqual(whole.slice(-list.length));
      for (const agent of agents) {
        const own = bodies(list).filter((body) => String(body).startsWith(agent));
        expect(own).toEqual(lines(agent));
      }
    }
    // What say prints is where the others hear it.
    for (const { stdout } of said)
      for (const { offset } of items(stdout))
        expect(whole.find((item) => item.offset === offset)).toBeDefined();
    for (const one of listeners) one.signal('SIGINT');
    for (const one of listeners) expect(await one.done).toMatchObject({ code: 130 });
    expect((await group().view()).members).toEqual([]);
    // The judge of histories sees all that was said and heard, and nothing wrong.
    const judged = await quorate(['check', history, '--json']);
    expect(judged.stdout + judged.stderr).toMatch(/"records":\d{3},"findings":\[\]/);
    const cut = readFileSync(history, 'utf8').replace(/^.*"heard".*"cy 7".*\n/m, '');
    writeFileSync(history, cut);
    const gap = await quorate(['check', history, '--json']);
    expect(gap).toMatchObject({ code: 1, stdout: expect.stringContaining('"check":"gap"') });
  });

  test('who is killed goes on behind its cursor, as the same member, and nothing is missing [Q9.4] [Q9.9]', async () => {
    const first = listen(...asMember('ann'), '--ttl', '1m');
    await present('ann');
    const { incarnation } = await group().cursor('ann');
    await say('bob', ['one', 'two']);
    const before = await heard(first, 'two');
    await until(
      10_000,
      async () => (await group().cursor('ann')).offset >= (before.at(-1)?.offset ?? 0) || undefined,
    );
    first.signal('SIGKILL');
    await first.done;
    await say('bob', ['three']);
    const second = listen(...asMember('ann'), '--ttl', '1m');
    await say('bob', ['four']);
    const after = await heard(second, 'four');
    expect(bodies([...before, ...after])).toEqual(['one', 'two', 'three', 'four']);
    expectNoGap([...before, ...after]);
    expect((await group().cursor('ann')).incarnation).toBe(incarnation);
  });

  test('a server that is killed and comes again costs a listener nothing [Q9.7]', async () => {
    const listener = listen(...asMember('ann'), '--ttl', '1m');
    await present('ann');
    await say('bob', ['one']);
    await heard(listener, 'one');
    await server.kill();
    const again = server.again();
    cleanups.push(async () => (await again).kill());
    await again;
    await say('bob', ['two']);
    const list = await heard(listener, 'two');
    expect(bodies(list)).toEqual(['one', 'two']);
    expectNoGap(list);
  });

  test('a member that is removed is told, and ends with 1', async () => {
    await group().delete();
    const { joinKey: key = '' } = await group().create({ admission: 'key' });
    const listener = listen(...asMember('ann'), '--join-key', key);
    await until(20_000, async () => (await group(key).view()).members.length === 1 || undefined);
    await group(key).remove('ann');
    const { code, stderr } = await listener.done;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/No member any more.*ann/s),
    });
  });

  test('a reader that closes the pipe ends the listener, and the member leaves', async () => {
    const run = await shell(
      `{ sleep 2; quorate say room one --as bob; quorate say room two --as bob; quorate say room three --as bob; } >/dev/null &
       quorate listen room --as ann | sed 2q; echo ended; wait`,
      env,
    );
    expect(run.stdout).toMatch(/bob has joined\]\n\d+ {2}bob: one\nended/);
    await until(30_000, async () => {
      const { members } = await group().view();
      return members.every(({ agent }) => agent !== 'ann') || undefined;
    });
  });

  test('the last item that was printed is the last one that is acknowledged', async () => {
    const run = listen(...asMember('ann'));
    await present('ann');
    await say('bob', ['one', 'two']);
    const list = await heard(run, 'two');
    run.signal('SIGTERM');
    expect(await run.done).toMatchObject({ code: 143 });
    expect((await group().cursor('ann')).offset).toBe(list.at(-1)?.offset);
  });

  test('what nobody may read is one line with its place; addressees read it [Q9.11]', async () => {
    const ann = listen(...asMember('ann'));
    const cy = listen(...asMember('cy'));
    await present('ann', 'cy');
    await say('bob', ['for ann'], '--to', 'ann');
    await say('bob', ['for all']);
    expect(bodies(await heard(ann, 'for all'))).toEqual(['for ann', 'for all']);
    const others = await heard(cy, 'for all');
    expect(bodies(others)).toEqual(['for all']);
    expect(others.at(-2)).toEqual({ offset: expect.any(Number), index: expect.any(Number), withheld: true });
    const { stdout } = await quorate(['listen', 'room', '--no-follow', '--url', server.url]);
    expect(stdout).toMatch(/^\d+ {2}\[a message to others\]\n\d+ {2}bob: for all\n$/m);
  });

  test('say ends with 0 when it is stable, 1 when it never will be, 3 while that is open [Q9.10]', async () => {
    const instances = Object.fromEntries(agents.map((agent) => [agent, `the instance of ${agent}`]));
    const [ann, bob] = [
      await group().join('ann', { instance: instances.ann }),
      await group().join('bob', { instance: instances.bob }),
    ];
    const asked = ['--ack-by', 'all', '--wait', '700ms'];
    const open = await say('ann', ['here?'], ...asked);
    expect(open).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /^\d+ {2}said in view \d+, pending: acknowledged by 1 of 2, waiting for bob\n$/,
      ),
    });
    const listening = (async () => {
      for await (const item of bob.listen()) if (item.type === 'message' && item.body === 'stop') break;
    })();
    expect(await say('ann', ['and now?'], ...asked)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('stable: acknowledged by 2 of 2'),
    });
    await say('ann', ['stop']);
    await listening;
    const waiting = say('ann', ['never'], '--ack-by', 'all', '--wait', '20s');
    await until(30_000, async () => {
      for await (const one of group().messages())
        if (one.type === 'message' && one.body === 'never') return true;
      return undefined;
    });
    await bob.leave();
    expect(await waiting).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('impossible: acknowledged by 1 of 2, gone: bob'),
    });
    await ann.leave();
  });

  test('who is invited speaks by the link, and as the same member again [Q5.15]', async () => {
    const { joinKey: key = '' } = await connect({ url: server.url }).group('gate').create({ preset: 'gate' });
    const { link } = await connect({ url: server.url, token: key }).group('gate').invite('alice');
    const { QUORATE_URL: _, ...linked } = env;
    const speak = (text: string) => shell(`quorate say gate '${text}' --as alice --invite '${link}'`, linked);
    for (const text of ['one', 'two']) expect(await speak(text)).toMatchObject({ code: 0 });
    const gate = connect({ url: server.url, token: key }).group('gate');
    const heard: ItemJson[] = [];
    for await (const item of gate.listen({ follow: false })) heard.push(item);
    expect(bodies(heard)).toEqual(['one', 'two']);
    expect(heard.filter(({ type }) => type === 'view')).toHaveLength(1);
    const stranger = await quorate([
      'say',
      'gate',
      'x',
      '--as',
      'eve',
      '--instance',
      'any instance',
      '--url',
      server.url,
    ]);
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no such group') });
  });

  test('a line that is refused is named, and the others are said', async () => {
    const script = `{ printf 'one\\n\\n  \\n\\377\\n[1,2]\\n42\\n'; head -c 17000 /dev/zero | tr '\\0' x; printf '\\nlast\\n'; } |
      quorate say room --as ann`;
    const { code, stdout, stderr } = await shell(script, env);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/line 4: error: The line is not UTF-8/);
    expect(stderr).toMatch(/line 7: error: .*16384/);
    expect(stdout.trim().split('\n')).toHaveLength(4);
    const kept: ItemJson[] = [];
    for await (const one of group().messages()) kept.push(one);
    expect(bodies(kept)).toEqual(['one', [1, 2], 42, 'last']);
    const asText = await shell(
      "printf '42\\n' | quorate say room --text --as ann && quorate say room true --text --as ann",
      env,
    );
    expect(asText.code, asText.stderr).toBe(0);
    for await (const one of group().messages({ after: kept.at(-1)?.offset ?? 0 })) kept.push(one);
    expect(bodies(kept).slice(4)).toEqual(['42', 'true']);
  });

  test('a message for a view that has changed is refused, and says nothing; a token alone is who it speaks for [Q9.5]', async () => {
    const ann = await group().join('ann');
    await group().join('bob');
    const stale = await quorate([
      ...['say', 'room', 'only to you', '--token', ann.token, '--in-view', String(ann.joined.view)],
      ...['--url', server.url],
    ]);
    expect(stale).toMatchObject({ code: 1, stderr: expect.stringContaining('quorate view') });
    const { stdout } = await quorate(['view', 'room', '--json', '--url', server.url]);
    const { view, members } = JSON.parse(stdout) as { view: number; members: { agent: string }[] };
    expect(members.map(({ agent }) => agent)).toEqual(['ann', 'bob']);
    const said = await quorate([
      ...['say', 'room', 'only to you', '--token', ann.token, '--in-view', String(view), '--json'],
      ...['--url', server.url],
    ]);
    expect(JSON.parse(said.stdout)).toMatchObject({ view, offset: view + 1 });
    expect(await group().message(view + 1)).toMatchObject({ from: 'ann', body: 'only to you' });
  });

  test.each([
    ['say without a name or a token', ['say', 'room', 'x'], /--as/],
    ['a wait for nobody', ['say', 'room', 'x', '--as', 'ann', '--wait', '1s'], /--ack-by/],
    ['so many that are none', ['say', 'room', 'x', '--as', 'ann', '--ack-by', '0'], /majority/],
    ['a role of nobody', ['listen', 'room', '--role', 'observer'], /--as/],
  ])('%s is a usage error', async (_, args, told) => {
    const run = await quorate([...args, '--url', server.url]);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(told) });
  });

  test('a listener whose items are not kept any more is told from where on they are [Q9.8]', async () => {
    await group().create({ retention: { messages: 2 } });
    await say('ann', ['one', 'two', 'three', 'four']);
    const run = await quorate(['listen', 'room', '--after', '1', '--no-follow', '--url', server.url]);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/oldest item is \d+[\s\S]*--after/) });
    const oldest = Number(/oldest item is (\d+)/.exec(run.stderr)?.[1]);
    const rest = await quorate([
      ...['listen', 'room', '--after', String(oldest - 1), '--no-follow', '--json'],
      ...['--url', server.url],
    ]);
    expect(bodies(items(rest.stdout))).toEqual(['three', 'four']);
  });
});
