import { setTimeout as sleep } from 'node:timers/promises';
import { startDeployment } from '../cluster/deployment.ts';
import type { EtcdMember } from '../cluster/etcd.ts';
import { type Server, startServer, temporaryFolder } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import type { Below } from './director.ts';
import type { Plan } from './plan.ts';

/** Servers for many runs, and what may be killed of them. */
export interface Servers {
  urls(): readonly string[];
  /** Kills what the plan says; resolves then. */
  strike(plan: Plan): Promise<Below>;
  stop(): Promise<void>;
}

/** One server on plain files. */
export async function onFiles(): Promise<Servers> {
  const folder = temporaryFolder();
  let server = await startServer(['--data', folder.path]);
  return {
    urls: () => [server.url],
    async strike({ place }) {
      if (place === 'file') return { back: Promise.resolve() };
      await server.kill();
      const start = async (): Promise<void> => {
        server = await again(server);
      };
      return { back: start() };
    },
    async stop() {
      await server.kill();
      folder.remove();
    },
  };
}

/** Three servers over three members of etcd. */
export async function onEtcd(): Promise<Servers> {
  const binary = etcdBinary();
  if (binary === null) throw new Error('no etcd: run "node scripts/test-tools.js" or set ETCD_BIN');
  const { etcd, servers, stop } = await startDeployment(binary);
  return {
    urls: () => servers.map(({ url }) => url),
    async strike({ place, random }) {
      const number = Math.floor(random() * 3);
      const downMs = random() * 1500;
      const server = servers[number] as Server;
      const member = random() < 0.5 ? await etcd.leader() : (etcd.members[number] as EtcdMember);
      const killed = place === 'etcd+server' ? server : member;
      await killed.kill();
      const start = async (): Promise<void> => {
        await sleep(downMs);
        if (killed === server) servers[number] = await again(server);
        else member.start();
        await etcd.ready();
      };
      return { back: start() };
    },
    stop,
  };
}

/** The server started again; on a busy machine it may take a second try. */
function again(server: Server): Promise<Server> {
  return server.again().catch(() => server.again());
}
