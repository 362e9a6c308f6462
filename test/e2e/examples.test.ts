import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Server, startServer, within } from '../harness/server.ts';
import { canRun } from './shell.ts';

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
const names = (Object.keys(programs) as Name[]).filter((name) =>
  canRun(`the example with ${name}`, needs[name]),
);

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

test.runIf(names.includes("Python's standard library"))(
  'chat.py leaves at the end of its input and at Ctrl-C, also when it has just heard something',
  async () => {
    const chat = connect({ url: server.url }).group('chat');
    await chat.create({ rule: { electorate: { size: 3 } } });
    const piped = agents.map((agent) => start('python3', 'chat.py', agent));
    for (const { input } of piped) input.end('one\ntwo\n');
    for (const { ended } of piped) expect(await ended).toMatch(/^\w+: two$/m);
    const { ended, interrupt } = start('python3', 'chat.py', 'dan');
    await expect.poll(async () => (await chat.view()).members, { timeout: 20_000 }).toHaveLength(1);
    interrupt();
    expect(await ended).toMatch(/^\[dan: left\]$/m);
    expect((await chat.view()).total).toBe(0);
    await chat.delete();
  },
);

test.runIf(names.includes("Python's standard library"))(
  'three members with chat.py hear each other, in one order',
  async () => {
    const chat = connect({ url: server.url }).group('chat');
    await chat.create({ rule: { electorate: { size: 3 } } });
    const members = agents.map((agent) => start('python3', 'chat.py', agent));
    const here = async () => (await chat.view()).total;
    await expect.poll(here, { timeout: 20_000 }).toBe(3);
    for (const [i, { input }] of members.entries()) input.write(`hello from ${agents[i]}\nand bye\n`);
    const kept = async (): Promise<string[]> => {
      const said: string[] = [];
      for await (const one of chat.messages())
        if (one.type === 'message') said.push(`${one.from}: ${one.body}`);
      return said;
    };
    await expect.poll(kept, { timeout: 20_000 }).toHaveLength(6);
    for (const [i, { input, ended }] of members.entries()) {
      input.end();
      const heard = (await ended).split('\n').filter((line) => /^\w+: /.test(line));
      expect(heard, agents[i]).toEqual(await kept());
    }
    expect(await here()).toBe(0);
  },
);

/** A program prints the decision, or the whole round. */
function valueIn(text: string): unknown {
  const printed = JSON.parse(text) as number | { value: unknown };
  return typeof printed === 'object' ? printed.value : printed;
}

async function run(name: Name, agent: string): Promise<string> {
  const [command, file] = programs[name];
  const { input, ended } = start(command, file, agent);
  input.end();
  return ended;
}

/** Starts an example; `ended` gives what it has printed, once it has ended without an error. */
function start(command: string, file: string, agent: string) {
  // No proxy stands between this machine and itself.
  const env = { ...process.env, NO_PROXY: '*', no_proxy: '*' };
  const child = spawn(command, [folder + file, server.url, agent], { env, stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ended = within(limit, closed, () => {
    child.kill('SIGKILL');
    return `${file} did not end within ${limit} ms\n${out}\n${err}`;
  }).then((code) => {
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out;
  });
  return { input: child.stdin, ended, interrupt: () => child.kill('SIGINT') };
}
