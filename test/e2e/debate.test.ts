import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Json, type RoundJson } from '../../src/client/index.ts';
import {
  quorate,
  type Run,
  type Server,
  startQuorate,
  startServer,
  temporaryFolder,
  until,
} from '../harness/server.ts';

/** Panels whose members hear what the others said, each a process of its own, before they answer once more. */

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

interface Report extends RoundJson {
  readonly members: readonly { agent: string; did: string; value?: unknown; note?: string }[];
  readonly debate: { rounds: number; most: number };
}
interface Told {
  readonly agent: string;
  readonly round: number;
  readonly last: Json;
  readonly own: Json;
  readonly messages: readonly { from?: string; round: number; body: { value?: Json; note?: string } }[];
}

/** A member that answers `first` before it has heard anything and `then` afterwards; what it was told is kept. */
const member = (name: string, first: string, then: string) =>
  `read -r line; printf '%s\\n' "$line" >> ${join(folder.path, name)}; case "$line" in *'"messages":[]'*) ${first};; *) ${then};; esac`;
const toldTo = (name: string): Told[] =>
  readFileSync(join(folder.path, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const args = (group: string, members: Readonly<Record<string, string>>, ...more: readonly string[]) => [
  ...['panel', 'How many?', '--url', server.url, '--group', group],
  ...Object.entries(members).flatMap(([name, command]) => ['--member', `${name}=${command}`]),
  ...more,
];
const panel = (group: string, members: Readonly<Record<string, string>>, ...more: readonly string[]) =>
  quorate(args(group, members, ...more, '--json'));
const report = ({ stdout, stderr }: Run): Report => {
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as Report;
};
const groupOf = (name: string) => connect({ url: server.url }).group(name);
async function transcriptOf(name: string) {
  const said: unknown[] = [];
  for await (const item of groupOf(name).messages())
    if (!('withheld' in item)) said.push({ from: item.from, round: item.round, body: item.body });
  return said;
}

/** Three that begin with 1, 2 and 3; the first never changes its mind, the others come round to it. */
const three = () => ({
  aurelia: member('aurelia', 'echo I think; echo 1', 'echo 1'),
  bertrand: member('bertrand', 'echo 2', 'echo 1'),
  cornelia: member('cornelia', 'echo 3', 'echo 1'),
});
const firstRound = {
  aurelia: { value: 1, note: 'I think\n1' },
  bertrand: { value: 2 },
  cornelia: { value: 3 },
};

describe('members who change their mind when they hear the others', () => {
  test('agree, and what they said is in the stream of the group, each under its own token [Q9.14]', async () => {
    const run = await panel('agree', three(), '--debate', '4', '--pick', 'last-line');
    expect(run.code, run.stderr).toBe(0);
    expect(report(run)).toMatchObject({ round: 2, value: 1, debate: { rounds: 2, most: 4 } });
    expect(await transcriptOf('agree')).toEqual([
      ...Object.entries(firstRound).map(([from, body]) => ({ from, round: 1, body })),
      ...Object.keys(firstRound).map((from) => ({ from, round: 2, body: { value: 1 } })),
    ]);
    for await (const { token } of groupOf('agree').proposals(1)) expect(token).toBe(true);
    // They have left.
    expect((await groupOf('agree').view()).members).toEqual([]);
  });

  test('hear no name, all others, and what they said themselves [Q9.14]', async () => {
    await panel('anonymous', three(), '--debate', '4', '--pick', 'last-line');
    for (const name of Object.keys(firstRound)) {
      const [first, second, ...more] = toldTo(name);
      expect(more).toEqual([]);
      expect(first).toMatchObject({ agent: name, round: 1, last: null, own: null, messages: [] });
      const own = firstRound[name as keyof typeof firstRound];
      expect(second).toMatchObject({
        round: 2,
        last: { round: 1, state: 'FAILED' },
        own: { round: 1, ...own },
      });
      const others = Object.keys(firstRound).filter((other) => other !== name);
      for (const other of others) expect(JSON.stringify([first, second])).not.toContain(other);
      const heard = others.map((other) => ({ round: 1, body: firstRound[other as keyof typeof firstRound] }));
      expect(second?.messages).toHaveLength(2);
      expect(second?.messages).toEqual(expect.arrayContaining(heard));
    }
  });

  test('hear the others in an order of their own, which the seed of the round gives anybody [Q9.14]', async () => {
    const names = ['ann', 'bob', 'cy', 'dee', 'eve'];
    const members = Object.fromEntries(names.map((name, i) => [name, member(name, `echo ${i}`, 'echo 9')]));
    expect(report(await panel('order', members, '--debate', '2', '--names'))).toMatchObject({ value: 9 });
    const { seed } = await groupOf('order').explain(1);
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    for (const name of names) {
      const heard = toldTo(name)[1]?.messages ?? [];
      const keys = heard.map(({ from }) => hash(`${seed} ${name} ${from}`));
      expect(keys).toHaveLength(4);
      expect(keys, `seed ${seed}`).toEqual([...keys].sort());
    }
  });

  test('hear all of them, also where the first two already rule out that they agree', async () => {
    const last = `until curl -sS --noproxy '*' ${server.url}/v1/groups/all/rounds/1 | grep -q '"present":2'; do sleep 0.1; done; echo 3`;
    const members = { ...three(), cornelia: member('cornelia', last, 'echo 1') };
    const run = await panel(
      'all',
      members,
      '--debate',
      '2',
      '--threshold',
      'unanimous',
      '--pick',
      'last-line',
    );
    expect(report(run)).toMatchObject({ round: 2, value: 1 });
    expect(toldTo('bertrand')[1]?.messages).toContainEqual({ round: 1, body: { value: 3 } });
  });

  test('--names: each message says who said it', async () => {
    await panel('named', three(), '--debate', '4', '--names', '--pick', 'last-line');
    const heard = toldTo('aurelia')[1]?.messages;
    expect(heard).toContainEqual({ from: 'bertrand', round: 1, body: { value: 2 } });
    expect(heard).toContainEqual({ from: 'cornelia', round: 1, body: { value: 3 } });
  });
});

describe('when it ends', () => {
  test('nobody changes what it says: after that round, with 1', async () => {
    const members = { a: member('a', 'echo 1', 'echo 1'), b: member('b', 'echo 2', 'echo "2 "') };
    const run = await panel('stubborn', members, '--debate', '9', '--equality', 'text');
    expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/^nobody has changed/m) });
    expect(report(run)).toMatchObject({ state: 'FAILED', round: 2, debate: { rounds: 2, most: 9 } });
  });

  test('they change and never agree: after so many rounds', async () => {
    const drift = (by: number) =>
      `read -r line; n=$(cat ${folder.path}/n${by} 2>&- || echo ${by}); echo $((n+2)) > ${folder.path}/n${by}; echo $n`;
    const run = await panel('drift', { a: drift(0), b: drift(1) }, '--debate', '3');
    expect(run.code, run.stderr).toBe(1);
    expect(report(run)).toMatchObject({ state: 'FAILED', round: 3, debate: { rounds: 3, most: 3 } });
    expect(await transcriptOf('drift')).toHaveLength(6);
  });

  test('where rounds follow by themselves the debate still says how many', async () => {
    const members = { a: member('a', 'echo 1', 'echo $$'), b: member('b', 'echo 2', 'echo $$') };
    const run = await panel('follow', members, '--debate', '2', '--preset', 'unanimous');
    expect(report(run)).toMatchObject({ state: 'FAILED', round: 2 });
  });

  test('they agree at once: one round, which is in the stream as well', async () => {
    const run = await panel('at-once', { a: 'echo 5', b: 'echo 5' }, '--debate', '3');
    expect(report(run)).toMatchObject({ value: 5, debate: { rounds: 1 } });
    expect(await transcriptOf('at-once')).toHaveLength(2);
  });

  test('Ctrl-C: 130, and the members have left', async () => {
    const started = join(folder.path, 'started');
    const running = startQuorate(
      args('stopped', { a: `touch ${started}; sleep 300`, b: 'echo 1' }, '--debate', '2'),
    );
    await until(20_000, () => existsSync(started) || undefined);
    running.signal('SIGINT');
    expect(await running.done).toMatchObject({ code: 130 });
    expect((await groupOf('stopped').view()).members).toEqual([]);
  });
});

describe('members that fail', () => {
  test('one dies while it thinks: it abstains, the others hear so, and it is asked again', async () => {
    const members = {
      dies: member('dies', 'kill -9 $$', 'echo 4'),
      a: member('a', 'echo 3', 'echo 4'),
      b: member('b', 'echo 4', 'echo 4'),
    };
    const run = await panel('dying', members, '--debate', '3');
    expect(report(run)).toMatchObject({ round: 2, value: 4 });
    const death = { abstain: true, note: 'it ended with SIGKILL' };
    expect(toldTo('a')[1]?.messages).toContainEqual({ round: 1, body: death });
    expect(toldTo('dies')[1]).toMatchObject({ own: { round: 1, ...death } });
    expect(await transcriptOf('dying')).toContainEqual({ from: 'dies', round: 1, body: death });
  });

  test('one that dies each time does not stop the others', async () => {
    const members = { dies: 'exit 3', a: member('a', 'echo 1', 'echo 2'), b: 'echo 2' };
    const run = await panel('dead', members, '--debate', '6');
    expect(report(run)).toMatchObject({ round: 2, value: 2 });
  });

  test('what came too late for the round is not said', async () => {
    const early = '{"close": "early"}';
    const slow = `read -r line; until curl -sS --noproxy '*' ${server.url}/v1/groups/late/rounds/1 | grep -q FAILED; do sleep 0.1; done; echo 1`;
    const run = await quorate(
      args(
        'late',
        { a: 'echo 1', b: 'echo 2', slow },
        '--debate',
        '2',
        '--threshold',
        'unanimous',
        '--rule',
        early,
        '--json',
      ),
    );
    expect(report(run).debate.rounds).toBe(2);
    expect(await transcriptOf('late')).not.toContainEqual(
      expect.objectContaining({ from: 'slow', round: 1 }),
    );
  });
});

test('nothing is said before the round has closed [Q9.12]', async () => {
  const seen = join(folder.path, 'seen');
  const url = `${server.url}/v1/groups/blind`;
  const get = `curl -sS --noproxy '*'`;
  const last = `read -r line; until ${get} ${url}/rounds/1 | grep -q '"present":2'; do sleep 0.1; done; ${get} ${url}/messages > ${seen}; echo 1`;
  const run = await panel('blind', { a: 'echo 1', b: 'echo 1', last }, '--debate', '2');
  expect(run.code, run.stderr).toBe(0);
  expect(JSON.parse(readFileSync(seen, 'utf8'))).toMatchObject({ items: [] });
});

test('nor where the time is over before it has: 3, and the votes stay secret [Q9.12]', async () => {
  const members = { a: 'echo 1', hangs: 'sleep 300' };
  const run = await panel('over', members, '--debate', '2', '--timeout', '2s');
  expect(run.code, run.stderr).toBe(3);
  expect(report(run)).toMatchObject({ state: 'WAITING', members: [{ did: 'proposed' }, { did: 'stopped' }] });
  expect(await transcriptOf('over')).toEqual([]);
});

test.each([
  ['a rule that never reveals', ['--debate', '2', '--rule', '{"reveal": "never"}'], /never revealed/],
  ['values too long for a message', ['--debate', '2', '--rule', '{"valueBytes": 9000}'], /valueBytes/],
  ['one round', ['--debate', '1'], /2 to 100/],
  ['names without a debate', ['--names'], /--debate/],
])('usage error: %s [Q9.14]', async (_, given, why) => {
  const started = join(folder.path, 'started');
  const command = `touch ${started}; echo 1`;
  const before = await connect({ url: server.url }).groups();
  const members = ['--member', `a=${command}`, '--member', `b=${command}`];
  const { code, stderr } = await quorate(['panel', 'How many?', ...members, ...given, '--url', server.url]);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(why) });
  expect(existsSync(started)).toBe(false);
  expect(await connect({ url: server.url }).groups()).toHaveLength(before.length);
});
