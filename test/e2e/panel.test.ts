import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type RoundJson } from '../../src/client/index.ts';
import {
  quorate,
  type Run,
  type Server,
  startQuorate,
  startServer,
  temporaryFolder,
  until,
} from '../harness/server.ts';

/** A question to several programs, each a process of its own: some answer, some explain themselves, crash or hang. */

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
  readonly title: string;
  readonly members: readonly { agent: string; did: string; value?: unknown; note?: string }[];
  readonly calls: { members: number; asked: number; stopped: number; saved: number };
}

const args = (members: Readonly<Record<string, string>>, ...more: readonly string[]) => [
  ...['panel', 'Is it safe?', '--url', server.url],
  ...Object.entries(members).flatMap(([name, command]) => ['--member', `${name}=${command}`]),
  ...more,
];
const panel = (members: Readonly<Record<string, string>>, ...more: readonly string[]): Promise<Run> =>
  quorate(args(members, ...more));
const report = ({ stdout, stderr }: Run): Report => {
  expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
  return JSON.parse(stdout) as Report;
};

/** A program that waits for its child for ever, and says who both are. */
const hanging = (file: string) => `sleep 300 & echo "$$ $!" > ${file}; wait`;
const pidsIn = (file: string): Promise<number[]> =>
  until(20_000, () => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.endsWith('\n') ? text.trim().split(' ').map(Number) : undefined;
  });

describe('five members: one crashes, one hangs, one explains itself, two are plain', () => {
  const rule = [
    '--rule',
    '{"options": ["yes", "no"], "equality": "text", "threshold": 3}',
    '--pick',
    'option',
  ];
  const pids = () => join(folder.path, 'pids');
  const five = (group: string) => {
    // The last to answer does so when the others have, so that it is always the same three that decide.
    const others = `${server.url}/v1/groups/${group}/rounds/latest`;
    const last = `until [ -s ${pids()} ] && curl -sS --noproxy '*' ${others} | grep -q '"present":3'; do sleep 0.05; done`;
    return {
      crash: 'echo "out of memory" >&2; exit 3',
      hang: hanging(pids()),
      talk: 'echo "I have read it all."; echo "**Answer:** Yes."; echo "The tests pass."',
      plain: 'echo yes',
      last: `${last}; echo yes`,
    };
  };

  test('with --cancel: three that agree decide, and what still runs is really gone', async () => {
    const run = await panel(five('cancel'), ...rule, '--group', 'cancel', '--cancel', '--json');
    expect(run.code, run.stderr).toBe(0);
    const { value, state, tally, title, members, calls } = report(run);
    expect({ value, state, title }).toEqual({ value: 'yes', state: 'SUCCESS', title: 'Is it safe?' });
    expect(tally).toMatchObject([{ value: 'yes', weight: 3, agents: ['last', 'plain', 'talk'] }]);
    expect(members).toEqual([
      { agent: 'crash', did: 'abstained', note: 'it ended with exit code 3' },
      { agent: 'hang', did: 'stopped' },
      { agent: 'talk', did: 'proposed', value: 'yes', note: expect.stringContaining('The tests pass.') },
      { agent: 'plain', did: 'proposed', value: 'yes' },
      { agent: 'last', did: 'proposed', value: 'yes' },
    ]);
    expect(calls).toEqual({ members: 5, asked: 5, stopped: 1, saved: 0 });
    const kept: (string | null | undefined)[] = [];
    for await (const { agent, note } of connect({ url: server.url }).group('cancel').proposals(1))
      if (agent === 'crash' || agent === 'talk') kept.push(note);
    expect(kept.sort()).toEqual([members[2]?.note, members[0]?.note]);
    for (const pid of await pidsIn(pids())) expect(isAlive(pid), `process ${pid}`).toBe(false);
    expect(run.stderr).toContain('out of memory');
  });

  test('without: the one that hangs is waited for until it has had its time, and counts no more', async () => {
    const members = five('patient');
    const run = await panel(members, ...rule, '--group', 'patient', '--member-timeout', '5s', '--json');
    expect(run.code, run.stderr).toBe(0);
    expect(report(run).members[1]).toEqual({
      agent: 'hang',
      did: 'not-counted',
      note: 'round 1 is closed',
    });
    for (const pid of await pidsIn(pids())) expect(isAlive(pid), `process ${pid}`).toBe(false);
  });

  test('in plain text the decision alone is on standard output', async () => {
    const run = await panel(five('plain'), ...rule, '--group', 'plain', '--cancel');
    expect(run).toMatchObject({ code: 0, stdout: '"yes"\n' });
    expect(run.stderr).toMatch(/^crash: abstains: it ended with exit code 3$/m);
    expect(run.stderr).toMatch(/^hang: stopped$/m);
    expect(run.stderr).toMatch(/^0 of 5 calls saved, 1 stopped$/m);
  });

  test('where it is waited for, it abstains when it has had its time', async () => {
    const members = { plain: 'echo 7', hang: hanging(pids()) };
    const run = await panel(members, '--rule', '{"close": "all"}', '--member-timeout', '2s', '--json');
    expect(run.code, run.stderr).toBe(1);
    expect(report(run)).toMatchObject({
      state: 'FAILED',
      members: [{ did: 'proposed' }, { did: 'abstained', note: 'no end within 2000 ms' }],
    });
  });
});

describe('--ask-first', () => {
  const asked = (name: string) => existsSync(join(folder.path, name));
  const saying = (value: string) =>
    Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [name, `touch ${join(folder.path, name)}; ${value}`]),
    );

  test('a majority that agrees is enough: the others are never started', async () => {
    const { calls, members } = report(await panel(saying('echo 7'), '--ask-first', '3', '--json'));
    expect(calls).toEqual({ members: 5, asked: 3, stopped: 0, saved: 2 });
    expect(members.map(({ did }) => did)).toEqual([...Array(3).fill('proposed'), 'not-asked', 'not-asked']);
    expect(Object.keys(saying('')).map(asked)).toEqual([true, true, true, false, false]);
  });

  test('more are asked one at a time while nothing is decided', async () => {
    const run = await panel({ ...saying('echo 7'), b: 'exit 1' }, '--ask-first', '2', '--json');
    expect(report(run)).toMatchObject({ value: 7, calls: { asked: 4, saved: 1 } });
    expect(asked('d')).toBe(true);
    expect(asked('e')).toBe(false);
  });
});

describe('how it ends', () => {
  test('nobody agrees: 1, and nothing on standard output', async () => {
    const run = await panel({ a: 'echo 1', b: 'echo 2', c: 'echo 3' });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^round 1 {2}FAILED/m);
  });

  test('what can be read in two ways is an abstention, never a vote', async () => {
    const all = ['--rule', '{"close": "all"}', '--pick', 'number', '--json'];
    const run = await panel({ a: 'echo 1 or 2', b: 'echo 2', c: 'echo 2' }, ...all);
    expect(report(run).members[0]).toEqual({
      agent: 'a',
      did: 'abstained',
      note: 'the answer has more than one number',
    });
    expect(report(run)).toMatchObject({ value: 2 });
  });

  test('no outcome in time: 3, and no program is left', async () => {
    const file = join(folder.path, 'pids');
    const run = await panel({ a: hanging(file), b: 'echo 1' }, '--timeout', '2s', '--json');
    expect(run.code, run.stderr).toBe(3);
    expect(report(run)).toMatchObject({
      state: 'WAITING',
      members: [{ did: 'stopped' }, { did: 'proposed' }],
    });
    for (const pid of await pidsIn(file)) expect(isAlive(pid)).toBe(false);
  });

  test('a member whom the rule does not let propose: an error at once, and no program is left', async () => {
    const file = join(folder.path, 'pids');
    const waits = `until [ -s ${file} ]; do sleep 0.05; done; echo 1`;
    const rule = ['--rule', '{"electorate": {"agents": ["b", "c"]}}'];
    const run = await panel({ a: waits, b: hanging(file) }, ...rule);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('not in the electorate') });
    for (const pid of await pidsIn(file)) expect(isAlive(pid)).toBe(false);
  });

  test('Ctrl-C: 130, and no program is left', async () => {
    const files = ['a', 'b'].map((name) => join(folder.path, name));
    const [a = '', b = ''] = files.map(hanging);
    const running = startQuorate(args({ a, b }));
    const pids = (await Promise.all(files.map(pidsIn))).flat();
    running.signal('SIGINT');
    expect(await running.done).toMatchObject({ code: 130 });
    for (const pid of pids) await until(30_000, () => (isAlive(pid) ? undefined : true));
  });

  test('where rounds follow by themselves, members are told of the last one until they agree', async () => {
    const script = 'read -r line; case "$line" in *FAILED*) echo 7;; *) echo';
    const members = { a: `${script} 1;; esac`, b: `${script} 2;; esac` };
    const run = await panel(members, '--preset', 'unanimous', '--json');
    expect(report(run)).toMatchObject({ round: 2, value: 7, calls: { asked: 4, saved: 0 } });
  });

  test('the group stays, with the question as its title, and the same panel can be asked again', async () => {
    const again = () => panel({ a: 'echo 1', b: 'echo 1' }, '--group', 'safe', '--json');
    expect(report(await again())).toMatchObject({ group: 'safe', round: 1 });
    expect(report(await again())).toMatchObject({ group: 'safe', round: 2, value: 1 });
    expect(await connect({ url: server.url }).group('safe').show()).toMatchObject({
      title: 'Is it safe?',
      retention: { idle: 7 * 86_400_000 },
    });
    const other = await panel({ a: 'echo 1' }, '--group', 'safe', '--preset', 'majority');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('exists with other settings') });
  });

  test('twenty-five members run at a time, and nothing but what they said is said', async () => {
    const started = `touch ${folder.path}/$$; until [ $(ls ${folder.path} | wc -l) -ge 25 ]; do sleep 0.1; done; echo 7`;
    const names = Array.from({ length: 25 }, (_, i) => `m${i}`);
    const run = await panel(
      Object.fromEntries(names.map((name) => [name, started])),
      '--rule',
      '{"close": "all"}',
    );
    expect(run).toMatchObject({ code: 0, stdout: '7\n' });
    const lines = run.stderr.trim().split('\n');
    const others = lines.filter((line) => !/^m\d+: 7$/.test(line));
    expect(others.map((line) => line.replaceAll(/\S*\d\S*/g, '#'))).toEqual([
      'group # # members',
      expect.stringMatching(/^round # {2}SUCCESS/),
      '# of # calls saved, # stopped',
    ]);
    expect(lines).toHaveLength(28);
  });

  test('a question longer than a title reaches the members whole', async () => {
    // The title ends in the middle of a character of two units.
    const question = `${'?'.repeat(198)}${'💡'.repeat(100)}`;
    const members = ['--member', 'a=wc -c', '--member', 'b=wc -c'];
    const run = await quorate(['panel', question, ...members, '--url', server.url, '--json']);
    const { value, title } = report(run);
    expect(title).toBe(question);
    expect(value).toBeGreaterThan(question.length);
  });
});

test.each([
  ['no member', [], /--member/],
  ['a member without a command', ['--member', 'ann'], /ann=\.\/ask-ann\.sh/],
  ['a name that is none', ['--member', 'GPT=cat'], /a-z, 0-9/],
  ['one name twice', ['--member', 'a=cat', '--member', 'a=cat'], /member a already/],
  ['an answer that is read in an unknown way', ['--member', 'a=cat', '--pick', 'best'], /json, fenced/],
  [
    '--pick option without options',
    ['--member', 'a=cat', '--member', 'b=cat', '--pick', 'option'],
    /no options/,
  ],
])('usage error: %s', async (_, given, why) => {
  const before = await connect({ url: server.url }).groups();
  const { code, stderr } = await quorate(['panel', 'Is it safe?', ...given, '--url', server.url]);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(why) });
  expect(await connect({ url: server.url }).groups()).toHaveLength(before.length);
});

test('a server that is not there: 69, with the fix, and no program is started', async () => {
  const file = join(folder.path, 'started');
  const { code, stderr } = await quorate([
    ...['panel', 'Is it safe?', '--member', `a=touch ${file}`, '--url', 'http://127.0.0.1:1'],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 69, stderr: expect.stringContaining('quorate server') });
  expect(existsSync(file)).toBe(false);
});

/** Killed is gone: its parent may not have come to take note of it. */
function isAlive(pid: number): boolean {
  try {
    return !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
