import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { root } from './blocks.ts';
import { canRun } from './shell.ts';
import { follow, stepsOf } from './steps.ts';

/** The commands of each example's README, in order and in one shell, and what they print. */

const examples = ['classroom', 'panel', 'release-gate', 'replicas'];
const limit = 240_000;
const etcd = etcdBinary();

let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
});
afterAll(() => server?.kill());

test.runIf(canRun('the worked examples', ['python3', 'curl'])).each(examples)(
  'examples/%s',
  { timeout: limit + 20_000 },
  async (example) => {
    const { path, remove } = temporaryFolder();
    const env = {
      QUORATE_URL: server.url,
      HOME: path,
      TMPDIR: path,
      BROWSER: 'none',
      ETCD_BIN: etcd ?? '',
      PYTHONDONTWRITEBYTECODE: '1',
      NO_PROXY: '*',
      no_proxy: '*',
    };
    // Where there is no etcd, etcdBinary has said so aloud.
    const steps = stepsOf(`examples/${example}/README.md`).filter(
      ({ commands }) => etcd !== null || !commands.includes('fire.py cluster'),
    );
    expect(steps.length).toBeGreaterThan(1);
    await follow(steps, { folder: root, env, limit }).finally(remove);
  },
);
