// @ts-nocheck
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseSettings } from '../src/core/rule/settings.ts';
import { openLmdbLog } from '../src/log/lmdb/engine.ts';
import { realSurroundings } from '../src/replica/clock.ts';
import { Replica } from '../src/replica/replica.ts';

/**
 * Durable proposals without HTTP: `writers` at once, each proposing again as soon as it is told, straight to a replica on
 * an LMDB log in a temporary directory. With `perCommit` 1 every proposal is a commit, with its syncs, of its own.
 */
export async function durableProposals(seconds, writers, perCommit) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));
  const log = await openLmdbLog(directory);
  const limits = { checkpointEntries: Infinity, checkpointBytes: Infinity };
  const replica = new Replica({
    log,
    surroundings: realSurroundings(),
    writer: `bench-${process.pid}-${Math.random()}`,
    limits: perCommit === undefined ? limits : { ...limits, commandsPerEntry: perCommit },
  });
  try {
    await replica.start();
    for (let group = 0; group < writers; group += 1) await submit(replica, put(group));
    await propose(replica, writers, 500);
    const commits = replica.state.index;
    const times = await propose(replica, writers, seconds * 1000);
    return figure(times, seconds, replica.state.index - commits);
  } finally {
    await replica.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** How long each proposal of `ms` took, ms. */
async function propose(replica, writers, ms) {
  const times = [];
  const ends = performance.now() + ms;
  const write = async (group) => {
    for (let begun = performance.now(); begun < ends; begun = performance.now()) {
      const { ok } = await submit(replica, proposal(group));
      if (!ok) throw new Error('a proposal was refused');
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, group) => write(group)));
  return times;
}

function figure(times, seconds, commits) {
  times.sort((a, b) => a - b);
  const at = (share) => Number(times[Math.floor((times.length - 1) * share)].toFixed(3));
  return {
    perSecond: Math.round(times.length / seconds),
    p50ms: at(0.5),
    p99ms: at(0.99),
    errors: 0,
    commitsPerProposal: Number((commits / times.length).toFixed(3)),
  };
}

function submit(replica, command) {
  return replica.submit(command, (result) => result);
}

function put(group) {
  const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' };
  const { settings } = parseSettings({ rule });
  return {
    type: 'put-group',
    group: `g-${group}`,
    settings,
    ifRevision: null,
    joinKeyHash: null,
    observerKeyHash: null,
  };
}

function proposal(group) {
  const plain = { round: null, seq: null, tokenHash: null, key: null };
  return { type: 'propose', group: `g-${group}`, agent: 'a', value: '7', ...plain };
}
