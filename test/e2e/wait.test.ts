import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type GroupSettings } from '../../src/client/index.ts';
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

/** What a script does next depends on the exit code of `quorate wait`, `close` and `propose --wait`. */

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

const group = (name: string, url = server.url) => connect({ url }).group(name);
const run = (...args: readonly string[]) => quorate([...args, '--url', server.url]);
const start = (...args: readonly string[]) => startQuorate([...args, '--url', server.url]);
const two: GroupSettings = {
  rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2, next: 'manual' },
};

/** A group in whose first round these have been proposed, by ann and bob. */
async function proposed(name: string, ...values: readonly string[]) {
  const made = group(name);
  await made.create(two);
  for (const [i, value] of values.entries())
    await made.propose({ agent: i === 0 ? 'ann' : 'bob', round: 1, value });
  return made;
}

/** Resolves once it says on stderr what it waits for. */
const waiting = (running: Running, what: RegExp): Promise<true> =>
  until(20_000, () => (what.test(running.stderr()) ? true : undefined));

describe('quorate wait', () => {
  test.each([
    ['a decision', ['yes', 'yes'], [], 0],
    ['the decision that is expected, as a word', ['yes', 'yes'], ['--expect', 'yes'], 0],
    ['the same as JSON', ['yes', 'yes'], ['--expect', '"yes"'], 0],
    ['another decision', ['yes', 'yes'], ['--expect', 'no'], 1],
    ['a decision on another subject', ['yes', 'yes'], ['--subject-hash', 'abc'], 1],
    ['a failed round', ['yes', 'no'], [], 1],
    ['no outcome in time', ['yes'], ['--timeout', '300ms'], 3],
    ['a look without a wait at what is decided', ['yes', 'yes'], ['--timeout', '0s'], 0],
    ['a look without a wait at what is not', ['yes'], ['--timeout', '0s'], 3],
  ])('%s', async (what, values, args, code) => {
    const name = what.replaceAll(/[^a-z]/g, '-');
    await proposed(name, ...values);
    const { stdout, ...ended } = await run('wait', name, ...args);
    expect(ended, ended.stderr).toMatchObject({ code });
    expect(stdout).toMatch(/^round 1 {2}(WAITING|SUCCESS "yes"|FAILED) {2}/);
  });

  test('what is decided instead is said, and --json prints the round', async () => {
    await proposed('instead', 'yes', 'yes');
    const { stdout, stderr } = await run('wait', 'instead', '--expect', 'no', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'SUCCESS', value: 'yes' });
    expect(stderr).toContain('expected "no", but "yes" is decided');
  });

  test('a group that is made later, and a round that is opened later', async () => {
    const early = start('wait', 'later', '--round', '2');
    await waiting(early, /no group later that you may see; waiting for it/);
    const later = await proposed('later', 'yes', 'yes');
    await waiting(early, /round 2 is not open yet.*; waiting for it/);
    await later.open();
    for (const agent of ['ann', 'bob']) await later.propose({ agent, value: 'yes' });
    expect(await early.done).toMatchObject({ code: 0, stdout: expect.stringContaining('round 2') });
  });

  test('a group that never comes: 3, with what to check', async () => {
    const { code, stderr } = await run('wait', 'nowhere', '--timeout', '300ms');
    expect(code).toBe(3);
    expect(stderr).toMatch(/no group nowhere[\s\S]*fix: check the name/);
  });

  test('next: until-success: a failed round is not the end, unless the round is named', async () => {
    const goesOn = group('goes-on');
    await goesOn.create({ rule: { electorate: { agents: ['ann'] }, threshold: 1, maxRounds: 3 } });
    const running = start('wait', 'goes-on');
    await until(20_000, () => (running.stderr().includes('waiting for group') ? true : undefined));
    await goesOn.propose({ agent: 'ann', abstain: true });
    await waiting(running, /^round 1 {2}FAILED/m);
    await goesOn.propose({ agent: 'ann', value: 7 });
    expect(await running.done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^round 2 {2}SUCCESS 7/),
    });
    expect(await run('wait', 'goes-on', '--round', '1')).toMatchObject({ code: 1 });
  });

  test('rounds that are used up: 1', async () => {
    const used = group('used-up');
    await used.create({ rule: { electorate: { agents: ['ann'] }, threshold: 1, maxRounds: 2 } });
    for (const round of [1, 2]) await used.propose({ agent: 'ann', round, abstain: true });
    expect(await run('wait', 'used-up')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('round 2'),
    });
  });

  test('another subject: the round has failed, and what comes after is about something else', async () => {
    const goesOn: GroupSettings = { rule: { ...two.rule, next: 'until-success' }, subjectHash: 'abc' };
    await group('subject').create(goesOn);
    const running = start('wait', 'subject');
    await waiting(running, /waiting for group/);
    await group('subject').create({ ...goesOn, subjectHash: 'another' });
    expect(await running.done).toMatchObject({ code: 1, stdout: expect.stringContaining('FAILED') });
  });

  test('a group that is deleted meanwhile: 1', async () => {
    await proposed('deleted', 'yes');
    const running = start('wait', 'deleted');
    await waiting(running, /waiting for group/);
    await group('deleted').delete();
    expect(await running.done).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no group deleted'),
    });
  });

  test('a server that is killed and comes again', async () => {
    const { path, remove } = temporaryFolder();
    let own = await startServer(['--data', path]);
    try {
      await group('restart', own.url).create(two);
      const running = startQuorate(['wait', 'restart', '--url', own.url]);
      await waiting(running, /waiting for group/);
      await own.kill();
      await waiting(running, /waiting for the server/);
      own = await own.again();
      for (const agent of ['ann', 'bob'])
        await group('restart', own.url).propose({ agent, round: 1, value: 'yes' });
      expect(await running.done).toMatchObject({ code: 0 });
    } finally {
      await own.kill();
      remove();
    }
  });

  test('a server that is not there: 69, Ctrl-C: 130', async () => {
    const nobody = ['wait', 'g', '--url', 'http://127.0.0.1:1', '--timeout', '200ms'];
    expect(await quorate(nobody)).toMatchObject({ code: 69 });
    await proposed('stopped', 'yes');
    const running = start('wait', 'stopped');
    await waiting(running, /waiting for group/);
    running.signal('SIGINT');
    expect(await running.done).toMatchObject({ code: 130 });
  });

  test('a script goes on after 0 only', async () => {
    await proposed('script-yes', 'yes', 'yes');
    await proposed('script-no', 'yes', 'no');
    const deploy = (name: string) =>
      shell(`quorate wait ${name} --expect yes --url ${server.url} && echo deploy`);
    expect((await deploy('script-yes')).stdout).toMatch(/\ndeploy\n$/);
    const refused = await deploy('script-no');
    expect(refused.stdout).not.toContain('deploy');
    expect(refused.code).toBe(1);
  });

  test.each([
    ['a value that is neither JSON nor a word', ['--expect', '{"a":1,"a":2}']],
    ['a number that would be rounded', ['--expect', '12345678901234567890']],
    ['a time without a unit', ['--timeout', '10']],
  ])('usage error: %s', async (_, args) => {
    expect(await run('wait', 'g', ...args)).toMatchObject({ code: 2 });
  });
});

test('close ends with what it decides, and says the same again', async () => {
  for (const [name, values, code] of [
    ['close-failed', ['yes'], 1],
    ['close-agreed', ['yes'], 0],
  ] as const) {
    const made = group(name);
    const threshold = code === 0 ? 1 : 2;
    await made.create({ rule: { electorate: { agents: ['ann', 'bob'] }, threshold, next: 'manual' } });
    await made.propose({ agent: 'ann', value: values[0] });
    expect(await run('close', name, '1')).toMatchObject({ code });
    expect(await run('close', name, '1')).toMatchObject({ code });
  }
});

test('revote is another word for open', async () => {
  const again = await proposed('again', 'yes', 'no');
  expect(await run('revote', 'again')).toMatchObject({ code: 0, stdout: expect.stringContaining('round 2') });
  expect(await again.round('open')).toMatchObject({ round: 2 });
});
