import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type Server, startServer } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';
import { fill, gateway, makeRoom } from './faults/no-space.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('an etcd without space', () => {
  test.each(['', '?barrier=true'])(
    'lets a server start and read, and write once there is room: %s',
    async (query) => {
      const args = ['--quota-backend-bytes', String(4 * 1024 * 1024)];
      const etcd = await EtcdCluster.start({ binary: binary as string, args });
      const servers: Server[] = [];
      try {
        servers.push(await startServer(['--log', etcd.url('full')]));
        const before = connect({ url: servers[0]?.url as string });
        const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' } as const;
        await before.group('g').create({ rule });
        await before.group('g').propose({ agent: 'ann', round: 1, value: 7, wait: '5s' });
        // The start would make it, if it could.
        await before.group('default').delete();
        const post = gateway(etcd.endpoints[0] as string);
        await fill(post);

        servers.push(await startServer(['--log', etcd.url('full') + query]));
        const url = servers[1]?.url as string;
        expect((await fetch(`${url}/readyz`)).status).toBe(200);
        const group = connect({ url, retryFor: '1s' }).group('g');
        expect(await group.round(1)).toMatchObject({ state: 'SUCCESS', value: 7 });
        const vote = { agent: 'ann', round: 2, value: 8, wait: '5s' } as const;
        await expect(group.propose(vote)).rejects.toMatchObject({
          code: 'no-space',
          outcome: 'not-executed',
        });

        await makeRoom(post);
        await expect.poll(() => group.propose(vote), { timeout: 15_000 }).toMatchObject({ state: 'SUCCESS' });
      } finally {
        for (const server of servers) await server.kill();
        await etcd.stop();
      }
    },
  );
});
