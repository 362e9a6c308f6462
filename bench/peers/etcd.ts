import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { EtcdCluster } from '../../test/cluster/etcd.ts';
import { etcdBinary } from '../../test/harness/tools.ts';
import type { Contestant } from '../contestant.ts';
import { hot } from '../load/hot.ts';
import { cpuUs, withCpu } from '../servers/cpu.ts';

/**
 * Over one etcd member: Quorate with its log there, and its peer, the same agreement written straight on etcd: each
 * agent puts its vote and watches its group until all votes of the round are in. Both with 384 connections, groups of 3.
 */
const connections = 384;

/** Votes per second of durable propose-and-wait through one Quorate server. */
export async function quorateOverEtcd(): Promise<Contestant> {
  const etcd = await startEtcd();
  const contestant = await hot(`${etcd.endpoint}/bench`, { connections }, [etcd]);
  return {
    ...contestant,
    async stop() {
      await contestant.stop();
      await etcd.stop();
    },
  };
}

/** Votes per second of the protocol on etcd itself. The client is a process of its own, with a channel per agent. */
export async function straightOnEtcd(): Promise<Contestant> {
  const etcd = await startEtcd();
  const script = path.join(import.meta.dirname, 'etcd-agents.js');
  const slice = async (seconds: number) => {
    const args = [script, etcd.endpoint, String(seconds), String(connections)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    await once(child, 'message');
    return withCpu([etcd], async () => {
      const [{ figure, requests }] = await once(child, 'message');
      await once(child, 'close');
      return { figure, requests };
    });
  };
  return { slice, stop: etcd.stop };
}

async function startEtcd() {
  const binary = etcdBinary();
  if (binary === null) throw new Error('no etcd');
  const cluster = await EtcdCluster.start({ binary, args: ['--quota-backend-bytes', '8589934592'] });
  const pid = cluster.members[0]?.pid ?? 0;
  return {
    endpoint: `etcd://${cluster.endpoints.join()}`,
    cpuUs: () => cpuUs(pid),
    stop: () => cluster.stop(),
  };
}
