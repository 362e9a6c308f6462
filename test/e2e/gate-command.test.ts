import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClaimJson, connect, type Group, type GroupSettings } from '../../src/client/index.ts';
import {
  type Run,
  type Running,
  type Server,
  startQuorate,
  startServer,
  temporaryFolder,
  until,
} from '../harness/server.ts';
import { shell } from './shell.ts';

/** `quorate gate`: of all machines that wait for a decision one runs the command, and all end with what came of it. [Q10] */

let server: Server;
const files = temporaryFolder();
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(async () => {
  await server?.kill();
  files.remove();
});

const settings: GroupSettings = { rule: { electorate: { size: 1 }, threshold: 1, next: 'manual' } };
const limitMs = 110_000;

/** A group, with a decision unless `value` is left out. */
async function group(name: string, value?: string, { url } = server): Promise<Group> {
  const made = connect({ url, retryFor: '30s' }).group(name);
  await made.create(settings);
  if (value !== undefined) await made.propose({ agent: 'ann', value });
  return made;
}

/** A gate whose command is this script, with the file that it may write to as $1. */
function gate(name: string, script: string, args: readonly string[] = [], { url } = server): Running {
  const command = ['--', 'sh', '-c', script, 'sh', join(files.path, name)];
  return startQuorate(['gate', ...args, '--url', url, ...command], limitMs, { SAID: 'before' });
}

/** What the commands of a test have written, line by line. */
function written(name: string): readonly string[] {
  const file = join(files.path, name);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

const begun = (name: string, times: number): Promise<true> =>
  until(limitMs, () => (written(name).length >= times ? true : undefined));
const says = (running: Running, what: RegExp): Promise<true> =>
  until(limitMs, () => (what.test(running.stderr()) ? true : undefined));
const codes = async (runs: readonly Running[]) =>
  (await Promise.all(runs.map(({ done }) => done))).map(codeOf);
const codeOf = ({ code, stderr }: Run): string => (code === 70 ? stderr : String(code));

/** Adds a line with its fence, and ends when the test lets it: once there is a file of this name with `.go`. */
const patient = 'echo "$QUORATE_FENCE" >> "$1"; until [ -e "$1.go" ]; do sleep 0.05; done';
const letGo = (name: string): void => writeFileSync(join(files.path, `${name}.go`), '');

describe('of several gates', () => {
  test('one runs the command, with the decision in its environment; all end with its result', async () => {
    const made = await group('three');
    const show =
      'echo "$SAID $QUORATE_GROUP $QUORATE_ROUND $QUORATE_STATE $QUORATE_VALUE"; printf end; echo err >&2';
    const runs = [1, 2, 3].map(() => gate('three', `echo "$QUORATE_FENCE" >> "$1"; ${show}`, ['three']));
    await Promise.all(runs.map((one) => says(one, /waiting for group three/)));
    await made.propose({ agent: 'ann', value: 'yes' });
    const ended = await Promise.all(runs.map(({ done }) => done));
    expect(ended.map(codeOf)).toEqual(['0', '0', '0']);
    const { fence, holder, result } = await made.readClaim(1);
    expect(written('three')).toEqual([String(fence)]);
    expect(result).toEqual({ command: 'sh', exitCode: 0 });
    // What the command writes passes through as it is, and nothing else is written to standard output.
    expect(ended.map(({ stdout }) => stdout).sort()).toEqual(['', '', 'before three 1 SUCCESS "yes"\nend']);
    for (const { stderr } of ended)
      expect(stderr).toContain(`round 1  sh ended with exit code 0  by ${holder}, fence ${fence}\n`);
    expect(ended.filter(({ stderr }) => /^err$/m.test(stderr))).toHaveLength(1);
  });

  test('the next takes over from one that is killed, with a higher fence; the killed one’s command is stopped', async () => {
    const made = await group('killed', 'yes');
    const args = ['killed', '--lease', '4s'];
    const script = `trap 'echo stopped >> "$1.trap"; exit 0' TERM; ${patient}`;
    const first = gate('killed', script, args);
    await begun('killed', 1);
    const second = gate('killed', script, args);
    await says(second, /who acts until/);
    first.signal('SIGKILL');
    await begun('killed.trap', 1);
    await begun('killed', 2);
    letGo('killed');
    expect(await second.done).toMatchObject({ code: 0 });
    const [one, two, ...more] = written('killed').map(Number) as [number, number];
    expect(more).toEqual([]);
    expect(two).toBeGreaterThan(one);
    expect(await made.readClaim(1)).toMatchObject({ state: 'spent', fence: two });
    await first.done;
  });

  test('a command that fails has spent the decision; with --on-failure release the next runs it', async () => {
    const fail = 'echo "$QUORATE_FENCE" >> "$1"; exit 7';
    const made = await group('failed', 'yes');
    expect(await codes([gate('failed', fail, ['failed'])])).toEqual(['1']);
    const late = await gate('failed', fail, ['failed']).done;
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('sh ended with exit code 7') });
    expect(written('failed')).toHaveLength(1);
    await made.open();
    await made.propose({ agent: 'ann', value: 'yes' });
    const release = ['failed', '--on-failure', 'release'];
    expect(await codes([gate('failed', fail, release)])).toEqual(['1']);
    expect(await made.readClaim(2)).toMatchObject({ state: 'free' });
    expect(await codes([gate('failed', 'echo again >> "$1"', release)])).toEqual(['0']);
    expect(written('failed')).toHaveLength(3);
  });

  test('one that was done by another program ends with its result', async () => {
    const made = await group('sdk', 'yes');
    await (await made.claim(1)).done({ version: 3 });
    const { code, stderr } = await gate('sdk', 'echo no >> "$1"', ['sdk']).done;
    expect(code).toBe(0);
    expect(stderr).toContain('done with {"version":3}');
    expect(written('sdk')).toEqual([]);
  });
});

describe('the command does not run', () => {
  test.each([
    ['another decision', ['--expect', 'no'], /expected "no", but "yes" is decided/],
    ['another subject', ['--subject', 'abc'], /this decision is on subject null, not on abc/],
    ['a round that failed', ['--round', '2'], /round 2 {2}FAILED/],
    ['a decision that no longer stands', ['--round', '1', '--expect', 'yes'], /no longer stands/],
  ])('for %s', async (what, args, why) => {
    const name = what.replaceAll(/[^a-z]/g, '-');
    const made = await group(name, 'yes');
    if (args.includes('--round')) {
      await made.open();
      await made.propose({ agent: 'ann', abstain: true });
    }
    const { code, stderr } = await gate(name, 'echo no >> "$1"', [name, ...args]).done;
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
    expect(written(name)).toEqual([]);
  });

  test('where there is no such program, or none is named: 2, and the decision is free', async () => {
    const made = await group('missing', 'yes');
    const [plain, broken] = [join(files.path, 'plain'), join(files.path, 'broken')];
    writeFileSync(plain, 'no program', { mode: 0o644 });
    writeFileSync(broken, '#!/no/such/interpreter\n', { mode: 0o755 });
    for (const [command, why] of [
      [['--', 'no-such-program-here'], /no-such-program-here cannot be run/],
      [['--', plain], /cannot be run: there is no such program/],
      // Only starting it shows what is wrong, and then the claim is held already.
      [['--', broken], /cannot be run: spawn .* ENOENT/],
      [[], /what to run is missing/],
      [['--lease', '1ms', '--', 'true'], /--lease must be/],
      [['--subject', '', '--', 'true'], /must not be empty/],
      [['true', '--', 'true'], /stands behind --, and 'true' before it/],
    ] as const) {
      const ended = await startQuorate(['gate', 'missing', '--url', server.url, ...command]).done;
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(why);
    }
    expect((await made.readClaim(1)).state).toBe('free');
  });
});

test('who may not act learns it before the wait, not after', async () => {
  const made = connect({ url: server.url }).group('right');
  const { joinKey, observerKey } = await made.create({ ...settings, admission: 'key' });
  const { token } = await made.join('ann', { key: joinKey as string });
  const { code, stderr } = await gate('right', 'true', ['right', '--token', token]).done;
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('may not spend') });
  const reader = await gate('right', 'true', ['right', '--token', String(observerKey)]).done;
  expect(reader).toMatchObject({ code: 1, stderr: expect.stringContaining('needs its join key') });
});

describe('--no-wait', () => {
  test('prints a handle and ends with 3; --resume goes on with it, once there is a decision', async () => {
    const made = await group('later');
    const early = await gate('later', 'echo no', [
      'later',
      '--no-wait',
      '--expect',
      'yes',
      '--token',
      'my-secret',
    ]).done;
    expect(early).toMatchObject({ code: 3, stdout: expect.stringMatching(/^gate1\.[\w-]+\n$/) });
    const handle = early.stdout.trim();
    expect(Buffer.from(handle.slice(6), 'base64url').toString()).not.toContain('my-secret');
    const resume = (script: string, ...more: string[]) =>
      gate('later', script, ['--resume', handle, ...more]);
    expect(await codes([resume('echo no', '--no-wait')])).toEqual(['3']);
    await made.propose({ agent: 'ann', value: 'yes' });
    const twins = [resume(patient)];
    await begun('later', 1);
    const { id } = JSON.parse(Buffer.from(handle.slice(6), 'base64url').toString());
    expect((await made.readClaim(1)).holder).toContain(`/${id}/`);
    // A second run with the handle waits for the first: two runs must never act under one fence.
    twins.push(resume(patient));
    await says(twins[1] as Running, /an earlier run with this handle, who acts until/);
    expect(await codes([resume(patient, '--no-wait')])).toEqual(['3']);
    letGo('later');
    expect(await codes(twins)).toEqual(['0', '0']);
    expect(written('later')).toHaveLength(1);
    expect(await codes([resume(patient, '--expect', 'no')])).toEqual(['2']);
    // The group given again must not be taken for the command.
    const twice = await startQuorate(['gate', 'sleep', '--resume', handle, '--url', server.url, '--', '0'])
      .done;
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('--resume knows the group') });
  });

  test('keeps to its round when later ones are open, and to its expectation', async () => {
    const made = await group('kept');
    const { stdout } = await gate('kept', 'echo no', ['kept', '--no-wait', '--expect', 'no', '--json']).done;
    const { handle, state, exitCode } = JSON.parse(stdout);
    expect({ state, exitCode }).toEqual({ state: 'waiting', exitCode: null });
    await made.propose({ agent: 'ann', value: 'yes' });
    await made.open();
    const { code, stderr } = await gate('kept', 'echo no >> "$1"', ['--resume', handle]).done;
    expect(code).toBe(1);
    expect(stderr).toContain('round 1  SUCCESS "yes"');
    expect(written('kept')).toEqual([]);
  });

  test('a group that is not there yet: 3 and a handle; no server: 69', async () => {
    const nothing = await gate('nothing', 'true', ['nothing', '--no-wait']).done;
    expect(nothing).toMatchObject({ code: 3, stdout: expect.stringMatching(/^gate1\./) });
    const nobody = await gate('nothing', 'true', ['nothing', '--timeout', '200ms'], {
      ...server,
      url: 'http://127.0.0.1:1',
    }).done;
    expect(nobody).toMatchObject({ code: 69 });
  });
});

test('--json prints one object, and what the command writes goes to standard error', async () => {
  await group('json', 'yes');
  const { code, stdout, stderr } = await gate('json', 'echo hello', ['json', '--json']).done;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'done',
    here: true,
    exitCode: 0,
    handle: null,
    round: { round: 1, value: 'yes' },
    claim: { state: 'spent', result: { command: 'sh', exitCode: 0 } },
  });
  expect(stderr).toContain('hello\n');
});

test('--json tells as much of a decision that no longer stands', async () => {
  const made = await group('stood', 'yes');
  await made.open();
  const { code, stdout } = await gate('stood', 'echo no', ['stood', '--round', '1', '--json']).done;
  expect(code).toBe(1);
  const told = {
    state: 'refused',
    here: null,
    exitCode: null,
    handle: null,
    round: { round: 1 },
    claim: null,
  };
  expect(JSON.parse(stdout)).toMatchObject({ ...told, why: expect.stringContaining('no longer stands') });
});

test('an exit code stays when nobody reads standard output', async () => {
  await group('unread', 'yes');
  const calls = ['gate unread --json --expect no -- true', 'wait unread --expect no'].map(
    (call) => `{ sleep 0.1; quorate ${call}; echo $? >&2; } | exec true`,
  );
  const { stderr } = await shell(calls.join('\n'), { QUORATE_URL: server.url }, limitMs);
  expect(stderr.match(/^[0-9]+$/gm)).toEqual(['1', '1']);
});

test('a command that is stopped before its gate is has not failed', async () => {
  const made = await group('both', 'yes');
  const running = gate('both', 'echo "$$" >> "$1"; sleep 1000', ['both']);
  await begun('both', 1);
  process.kill(-Number(written('both')[0]), 'SIGTERM');
  running.signal('SIGTERM');
  expect(await running.done).toMatchObject({ code: 143 });
  expect(await made.readClaim(1)).toMatchObject({ state: 'free', fence: expect.any(Number) });
});

test('what a failed command has left running is stopped before the next may run', async () => {
  const made = await group('left', 'yes');
  const script = 'sleep 1000 & echo "$!" >> "$1"; exit 4';
  expect(await codes([gate('left', script, ['left', '--on-failure', 'release'])])).toEqual(['1']);
  expect((await made.readClaim(1)).state).toBe('free');
  expect(() => process.kill(Number(written('left')[0]), 0)).toThrow('ESRCH');
});

test('SIGTERM stops the command with all it has started, also when it does not listen, and gives the claim back', async () => {
  const made = await group('deaf', 'yes');
  const deaf = `trap '' TERM; sleep 1000 & echo "$!" >> "$1"; wait; wait`;
  const running = gate('deaf', deaf, ['deaf', '--grace', '300ms']);
  await begun('deaf', 1);
  const pid = Number(written('deaf')[0]);
  running.signal('SIGTERM');
  expect(await running.done).toMatchObject({ code: 143 });
  expect(await made.readClaim(1)).toMatchObject({ state: 'free', fence: expect.any(Number) });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

describe('when the lease cannot be renewed', () => {
  test('the command is stopped before the lease is over, and run again when the server is back', async () => {
    const own = await startServer(['--log', 'memory:']);
    try {
      const made = await group('paused', 'yes', own);
      const args = ['paused', '--lease', '4s'];
      const running = gate('paused', patient, args, own);
      await begun('paused', 1);
      process.kill(own.pid, 'SIGSTOP');
      // The claim is still held by then: by its own clock, the server has not moved on.
      await says(running, /may pass on to another: the command was stopped/);
      process.kill(own.pid, 'SIGCONT');
      await begun('paused', 2);
      letGo('paused');
      expect(await running.done).toMatchObject({ code: 0 });
      const [first, second] = written('paused').map(Number) as [number, number];
      expect(second).toBeGreaterThan(first);
      expect(await made.readClaim(1)).toMatchObject({ state: 'spent', fence: second });
    } finally {
      await own.kill();
    }
  });

  test('what ended while no server answered is said when one does', async () => {
    const { path, remove } = temporaryFolder();
    let own = await startServer(['--data', path]);
    try {
      await group('away', 'yes', own);
      const running = gate('away', patient, ['away'], own);
      await begun('away', 1);
      await own.kill();
      letGo('away');
      await says(running, /waiting for the server/);
      own = await own.again();
      expect(await running.done).toMatchObject({ code: 0 });
      const claim: ClaimJson = await connect({ url: own.url }).group('away').readClaim(1);
      expect(claim).toMatchObject({ state: 'spent', result: { exitCode: 0 } });
      expect(written('away')).toHaveLength(1);
    } finally {
      await own.kill();
      remove();
    }
  });

  test('a claim that the manager takes away stops the command', async () => {
    const made = await group('taken', 'yes');
    const running = gate('taken', patient, ['taken', '--lease', '3s']);
    await begun('taken', 1);
    const { fence } = await made.readClaim(1);
    await made.giveBackClaim(1, fence as number);
    const other = await made.claim(1, { holder: 'other' });
    await says(running, /the command was stopped/);
    await other.done('by hand');
    expect(await running.done).toMatchObject({ code: 0, stderr: expect.stringContaining('by other, fence') });
    expect(written('taken')).toHaveLength(1);
  });
});
