import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { noMount } from '../disk/tools.ts';
import { randomFrom } from '../harness/random.ts';
import { startServer } from '../harness/server.ts';
import { Acks } from './acks.ts';
import { Disk } from './disk.ts';

/**
 * npm run powercut -- [--cycles 120] [--controls 5] [--seed 1] [--json]
 *
 * Cuts the power of the disk under a live server, mounts it again and asks for everything that was acknowledged. The controls write
 * without syncing and must lose something: if they do not, the cut cuts nothing and the suite fails.
 */
const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '120' },
    controls: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const controls = Number(values.controls);
const seed = Number(values.seed);
const say = (line: string): void => {
  if (!values.json) process.stderr.write(`${line}\n`);
};

const reason = noMount();
if (reason !== null) {
  process.stderr.write(`SKIPPED: no power can be cut here: ${reason}\n`);
  process.stdout.write(`${JSON.stringify({ suite: 'powercut', cycles: 0, skipped: reason })}\n`);
  process.exit(process.env.CI ? 1 : 0);
}

// So that segments are changed, checkpoints written and the log trimmed under the load.
const often = ['--limit', 'checkpointEntries=500'];
const random = randomFrom(seed);
const begun = performance.now();
const wrongs: string[] = [];
let controlsThatLost = 0;
let acked = 0;
let done = 0;
let stoppedThemselves = 0;
// One disk at a time: its files grow with every cycle, so a new one now and then keeps each cycle short.
for (let first = 0; first < cycles && wrongs.length === 0; first += 30) {
  const disk = await Disk.make(512);
  const acks = new Acks('power', 16);
  try {
    for (let cycle = first; cycle < Math.min(first + 30, cycles) && wrongs.length === 0; cycle += 1) {
      const server = await startServer(['--data', path.join(disk.mountPoint, 'log'), ...often]);
      if (cycle > first) wrongs.push(...(await acks.wrongs(server.url)));
      else await acks.prepare(server.url);
      acks.start(server.url);
      await sleep(30 + random() * 200);
      disk.cutPower();
      // A server whose disk is gone must end by itself, with 70, and say so; nothing it does may be acknowledged.
      const end = await Promise.race([server.exited, sleep(5000)]);
      if (end?.code === 70) stoppedThemselves += 1;
      else if (end !== undefined)
        wrongs.push(`the server without a disk ended with ${end.code ?? end.signal}: ${server.stderr()}`);
      await server.kill();
      await acks.stop();
      disk.unmount();
      disk.mount();
      done += 1;
      if (done % 10 === 0)
        say(`${done} of ${cycles} cycles, ${acked + acks.count} acknowledged, ${wrongs.length} wrong`);
    }
    const last = await startServer(['--data', path.join(disk.mountPoint, 'log'), ...often]);
    wrongs.push(...(await acks.wrongs(last.url)));
    await last.stop();
    acked += acks.count;
  } finally {
    await disk.destroy();
  }
}
const perCycleMs = Math.round((performance.now() - begun) / Math.max(done, 1));
for (let control = 0; control < controls; control += 1) controlsThatLost += (await loses()) ? 1 : 0;
say(`${controlsThatLost} of ${controls} writers that did not sync lost something, as they must`);
if (controlsThatLost < controls)
  wrongs.push('a writer that never synced lost nothing: the power was not cut');

const result = {
  suite: 'powercut',
  seed,
  cycles: done,
  perCycleMs,
  acked,
  lost: wrongs.length,
  stoppedThemselves,
  controls,
  controlsThatLost,
  wrongs: wrongs.slice(0, 10),
  seconds: Math.round((performance.now() - begun) / 1000),
};
if (wrongs.length > 0) process.stderr.write(`rerun: npm run powercut -- --cycles ${cycles} --seed ${seed}\n`);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(wrongs.length > 0 ? 1 : 0);

/** Whether a writer without syncs loses what it acknowledged. */
async function loses(): Promise<boolean> {
  const disk = await Disk.make(64);
  try {
    const directory = path.join(disk.mountPoint, 'records');
    const careless = startCareless(directory, 1000);
    while (!careless.output().includes('ack 200\n')) await sleep(10);
    disk.cutPower();
    careless.child.kill('SIGKILL');
    const output = await careless.ended;
    const acks = output.split('\n').filter((line) => line.startsWith('ack ')).length;
    disk.unmount();
    disk.mount();
    return Number(await startCareless(directory, 0).ended) < acks;
  } finally {
    await disk.destroy();
  }
}

interface Careless {
  readonly child: ChildProcess;
  /** All that it wrote. */
  readonly ended: Promise<string>;
  /** What it has written so far. */
  output(): string;
}

/** Starts careless.ts, as compiled beside this file. */
function startCareless(directory: string, count: number): Careless {
  const args = [path.join(import.meta.dirname, 'careless.js'), directory, String(count)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(out)));
  return { child, ended, output: () => out };
}
