import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomFrom } from '../harness/random.ts';
import { startServer } from '../harness/server.ts';
import { Acks } from './acks.ts';
import { killAtSyscalls } from './syscalls.ts';

/**
 * npm run crash -- [--cycles 100] [--seed 1] [--points 1000] [--json]
 *
 * Kills a live server with SIGKILL under load, again and again on one directory, and asks after each restart for everything that
 * was acknowledged. Then kills a writer at one system call after the other: of an append, a change of segments, a checkpoint, a trim. kill -9 leaves what the kernel holds: for power
 * cuts see power.ts.
 */
const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '100' },
    points: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const points = Number(values.points);
const seed = Number(values.seed);
const say = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};

// So that segments are changed, checkpoints written and the log trimmed under the load.
const often = ['--limit', 'checkpointEntries=500'];
const random = randomFrom(seed);
const begun = performance.now();
const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-crash-'));
const acks = new Acks('kill', 32);
const wrongs: string[] = [];
let killed = 0;
try {
  for (let cycle = 1; cycle <= cycles && wrongs.length === 0; cycle += 1) {
    const server = await startServer(['--data', directory, ...often]);
    if (cycle > 1) wrongs.push(...(await acks.wrongs(server.url)));
    if (cycle === 1) await acks.prepare(server.url);
    acks.start(server.url);
    await sleep(20 + random() * 300);
    await server.kill();
    await acks.stop();
    killed += 1;
    if (cycle % 10 === 0)
      say(`${cycle} of ${cycles} cycles, ${acks.count} acknowledged, ${wrongs.length} wrong`);
  }
  const last = await startServer(['--data', directory, ...often]);
  wrongs.push(...(await acks.wrongs(last.url)));
  const perCycleMs = Math.round((performance.now() - begun) / Math.max(killed, 1));
  const end = await last.stop();
  if (end.code !== 0) wrongs.push(`the last server ended with ${end.code ?? end.signal}: ${last.stderr()}`);
  const syscalls =
    points > 0
      ? await killAtSyscalls(points, say)
      : { points: 0, of: 0, acked: 0, wrongs: [], skipped: null };
  wrongs.push(...syscalls.wrongs);
  const result = {
    suite: 'crash',
    seed,
    cycles: killed,
    perCycleMs,
    acked: acks.count + syscalls.acked,
    syscallPoints: syscalls.points,
    syscallsMade: syscalls.of,
    skipped: syscalls.skipped,
    lost: wrongs.length,
    wrongs: wrongs.slice(0, 10),
    seconds: Math.round((performance.now() - begun) / 1000),
  };
  if (wrongs.length > 0)
    process.stderr.write(`rerun: npm run crash -- --cycles ${cycles} --points ${points} --seed ${seed}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exit(wrongs.length > 0 ? 1 : 0);
