import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { GroupJson, RoundJson } from '../../src/core/view/json-types.ts';
import {
  quorate,
  type Run,
  type Server,
  startQuorate,
  startServer,
  temporaryFolder,
  until,
} from '../harness/server.ts';

describe('commands against a server', () => {
  let server: Server;
  const run = (...args: readonly string[]) => quorate([...args, '--url', server.url]);
  beforeAll(async () => {
    server = await startServer(['--log', 'memory:']);
  });
  afterAll(() => server?.kill());

  test('group create, show, list, delete', async () => {
    const made = await run(
      'group',
      'create',
      'lunch',
      '--electorate',
      'ann,bob,carl',
      '--threshold',
      '2',
      '--json',
    );
    expect(made).toMatchObject({ code: 0 });
    expect(lastJson<GroupJson>(made)).toMatchObject({
      group: 'lunch',
      rule: { electorate: { agents: ['ann', 'bob', 'carl'] }, threshold: 2 },
    });
    const shown = await run('group', 'show', 'lunch', '--json');
    expect(lastJson<GroupJson>(shown)).toMatchObject({ group: 'lunch', status: 'open', round: 1 });
    const listed = await run('group', 'list');
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.stdout).toContain('lunch');
    expect(listed.stdout).toContain('default');
    expect(await run('group', 'delete', 'lunch')).toMatchObject({ code: 0 });
    expect((await run('group', 'list')).stdout).not.toContain('lunch');
    explained(await run('group', 'show', 'lunch'), 1, /lunch/);
    explained(await run('group', 'delete', 'lunch'), 1, /lunch/);
  });

  test('group create on a group that is there changes what is named and nothing else, and says so', async () => {
    const create = ['group', 'create', 'dinner', '--json'];
    expect(
      await run(...create, '--agents', '2', '--title', 'where to eat', '--deadline', '1h'),
    ).toMatchObject({ code: 0 });
    const changed = await run(...create, '--threshold', '2');
    expect(changed.stderr).toContain('exists already');
    expect(lastJson<GroupJson>(changed)).toMatchObject({
      title: 'where to eat',
      rule: { electorate: { size: 2 }, threshold: 2, deadline: 3_600_000 },
    });
    const missing = await run('group', 'show', 'nowhere');
    expect(missing.stderr, 'a fix in commands').toContain('quorate group create');
  });

  test('group create says what may be proposed and what wins; a value that is no option is answered with them [Q4.32] [Q4.33]', async () => {
    const create = [
      'group',
      'create',
      'ship',
      '--json',
      '--agents',
      '3',
      '--close',
      'early',
      '--threshold',
      '1',
    ];
    const how = [
      '--options',
      'approve,reject',
      '--wins',
      'approve',
      '--floor',
      '{"cast": 2}',
      '--equality',
      'text',
    ];
    expect(lastJson<GroupJson>(await run(...create, ...how)).rule).toMatchObject({
      options: [{ value: 'approve' }, { value: 'reject' }],
      wins: ['approve'],
      floor: { present: 1, cast: 2 },
      decide: 'proposed',
    });
    const refused = await run('propose', 'ship', 'ann', '"maybe"');
    explained(refused, 1, /"approve", "reject"/);
    expect(refused.stderr).toContain('--abstain');
    await run('propose', 'ship', 'ann', '"Reject"');
    const decided = await run('propose', 'ship', 'bob', '"APPROVE"', '--wait', '5s', '--json');
    expect(lastJson<RoundJson>(decided)).toMatchObject({ state: 'SUCCESS', value: 'approve' });
    const labelled = [
      '--options',
      '[{"value": 1, "label": "one"}, 2]',
      '--wins',
      'null',
      '--equality',
      'exact',
    ];
    expect(lastJson<GroupJson>(await run(...create, ...labelled)).rule).toMatchObject({
      options: [{ value: 1, label: 'one' }, { value: 2 }],
      wins: null,
    });
    explained(await run(...create, '--options', '1,1'), 1, /rule.options and rule.equality/);
  });

  test('group create --keep-rounds and --keep-idle: few rounds stay, and the group goes when nobody uses it [Q3.17]', async () => {
    const create = ['group', 'create', 'brief', '--agents', '1', '--threshold', '1', '--next', 'continuous'];
    const made = await run(...create, '--keep-rounds', '2', '--keep-idle', '1h', '--json');
    expect(lastJson<GroupJson>(made)).toMatchObject({ retention: { rounds: 2, idle: 3_600_000 } });
    const put = (round: number) =>
      fetch(`${server.url}/v1/groups/brief/rounds/${round}/proposals/ann`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"value":1}',
      });
    for (const round of [1, 2, 3]) expect((await put(round)).status).toBe(201);
    const { rounds } = (await (await fetch(`${server.url}/v1/groups/brief/rounds`)).json()) as {
      rounds: RoundJson[];
    };
    expect(rounds.map(({ round, state }) => [round, state])).toEqual([
      [4, 'WAITING'],
      [3, 'SUCCESS'],
      [2, 'SUCCESS'],
    ]);
    // Only now: between two processes may be time enough for the group to go.
    await run('group', 'create', 'brief', '--keep-idle', '1500ms');
    const gone = await until(60_000, async () => {
      const shown = await run('group', 'show', 'brief');
      return shown.code === 0 ? undefined : shown;
    });
    explained(gone, 1, /brief/);
    const kept = await run('group', 'create', 'kept', '--agents', '3', '--json');
    expect(lastJson<GroupJson>(kept).retention).toBeNull();
    await run('group', 'create', 'kept', '--keep-idle', '1h');
    const more = await run('group', 'create', 'kept', '--keep-messages', '5', '--json');
    expect(lastJson<GroupJson>(more).retention, 'only what is named has changed').toMatchObject({
      ...{ messages: 5, idle: 3_600_000 },
    });
  });

  test.each([
    ['--keep-rounds', '0'],
    ['--keep-rounds', '1001'],
    ['--keep-rounds', 'few'],
    ['--keep-messages', '1001'],
    ['--keep-idle', 'soon'],
    ['--keep-idle', '-1s'],
  ])('%s %s is a usage error that names the option', async (option, value) => {
    explained(await run('group', 'create', 'odd', '--agents', '3', `${option}=${value}`), 2, RegExp(option));
  });

  test('a rule that contradicts itself is explained with both fields', async () => {
    const made = await run('group', 'create', 'odd', '--agents', '3', '--threshold', '4');
    explained(made, 1, /threshold/);
    expect(made.stderr).toMatch(/electorate/);
  });

  test('propose and rounds: waiting, agreed, failed, nothing decided in the limit', async () => {
    await run(
      'group',
      'create',
      'walk',
      '--electorate',
      'ann,bob',
      '--threshold',
      '2',
      '--next',
      'continuous',
    );
    const first = await run('propose', 'walk', 'ann', '"park"', '--json');
    expect(first).toMatchObject({ code: 0 });
    expect(lastJson<RoundJson>(first)).toMatchObject({ round: 1, state: 'WAITING', missing: ['bob'] });
    explained(await run('propose', 'walk', 'ann', '"lake"'), 1, /already/i);
    expect(await run('propose', 'walk', 'ann', '"park"', '--wait', '200ms')).toMatchObject({ code: 3 });
    const last = await run('propose', 'walk', 'bob', '"park"', '--round', '1', '--wait', '10s', '--json');
    expect(last).toMatchObject({ code: 0 });
    expect(lastJson<RoundJson>(last)).toMatchObject({ state: 'SUCCESS', value: 'park' });
    await run('propose', 'walk', 'ann', '1');
    expect(await run('propose', 'walk', 'bob', '2', '--wait', '10s')).toMatchObject({ code: 1 });
    explained(await run('propose', 'walk', 'bob', '2', '--round', '9'), 1, /9|open/);
    const rounds = await run('rounds', 'walk');
    expect(rounds).toMatchObject({ code: 0 });
    expect(rounds.stdout).toContain('park');
    expect(rounds.stdout.indexOf('FAILED')).toBeLessThan(rounds.stdout.indexOf('SUCCESS'));
    const listed = await run('rounds', 'walk', '--json');
    for (const line of listed.stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    const proposals = await run('rounds', 'walk', '--proposals', '1');
    expect(proposals.stdout).toMatch(
      /^2\S+Z {2}ann {2}"park" {2}unchecked\n2\S+Z {2}bob {2}"park" {2}unchecked\n$/,
    );
    await run('propose', 'walk', 'bob', '--abstain', '--note', 'no\nopinion');
    const hidden = await run('rounds', 'walk', '--proposals', '3', '--json');
    expect(Object.keys(JSON.parse(hidden.stdout))).toEqual(['agent', 'time', 'index', 'token', 'changes']);
    expect((await run('rounds', 'walk', '--proposals', '3')).stdout).toMatch(
      / {2}bob {2}\(hidden\) {2}unchecked\n$/,
    );
    await run('close', 'walk', '3');
    const noted = / {2}bob {2}\(abstains\) {2}unchecked {2}no opinion\n$/;
    expect((await run('rounds', 'walk', '--proposals', '3')).stdout).toMatch(noted);
    const detail = await run('rounds', 'walk', '--detail', '--before', '4', '--limit', '1');
    expect(detail.stdout).toMatch(/^round 3 {2}FAILED .*\n {2}2\S+Z {2}bob .*no opinion\n$/);
    const details = lastJson<RoundJson & { proposals: unknown[] }>(
      await run('rounds', 'walk', '--detail', '--json', '--before', '4', '--limit', '1'),
    );
    expect(details).toMatchObject({ round: 3, proposals: [{ agent: 'bob', note: 'no\nopinion' }] });
    explained(await run('rounds', 'walk', '--proposals', '9'), 1, /round 9 is not open yet/);
  });

  test('propose --from: every line of a file or of standard input, with a report of the bad ones', async () => {
    await run('group', 'create', 'many', '--agents', '3', '--threshold', '2', '--next', 'continuous');
    const { path, remove } = temporaryFolder();
    const file = join(path, 'ballots.ndjson');
    const from = (lines: readonly string[], ...more: readonly string[]) => {
      writeFileSync(file, lines.join('\n'));
      return run('propose', '--from', file, ...more);
    };
    const vote = (agent: string, value: string, round = 1) =>
      `{"group": "many", "round": ${round}, "agent": "${agent}", "value": ${value}}`;
    try {
      const good = [vote('ann', '"pizza"'), '', vote('bob', '"pizza"'), vote('cy', '"a\u2028b"')];
      const taken = await from(good, '--wait', '10s', '--json');
      expect(taken, taken.stderr).toMatchObject({ code: 0, stderr: '' });
      const lines = taken.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.map(({ line, round }) => [line, round.state]).sort()).toEqual(
        [1, 3, 4].map((n) => [n, 'SUCCESS']),
      );
      const bad = [
        vote('ann', '"pizza"'),
        'nonsense',
        vote('dan', '12345678901234567890', 2),
        vote('A', '1', 2),
        '[7]',
      ];
      const some = await from(bad);
      expect(some.code).toBe(1);
      expect(some.stdout).toMatch(/^line 1: many, ann: round 1 {2}SUCCESS "pizza"/);
      for (const told of [/line 2: .*no JSON/, /line 3: .*rounded/, /line 4: .*not allowed: "A"/, /line 5: /])
        expect(some.stderr).toMatch(told);
      expect(some.stderr).toContain('1 of 5 proposals taken, 4 refused');
      expect(some.stderr.match(/fix: /g)?.length).toBe(4);
      const json = await from(bad.slice(1, 2), '--json');
      expect(JSON.parse(json.stdout)).toMatchObject({ line: 1, error: { code: 'invalid-json' } });
      expect(await from([vote('ann', '1', 2)], '--wait', '200ms')).toMatchObject({ code: 3 });
      expect(await from([vote('ann', '1', 2)])).toMatchObject({ code: 0 });
      expect(await from([vote('bob', '2', 2), vote('cy', '3', 2)], '--wait', '10s')).toMatchObject({
        code: 1,
      });
      explained(await from(['', ' ']), 2, /no proposals/);
      explained(await run('propose', '--from', join(path, 'none')), 2, /none cannot be read/);
      explained(await run('propose', 'many', '--from', file), 2, /only --wait/);
      explained(await run('propose', 'many'), 2, /missing required argument/);
    } finally {
      remove();
    }
    const piped = startQuorate(['propose', '--from', '-', '--url', server.url]);
    expect((await piped.done).code).toBe(2);
  });

  test('propose refuses what JSON would round, and what is no JSON, before it asks the server', async () => {
    for (const value of ['12345678901234567890', 'park', '1e400', '{"a":1,"a":2}']) {
      explained(
        await run('propose', 'default', 'ann', value),
        2,
        /JSON|exact|text|string|number|twice|duplicate/i,
      );
    }
    explained(await run('propose', 'default', 'ann'), 2, /value/);
  });

  test('rounds and watch say who acts on a decision, and with which result somebody has [Q10.9]', async () => {
    await run('group', 'create', 'acted', '--agents', '1', '--next', 'manual');
    await run('propose', 'acted', 'ann', '"ship"');
    expect((await run('rounds', 'acted', '--json')).stdout).not.toContain('"claim"');
    const group = connect({ url: server.url }).group('acted');
    const first = await group.claim(1, { holder: 'run-1' });
    const watcher = startQuorate(['watch', 'acted', '--url', server.url]);
    try {
      const printed = (line: RegExp) => until(30_000, () => (line.test(watcher.stdout()) ? true : undefined));
      await printed(new RegExp(`^round 1 {2}claim held by run-1 until \\S+, fence ${first.fence}$`, 'm'));
      await first.release();
      await printed(new RegExp(`^round 1 {2}claim free again, last fence ${first.fence}$`, 'm'));
      const second = await group.claim(1, { holder: 'run-2' });
      await second.done({ version: 3 });
      await printed(
        new RegExp(`^round 1 {2}claim spent by run-2, fence ${second.fence}: \\{"version":3\\}$`, 'm'),
      );
    } finally {
      watcher.signal('SIGKILL');
      await watcher.done;
    }
    expect((await run('rounds', 'acted')).stdout).toMatch(/CLAIM .*\n.* spent by run-2, fence \d+: /);
    expect((await run('rounds', 'acted', '--detail')).stdout).toMatch(/\n {2}claim spent by run-2/);
    expect(lastJson(await run('rounds', 'acted', '--json'))).toMatchObject({
      claim: { state: 'spent', holder: 'run-2', result: { version: 3 } },
    });
  });

  test('watch prints a line for what happens while it runs, and each line is JSON with --json', async () => {
    await run('group', 'create', 'view', '--electorate', 'ann,bob', '--threshold', '2');
    const plain = startQuorate(['watch', 'view', '--url', server.url]);
    const json = startQuorate(['watch', 'view', '--url', server.url, '--json']);
    try {
      await until(30_000, () => (plain.stdout() !== '' && json.stdout() !== '' ? true : undefined));
      await run('propose', 'view', 'ann', '"unseen-before"');
      await run('propose', 'view', 'bob', '"unseen-before"');
      await until(30_000, () => (/SUCCESS/.test(plain.stdout()) ? true : undefined));
      await until(30_000, () => (/"SUCCESS"/.test(json.stdout()) ? true : undefined));
      expect(plain.stdout()).toContain('unseen-before');
      for (const line of json.stdout().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
      const before = json
        .stdout()
        .split('\n')
        .filter((line) => !line.includes('"SUCCESS"'));
      expect(before.join('\n')).not.toContain('unseen-before');
    } finally {
      for (const watcher of [plain, json]) watcher.signal('SIGKILL');
      await Promise.all([plain.done, json.done]);
    }
  });
});

describe('the command line', () => {
  test.each([
    ['no command', []],
    ['a command that is none', ['agree']],
    ['a flag that is none', ['group', 'list', '--colour']],
    ['a missing argument', ['group', 'show']],
    ['one argument too many', ['rounds', 'a', 'b']],
    ['a least of rounds that is none', ['rounds', 'a', '--limit', 'all']],
  ])('usage error, exit code 2: %s', async (_, args) => {
    explained(await quorate(args), 2, /./);
  });

  test('a server that is not there is exit code 69', async () => {
    const run = await quorate(['group', 'list', '--url', 'http://127.0.0.1:1']);
    explained(run, 69, /127\.0\.0\.1:1/);
  });

  test('--version and --help are 0; every command explains itself with an example', async () => {
    expect((await quorate(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await quorate(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    const commands = ['server', 'client', 'demo', 'propose', 'rounds', 'watch', 'group'];
    const pages = await Promise.all(commands.map((command) => quorate([command, '--help'])));
    for (const [i, command] of commands.entries()) {
      expect(help.stdout).toContain(command);
      expect(pages[i]).toMatchObject({ code: 0, stderr: '' });
      expect(pages[i]?.stdout).toMatch(/example/i);
    }
  });
});

/** Checks that it ended with this code, said why on stderr, and showed no stack. */
function explained(run: Run, code: number, why: RegExp): void {
  expect(run).toMatchObject({ code });
  expect(run.stderr).toMatch(why);
  expect(run.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
}

function lastJson<T>({ stdout }: Run): T {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as T;
}
