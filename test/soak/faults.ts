import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdMember } from '../cluster/etcd.ts';
import { pick } from '../harness/random.ts';
import type { Lane, Target } from './lane.ts';

/** What is done to a lane and undone again. Random choices come from `random` alone. */
export type Fault = (lane: Lane, random: () => number) => Promise<void>;

/** How long a process stands still, ms: shorter than a lease of the load that must hold. */
const frozen = (random: () => number): number => 500 + random() * 5500;
const down = (random: () => number): number => 200 + random() * 1800;

/** What any server bears without losing its memory. */
const gentle = {
  freeze: async ({ targets }, random) => {
    const { server } = pick(random, targets);
    process.kill(server.pid, 'SIGSTOP');
    await sleep(frozen(random));
    process.kill(server.pid, 'SIGCONT');
  },
  cut: async ({ targets }, random) => pick(random, targets).proxy.cut(),
  'lose-replies': async ({ targets }, random) => {
    const { proxy } = pick(random, targets);
    proxy.hold({ replies: true });
    await sleep(200 + random() * 1500);
    // What was held back is lost with the connections.
    proxy.cut();
    proxy.restore();
  },
} satisfies Readonly<Record<string, Fault>>;

/** All but the first of several, whose memory is judged. */
function mortal({ targets }: Lane, random: () => number): Target {
  return pick(random, targets.length > 1 ? targets.slice(1) : targets);
}

const deadly = {
  'kill-server': (lane, random) => mortal(lane, random).restart('kill', down(random)),
  'drain-server': (lane, random) => mortal(lane, random).restart('stop', down(random)),
} satisfies Readonly<Record<string, Fault>>;

const below = {
  'kill-member': async ({ etcd }, random) => {
    const member = pick(random, etcd?.members as readonly EtcdMember[]);
    await member.kill();
    await sleep(down(random));
    member.start();
    await etcd?.ready(60_000);
  },
  'freeze-member': async ({ etcd }, random) => {
    const member = pick(random, etcd?.members as readonly EtcdMember[]);
    member.pause();
    await sleep(frozen(random));
    member.resume();
    await etcd?.ready(60_000);
  },
} satisfies Readonly<Record<string, Fault>>;

export const faultsOf = {
  steady: gentle,
  killed: { ...gentle, ...deadly },
  etcd: { ...gentle, ...deadly, ...below },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Fault>>>>;
