import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Claim } from '../../src/client/claim.ts';
import { connect } from '../../src/client/connect.ts';
import { Group } from '../../src/client/group.ts';
import { GroupAgents } from '../../src/client/group-agents.ts';
import { GroupByHand } from '../../src/client/group-by-hand.ts';
import { GroupClaims } from '../../src/client/group-claims.ts';
import { GroupMessages } from '../../src/client/group-messages.ts';
import { Member } from '../../src/client/member.ts';
import { Webhooks } from '../../src/client/webhooks.ts';
import { blocksOf } from '../e2e/blocks.ts';
import { temporaryFolder, within } from '../harness/server.ts';
import { etcdBinary, mypyBinary, type Program, pythonBinary, pythonWithPip } from '../harness/tools.ts';
import { type Deployment, startDeployment } from './deployment.ts';

const etcd = etcdBinary();
const python = pythonBinary();
const mypy = mypyBinary();
const installer = pythonWithPip();

/** Runs a program in the client's folder, or in another; what it has printed. */
async function run(
  program: Program | null,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = resolve('clients/python'),
): Promise<string> {
  const child = spawn(program?.path as string, args, {
    cwd,
    env: { ...program?.env, ...env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      text += part;
    });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const code = await within(240_000, ended, () => {
    child.kill('SIGKILL');
    return text;
  });
  expect(code, text).toBe(0);
  return text;
}

/** Its warnings are errors. */
const runPython = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
  run(python, ['-W', 'error', ...args], env);

/** The tests of the Python client, in Python, against three servers over etcd of which they freeze one and kill one. */
// Where a program is missing, its finder has said so aloud.
describe.skipIf(!etcd || !python)('clients/python', () => {
  let deployment: Deployment;
  // A second try begins with servers of its own: the first one may have killed one, or left one frozen.
  beforeEach(async () => {
    // Silence that is noticed soon; webhooks that lead nowhere.
    const args = ['--limit', 'streamHeartbeat=1000', '--webhook-allow', '127.0.0.1:9'];
    deployment = await startDeployment(etcd as string, args);
    return () => deployment.stop();
  }, 60_000);

  test('does what its README shows, and keeps what the TypeScript client keeps', {
    timeout: 300_000,
  }, async () => {
    const servers = JSON.stringify(deployment.servers.map(({ url, pid }) => [url, pid]));
    const { path, remove } = temporaryFolder();
    onTestFinished(remove);
    const history = join(path, 'history.jsonl');
    const suite = (name: string): Promise<string> =>
      runPython(['-m', 'unittest', '-v', name], { QUORATE_SERVERS: servers, QUORATE_HISTORY: history });
    const [url] = deployment.urls;
    const blocks = blocksOf('clients/python/README.md', 'python');
    const show = (): Promise<string[]> =>
      Promise.all(
        blocks.map((block) => runPython(['-c', block.replaceAll('http://127.0.0.1:5000', url as string)])),
      );
    const [shown, ...texts] = await Promise.all([
      show(),
      suite('test_quorate'),
      suite('test_stream'),
      suite('test_calls'),
      suite('test_many'),
      suite('test_more'),
    ]);
    expect(shown).toEqual([
      'pizza in round 1\n',
      'SUCCESS True\n',
      'ann: Soup?\nbob: Soup!\n',
      "['tea', 'tea', 'tea']\n",
      "1000 {'SUCCESS'}\n",
    ]);
    for (const text of texts) {
      expect(text).toMatch(/Ran [1-9][0-9] tests/);
      expect(text, 'none is passed over').not.toContain('skipped');
    }
    const checked = await run({ path: process.execPath, env: process.env }, [
      resolve('bin/quorate.js'),
      'check',
      history,
      '--json',
    ]);
    const { records, findings } = JSON.parse(checked) as { records: number; findings: unknown[] };
    expect(findings).toEqual([]);
    expect(records).toBeGreaterThan(30);
  });
});

/** What Python calls otherwise, since the plain word is taken or says too little there. */
const renamed: Readonly<Record<string, string>> = {
  as: 'as_',
  open: 'open_round',
  close: 'close_round',
  // The lease and the claim are asked, not listened to.
  signal: 'lost',
};

test.skipIf(!python)('the Python client has every call of the SDK', async () => {
  const names = (...prototypes: object[]): string[] =>
    prototypes
      .flatMap((prototype) => Object.getOwnPropertyNames(prototype))
      .filter((name) => !['constructor', 'send', 'secretFor'].includes(name));
  const sdk = {
    Client: Object.keys(connect({ url: 'http://a' })),
    Group: names(
      ...[Group, GroupMessages, GroupClaims, GroupByHand, GroupAgents].map((kind) => kind.prototype),
    ),
    Webhooks: names(Webhooks.prototype),
    Claim: names(Claim.prototype),
    Member: names(Member.prototype),
  };
  const code = `import json, quorate; print(json.dumps({kind: dir(getattr(quorate, kind)) + [] for kind in ${JSON.stringify(Object.keys(sdk))}}))`;
  const there = JSON.parse(await runPython(['-c', code])) as Record<string, readonly string[]>;
  for (const [kind, own] of Object.entries(sdk)) {
    const snake = own.map(
      (name) => renamed[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    // A member of Python's has its token as a plain field.
    expect(there[kind], kind).toEqual(expect.arrayContaining(snake.filter((name) => name !== 'token')));
  }
});

test.skipIf(!mypy)('the types of the Python client are right', async () => {
  expect(await run(mypy, ['--cache-dir', '/dev/null', 'quorate.py'])).toContain('Success');
});

test.skipIf(!mypy || !installer)('an installed copy has types too', async () => {
  const { path, remove } = temporaryFolder();
  onTestFinished(remove);
  // A copy, since pip builds in the folder it is given.
  const source = join(path, 'source');
  mkdirSync(source);
  for (const name of ['pyproject.toml', 'setup.py', 'quorate.py', 'README.md'])
    cpSync(join('clients/python', name), join(source, name));
  await run(installer, ['-m', 'venv', '--without-pip', join(path, 'venv')]);
  const inside = join(path, 'venv/bin/python');
  const asked = ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"), end="")'];
  const packages = await run({ path: inside, env: process.env }, asked);
  const offline = ['--no-build-isolation', '--no-index', '--no-deps', '--quiet'];
  await run(installer, ['-m', 'pip', 'install', ...offline, '--target', packages, source]);
  const program = join(path, 'program.py');
  writeFileSync(
    program,
    'from quorate import connect\n\nreveal_type(connect("http://a").group("g").round())\n',
  );
  const types = ['--cache-dir', '/dev/null', '--strict', '--python-executable', inside, program];
  expect(await run(mypy, types, {}, path)).toMatch(/Revealed type is "TypedDict\('quorate\.Round'/);
});
