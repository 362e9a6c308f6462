import { describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { etcdBinary } from '../../../test/tools.ts';
import { openEtcdLog } from './engine.ts';

const binary = etcdBinary();

describe.skipIf(!binary)('etcd log in a database that is full', () => {
  test('refuses for certain, still reads, and goes on once there is room', async () => {
    const quota = 3 * 1024 * 1024;
    const cluster = await EtcdCluster.start({
      binary: binary!,
      args: ['--quota-backend-bytes', String(quota)],
    });
    try {
      const log = await openEtcdLog(cluster.url('full'));
      const entry = Buffer.alloc(200 * 1024, 'x');
      let index = 0;
      let refusals = 0;
      for (let n = 0; n < 300 && refusals < 3; n++) {
        const appended = await log.append(entry);
        if (appended.ok) expect(appended.index).toBe(++index);
        else {
          expect(appended.reason).toBe('no-space');
          refusals++;
        }
        expect(await log.head()).toBe(index);
      }
      expect(refusals).toBe(3);
      expect(index).toBeGreaterThan(5);
      expect(await log.status()).toMatchObject({ noSpace: true });
      const small = await log.append(Buffer.from('small'));
      expect(small).toMatchObject({ ok: false, reason: 'no-space' });

      // What an operator does: compact, defragment, disarm. Here the entries are dropped by hand.
      const post = (path: string, body: object) =>
        fetch(`http://${cluster.endpoints[0]}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
      const base64 = (text: string) => Buffer.from(text).toString('base64');
      await post('kv/deleterange', { key: base64('/full/log/0'), range_end: base64('/full/log/g') });
      const range = (await (await post('kv/range', { key: base64('x') })).json()) as {
        header: { revision: string };
      };
      await post('kv/compaction', { revision: range.header.revision, physical: true });
      await post('maintenance/defragment', {});
      const { alarms } = (await (await post('maintenance/alarm', { action: 'GET' })).json()) as {
        alarms: { memberID: string; alarm: string }[];
      };
      for (const alarm of alarms) await post('maintenance/alarm', { action: 'DEACTIVATE', ...alarm });
      let appended = await log.append(Buffer.from('again'));
      for (let tries = 0; tries < 20 && !appended.ok; tries++)
        appended = await log.append(Buffer.from('again'));
      // The head was kept (its key is not under the writers), so counting goes on.
      expect(appended).toEqual({ ok: true, index: index + 1 });
      await log.close();
    } finally {
      await cluster.stop();
    }
  });
});
