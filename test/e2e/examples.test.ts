import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Server, startServer, within } from '../harness/server.ts';

/** The README's programs, as they are, against a real server. */

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const agents = ['ann', 'bob', 'cy'];
const limit = 60_000;
const programs = {
  'the SDK': [process.execPath, 'agree.mjs'],
  'curl in a shell': ['sh', 'agree.sh'],
  "Python's standard library": ['python3', 'agree.py'],
} as const;
type Name = keyof typeof programs;
const needs: Record<Name, readonly string[]> = {
  'the SDK': [],
  'curl in a shell': ['curl', 'shuf'],
  "Python's standard library": ['python3'],
};
const names = (Object.keys(programs) as Name[]).filter(canRun);

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

describe('the programs of the README', () => {
  const lunch = () => connect({ url: server.url }).group('lunch');
  beforeEach(async () => {
    await lunch()
      .delete()
      .catch(() => {});
    await lunch().create({ rule: { electorate: { agents }, threshold: 2 } });
  });

  test.each(names)('three agents with %s agree', async (name) => {
    await agree(agents.map((agent) => [name, agent]));
  });

  test('agents in different languages agree with each other', async () => {
    await agree(agents.map((agent, i) => [names[i % names.length] as Name, agent]));
  });

  async function agree(taking: readonly (readonly [Name, string])[]): Promise<void> {
    const said = await Promise.all(taking.map(([name, agent]) => run(name, agent)));
    const decision = await lunch().round('latest');
    expect(decision).toMatchObject({ state: 'SUCCESS', present: 3 });
    expect([1, 2, 3]).toContain(decision.value);
    expect(said.map(valueIn)).toEqual(said.map(() => decision.value));
  }
});

/** A program prints the decision, or the whole round. */
function valueIn(text: string): unknown {
  const printed = JSON.parse(text) as number | { value: unknown };
  return typeof printed === 'object' ? printed.value : printed;
}

async function run(name: Name, agent: string): Promise<string> {
  const [command, file] = programs[name];
  // No proxy stands between this machine and itself.
  const env = { ...process.env, NO_PROXY: '*', no_proxy: '*' };
  const child = spawn(command, [folder + file, server.url, agent], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const code = await within(limit, ended, () => {
    child.kill('SIGKILL');
    return `${file} did not end within ${limit} ms\n${out}\n${err}`;
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Whether what a program needs is here. In CI a missing one fails; elsewhere the skip is said aloud. */
function canRun(name: Name): boolean {
  const missing = needs[name].filter((tool) => !isHere(tool));
  if (missing.length === 0) return true;
  const advice = `no ${missing.join(', no ')} on this machine, which the example with ${name} needs`;
  if (process.env.CI) throw new Error(advice);
  console.error(`!!!! SKIPPED: the example with ${name}: ${advice}`);
  return false;
}

function isHere(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
