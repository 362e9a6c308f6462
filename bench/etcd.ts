import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { EtcdCluster } from '../test/cluster/etcd.ts';
import { etcdBinary } from '../test/harness/tools.ts';
import type { Figure } from './figure.ts';
import { quorateAt } from './http.ts';

/**
 * Rows over one etcd member: Quorate with its log there, and its peer, the same agreement written straight on etcd: each
 * agent puts its vote and watches its group until all votes of the round are in. Both with 384 connections, groups of 3.
 */
const connections = 384;

/** Votes per second of durable propose-and-wait through one Quorate server. */
export function quorateOverEtcd(seconds: number): Promise<Figure> {
  return withEtcd((endpoint) => quorateAt(`etcd://${endpoint}/bench`, seconds, connections));
}

/** Votes per second of the protocol on etcd itself. The client is a process of its own, with a channel per agent. */
export function straightOnEtcd(seconds: number): Promise<Figure> {
  return withEtcd(async (endpoint) => {
    const script = path.join(import.meta.dirname, 'etcd-agents.js');
    const args = [script, endpoint, String(seconds), String(connections)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the agents on etcd ended with ${code}`);
    return JSON.parse(out);
  });
}

async function withEtcd(measure: (endpoint: string) => Promise<Figure>): Promise<Figure> {
  const binary = etcdBinary();
  if (binary === null) throw new Error('no etcd');
  const cluster = await EtcdCluster.start({ binary, args: ['--quota-backend-bytes', '8589934592'] });
  try {
    return await measure(cluster.endpoints.join());
  } finally {
    await cluster.stop();
  }
}
