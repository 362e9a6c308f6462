import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdClient } from '../../../src/log/etcd/client.ts';
import { methods } from '../../../src/log/etcd/messages.ts';
import { parseEtcdUrl } from '../../../src/log/etcd/options.ts';
import { pick } from '../../harness/random.ts';
import { type Deployment, faketime, hasNetwork, type ServerProcess } from './deployment.ts';

/** What is done to a running deployment, and how it is undone. */
export interface Fault {
  /** Whether it can be done on this machine. */
  readonly possible: boolean;
  /** Whether a majority of etcd goes on, so that agents must not stall for long. */
  readonly majority: boolean;
  /** Does it, keeps it up for a while, undoes it. Random choices come from `random` alone. */
  run(deployment: Deployment, random: () => number): Promise<void>;
}

const any = { possible: true, majority: true };
const net = { possible: hasNetwork, majority: true };

export const faults: Readonly<Record<string, Fault>> = {
  'kill-server': {
    ...any,
    run: async ({ servers }, random) => {
      const server = pick(random, servers);
      await server.end('SIGKILL');
      await sleep(500 + random() * 2000);
      await again(server);
    },
  },
  'kill-member': {
    ...any,
    run: async ({ etcd }, random) => {
      const member = pick(random, etcd.members);
      await member.kill();
      await sleep(500 + random() * 2000);
      member.start();
      await etcd.ready();
    },
  },
  'kill-leader': {
    ...any,
    run: async ({ etcd }, random) => {
      const leader = await etcd.leader();
      await leader.kill();
      await sleep(1500 + random() * 1500);
      leader.start();
      await etcd.ready();
    },
  },
  'pause-server': {
    ...any,
    run: async ({ servers }, random) => {
      const server = pick(random, servers);
      server.signal('SIGSTOP');
      await sleep(300 + random() * 7700);
      server.signal('SIGCONT');
    },
  },
  'pause-member': {
    ...any,
    run: async ({ etcd }, random) => {
      const member = pick(random, etcd.members);
      member.pause();
      await sleep(300 + random() * 7700);
      member.resume();
    },
  },
  'pause-leader': {
    ...any,
    run: async ({ etcd }, random) => {
      const leader = await etcd.leader();
      leader.pause();
      await sleep(300 + random() * 7700);
      leader.resume();
    },
  },
  'rolling-restart': {
    ...any,
    run: async ({ servers }) => {
      for (const server of servers) {
        const code = await server.end('SIGTERM');
        if (code !== 0) throw new Error(`a server that drained ended with ${code}:\n${server.output}`);
        await again(server);
      }
    },
  },
  'compact-behind': {
    ...any,
    run: async ({ etcd, servers }, random) => {
      const server = pick(random, servers);
      server.signal('SIGSTOP');
      await sleep(1000);
      const client = new EtcdClient(parseEtcdUrl(etcd.url('faults')));
      try {
        const { header } = await client.repeat(methods.range, { key: new Uint8Array([1]) });
        await client.repeat(methods.compact, { revision: header.revision });
      } finally {
        client.close();
      }
      await sleep(500);
      server.signal('SIGCONT');
    },
  },
  'lose-majority': {
    ...any,
    majority: false,
    run: async ({ etcd }, random) => {
      const [first, second] = etcd.members;
      await Promise.all([first?.kill(), second?.kill()]);
      await sleep(2000 + random() * 2000);
      first?.start();
      second?.start();
      await etcd.ready();
    },
  },
  'clock-hour-off': {
    possible: faketime !== null,
    majority: true,
    run: async ({ servers }, random) => {
      const server = pick(random, servers);
      const FAKETIME = pick(random, ['+1h', '-1h']);
      await server.end('SIGKILL');
      await again(server, { LD_PRELOAD: faketime ?? '', FAKETIME, FAKETIME_DONT_FAKE_MONOTONIC: '1' });
      await sleep(3000);
      await server.end('SIGKILL');
      await again(server);
    },
  },
  'isolate-leader': {
    ...net,
    run: (deployment, random) => spoilLeader(deployment, random, (node) => node.isolate()),
  },
  'isolate-member': {
    ...net,
    run: async ({ memberNodes }, random) => {
      const node = pick(random, memberNodes);
      node.isolate();
      await sleep(2000 + random() * 3000);
      node.heal();
    },
  },
  'isolate-server': {
    ...net,
    run: async ({ servers }, random) => {
      const { node } = pick(random, servers);
      node.isolate();
      await sleep(2000 + random() * 3000);
      node.heal();
    },
  },
  'isolate-server-from-etcd': {
    ...net,
    run: async ({ servers, memberNodes }, random) => {
      const { node } = pick(random, servers);
      node.isolate(memberNodes);
      await sleep(3000 + random() * 3000);
      node.heal();
    },
  },
  'one-way-leader': {
    ...net,
    run: (deployment, random) => spoilLeader(deployment, random, (node) => node.deafen()),
  },
  'one-way-server': {
    ...net,
    run: async ({ servers, memberNodes }, random) => {
      const { node } = pick(random, servers);
      node.deafen(memberNodes);
      await sleep(2000 + random() * 3000);
      node.heal();
    },
  },
  'lossy-member': {
    ...net,
    run: async ({ memberNodes }, random) => {
      const node = pick(random, memberNodes);
      node.lose(30);
      await sleep(4000);
      node.heal();
    },
  },
  'lossy-server': {
    ...net,
    run: async ({ servers }, random) => {
      const { node } = pick(random, servers);
      node.lose(30);
      await sleep(4000);
      node.heal();
    },
  },
  'cut-sockets': {
    ...net,
    run: async ({ servers, memberNodes }, random) => {
      for (let cut = 0; cut < 5; cut += 1) {
        pick(random, [...memberNodes, ...servers.map(({ node }) => node)]).cut();
        await sleep(200 + random() * 500);
      }
    },
  },
};

async function spoilLeader(
  { etcd, memberNodes }: Deployment,
  random: () => number,
  spoil: (node: Deployment['memberNodes'][number]) => void,
): Promise<void> {
  const leader = await etcd.leader();
  const node = memberNodes[etcd.members.indexOf(leader)];
  if (node === undefined) throw new Error('the leader is nowhere');
  spoil(node);
  await sleep(2500 + random() * 2500);
  node.heal();
}

async function again(server: ServerProcess, env: Readonly<Record<string, string>> = {}): Promise<void> {
  server.start(env);
  await server.ready();
}
