import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pick, randomFrom } from '../harness/random.ts';
import { until } from '../harness/server.ts';
import { type Fault, faultsOf } from './faults.ts';
import { bounds, growthOf, type LogSample, logsMissed, missedBy, type Sample } from './figures.ts';
import { type Lane, onEtcd, onFiles, sampleOf } from './lane.ts';
import { beginLoad } from './load.ts';
import { type SoakReceiver, startReceiver } from './receiver.ts';
import { World } from './world.ts';

const usage = `npm run soak -- [--minutes 60] [--seed S] [--log file|etcd] [--pause 20] [--json]

Servers under a load of every kind that never stops, while they are frozen, killed and started again, their connections are cut and their
replies lost; over etcd its members too. Nothing that was acknowledged may be lost. Two lanes on plain files, of which one is never
killed, and one of three servers over three members of etcd, of which the first server is never killed: those two must not grow.

  --log    these lanes only; else all
  --pause  seconds between two faults of a lane, on average
Each minute is a line. The last line is JSON with --json. The exit code is 1 when something was lost, or grows.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    log: { type: 'string' },
    pause: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const pauseMs = Number(values.pause) * 1000;
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
if (values.help || !(minutes > 0) || !(pauseMs >= 0) || !Number.isSafeInteger(seed) || !isLog(values.log)) {
  process.stderr.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}
const endMs = minutes * 60_000;
/** Seconds. Caches fill and groups of every age come to be, under a faster load; what grows after that, grows for ever. */
const warmUp = (minutes * 60) / 4;
const isLong = minutes >= 10;

type Kind = keyof typeof faultsOf;

/** A lane with its load, its faults and what was seen. */
interface Run {
  readonly lane: Lane;
  readonly world: World;
  readonly kind: Kind;
  readonly random: () => number;
  readonly struck: Record<string, number>;
}

const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const rerun = `npm run soak -- --minutes ${values.minutes} --seed ${seed} --pause ${values.pause}${values.log ? ` --log ${values.log}` : ''}`;
say(`seed ${seed}; again: ${rerun}`);
const random = randomFrom(seed);
const receiver = await startReceiver(randomFrom(seed + 1));
const runs: Run[] = [];
const samples: Sample[] = [];
const logs: LogSample[] = [];
const broken: string[] = [];
let began = performance.now();
const seconds = (): number => Math.round((performance.now() - began) / 100) / 10;
const takeDown = async (): Promise<void> => {
  for (const { lane } of runs) await lane.stop();
  receiver.close();
};
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void takeDown().finally(() => process.exit(143)));
process.on('unhandledRejection', (error) => broken.push(`nobody took this error: ${error}`));
try {
  await start(receiver);
  began = performance.now();
  const over = new AbortController();
  const end = sleep(endMs).then(() => over.abort());
  await Promise.all([end, watch(over.signal), ...runs.map((run) => strike(run, over.signal))]);
  // All lanes are whole now.
  await Promise.all(runs.map(({ world }) => world.stop()));
  await Promise.all(runs.map((run) => compare(run, 'at the end')));
} catch (error) {
  broken.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await takeDown();
}
process.exit(report());

async function start(to: SoakReceiver): Promise<void> {
  const options = { checkpointEntries: isLong ? 2000 : 100, webhooks: to.host };
  const kinds: readonly Kind[] =
    values.log === 'file'
      ? ['steady', 'killed']
      : values.log === 'etcd'
        ? ['etcd']
        : ['steady', 'killed', 'etcd'];
  for (const kind of kinds) {
    const lane = await (kind === 'etcd' ? onEtcd('etcd', options) : onFiles(`file-${kind}`, options));
    const own = randomFrom(seed + runs.length + 2);
    const urls = lane.targets.map(({ proxy }) => `http://${proxy.address}`);
    const lifeMs = Math.min(120_000, endMs / 4);
    const world = new World({
      lane: lane.name,
      urls,
      receiver: to,
      random: own,
      lifeMs,
      warmUpMs: warmUp * 1000,
    });
    runs.push({ lane, world, kind, random: randomFrom(Math.floor(random() * 1e9)), struck: {} });
    beginLoad(world);
  }
}

/** One fault after the other until the end, every one once before any comes again; after each kill all is compared. */
async function strike(run: Run, over: AbortSignal): Promise<void> {
  const { lane, kind, random, struck } = run;
  const faults: Readonly<Record<string, Fault>> = faultsOf[kind];
  let deck: string[] = [];
  // A short soak has each of them once all the same.
  while (!over.aborted || Object.keys(struck).length < Object.keys(faults).length) {
    if (!over.aborted)
      await sleep(pauseMs * (0.5 + random()), undefined, { signal: over }).catch(() => undefined);
    if (deck.length === 0) deck = Object.keys(faults);
    const name = pick(random, deck);
    deck = deck.filter((other) => other !== name);
    await faults[name]?.(lane, random);
    struck[name] = (struck[name] ?? 0) + 1;
    if (/kill|drain/.test(name)) await compare(run, `after ${name}`);
  }
}

/** Every server of the lane must know what was acknowledged; one that has just come back may need a moment. */
async function compare({ lane, world }: Run, when: string): Promise<void> {
  for (const target of lane.targets) {
    let missing: readonly string[] = [];
    const isWhole = until(60_000, async () => {
      missing = await world.ledger.missingAt(target.server.url);
      return missing.length === 0 ? true : undefined;
    });
    await isWhole.catch((error) => {
      if (missing.length === 0) world.violated(`${target.name} could not be asked ${when}: ${error}`);
      for (const one of missing) world.violated(`LOST at ${target.name} ${when}: ${one}`);
    });
  }
}

async function watch(over: AbortSignal): Promise<void> {
  const every = Math.min(60_000, endMs / 6);
  for (let n = 1; !over.aborted; n += 1) {
    const at = seconds();
    for (const { lane } of runs) {
      logs.push(lane.log(at));
      for (const target of lane.targets) {
        const sample = await sampleOf(target, at);
        if (sample === null) continue;
        samples.push(sample);
        const { server, life, heapMiB, rssMiB, descriptors, streams, waits, groups, index } = sample;
        const { mib } = logs.at(-1) as LogSample;
        const shown = `heap ${heapMiB} rss ${rssMiB} MiB, ${descriptors} descriptors, ${streams} streams, ${waits} waits`;
        say(
          `${String(at).padStart(6)} s ${server}/${life}: ${shown}, ${groups} groups, entry ${index}, log ${mib} MiB`,
        );
      }
    }
    gather();
    const next = began + n * every - performance.now();
    await sleep(Math.max(0, next), undefined, { signal: over }).catch(() => undefined);
  }
}

/** Says what was broken since the last time. */
function gather(): void {
  for (const violation of runs.flatMap(({ world }) => world.violations.splice(0))) {
    broken.push(violation);
    say(`${String(seconds()).padStart(6)} s BROKEN ${violation}`);
  }
}

function report(): number {
  gather();
  const growth = growthOf(samples, warmUp);
  const missed = [...broken, ...missedBy(growth), ...logsMissed(logs, warmUp)];
  const lanes = runs.map(({ lane, world, struck }) => ({
    lane: lane.name,
    struck,
    acknowledged: world.ledger.counts,
    expected: world.expected,
    log: lastOf(logs.filter(({ log }) => log === lane.name)),
  }));
  for (const { lane, struck, acknowledged, log } of lanes) {
    say(`${lane}: faults ${JSON.stringify(struck)}`);
    say(`  acknowledged ${JSON.stringify(acknowledged)}, log ${JSON.stringify(log)}`);
  }
  for (const one of growth) {
    const what = `heap ${one.heapMiB}, memory ${one.rssMiB} MiB, ${one.descriptors} descriptors in 10 minutes`;
    say(
      `${one.server} grows by ${what}, over ${one.minutes} minutes${one.judged ? '' : ': too short to judge'}`,
    );
  }
  for (const what of missed) say(`MISSED ${what}`);
  say(missed.length === 0 ? 'all is well' : `again: ${rerun}`);
  if (values.json) {
    const load = os.loadavg()[0] ?? 0;
    const webhooks = receiver.counts;
    process.stdout.write(
      `${JSON.stringify({ suite: 'soak', seed, minutes, bounds, lanes, webhooks, growth, load, missed })}\n`,
    );
  }
  return missed.length === 0 ? 0 : 1;
}

function lastOf(own: readonly LogSample[]) {
  return { mib: own.at(-1)?.mib ?? 0, most: Math.max(...own.map(({ mib }) => mib)) };
}

function isLog(name: string | undefined): boolean {
  return name === undefined || name === 'file' || name === 'etcd';
}
