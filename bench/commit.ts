import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Command } from '../src/core/entry.ts';
import type { Result } from '../src/core/result.ts';
import { openFileLog } from '../src/log/file/engine.ts';
import { realSurroundings } from '../src/replica/clock.ts';
import { Replica } from '../src/replica/replica.ts';
import { createCommand, proposal, settingsOf } from '../test/harness/entries.ts';
import { type Figure, quantile, rounded } from './figure.ts';

/**
 * Durable proposals without HTTP: `writers` at once, each proposing again as soon as it is answered, straight to a replica on
 * a log on disk, in a temporary directory. With `perCommit` 1 every proposal is a commit, with its syncs, of its own.
 */
export async function durableProposals(
  seconds: number,
  writers: number,
  perCommit?: number,
): Promise<Figure> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));
  const log = await openFileLog(directory);
  const limits = { checkpointEntries: Infinity, checkpointBytes: Infinity };
  const replica = new Replica({
    log,
    surroundings: realSurroundings(),
    writer: `bench-${process.pid}-${Math.random()}`,
    limits: perCommit === undefined ? limits : { ...limits, commandsPerEntry: perCommit },
  });
  try {
    await replica.start();
    const settings = settingsOf({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    for (let group = 0; group < writers; group += 1)
      await submit(replica, createCommand(`g-${group}`, settings));
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
async function propose(replica: Replica, writers: number, ms: number): Promise<number[]> {
  const times: number[] = [];
  const ends = performance.now() + ms;
  const write = async (group: string): Promise<void> => {
    for (let begun = performance.now(); begun < ends; begun = performance.now()) {
      const { ok } = await submit(replica, proposal(group, null, 'a', '7'));
      if (!ok) throw new Error('a proposal was refused');
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, group) => write(`g-${group}`)));
  return times;
}

function figure(times: number[], seconds: number, commits: number): Figure {
  times.sort((a, b) => a - b);
  return {
    perSecond: Math.round(times.length / seconds),
    p50ms: rounded(quantile(times, 0.5), 3),
    p99ms: rounded(quantile(times, 0.99), 3),
    errors: 0,
    commitsPerProposal: rounded(commits / times.length, 3),
  };
}

function submit(replica: Replica, command: Command): Promise<Result> {
  return replica.submit(command, (result) => result);
}
