import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startServer, temporaryFolder, within } from '../harness/server.ts';
import { figuresOf, type Phase, type ProcessSample, recoveryAfter, table, type Verdict } from './figures.ts';
import type { FloodOptions } from './flood.ts';
import {
  type Ended,
  type FromTenants,
  now,
  type Report,
  type Sample,
  type TenantsOptions,
} from './messages.ts';
import type { SlowOptions } from './slow.ts';
import type { StreamsOptions } from './streams.ts';
import type { UnreadOptions } from './unread.ts';

/**
 * npm run overload -- [--seconds 10] [--flood 10] [--slow 2000] [--streams 5000] [--unread 200]
 *   [--tenants 4] [--rate 20] [--share 500] [--memory 512] [--json]
 *
 * A server that keeps its log on disk, with limits as an operator would set them, tenants who behave, and one attack after the
 * other: a flood of so many times what one tenant may send (--share, in requests a second), slow sockets, event streams of
 * which a tenth is not read, and large answers that nobody reads. Shows what the tenants met. The last line is JSON; the exit
 * code is 1 when a goal was missed.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    flood: { type: 'string', default: '10' },
    slow: { type: 'string', default: '2000' },
    streams: { type: 'string', default: '5000' },
    unread: { type: 'string', default: '200' },
    tenants: { type: 'string', default: '4' },
    rate: { type: 'string', default: '20' },
    share: { type: 'string', default: '500' },
    memory: { type: 'string', default: '512' },
    json: { type: 'boolean', default: false },
  },
});
const wanted = {
  seconds: whole('seconds'),
  flood: whole('flood'),
  slow: whole('slow'),
  streams: whole('streams'),
  unread: whole('unread'),
  tenants: whole('tenants'),
  rate: whole('rate'),
  share: whole('share'),
  memory: whole('memory'),
};

/** What a tenant may do. Callers on the server's own machine are only held to limits that were set. */
const limits = {
  RATE_PER_ADDRESS: wanted.share,
  BURST_PER_ADDRESS: 2 * wanted.share,
  CONNECTIONS_PER_ADDRESS: 1000,
  WAITS_PER_ADDRESS: 500,
  STREAMS_PER_ADDRESS: 1000,
};
/** Times in ms, memory in MiB. */
const goals = { p99: 250, served: 0.9, memory: wanted.memory, recovery: 2000 };

const folder = temporaryFolder();
const children = new Set<ChildProcess>();
let result: Verdict;
try {
  result = await run();
} finally {
  for (const child of children) child.kill('SIGKILL');
  folder.remove();
}
if (!values.json) process.stdout.write(table(result));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.missed.length === 0 ? 0 : 1);

function whole(name: Exclude<keyof typeof values, 'json'>): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  process.stderr.write(`--${name} is a whole number, 1 or more\n`);
  process.exit(2);
}

async function run(): Promise<Verdict> {
  const env = Object.fromEntries(
    Object.entries(limits).map(([name, n]) => [`QUORATE_LIMIT_${name}`, String(n)]),
  );
  // As an operator does who gives the server so much memory: else Node takes what the machine has before it collects.
  const heap = `--max-old-space-size=${Math.round(wanted.memory * 0.75)}`;
  const server = await startServer(['--data', folder.path], 0, { ...env, NODE_OPTIONS: heap });
  try {
    const { port } = server;
    const watch = watchProcess(server.pid);
    const tenants = startTenants(port);
    const groups = await tenants.ready;
    await sleep(2000);

    const calm = await calmPhase();
    const boundMs = (): number =>
      Math.max(goals.p99 / 5, 2 * figuresOf(calm, tenants.samples, watch.samples, wanted).p99);
    const phases = [calm];
    for (const attacker of attackers(port, groups)) {
      if (!values.json) process.stderr.write(`${attacker.name} ...\n`);
      const phase = await attackPhase(attacker, watch);
      phases.push(phase);
      await settle(phase, tenants.samples, boundMs());
    }
    const ended = await tenants.stop();
    const faults = [...ended.faults];
    const { code, signal } = await server.stop();
    watch.stop();
    if (code !== 0) faults.push(`the server ended with ${code ?? signal}: ${server.stderr()}`);
    for (const { report } of phases) faults.push(...(report?.faults ?? []));
    return verdict(phases, tenants.samples, watch.samples, boundMs(), { faults, rounds: ended.rounds });
  } finally {
    await server.kill();
  }
}

interface Attacker {
  readonly name: string;
  readonly script: string;
  readonly options: FloodOptions | SlowOptions | StreamsOptions | UnreadOptions;
}

function attackers(port: number, groups: readonly string[]): Attacker[] {
  const addresses = (net: number, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `127.0.${net}.${i + 1}`);
  const flood: FloodOptions = {
    port,
    from: '127.0.2.1',
    perSecond: wanted.flood * limits.RATE_PER_ADDRESS,
    sockets: 200,
  };
  const slow: SlowOptions = { port, from: addresses(3, 4), sockets: wanted.slow };
  const streams: StreamsOptions = {
    port,
    from: addresses(4, 10),
    streams: wanted.streams,
    groups,
    fat: 'fat',
    deaf: 0.1,
  };
  const unread: UnreadOptions = { port, from: addresses(6, 4), sockets: wanted.unread, group: 'fat' };
  return [
    { name: 'flood', script: 'flood.js', options: flood },
    { name: 'slow sockets', script: 'slow.js', options: slow },
    { name: 'streams', script: 'streams.js', options: streams },
    { name: 'never read', script: 'unread.js', options: unread },
  ];
}

async function calmPhase(): Promise<Phase> {
  const from = now();
  await sleep(wanted.seconds * 1000);
  const to = now();
  return { name: 'calm', from, to, over: to, fds: null, report: null };
}

async function attackPhase({ name, script, options }: Attacker, watch: Watch): Promise<Phase> {
  const child = forked(script, options);
  // What was under way while the attack grew counts as well.
  const from = now();
  await message(child, 60_000);
  await sleep(wanted.seconds * 1000);
  const fds = watch.samples.at(-1)?.fds ?? 0;
  const ending = message<Report>(child, 20_000);
  child.send('stop');
  const report = await ending;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  const to = now();
  return { name, from, to, over: to, fds, report };
}

/** Waits until requests are as fast as before, and a second longer; up to 15 s. */
async function settle(phase: Phase, samples: readonly Sample[], boundMs: number): Promise<void> {
  for (let waited = 500; waited <= 15_000; waited += 500) {
    await sleep(500);
    phase.over = now();
    if (waited > 2000 && recoveryAfter(phase, samples, boundMs) < waited - 1000) return;
  }
}

interface Tenants {
  /** Resolves with the groups that change by themselves. */
  readonly ready: Promise<readonly string[]>;
  /** Grows while they run. */
  readonly samples: readonly Sample[];
  stop(): Promise<Ended>;
}

function startTenants(port: number): Tenants {
  const options: TenantsOptions = { port, tenants: wanted.tenants, perSecond: wanted.rate };
  const child = forked('tenants.js', options);
  const samples: Sample[] = [];
  const ready = new Promise<readonly string[]>((resolve, reject) => {
    child.on('message', (said: FromTenants) => {
      if (said.is === 'ready') resolve(said.groups);
      if (said.is === 'samples') samples.push(...said.samples);
    });
    child.once('exit', (code) => reject(new Error(`the tenants ended with ${code}`)));
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('message', (said: FromTenants) => {
      if (said.is === 'ended') resolve(said);
    });
  });
  return {
    ready,
    samples,
    stop() {
      child.send('stop');
      const late = sleep(60_000, { faults: ['the tenants never came to an end'], rounds: 0 });
      return Promise.race([ended, late]);
    },
  };
}

function forked(script: string, options: object): ChildProcess {
  const file = path.join(import.meta.dirname, script);
  const child = fork(file, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The next message of a process; rejects when there is none within `limitMs`. */
function message<T>(child: ChildProcess, limitMs: number): Promise<T> {
  const next = new Promise<T>((resolve) => child.once('message', (said: T) => resolve(said)));
  return within(limitMs, next, () => `${child.spawnargs[1]} says nothing`);
}

interface Watch {
  /** Grows while it watches. */
  readonly samples: readonly ProcessSample[];
  stop(): void;
}

/** Looks at a process ten times a second; there are no samples where the system does not say. */
function watchProcess(pid: number): Watch {
  const samples: ProcessSample[] = [];
  const look = async (): Promise<void> => {
    try {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const kib = /VmRSS:\s+(\d+)/.exec(status)?.[1];
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const fds = (await readdir(`/proc/${pid}/fd`)).length;
      if (kib === undefined) return;
      samples.push({
        at: now(),
        rss: Number(kib) / 1024,
        fds,
        cpu: (Number(fields[11]) + Number(fields[12])) * 10,
      });
    } catch {
      // It has ended, or this is no Linux.
    }
  };
  const timer = setInterval(() => void look(), 100);
  return { samples, stop: () => clearInterval(timer) };
}

function verdict(
  phases: readonly Phase[],
  samples: readonly Sample[],
  watched: readonly ProcessSample[],
  boundMs: number,
  { faults, rounds }: Ended,
): Verdict {
  const missed = faults.map((fault) => `fault: ${fault}`);
  const shown = phases.map((phase) => {
    const figures = figuresOf(phase, samples, watched, wanted);
    const miss = (what: string): unknown => missed.push(`${figures.name}: ${what}`);
    if (figures.p99 > goals.p99) miss(`p99 ${figures.p99} ms, the goal is ${goals.p99}`);
    if (figures.served < goals.served)
      miss(`${figures.served} of what is served when it is calm, the goal is ${goals.served}`);
    if (figures.rssMiB > goals.memory) miss(`${figures.rssMiB} MiB, the cap is ${goals.memory}`);
    if (phase.report === null) return figures;
    const recoveryMs = recoveryAfter(phase, samples, boundMs);
    if (recoveryMs > goals.recovery) miss(`back after ${recoveryMs} ms, the goal is ${goals.recovery}`);
    return { ...figures, recoveryMs, report: { ...phase.report, faults: undefined } };
  });
  const load = os.loadavg()[0] ?? 0;
  return { suite: 'overload', wanted, goals, rounds, phases: shown, load, faults, missed };
}
