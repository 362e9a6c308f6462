import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blocksOf } from '../e2e/blocks.ts';
import { within } from '../harness/server.ts';
import { etcdBinary, pythonBinary } from '../harness/tools.ts';
import { type Deployment, startDeployment } from './deployment.ts';

const etcd = etcdBinary();
const python = pythonBinary();

/** The tests of the Python client, in Python, against three servers over etcd of which they freeze one and kill one. */
// Where a program is missing, its finder has said so aloud.
describe.skipIf(!etcd || !python)('clients/python', () => {
  let deployment: Deployment;
  // For each try: one that failed may have left a server killed.
  beforeEach(async () => {
    deployment = await startDeployment(etcd as string);
  }, 60_000);
  afterEach(() => deployment?.stop());

  /** Runs Python in the client's folder; what it has printed. Its warnings are errors. */
  async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = spawn(python?.path as string, ['-W', 'error', ...args], {
      cwd: resolve('clients/python'),
      env: { ...python?.env, ...env, PYTHONDONTWRITEBYTECODE: '1' },
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

  test('does what its README shows', { timeout: 300_000 }, async () => {
    const [url] = deployment.urls;
    const shown: string[] = [];
    for (const block of blocksOf('clients/python/README.md', 'python'))
      shown.push(await run(['-c', block.replaceAll('http://127.0.0.1:5000', url as string)]));
    expect(shown).toEqual(['pizza in round 1\n', 'SUCCESS True\n', "['tea', 'tea', 'tea']\n"]);
  });

  test('keeps what the TypeScript client keeps', { timeout: 300_000 }, async () => {
    const servers = JSON.stringify(deployment.servers.map(({ url, pid }) => [url, pid]));
    const text = await run(['-m', 'unittest', '-v', 'test_quorate'], { QUORATE_SERVERS: servers });
    expect(text).toMatch(/Ran 2[0-9] tests/);
    expect(text, 'none is passed over').not.toContain('skipped');
  });
});
