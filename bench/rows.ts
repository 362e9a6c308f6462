import { etcdBinary, pythonBinary, redisBinary, wrkBinary } from '../test/harness/tools.ts';
import type { Competitor } from './contestant.ts';
import { costAmong, costInRounds } from './core.ts';
import type { Measure } from './figure.ts';
import { echo, hotDurable, hotInMemory, manyAtOnce } from './load/hot.ts';
import { memoryOfGroups } from './memory.ts';
import { largeGroupContestants, messageContestants, messageRows } from './messages/rows.ts';
import { bareWrite } from './peers/bare-write.ts';
import { onFlask, onGunicorn } from './peers/classroom.ts';
import { quorateOverEtcd, straightOnEtcd } from './peers/etcd.ts';
import { onRedis } from './peers/redis.ts';
import { classroomOn, waitingOn } from './rounds/quorate.ts';
import { stalls } from './stall.ts';

/** How each contestant is started, and the program it needs beside Node. */
export const contestants = {
  'node-http': { start: echo, needs: wrkBinary },
  'hot-memory': { start: () => hotInMemory(), needs: wrkBinary },
  'hot-durable': { start: () => hotDurable(), needs: wrkBinary },
  'bare-write': { start: bareWrite },
  'few-6': { start: () => hotDurable({ connections: 6 }), needs: wrkBinary },
  'many-memory': { start: () => hotInMemory(manyAtOnce), needs: wrkBinary },
  'many-durable': { start: () => hotDurable(manyAtOnce), needs: wrkBinary },
  flask: { start: onFlask, needs: pythonBinary },
  gunicorn: { start: onGunicorn, needs: pythonBinary },
  'classroom-memory': { start: () => classroomOn('memory') },
  'classroom-durable': { start: () => classroomOn('durable') },
  'wait-memory': { start: () => waitingOn('memory') },
  'wait-durable': { start: () => waitingOn('durable') },
  redis: { start: onRedis, needs: redisBinary },
  etcd: { start: quorateOverEtcd, needs: () => etcdBinary() && wrkBinary() },
  'etcd-straight': { start: straightOnEtcd, needs: etcdBinary },
  stall: { start: stalls },
  memory: { start: memoryOfGroups, once: true },
  'core-3': { start: async () => costInRounds(3, 'exact') },
  'core-100000': { start: async () => costInRounds(100_000, 'exact') },
  'core-text-3': { start: async () => costInRounds(3, 'text') },
  'core-text-100000': { start: async () => costInRounds(100_000, 'text') },
  'core-tolerance-3': { start: async () => costInRounds(3, 'tolerance') },
  'core-tolerance-100000': { start: async () => costInRounds(100_000, 'tolerance') },
  'core-options-3': { start: async () => costInRounds(3, 'options') },
  'core-options-100000': { start: async () => costInRounds(100_000, 'options') },
  'core-set-3': { start: async () => costInRounds(3, 'set') },
  'core-set-100000': { start: async () => costInRounds(100_000, 'set') },
  'core-field-3': { start: async () => costInRounds(3, 'field') },
  'core-field-100000': { start: async () => costInRounds(100_000, 'field') },
  'core-10-groups': { start: async () => costAmong(10) },
  'core-1000000-groups': { start: async () => costAmong(1_000_000) },
  ...messageContestants,
  ...largeGroupContestants,
} as const satisfies Readonly<Record<string, Competitor>>;

export type Name = keyof typeof contestants;

/** A line of the table. */
export interface Row {
  /** Rows of one topic are measured together, slice by slice in turn. */
  readonly topic: string;
  readonly what: string;
  readonly ours: Name;
  readonly peer?: Name;
  readonly by: Measure;
  /** Of the ratio; without a peer, of the figure itself. */
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
}

export const rows: readonly Row[] = [
  {
    topic: 'hot',
    what: 'CPU per request, 96 connections: memory log / bare node:http echo',
    ours: 'hot-memory',
    peer: 'node-http',
    by: 'cpuUs',
    goal: { atMost: 1.25 },
  },
  {
    topic: 'hot',
    what: 'the same: durable / memory log',
    ours: 'hot-durable',
    peer: 'hot-memory',
    by: 'cpuUs',
    goal: { atMost: 1.15 },
  },
  {
    topic: 'hot',
    what: 'requests/s, 96 connections: durable / memory log',
    ours: 'hot-durable',
    peer: 'hot-memory',
    by: 'perSecond',
    goal: { atLeast: 0.95 },
  },
  {
    topic: 'hot',
    what: 'requests/s, 96 connections: memory log / bare node:http echo',
    ours: 'hot-memory',
    peer: 'node-http',
    by: 'perSecond',
    goal: { atLeast: 0.8 },
  },
  {
    topic: 'few-6',
    what: 'durable propose-and-wait, 6 connections (two rounds of three) / one bare O_DSYNC write: p50',
    ours: 'few-6',
    peer: 'bare-write',
    by: 'p50ms',
    goal: { atMost: 3 },
  },
  {
    topic: 'classroom',
    what: 'classroom, rounds/s of three polling clients: durable / the original on gunicorn',
    ours: 'classroom-durable',
    peer: 'gunicorn',
    by: 'perSecond',
    goal: { atLeast: 2 },
  },
  {
    topic: 'classroom',
    what: "classroom: durable / the original on Flask's server",
    ours: 'classroom-durable',
    peer: 'flask',
    by: 'perSecond',
  },
  {
    topic: 'classroom',
    what: 'classroom: memory log / the original on gunicorn',
    ours: 'classroom-memory',
    peer: 'gunicorn',
    by: 'perSecond',
  },
  {
    topic: 'classroom',
    what: "propose-and-wait, rounds/s of three agents: durable / the original on Flask's server",
    ours: 'wait-durable',
    peer: 'flask',
    by: 'perSecond',
    goal: { atLeast: 6 },
  },
  {
    topic: 'classroom',
    what: "propose-and-wait: memory log / the original on Flask's server",
    ours: 'wait-memory',
    peer: 'flask',
    by: 'perSecond',
  },
  {
    topic: 'classroom',
    what: 'propose-and-wait: durable / Redis, appendfsync always, a Lua script and pub/sub',
    ours: 'wait-durable',
    peer: 'redis',
    by: 'perSecond',
    goal: { atLeast: 1 },
  },
  {
    topic: 'etcd',
    what: 'votes/s over one etcd, 384 connections / one put per vote straight on one',
    ours: 'etcd',
    peer: 'etcd-straight',
    by: 'perSecond',
    goal: { atLeast: 8 },
  },
  {
    topic: 'many',
    what: 'votes/s by POST /v1/proposals, 128 a request: memory log',
    ours: 'many-memory',
    by: 'perSecond',
    goal: { atLeast: 150_000 },
  },
  {
    topic: 'many',
    what: 'the same: durable',
    ours: 'many-durable',
    by: 'perSecond',
    goal: { atLeast: 100_000 },
  },
  {
    topic: 'stall',
    what: 'longest stall by one request about the largest rounds, or a stream',
    ours: 'stall',
    by: 'stallMs',
    goal: { atMost: 50 },
  },
  {
    topic: 'memory',
    what: 'memory of a group with a closed round',
    ours: 'memory',
    by: 'bytes',
    goal: { atMost: 1024 },
  },
  ...(['', 'text-', 'tolerance-', 'options-', 'set-', 'field-'] as const).map(
    (equality): Row => ({
      topic: 'core',
      what: `CPU per vote in the core, rounds of 100,000 agents / of 3${equality === '' ? '' : `: ${equality.slice(0, -1)}`}`,
      ours: `core-${equality}100000`,
      peer: `core-${equality}3`,
      by: 'cpuUs',
      goal: { atMost: 1.25 },
    }),
  ),
  {
    topic: 'core',
    what: 'CPU per vote in the core, 1,000,000 groups / 10',
    ours: 'core-1000000-groups',
    peer: 'core-10-groups',
    by: 'cpuUs',
    goal: { atMost: 1.25 },
  },
  ...messageRows,
];
