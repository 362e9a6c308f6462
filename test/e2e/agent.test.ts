import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentJson, connect, type EventJson, type RoundJson } from '../../src/client/index.ts';
import {
  quorate,
  type Run,
  type Server,
  startQuorate,
  startServer,
  temporaryFolder,
  until,
} from '../harness/server.ts';
import { shell } from './shell.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

const run = (...args: readonly string[]) => quorate([...args, '--url', server.url, '--json']);
const group = (name: string) => connect({ url: server.url }).group(name);
// What cannot agree ends by itself.
const bound = ['--deadline', '40s'];

describe('quorate agent', () => {
  test('median: agents that begin far apart agree in the second round', async () => {
    await group('median').create({
      rule: { electorate: { agents: ['ann', 'bob', 'cy'] }, threshold: 'unanimous' },
    });
    const values = { ann: '1', bob: '50', cy: '7' };
    const runs = await Promise.all(
      Object.entries(values).map(([name, value]) =>
        run('agent', 'median', name, '--strategy', 'median', '--value', value, ...bound),
      ),
    );
    for (const each of runs)
      expect(ended<RoundJson>(each)).toMatchObject({ state: 'SUCCESS', round: 2, value: 7 });
  });

  test('plurality, a constant and a program: the heaviest value of the first round wins', async () => {
    await group('mixed').create({
      rule: { electorate: { agents: ['ann', 'bob', 'cy'] }, threshold: 'unanimous' },
    });
    const runs = await Promise.all([
      run('agent', 'mixed', 'ann', '--value', '"pizza"', ...bound),
      run('agent', 'mixed', 'bob', '--exec', 'echo pizza; echo thinking >&2', ...bound),
      run('agent', 'mixed', 'cy', '--strategy', 'plurality', '--value', '"pasta"', ...bound),
    ]);
    for (const each of runs) expect(ended<RoundJson>(each)).toMatchObject({ round: 2, value: 'pizza' });
    expect(runs[1]?.stderr).toContain('thinking');
  });

  test('a program that fails abstains, and is told of the last round', async () => {
    const { path, remove } = temporaryFolder();
    try {
      await group('shy').create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
      const script = `read -r line; echo "$line" >> ${path}/told; [ $(wc -l < ${path}/told) -gt 1 ] && echo 4`;
      const [ann, bob] = await Promise.all([
        run('agent', 'shy', 'ann', '--exec', script, ...bound),
        run('agent', 'shy', 'bob', '--value', '4', ...bound),
      ]);
      expect(ended<RoundJson>(ann)).toMatchObject({ round: 2, value: 4 });
      expect(ended<RoundJson>(bob)).toMatchObject({ round: 2 });
      expect(ann.stderr).toContain('abstaining');
      const told = await shell(`cat ${path}/told`);
      const [first, second] = told.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(first).toMatchObject({ group: 'shy', agent: 'ann', round: 1, last: null });
      expect(second).toMatchObject({ round: 2, last: { round: 1, state: 'FAILED', tally: [{ value: 4 }] } });
    } finally {
      remove();
    }
  });

  test('--pick: a program explains itself, and is told the question and its options', async () => {
    const { path, remove } = temporaryFolder();
    try {
      const rule = { electorate: { agents: ['ann'] }, options: ['yes', 'no'], equality: 'text' } as const;
      await group('asked').create({ title: 'Ship it?', rule: { ...rule, threshold: 1, maxRounds: 1 } });
      const script = `cat > ${path}/told; echo "I read it all."; echo "**Answer:** Yes."; echo "It works."`;
      const agreed = await run('agent', 'asked', 'ann', '--exec', script, '--pick', 'option', ...bound);
      expect(ended<RoundJson>(agreed)).toMatchObject({ state: 'SUCCESS', value: 'yes' });
      expect(JSON.parse(readFileSync(`${path}/told`, 'utf8'))).toMatchObject({
        title: 'Ship it?',
        options: [{ value: 'yes' }, { value: 'no' }],
      });
      await group('unsure').create({ title: 'Ship it?', rule: { ...rule, threshold: 1, maxRounds: 1 } });
      const unsure = ['--exec', 'echo yes; echo no', '--pick', 'option', ...bound];
      const failed = await run('agent', 'unsure', 'ann', ...unsure);
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('more than one option') });
    } finally {
      remove();
    }
  });

  test('--pick option where the round has no options is refused with what to do', async () => {
    await group('any').create({ rule: { electorate: { agents: ['ann'] } } });
    const { code, stderr } = await run('agent', 'any', 'ann', '--exec', 'echo yes', '--pick', 'option');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('no options') });
  });

  test('an open round that there is not: agent and propose say how to open one and end with 3 [Q3.8]', async () => {
    await group('missed').create({
      rule: { electorate: { agents: ['ann'] }, deadline: 1, next: 'manual' },
    });
    await until(30_000, async () => (await group('missed').round(1)).state === 'FAILED' || undefined);
    const take = ['--url', server.url];
    for (const args of [
      ['agent', 'missed', 'ann'],
      ['propose', 'missed', 'ann', '1'],
    ]) {
      const { code, stderr } = await quorate([...args, ...take]);
      expect({ code, stderr }).toMatchObject({ code: 3 });
      expect(stderr).toContain('fix: open it: quorate open missed');
    }
  });

  test('a terminal that goes away ends it together with its program', async () => {
    await group('hung-up').create({ rule: { electorate: { agents: ['ann'] } } });
    const { path, remove } = temporaryFolder();
    try {
      const command = `echo $$ > ${path}/pid; exec sleep 300`;
      const running = startQuorate(['agent', 'hung-up', 'ann', '--exec', command, '--url', server.url]);
      const pid = await until(20_000, () => {
        const text = existsSync(`${path}/pid`) ? readFileSync(`${path}/pid`, 'utf8').trim() : '';
        return text === '' ? undefined : Number(text);
      });
      running.signal('SIGHUP');
      expect(await running.done).toMatchObject({ code: 129 });
      await until(30_000, () => (isAlive(pid) ? undefined : true));
    } finally {
      remove();
    }
  });

  test('what the server cannot take is a failed run: the agent abstains, and three in a row end it', async () => {
    await group('numbers').create({ rule: { electorate: { agents: ['ann'] }, equality: { tolerance: 1 } } });
    const { code, stderr } = await run('agent', 'numbers', 'ann', '--exec', 'echo pizza', ...bound);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr.match(/this group compares numbers within a tolerance; abstaining/g)).toHaveLength(2);
  });

  test('a program that is not there ends it with 1', async () => {
    await group('gone').create({ rule: { electorate: { agents: ['ann'] } } });
    const { code, stderr } = await run('agent', 'gone', 'ann', '--exec', '/no/such/program', ...bound);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('127') });
  });

  test('a group that admits by key: the key is shown once, joins, and the name is given back', async () => {
    const made = ended<{ joinKey: string }>(
      await run(
        'group',
        'create',
        'keyed',
        '--admission',
        'key',
        '--agents',
        '1',
        '--threshold',
        '1',
        '--next',
        'continuous',
      ),
    );
    expect(made.joinKey).toMatch(/.{20}/);
    expect((await run('group', 'show', 'keyed')).code).toBe(1);
    expect((await run('agent', 'keyed', 'ann', '--value', '7', ...bound)).code).toBe(1);
    const { code, stdout } = await run(
      'agent',
      'keyed',
      'ann',
      '--value',
      '7',
      '--join-key',
      made.joinKey,
      ...bound,
    );
    expect({ code, stdout }).toMatchObject({ code: 0 });
    // A program is told the title of the group, though nobody without the key may see it.
    const title = `read -r line; case "$line" in *'"title":"Who?"'*) echo 8;; esac`;
    await run('group', 'create', 'keyed', '--title', 'Who?', '--token', made.joinKey);
    const told = await run('agent', 'keyed', 'ann', '--exec', title, '--join-key', made.joinKey, ...bound);
    expect(ended<RoundJson>(told)).toMatchObject({ value: 8 });
    const agents = await run('agents', 'keyed', '--token', made.joinKey);
    expect(ended<AgentJson>(agents)).toMatchObject({ agent: 'ann', live: false });
    expect((await run('group', 'show', 'keyed', '--token', made.joinKey)).stdout).not.toContain(made.joinKey);
  });

  test('a name that another instance holds is refused; the same instance goes on; Ctrl-C gives it back', async () => {
    await group('held').create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
    const args = ['agent', 'held', 'ann', '--value', '1', '--instance', 'a-secret-of-ann', '--join'];
    const first = startQuorate([...args, '--url', server.url, ...bound]);
    await until(30_000, async () => ((await group('held').round(1)).present === 1 ? true : undefined));
    const second = await run('agent', 'held', 'ann', '--value', '2', '--join', ...bound);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('agent-taken') });
    const same = startQuorate([...args, '--url', server.url, ...bound]);
    await until(30_000, () => (same.stderr().includes('proposing') ? true : undefined));
    same.signal('SIGKILL');
    await same.done;
    first.signal('SIGINT');
    expect((await first.done).code).toBe(130);
    expect((await group('held').agents())[0]).toMatchObject({ agent: 'ann', live: false });
  });

  test.each([
    ['a program and a value', ['--exec', 'echo', '--value', '1']],
    ['--pick without a program', ['--pick', 'json']],
    ['a program and a strategy', ['--exec', 'echo', '--strategy', 'median']],
    ['random, and a value', ['--strategy', 'random', '--value', '1']],
    ['a strategy that is none', ['--strategy', 'bold']],
    ['an instance that can be guessed', ['--join', '--instance', 'ann']],
  ])('usage error: %s', async (_, args) => {
    const { code, stderr } = await run('agent', 'g', 'ann', ...args);
    expect({ code, stderr }).toMatchObject({ code: 2 });
  });
});

describe('rounds by hand', () => {
  test('open, close, and every setting of a rule', async () => {
    const made = await run(
      ...[
        'group',
        'create',
        'hand',
        '--preset',
        'panel',
        '--electorate',
        'ann,bob,cy',
        '--threshold',
        'two-thirds',
      ],
      ...['--of', 'present', '--floor', '1', '--equality', '{"tolerance": 0.5}', '--weights', '{"ann": 2}'],
      ...['--close', 'all', '--tie', 'seeded', '--last-call', '10m', '--deadline', '1h'],
      ...['--on-deadline', '{"default": 0}', '--absent', 'excluded', '--reveal', 'live', '--max-rounds', '9'],
      ...[
        '--veto',
        'cy',
        '--next',
        'manual',
        '--may-close',
        'agents',
        '--title',
        'By hand',
        '--subject-hash',
        'abc',
      ],
    );
    expect(ended(made)).toMatchObject({
      preset: 'panel',
      title: 'By hand',
      mayClose: 'agents',
      subjectHash: 'abc',
      rule: {
        of: 'present',
        weights: { ann: 2 },
        lastCall: 600_000,
        deadline: 3_600_000,
        onDeadline: { default: 0 },
        maxRounds: 9,
        veto: ['cy'],
      },
    });
    expect((await run('group', 'create', 'hand', '--if-new')).code).toBe(1);
    const opened = ended<RoundJson>(await run('open', 'hand'));
    expect(opened.state).toBe('WAITING');
    await run('propose', 'hand', 'ann', '3');
    const closed = ended<RoundJson>(await run('close', 'hand', String(opened.round)));
    expect(closed.state).not.toBe('WAITING');
    expect(ended<RoundJson>(await run('close', 'hand', String(opened.round)))).toMatchObject({
      round: closed.round,
    });
  });

  test('events: what is, then what happens, one JSON object a line, until the group is deleted', async () => {
    await group('told').create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } });
    const events = startQuorate(['events', 'told', '--url', server.url]);
    await until(30_000, () => (events.stdout().includes('snapshot') ? true : undefined));
    await group('told').propose({ agent: 'ann', value: 'unseen-before' });
    await until(30_000, () => (events.stdout().includes('"proposed"') ? true : undefined));
    expect(events.stdout()).not.toContain('unseen-before');
    await group('told').propose({ agent: 'bob', value: 'unseen-before' });
    await until(30_000, () => (events.stdout().includes('unseen-before') ? true : undefined));
    await group('told').delete();
    const { code, stdout } = await events.done;
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as EventJson).type);
    expect(code).toBe(0);
    expect(types[0]).toBe('snapshot');
    expect(types.slice(1)).toEqual(expect.arrayContaining(['proposed', 'round-closed', 'group-deleted']));
  });
});

/** The object on the last line of what ended well. */
function ended<T>({ code, stdout, stderr }: Run): T {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as T;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
