import { describe, expect, test } from 'vitest';
import { openEtcdLog } from '../../src/log/etcd/engine.ts';
import { LogFailure } from '../../src/log/log.ts';
import { etcdBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a history that was given a new name, as after a restore', () => {
  test('keeps its entries and counts on; a server that was not stopped halts', async () => {
    const etcd = await EtcdCluster.start({ binary: binary as string });
    try {
      const before = await openEtcdLog(etcd.url('renamed'));
      for (let n = 1; n <= 3; n += 1)
        expect(await before.append(Buffer.from(`${n}`))).toMatchObject({ index: n });
      await fetch(`http://${etcd.endpoints[0]}/v3/kv/deleterange`, {
        method: 'POST',
        body: JSON.stringify({ key: Buffer.from('/renamed/meta').toString('base64') }),
      });
      const after = await openEtcdLog(etcd.url('renamed'));
      expect(after.info.id).not.toBe(before.info.id);
      expect(await after.append(Buffer.from('4'))).toMatchObject({ ok: true, index: 4 });
      const found: string[] = [];
      for await (const { bytes } of after.entries(1, AbortSignal.timeout(5000)))
        if (found.push(Buffer.from(bytes).toString()) === 4) break;
      expect(found).toEqual(['1', '2', '3', '4']);
      await expect(before.append(Buffer.from('5'))).rejects.toBeInstanceOf(LogFailure);
      await Promise.all([before.close(), after.close()]);
    } finally {
      await etcd.stop();
    }
  });
});
