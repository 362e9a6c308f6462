import { generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Got, Receiver } from '../harness/receiver.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';

const binary = etcdBinary();

/** Three servers on one etcd, each with a key of its own: the signatures say which of them has sent a message. */
// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('webhooks of a cluster', () => {
  test('are sent by one server; when it is killed before it can say so, another sends again under the same id [Q11.5] [Q11.7]', {
    timeout: 120_000,
  }, async () => {
    const folder = temporaryFolder();
    const receiver = await Receiver.start();
    const etcd = await EtcdCluster.start({ binary: binary as string });
    const keys = [0, 1, 2].map(() => generateKeyPairSync('ed25519'));
    const servers: Server[] = [];
    try {
      for (const [i, { privateKey }] of keys.entries()) {
        const file = join(folder.path, `key-${i}`);
        writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
        const to = ['--webhook-allow', receiver.host, '--webhook-key', file];
        servers.push(await startServer(['--log', etcd.url('webhooks'), '--name', `server-${i}`, ...to]));
      }
      const group = connect({ urls: servers.map(({ url }) => url) }).group('lunch');
      await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
      const held = 4;
      const url = receiver.at('/hook', (response, _got, nth) => void (nth !== held && response.end()));
      await group.webhooks.put('hook', { url });
      for (let round = 1; round <= held; round += 1) {
        await group.propose({ agent: 'ann', round, value: round, wait: '10s' });
        await expect.poll(() => receiver.got.length, { timeout: 30_000 }).toBe(round);
      }
      const senderOf = (got: Got): number => keys.findIndex(({ publicKey }) => isSignedBy(got, publicKey));
      const last = receiver.got[held - 1] as Got;
      const sender = senderOf(last);
      expect(sender).toBeGreaterThanOrEqual(0);
      // Of three servers, each of which has seen all this, one has sent each.
      expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(held);

      await servers[sender]?.kill();
      await group.propose({ agent: 'ann', round: held + 1, value: 'next', wait: '20s' });
      await expect
        .poll(() => group.webhooks.show('hook'), { timeout: 60_000 })
        .toMatchObject({ pending: 0, failed: 0, delivered: held + 1 });
      const [again, next] = receiver.got.slice(held) as [Got, Got];
      expect(again).toMatchObject({ id: last.id, body: last.body });
      expect(senderOf(again)).not.toBe(sender);
      expect(JSON.parse(next.body)).toMatchObject({ data: { round: held + 1 } });
    } finally {
      await Promise.all(servers.map((server) => server.kill()));
      await etcd.stop();
      receiver.stop();
      folder.remove();
    }
  });
});

function isSignedBy({ headers, id, body }: Got, publicKey: Parameters<typeof verify>[2]): boolean {
  const signature = /v1a,(\S+)/.exec(String(headers['webhook-signature']))?.[1] ?? '';
  const text = `${id}.${headers['webhook-timestamp']}.${body}`;
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
}
