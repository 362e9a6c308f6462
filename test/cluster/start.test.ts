import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quorate, startServer } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { CallProxy } from './call-proxy.ts';
import { EtcdCluster } from './etcd.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)(
  'a server whose etcd ceases to answer in the middle of its start ends with 69',
  () => {
    let etcd: EtcdCluster;
    beforeAll(async () => {
      etcd = await EtcdCluster.start({ binary: binary as string });
      // There is a log, with a checkpoint of its own to come back to.
      const server = await startServer(['--log', etcd.url('start'), '--limit', 'checkpointEntries=1']);
      await server.stop();
    });
    afterAll(() => etcd?.stop());

    test.each([
      ['its identity', 'Range', 0],
      ['the servers that are there', 'Range', 1],
      ['the head, to open it', 'Txn', 0],
      ['the head, to compare', 'Txn', 1],
      ['the checkpoint', 'Txn', 2],
    ])('before it has read %s', async (_, method, after) => {
      const proxy = await CallProxy.start(etcd.endpoints[0] as string);
      proxy.hold(`/etcdserverpb.KV/${method}`, after);
      try {
        const log = `etcd://${proxy.address}/start?timeout=300ms&giveUpAfter=600ms`;
        const run = await quorate(['server', '--port', '0', '--log', log], 20_000);
        expect(run).toMatchObject({ code: 69 });
        expect(run.stderr).toContain(`etcd at ${proxy.address}`);
        expect(run.stderr).not.toMatch(/^ +at /m);
      } finally {
        await proxy.close();
      }
    });
  },
);
