// @ts-nocheck
import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { kill, startServer } from '../crash/processes.ts';
import { figuresOf, recoveryAfter, table } from './figures.ts';
import { now, sleep } from './wire.ts';

/**
 * npm run overload -- [--seconds 10] [--flood 10] [--slow 2000] [--streams 5000] [--unread 200] [--share 500] [--memory 512] [--json]
 *
 * A server over LMDB with limits as an operator would set them, tenants who behave, and one attack after the other on it: a flood
 * of so many times what one tenant may send (--share, in requests a second), slow sockets, event streams of which a tenth is not read, and large answers that nobody reads. Tells what the tenants met, and
 * ends with 1 when a goal was missed. The last line is JSON.
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
const { json, ...texts } = values;
const wanted = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]));
for (const [name, value] of Object.entries(wanted))
  if (!Number.isSafeInteger(value) || value < 1) {
    process.stderr.write(`--${name} is a whole number, 1 or more\n`);
    process.exit(2);
  }
const say = (line) => json || process.stderr.write(`${line}\n`);

/** What a tenant may do. Callers on the server's own machine are only held to limits that were set. */
const limits = {
  RATE_PER_ADDRESS: wanted.share,
  BURST_PER_ADDRESS: 2 * wanted.share,
  CONNECTIONS_PER_ADDRESS: 1000,
  WAITS_PER_ADDRESS: 500,
  STREAMS_PER_ADDRESS: 1000,
};
const goals = { p99: 250, served: 0.9, memory: wanted.memory, recovery: 2000 };

const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-overload-'));
const children = new Set();
let result: ReturnType<typeof verdict>;
try {
  result = await run();
} finally {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
}
if (!json) process.stdout.write(table(result));
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(result.missed.length === 0 ? 0 : 1);

async function run() {
  const env = Object.fromEntries(
    Object.entries(limits).map(([name, n]) => [`QUORATE_LIMIT_${name}`, String(n)]),
  );
  // What an operator says who gives the server so much memory: else Node takes what the machine has before it collects.
  const heap = `--max-old-space-size=${Math.round(wanted.memory * 0.75)}`;
  const server = await startServer(directory, { env: { ...env, NODE_OPTIONS: heap } });
  children.add(server.child);
  const port = Number(new URL(server.url).port);
  const watch = watchProcess(server.child.pid);
  const good = startTenants(port);
  const groups = await good.ready;
  await sleep(2000);

  const phases = [await phase('calm', null, watch)];
  for (const [name, script, options] of attacks(groups)) {
    say(`${name} ...`);
    phases.push(await phase(name, { script, options: { port, ...options } }, watch));
    await settle(phases.at(-1), good.samples, boundOf(phases, good.samples, watch.samples));
  }
  const { faults, rounds } = await good.stop();
  const end = await kill(server, 'SIGTERM');
  watch.stop();
  if (end.code !== 0) faults.push(`the server ended with ${end.code ?? end.signal}: ${end.stderr}`);
  for (const { report } of phases) faults.push(...(report?.faults ?? []));
  return verdict(phases, good.samples, watch.samples, faults, rounds);
}

function attacks(groups) {
  const addresses = (net, n) => Array.from({ length: n }, (_, i) => `127.0.${net}.${i + 1}`);
  const perSecond = wanted.flood * limits.RATE_PER_ADDRESS;
  return [
    ['flood', 'flood.js', { from: '127.0.2.1', perSecond, sockets: 200 }],
    ['slow sockets', 'slow.js', { from: addresses(3, 4), sockets: wanted.slow }],
    [
      'streams',
      'streams.js',
      { from: addresses(4, 10), streams: wanted.streams, groups, fat: 'fat', deaf: 0.1 },
    ],
    ['never read', 'unread.js', { from: addresses(6, 4), sockets: wanted.unread, group: 'fat' }],
  ];
}

async function phase(name, attacker, watch) {
  if (attacker === null) {
    const from = now();
    await sleep(wanted.seconds * 1000);
    return { name, from, to: now(), over: now(), report: null };
  }
  const child = forked(attacker.script, attacker.options);
  const began = now();
  await next(child, 60_000);
  const full = now();
  await sleep(wanted.seconds * 1000);
  const fds = watch.last().fds;
  const told = next(child, 20_000);
  child.send('stop');
  const report = await told;
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  // What was under way while it grew counts as well.
  return { name, from: began, full, to: now(), over: null, fds, report };
}

/** ms that a request may take when all is as it was before. */
function boundOf([calm], samples, watched) {
  return Math.max(goals.p99 / 5, 2 * figuresOf(calm, samples, watched, wanted).p99);
}

/** Until requests are as fast as before, and a second longer; up to 15 s. */
async function settle(phase, samples, bound) {
  for (let waited = 500; waited <= 15_000; waited += 500) {
    await sleep(500);
    phase.over = now();
    if (waited > 2000 && recoveryAfter(phase, samples, bound) < waited - 1000) return;
  }
}

function startTenants(port) {
  const child = forked('tenants.js', { port, tenants: wanted.tenants, perSecond: wanted.rate });
  const samples = [];
  let isReady: (groups: unknown) => void;
  let isDone: (message: unknown) => void;
  const ready = new Promise((resolve, reject) => {
    isReady = resolve;
    child.once('exit', (code) => reject(new Error(`the tenants ended with ${code}`)));
  });
  const done = new Promise((resolve) => {
    isDone = resolve;
  });
  child.on('message', (message) => {
    if (message.ready) isReady(message.ready);
    if (message.samples) for (const [due, ms, status] of message.samples) samples.push({ due, ms, status });
    if (message.done) isDone(message);
  });
  const stop = () => {
    child.send('stop');
    const late = sleep(60_000).then(() => ({ faults: ['the tenants never came to an end'], rounds: 0 }));
    return Promise.race([done, late]);
  };
  return { ready, samples, stop };
}

function forked(script, options) {
  const file = path.join(import.meta.dirname, script);
  const child = fork(file, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function next(child, limit) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${child.spawnargs[1]} says nothing`)), limit);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message);
    });
  });
}

/** Memory, descriptors and time on the processor of a process, ten times a second; empty where the system does not say. */
function watchProcess(pid) {
  const samples = [];
  const look = async () => {
    try {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const rss = Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const fds = (await readdir(`/proc/${pid}/fd`)).length;
      samples.push({ at: now(), rss, fds, cpu: (Number(fields[11]) + Number(fields[12])) * 10 });
    } catch {
      // It has ended, or this is no Linux.
    }
  };
  const timer = setInterval(() => void look(), 100);
  return { samples, last: () => samples.at(-1) ?? { rss: 0, fds: 0 }, stop: () => clearInterval(timer) };
}

function verdict(phases, samples, watched, faults, rounds) {
  const shown = phases.map((one) => ({
    ...figuresOf(one, samples, watched, wanted),
    report: one.report === null ? undefined : { ...one.report, faults: undefined },
  }));
  const missed = faults.map((fault) => `fault: ${fault}`);
  for (const [i, figures] of shown.entries()) {
    if (i > 0) figures.recoveryMs = recoveryAfter(phases[i], samples, boundOf(phases, samples, watched));
    const miss = (what) => missed.push(`${figures.name}: ${what}`);
    if (figures.p99 > goals.p99) miss(`p99 ${figures.p99} ms, the goal is ${goals.p99}`);
    if (figures.served < goals.served)
      miss(`${figures.served} of what is served when it is calm, the goal is ${goals.served}`);
    if (figures.rssMiB > goals.memory) miss(`${figures.rssMiB} MiB, the cap is ${goals.memory}`);
    if (figures.recoveryMs > goals.recovery)
      miss(`back after ${figures.recoveryMs} ms, the goal is ${goals.recovery}`);
  }
  return { suite: 'overload', wanted, goals, rounds, phases: shown, load: os.loadavg()[0], faults, missed };
}
