import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { runner, within } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';

const binary = etcdBinary();
const episodes = Number(process.env.EPISODES ?? 3);
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6));
const limit = 60_000 + episodes * 40_000;

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a cluster under faults', () => {
  test(
    `${episodes} episodes, SEED=${seed} EPISODES=${episodes} npx vitest run test/cluster/faults.test.ts`,
    async () => {
      const args = [
        runner,
        'test/cluster/faults.ts',
        '--episodes',
        String(episodes),
        '--seed',
        String(seed),
        '--json',
      ];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      let [out, err] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const code = await within(limit, ended, () => {
        child.kill('SIGTERM');
        return `not done within ${limit} ms\n${err}`;
      });
      expect({ code, err }).toMatchObject({ code: 0 });
      const result = JSON.parse(out.trimEnd().split('\n').at(-1) as string);
      expect(result).toMatchObject({ episodes, violations: 0 });
      console.log(`${result.operations} operations, worst stall ${result.worstStallMs} ms`, result.faults);
    },
    limit + 10_000,
  );
});
