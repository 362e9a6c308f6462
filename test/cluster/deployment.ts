import { type Server, startServer } from '../harness/server.ts';
import { EtcdCluster } from './etcd.ts';

/** A deployment as one would run it: etcd members and servers, each a process of its own. */
export interface Deployment {
  readonly etcd: EtcdCluster;
  /** Replace an element when its server was started again. */
  readonly servers: Server[];
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

export async function startDeployment(binary: string, args: readonly string[] = []): Promise<Deployment> {
  const etcd = await EtcdCluster.start({ binary, members: 3 });
  const servers: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill()));
    await etcd.stop();
  };
  try {
    const starting = [0, 1, 2].map((n) =>
      startServer(['--log', etcd.url('quorate'), '--name', `server-${n + 1}`, ...args]),
    );
    const started = await Promise.allSettled(starting);
    for (const one of started) if (one.status === 'fulfilled') servers.push(one.value);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
  } catch (error) {
    await stop();
    throw error;
  }
  return { etcd, servers, urls: servers.map(({ url }) => url), stop };
}
