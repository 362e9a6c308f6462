import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connect, type Group } from '../../src/client/index.ts';
import { type Server, startServer, temporaryFolder, until, within } from '../harness/server.ts';
import { blocksOf } from './blocks.ts';

/**
 * The composite action of deploy/github as the shell that it runs: with its inputs as a runner of GitHub puts them into the
 * environment, and a file for its outputs. Nothing here has run on GitHub.
 */

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly id: string;
      readonly run: string;
      readonly env: Readonly<Record<string, string>>;
    }[];
  };
}
type Inputs = Readonly<Record<string, string>>;

const folder = resolve('deploy/github');
const action = parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as Action;
const [step] = action.runs.steps;
const sha = '4f2c1d';

let server: Server;
const temporary = temporaryFolder();
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(async () => {
  await server?.kill();
  temporary.remove();
});

/** Starts the step; `outputs` are those of the action, once it has ended. */
function start(inputs: Inputs) {
  const home = mkdtempSync(join(temporary.path, 'runner-'));
  const output = join(home, 'output');
  writeFileSync(output, '');
  const given = (name: string): string => inputs[name] ?? action.inputs[name]?.default ?? '';
  const fill = (text: string): string =>
    text
      .replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => given(name))
      .replaceAll(`\${{ github.sha }}`, sha);
  const own = Object.entries(step?.env ?? {}).map(([name, value]) => [name, fill(value)]);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(QUORATE_|VITEST|NODE_)/.test(name));
  const runner = {
    GITHUB_ACTION_PATH: folder,
    GITHUB_OUTPUT: output,
    GITHUB_ENV: join(home, 'env'),
    RUNNER_TEMP: home,
  };
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
    cwd: home,
    env: { ...Object.fromEntries(inherited), ...runner, ...Object.fromEntries(own) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const ended = new Promise<{ code: number | null; said: string; outputs: Record<string, string> }>(
    (settle) =>
      child.once('close', (code) => settle({ code, said, outputs: outputsIn(readFileSync(output, 'utf8')) })),
  );
  return {
    home,
    said: () => said,
    cancel: () => child.kill('SIGINT'),
    done: within(100_000, ended, () => {
      child.kill('SIGKILL');
      return `no end:\n${said}`;
    }),
  };
}

const run = (inputs: Inputs) => start(inputs).done;

/** The outputs of the action, from the lines that its step has written. */
function outputsIn(text: string): Record<string, string> {
  const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(/=(.*)/s)]));
  const ofStep = Object.fromEntries(lines.map(([name, value = '']) => [name, value]));
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => {
    const [, of = ''] = /^\$\{\{ steps\.gate\.outputs\.([\w-]+) \}\}$/.exec(value) ?? [];
    return [name, ofStep[of] ?? ''];
  });
  return Object.fromEntries(outputs);
}

/** A group with an approver, and the inputs of a step that acts on what it decides. */
async function gate(
  name: string,
): Promise<{ group: Group; inputs: Inputs; approve(value?: string): Promise<unknown> }> {
  const group = connect({ url: server.url }).group(name);
  await group.create({
    preset: 'gate',
    rule: { threshold: 1, electorate: { agents: ['ann'] } },
    admission: 'open',
    subjectHash: sha,
  });
  const program = resolve('bin/quorate.js');
  return {
    group,
    inputs: {
      group: name,
      url: server.url,
      program,
      token: 'a-secret',
      run: 'echo "deploys under $QUORATE_FENCE"',
    },
    approve: (value = 'approve') => group.propose({ agent: 'ann', value }),
  };
}

describe('the action', () => {
  test('gives the shell its inputs as variables only, and all of them', () => {
    expect(action.runs.steps).toHaveLength(1);
    expect(step?.run).not.toContain('${{');
    const passed = Object.values(step?.env ?? {}).map(
      (value) => /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)?.[1],
    );
    expect(passed.sort()).toEqual(Object.keys(action.inputs).sort());
    expect(readFileSync(join(folder, 'gate.sh'), 'utf8')).not.toContain('${{');
  });

  test('has one line for each output, whatever a server has answered', async () => {
    const program = join(temporary.path, 'lying');
    const fence = '7\nhere=false\r\nexit-code<<END';
    const answer = JSON.stringify({
      state: 'done',
      here: true,
      exitCode: 0,
      round: { round: 1 },
      claim: { fence },
    });
    writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, { mode: 0o700 });
    const { outputs } = await run({ group: 'any', url: server.url, program, run: 'true' });
    const expected = { state: 'done', here: 'true', 'exit-code': '0', round: '1', handle: '' };
    expect(outputs).toEqual({ ...expected, fence: '7 here=false  exit-code<<END' });
  });

  test('has the inputs and outputs that the guide uses', () => {
    const text = blocksOf('docs/gates.md', 'yaml').find((block) => block.includes('quorate-gate')) ?? '';
    const workflow = parse(text) as {
      jobs: { deploy: { steps: { uses?: string; with?: object; if?: string }[] } };
    };
    const { steps } = workflow.jobs.deploy;
    const used = Object.keys(steps.find(({ uses }) => uses?.includes('quorate-gate'))?.with ?? {});
    expect(used.filter((name) => !(name in action.inputs))).toEqual([]);
    const needed = Object.entries(action.inputs).filter(([, { required }]) => required);
    expect(used).toEqual(expect.arrayContaining(needed.map(([name]) => name)));
    const outputs = [...text.matchAll(/steps\.gate\.outputs\.([\w-]+)/g)].map(([, name]) => name as string);
    expect(outputs.filter((name) => !(name in action.outputs))).toEqual([]);
  });

  test('ends at once while nothing is decided; a later step goes on, and only one runs the script', async () => {
    const { inputs, approve } = await gate('later');
    const first = await run(inputs);
    expect(first, first.said).toMatchObject({
      code: 0,
      outputs: { state: 'waiting', here: '', 'exit-code': '' },
    });
    expect(first.outputs.handle).toMatch(/^[\w.-]+$/);
    await approve();
    const { group: _, ...others } = inputs;
    const resumed = await run({ ...others, resume: first.outputs.handle as string });
    expect(resumed, resumed.said).toMatchObject({
      code: 0,
      outputs: { state: 'done', here: 'true', 'exit-code': '0', round: '1' },
    });
    expect(resumed.said).toContain(`deploys under ${resumed.outputs.fence}\n`);
    const again = await run(inputs);
    expect(again, again.said).toMatchObject({ code: 0, outputs: { ...resumed.outputs, here: 'false' } });
    expect(again.said).not.toContain('deploys');
  });

  test('waits as long as it is told to, and shows the script neither token nor server', async () => {
    const { inputs, approve } = await gate('waits');
    const waiting = start({ ...inputs, timeout: '90s', run: 'env; echo "last: $QUORATE_VALUE"' });
    await approve();
    const { code, said, outputs } = await waiting.done;
    expect(code, said).toBe(0);
    expect(outputs).toMatchObject({ state: 'done', here: 'true' });
    expect(said).toContain('last: "approve"');
    expect(said).toContain('QUORATE_SUBJECT=4f2c1d');
    expect(said).not.toMatch(/a-secret|QUORATE_URL|GATE_/);
  });

  test('fails when the script fails, here and on every other runner', async () => {
    const { inputs, approve } = await gate('fails');
    await approve();
    const failing = { ...inputs, run: 'false | cat\necho "goes on"' };
    const first = await run(failing);
    expect(first, first.said).toMatchObject({
      code: 1,
      outputs: { state: 'done', here: 'true', 'exit-code': '1' },
    });
    expect(first.said).not.toContain('goes on');
    expect(await run(failing)).toMatchObject({
      code: 1,
      outputs: { state: 'done', here: 'false', 'exit-code': '1' },
    });
  });

  test('fails when the decision is another, or on another subject', async () => {
    const { inputs, approve } = await gate('rejected');
    await approve('reject');
    expect(await run(inputs)).toMatchObject({ code: 1, outputs: { state: 'refused' } });
    const other = await gate('other-subject');
    await other.approve();
    const ended = await run({ ...other.inputs, subject: 'another' });
    expect(ended, ended.said).toMatchObject({ code: 1, outputs: { state: 'refused' } });
    expect(ended.said).not.toContain('deploys');
  });

  test('that is cancelled stops the script and gives the claim back', async () => {
    const { group, inputs, approve } = await gate('cancelled');
    await approve();
    const step = start({ ...inputs, run: 'echo "script $$"; sleep 300' });
    const pid = await until(60_000, () => /^script (\d+)$/m.exec(step.said())?.[1]);
    step.cancel();
    const { code, said } = await step.done;
    expect(code, said).toBeGreaterThan(128);
    expect(() => process.kill(Number(pid), 0)).toThrow();
    expect((await group.readClaim(1)).state).toBe('free');
  });
});

describe('inputs that are meant to be commands, options or outputs', () => {
  const evil = '$(touch owned)`touch owned`"; touch owned; \'\ntouch owned\nstate=done\n';
  test.each(['group', 'expect', 'subject', 'timeout', 'resume', 'lease', 'url', 'token', 'program'])(
    'are none as %s',
    async (name) => {
      const { inputs, approve } = await gate(`evil-${name}`);
      await approve();
      const step = start({ ...inputs, [name]: evil });
      const { code, said, outputs } = await step.done;
      expect(said).not.toContain('deploys');
      expect(code, said).not.toBe(0);
      expect(outputs.state).not.toBe('done');
      expect(readdirSync(step.home)).not.toContain('owned');
    },
  );

  test.each([
    ['group', '--help'],
    ['group', '-h'],
    ['resume', '--help'],
    ['lease', '--help'],
  ])('are no options as %s: %s', async (name, value) => {
    const { inputs, approve } = await gate(`option-${name}-${value.length}`);
    await approve();
    const { code, said } = await run({ ...inputs, [name]: value });
    expect(code, said).toBe(2);
    expect(said).not.toContain('deploys');
  });
});
