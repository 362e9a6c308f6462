import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { quorate, startQuorate, temporaryFolder, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('quorate demo --cluster', () => {
  test('kills a server and the leader of etcd; rounds go on and nothing is lost', async () => {
    const { code, stdout, stderr } = await quorate(['demo', '--cluster', '--json'], 75_000);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string);
    expect(last).toMatchObject({ state: 'SUCCESS', lost: 0, violations: 0 });
    expect(last.rounds).toBeGreaterThan(10);
    expect(last.killed).toHaveLength(2);
    expect(last.longestStallMs).toBeGreaterThan(0);
  });

  test('leaves no process and no file behind when it is interrupted', async () => {
    // A folder of its own: other tests have demos, too.
    const { path, remove } = temporaryFolder();
    const demo = startQuorate(['demo', '--cluster'], 100_000, { TMPDIR: path });
    await until(30_000, () => (/kill -9/.test(demo.stdout()) ? true : undefined));
    const endpoints = demo.stdout().match(/127\.0\.0\.1:[0-9]+/g) ?? [];
    expect(endpoints.length).toBeGreaterThanOrEqual(6);
    demo.signal('SIGINT');
    expect((await demo.done).code).toBe(130);
    expect(readdirSync(path)).toEqual([]);
    remove();
    for (const endpoint of endpoints)
      await expect(fetch(`http://${endpoint}/`), `${endpoint} still answers`).rejects.toThrow();
  });

  test('says how to get etcd where there is none', async () => {
    const { ETCD_BIN } = process.env;
    process.env.ETCD_BIN = '/nowhere/etcd';
    try {
      const { code, stderr } = await quorate(['demo', '--cluster']);
      expect(code).toBe(69);
      expect(stderr).toMatch(/apt-get install etcd-server/);
    } finally {
      if (ETCD_BIN === undefined) delete process.env.ETCD_BIN;
      else process.env.ETCD_BIN = ETCD_BIN;
    }
  });
});
