import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type QuorateError } from '../../../src/client/index.ts';
import { EtcdCluster } from '../etcd.ts';
import { freePorts } from '../ports.ts';
import { Node, ServerProcess } from './deployment.ts';

const quota = 4 * 1024 * 1024;
const liveness = 15_000;

/**
 * A cluster of its own whose database fills up while an agent votes. What it is told then must be honest, and when
 * there is room again everything goes on. Gives what was wrong.
 */
export async function fillUp(): Promise<string[]> {
  const etcd = await EtcdCluster.start({
    binary: process.env.ETCD_BIN as string,
    args: ['--quota-backend-bytes', String(quota)],
  });
  const [port] = await freePorts(1);
  const server = new ServerProcess(new Node('nowhere'), port as number, etcd.url('full'));
  const found: string[] = [];
  try {
    server.start();
    await server.ready();
    const group = connect({ url: server.url, retryFor: '3s' }).group('full');
    await group.create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    const acknowledged: number[] = [];
    let round = 1;
    const vote = async (): Promise<QuorateError | null> => {
      try {
        await group.propose({ agent: 'ann', round, value: round, wait: '5s', deadline: 10_000 });
        acknowledged.push(round);
        round += 1;
        return null;
      } catch (error) {
        return error as QuorateError;
      }
    };
    await vote();
    const post = gateway(etcd.endpoints[0] as string);
    await fill(post);
    const refused = await vote();
    if (refused === null) found.push('no-space: a vote was taken although the database is full');
    else if (refused.code !== 'no-space' || refused.outcome !== 'not-executed')
      found.push(`no-space: answered ${refused.code}, outcome ${refused.outcome}`);
    if ((await group.round(1)).value !== 1) found.push('no-space: reads do not go on');
    await makeRoom(post);
    const end = performance.now() + liveness;
    while ((await vote()) !== null) {
      if (performance.now() > end)
        return [...found, `liveness: no vote within ${liveness} ms of making room`];
      await sleep(100);
    }
    const values = (await group.rounds({ limit: 1000 })).map(({ value }) => value);
    for (const kept of acknowledged)
      if (!values.includes(kept)) found.push(`durability: the database was full and round ${kept} is lost`);
    return found;
  } finally {
    await server.end('SIGKILL');
    await etcd.stop();
  }
}

type Post = (path: string, body: object) => Promise<{ [name: string]: unknown }>;

/** etcd's own JSON gateway, as an operator would use etcdctl. */
export function gateway(endpoint: string): Post {
  return async (path, body) => {
    const options = { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) };
    return (await (await fetch(`http://${endpoint}/v3/${path}`, options)).json()) as {
      [name: string]: unknown;
    };
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Writes until the database is full. */
export async function fill(post: Post): Promise<void> {
  for (let n = 0; n < 200; n += 1) {
    const reply = await post('kv/put', { key: base64(`ballast/${n}`), value: base64('x'.repeat(200_000)) });
    if (JSON.stringify(reply).includes('database space exceeded')) return;
  }
  throw new Error('the database did not fill up');
}

/** The runbook of docs/cluster.md: remove, compact, defragment, disarm. */
export async function makeRoom(post: Post): Promise<void> {
  await post('kv/deleterange', { key: base64('ballast/'), range_end: base64('ballast0') });
  const { header } = (await post('kv/range', { key: base64('x') })) as { header: { revision: string } };
  await post('kv/compaction', { revision: header.revision, physical: true });
  await post('maintenance/defragment', {});
  const { alarms = [] } = (await post('maintenance/alarm', { action: 'GET' })) as { alarms?: object[] };
  for (const alarm of alarms) await post('maintenance/alarm', { action: 'DEACTIVATE', ...alarm });
}
