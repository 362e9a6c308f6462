import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../../src/client/index.ts';
import { EtcdCluster, type EtcdMember } from '../etcd.ts';
import { freePorts } from '../ports.ts';
import { Node, ServerProcess } from './deployment.ts';

const liveness = 15_000;
const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' } as const;

/**
 * A cluster of its own whose log is wiped, or restored from a backup, while one of two servers stands still. The other
 * goes on over the new log and decides the same rounds otherwise, until that log is longer than the old one. When the
 * first goes on it must stop, and show nobody an outcome any more. Gives what was wrong.
 */
export async function replaceLog(how: 'wiped' | 'restored'): Promise<string[]> {
  const etcd = await EtcdCluster.start({ binary: process.env.ETCD_BIN as string });
  const [member] = etcd.members as [EtcdMember];
  const backup = `${member.files}.backup`;
  const ports = (await freePorts(2)) as [number, number];
  const log = etcd.url('replaced');
  const [paused, other] = ports.map((port) => new ServerProcess(new Node('nowhere'), port, log)) as [
    ServerProcess,
    ServerProcess,
  ];
  const vote = async ({ url }: ServerProcess, from: number, to: number, value: number): Promise<void> => {
    const group = connect({ url }).group('g');
    for (let round = from; round <= to; round += 1)
      await group.propose({ agent: 'ann', round, value, wait: '5s', deadline: liveness });
  };
  try {
    for (const server of [paused, other]) server.start();
    await Promise.all([paused.ready(), other.ready()]);
    await connect({ url: other.url }).group('g').create({ rule });
    await vote(other, 1, 5, 1);
    await stopped(member, () => cp(member.files, backup, { recursive: true }));
    await etcd.ready();
    await vote(other, 6, 20, 1);
    await connect({ url: paused.url }).group('g').round(20, { deadline: liveness });

    paused.signal('SIGSTOP');
    await other.end('SIGKILL');
    await stopped(member, async () => {
      await rm(member.files, { recursive: true });
      if (how === 'restored') await cp(backup, member.files, { recursive: true });
    });
    await etcd.ready();
    other.start();
    await other.ready();
    if (how === 'wiped') await connect({ url: other.url }).group('g').create({ rule });
    await vote(other, how === 'wiped' ? 1 : 6, 40, 2);

    paused.signal('SIGCONT');
    return await ended(paused);
  } finally {
    paused.signal('SIGCONT');
    await Promise.all([paused.end('SIGKILL'), other.end('SIGKILL')]);
    await etcd.stop();
  }
}

async function stopped(member: EtcdMember, work: () => Promise<void>): Promise<void> {
  await member.kill();
  await work();
  member.start();
}

/** What is wrong with how a server ends that follows a log which is gone. */
async function ended(server: ServerProcess): Promise<string[]> {
  const found: string[] = [];
  const end = performance.now() + liveness;
  while (server.running) {
    if (performance.now() > end)
      return [...found, `history: a server goes on over another log:\n${server.output}`];
    const shown = await fetch(`${server.url}/v1/groups/g/rounds/7`, { signal: AbortSignal.timeout(3000) })
      .then(async (response) => (response.ok ? await response.text() : null))
      .catch(() => null);
    if (shown !== null) found.push(`history: a server whose log was replaced shows ${shown}`);
    await sleep(20);
  }
  await sleep(100);
  if (!server.output.includes('ended: 70'))
    found.push(`history: the server did not end with 70:\n${server.output}`);
  return found;
}
