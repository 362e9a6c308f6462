import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyState } from '../../src/core/group/state.ts';
import { openFileLog } from '../../src/log/file/engine.ts';
import type { Log } from '../../src/log/log.ts';
import { realSurroundings } from '../../src/replica/clock.ts';
import { Replica, type ReplicaOptions } from '../../src/replica/replica.ts';
import { applyAll, fill, join, propose, put, vote } from './fill.ts';
import { underLoad } from './load.ts';
import { countingDisk, cpu, inMegabytes, megabytes, memory, since } from './measure.ts';

/** What main.ts tells a process to do, as JSON in its one argument. */
export interface Order {
  readonly step: StepName;
  /** Of the log. */
  readonly dir: string;
  readonly groups: number;
  readonly proposals: number;
}

export type StepName = keyof typeof steps;

const steps = { idle, fillReplay, replay, fillGroups, change, checkpoint, restart, fillLarge };
const order: Order = JSON.parse(process.argv[2] ?? '');
process.send?.(await steps[order.step](order));

/** Memory of a group: with its first round open and empty; three proposals later. */
async function idle({ groups }: Order) {
  const state = emptyState();
  const before = memory();
  applyAll(state, groups, (i) => put(`group-${i}`));
  const bytesPerGroup = Math.round((memory() - before) / groups);
  applyAll(state, 3 * groups, vote);
  return { groups, bytesPerGroup, withClosedRound: Math.round((memory() - before) / groups) };
}

async function fillReplay({ dir, proposals }: Order) {
  return filled(dir, async (log) => {
    const groups = 1000;
    await fill(log, groups, (i) => put(`group-${i}`));
    await fill(log, proposals, (i) => propose(`group-${i % groups}`, (i % 7) % 3));
  });
}

/** From opening the log to having applied all of it. */
async function replay({ dir, proposals }: Order) {
  const { replica, ms, cpuMs } = await restarted(dir);
  await replica.stop();
  return { proposals, entries: replica.state.index, ms, cpuMs };
}

async function fillGroups({ dir, groups }: Order) {
  return filled(dir, async (log) => {
    await fill(log, groups, (i) => put(`group-${i}`));
    await fill(log, 3 * groups, vote);
  });
}

/** One more proposal in every group, so that the next checkpoint replaces the record of each. */
async function change({ dir, groups }: Order) {
  return filled(dir, (log) => fill(log, groups, (i) => propose(`group-${i}`, 1)));
}

/** One group of 100,000 members who have all proposed in the round before, and nearly all in the open one. */
async function fillLarge({ dir }: Order) {
  const members = 100_000;
  const rule = { electorate: { size: members }, threshold: 2, next: 'continuous' };
  return filled(dir, async (log) => {
    await fill(log, 1, () => put('large', { rule }));
    await fill(log, members, (i) => join('large', `agent-${i}`));
    await fill(log, 2 * members - 1, (i) => propose('large', i % 10, `agent-${i % members}`));
  });
}

/** A checkpoint, which writes every group, while one client proposes all the time; and before, without it. */
async function checkpoint({ dir, groups }: Order) {
  const { disk, bytes } = countingDisk();
  const log = await openFileLog(dir, { disk });
  const write = log.checkpoint.bind(log);
  const replica = replicaOf(log, { checkpointEntries: 1 });
  const measured = new Promise<object>((resolve) => {
    log.checkpoint = async (what) => {
      const memoryMb = inMegabytes(memory());
      const quiet = await underLoad(replica, groups, () => sleep(3000));
      const busy = await underLoad(replica, groups, async () => {
        await write(what);
        await merged(dir);
      });
      resolve({ groups: replica.state.groups.size, memoryMb, quiet, busy });
    };
  });
  await replica.start();
  const result = await measured;
  await replica.stop();
  return { ...result, writtenMb: inMegabytes(bytes()), mb: megabytes(dir) };
}

/** Resolves once no file of a checkpoint is being written any more. */
async function merged(dir: string): Promise<void> {
  // It begins a moment after the checkpoint is done.
  do await sleep(200);
  while (readdirSync(path.join(dir, 'state')).some((name) => name.endsWith('.tmp')));
}

/** Restore and replay. */
async function restart({ dir }: Order) {
  const { replica, ms, cpuMs } = await restarted(dir);
  const memoryMb = inMegabytes(memory());
  await replica.stop();
  return { groups: replica.state.groups.size, ms, cpuMs, memoryMb };
}

/** A replica that has applied all of the log, and how long that took. */
async function restarted(dir: string) {
  const begun = performance.now();
  const log = await openFileLog(dir);
  const replica = replicaOf(log, { checkpointEntries: Infinity, checkpointBytes: Infinity });
  await replica.start();
  return { replica, ms: since(begun), cpuMs: cpu() };
}

function replicaOf(log: Log, limits: NonNullable<ReplicaOptions['limits']>): Replica {
  const writer = `bench-${process.pid}-${Math.random()}`;
  return new Replica({ log, surroundings: realSurroundings(), writer, limits });
}

async function filled(dir: string, work: (log: Log) => Promise<void>) {
  const log = await openFileLog(dir);
  const append = log.append.bind(log);
  let bytes = 0;
  log.append = (entry) => {
    bytes += entry.length;
    return append(entry);
  };
  await work(log);
  const entries = await log.head();
  await log.close();
  return { entries, entriesMb: inMegabytes(bytes), mb: megabytes(dir) };
}
