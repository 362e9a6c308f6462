import { describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { fill, gateway, makeRoom } from '../../../test/cluster/faults/no-space.ts';
import { etcdBinary } from '../../../test/harness/tools.ts';
import { NoSpace } from '../log.ts';
import { openEtcdLog } from './engine.ts';

const binary = etcdBinary();

describe.skipIf(!binary)('etcd log in a database that is full', () => {
  test('refuses for certain, can be opened and read, and goes on once there is room', async () => {
    const quota = 3 * 1024 * 1024;
    const cluster = await EtcdCluster.start({
      binary: binary!,
      args: ['--quota-backend-bytes', String(quota)],
    });
    try {
      const log = await openEtcdLog(cluster.url('full'));
      const post = gateway(cluster.endpoints[0] as string);
      const entry = Buffer.alloc(20 * 1024, 'x');
      for (let n = 1; n <= 6; n++) expect(await log.append(entry)).toEqual({ ok: true, index: n });
      await fill(post);
      const index = 6;
      for (let n = 0; n < 3; n++) {
        expect(await log.append(entry)).toMatchObject({ ok: false, reason: 'no-space' });
        expect(await log.head()).toBe(index);
      }
      expect(await log.status()).toMatchObject({ errors: [expect.stringContaining('NOSPACE')] });
      expect(log.space.refusal).toContain('quota');
      const small = await log.append(Buffer.from('small'));
      expect(small).toMatchObject({ ok: false, reason: 'no-space' });

      const nothing = (async function* () {
        yield [{ key: 'k', bytes: entry }];
      })();
      await expect(log.checkpoint({ index, full: true, records: nothing })).rejects.toThrow(NoSpace);

      for (const query of ['', '?barrier=true']) {
        const later = await openEtcdLog(cluster.url('full') + query);
        expect(await later.head()).toBe(index);
        let read = 0;
        for await (const { bytes } of later.entries(1, AbortSignal.timeout(10_000))) {
          expect(bytes.length).toBe(entry.length);
          read += 1;
          if (read === index) break;
        }
        expect(await later.append(Buffer.from('small'))).toMatchObject({ ok: false, reason: 'no-space' });
        await later.close();
      }

      await makeRoom(post);
      let appended = await log.append(Buffer.from('again'));
      for (let tries = 0; tries < 20 && !appended.ok; tries++)
        appended = await log.append(Buffer.from('again'));
      expect(appended).toEqual({ ok: true, index: index + 1 });
      await log.close();
    } finally {
      await cluster.stop();
    }
  });
});
