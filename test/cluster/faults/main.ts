import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connect } from '../../../src/client/index.ts';
import type { RoundJson } from '../../../src/core/view/json-types.ts';
import { pick, randomFrom } from '../../harness/random.ts';
import { AgentProcess, Deployment } from './deployment.ts';
import { type Fault, faults } from './faults.ts';
import { agentNames, type Operation, rule, violationsIn } from './history.ts';
import { fillUp } from './no-space.ts';
import { replaceLog } from './replace-log.ts';
import type { TalkRecord } from './talk.ts';
import { streamsOf, wrongInTalk } from './transcripts.ts';

/** See ../faults.ts. The last line of a run with --json is its result. */
const { values: given } = parseArgs({
  options: {
    episodes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(given.seed ?? Math.floor(Math.random() * 1e9));
const count = Number(given.episodes);
/** Those that need a cluster of their own; each gives what was wrong. */
const apart: Readonly<Record<string, () => Promise<string[]>>> = {
  'no-space': fillUp,
  'wipe-log': () => replaceLog('wiped'),
  'restore-log': () => replaceLog('restored'),
};
const names = [...Object.keys(faults).filter((name) => faults[name]?.possible), ...Object.keys(apart)];
const only = given.only?.split(',') ?? names;
const unknown = only.find((name) => !(name in faults) && !(name in apart));
if (unknown !== undefined || !(count >= 1) || !Number.isSafeInteger(seed)) {
  console.error(`no such fault or number; faults here: ${names.join(', ')}`);
  process.exit(2);
}

const groups = ['a', 'b', 'c'];
const livenessMs = 5000;
/** Faults that hit servers only and go together with another one. */
const companions = ['kill-server', 'pause-server', 'rolling-restart'];

interface Episode {
  readonly number: number;
  readonly struck: readonly string[];
  readonly violations: readonly string[];
  /** The longest that an agent waited for one outcome; null where no majority lived. */
  readonly worstStallMs: number | null;
  /** Where none lived: how long after it was back the last agent had an outcome; otherwise null. */
  readonly backMs: number | null;
  /** Who waited that long, and since when. */
  readonly stalled: string;
  readonly operations: number;
}

const say = (line: string): void => void (given.json ? process.stderr : process.stdout).write(`${line}\n`);
let deployment: Deployment | null = null;
let agents: AgentProcess[] = [];
let history: Operation[] = [];
let spoken: TalkRecord[] = [];
const takeDown = async (): Promise<void> => {
  for (const agent of agents) agent.kill();
  await deployment?.stop();
  deployment = null;
};
process.on('SIGTERM', () => void takeDown().then(() => process.exit(143)));

const episodes: Episode[] = [];
let reads = 0;
let messages = 0;
try {
  say(`seed ${seed}, faults: ${only.filter((name) => names.includes(name)).join(' ')}`);
  for (let number = 1; number <= count; number += 1) {
    const episode = await play(number);
    episodes.push(episode);
    const stall =
      episode.worstStallMs === null
        ? `no majority${episode.backMs === null ? '' : `, all went on ${episode.backMs} ms after it was back`}`
        : `worst stall ${episode.worstStallMs} ms (${episode.stalled})`;
    say(
      `${String(number).padStart(3)} ${episode.struck.join(' + ')}: ${episode.operations} operations, ${stall}`,
    );
    for (const violation of episode.violations.slice(0, 10)) say(`    VIOLATION ${violation}`);
  }
} finally {
  await takeDown();
}

const struck = episodes.flatMap((episode) => episode.struck);
const violations = episodes.reduce((sum, episode) => sum + episode.violations.length, 0);
const result = {
  seed,
  episodes: episodes.length,
  operations: episodes.reduce((sum, { operations }) => sum + operations, 0),
  reads,
  messages,
  violations,
  worstStallMs: Math.max(0, ...episodes.map(({ worstStallMs }) => worstStallMs ?? 0)),
  worstBackMs: Math.max(0, ...episodes.map(({ backMs }) => backMs ?? 0)),
  faults: Object.fromEntries(
    [...new Set(struck)].map((name) => [name, struck.filter((one) => one === name).length]),
  ),
};
if (given.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else say(JSON.stringify(result));
if (episodes.some(({ operations }) => operations > 0) && (reads === 0 || messages === 0))
  throw new Error('no read or no message was answered: nothing was tested');
process.exit(violations === 0 ? 0 : 1);

/** One episode: its faults depend on the seed and its number alone, so that it can be played again. */
async function play(number: number): Promise<Episode> {
  const random = randomFrom(seed * 1000 + number);
  const first = drawn(number);
  history = [];
  spoken = [];
  const ownCluster = apart[first];
  if (ownCluster !== undefined) {
    const violations = await ownCluster();
    return {
      number,
      struck: [first],
      violations,
      worstStallMs: null,
      backMs: null,
      stalled: '',
      operations: 0,
    };
  }
  const second = random() < 0.25 && !companions.includes(first) ? pick(random, companions) : null;
  const struck = second === null ? [first] : [first, second];
  const timeline: { at: number; what: string }[] = [];
  const note = (what: string): void => void timeline.push({ at: Number(process.hrtime.bigint()), what });
  const found: string[] = [];
  let records = new Map<string, readonly (readonly RoundJson[])[]>();
  try {
    deployment ??= await Deployment.start();
    while (agents.length < groups.length * agentNames.length)
      agents.push(
        new AgentProcess(
          (operation) => history.push(operation),
          (line) => spoken.push(line),
        ),
      );
    const orderedAt = Number(process.hrtime.bigint());
    await begin(deployment, number, random);
    await inPlay(orderedAt);
    note(`begin ${struck.join(' + ')}`);
    const strikes = struck.map((name) => (faults[name] as Fault).run(deployment as Deployment, random));
    await Promise.all(strikes);
    note('healed');
    const healedAt = Number(process.hrtime.bigint());
    found.push(...(await revived(healedAt)), ...(await wrongTimes(deployment)));
    await Promise.race([
      Promise.all(agents.map((agent) => agent.stop())),
      failAfter(10_000, 'agents do not stop'),
    ]);
    await Promise.race([
      Promise.all(agents.map((agent) => agent.drain())),
      failAfter(10_000, 'members do not hear all there is'),
    ]);
    found.push(...wrongInTalk(spoken, await streamsOf(deployment.urls, `e${number}-talk`)));
    records = await read(deployment, number);
    found.push(...violationsIn(history, records));
  } catch (error) {
    found.push(`liveness: ${(error as Error).message}`);
  }
  const majority = struck.every((name) => faults[name]?.majority);
  const proposals = history.filter(({ op, response }) => op === 'propose' && !isStopped(response));
  for (const { agent, group, response } of proposals)
    if ('error' in response)
      found.push(`liveness: ${agent} of ${group} ended with ${JSON.stringify(response)}`);
  // In the group with a deadline agents wait for those who come late: that is its rule, not a stall.
  const unhurried = proposals.filter(({ group }) => !group.endsWith('-b'));
  const [blowAt = 0, healedAt = Infinity] = timeline.map(({ at }) => at);
  // Before the blow agents wait for those whose processes have not started yet.
  const waits = unhurried
    .filter(({ completedAt }) => completedAt > blowAt)
    .map(({ invokedAt, completedAt, agent, group }) => ({
      ms: Math.round((completedAt - invokedAt) / 1e6),
      who: `${agent} of ${group}, ${Math.round((invokedAt - blowAt) / 1e6)} ms after the blow`,
    }));
  const longest = waits.reduce((most, one) => (one.ms > most.ms ? one : most), { ms: 0, who: 'nobody' });
  const worstStallMs = majority ? longest.ms : null;
  const firstAt = new Map<string, number>();
  for (const { completedAt, agent, group } of unhurried) {
    const who = `${agent} of ${group}`;
    if (completedAt > healedAt) firstAt.set(who, Math.min(completedAt, firstAt.get(who) ?? Infinity));
  }
  const backMs =
    majority || firstAt.size === 0 ? null : Math.round((Math.max(...firstAt.values()) - healedAt) / 1e6);
  const operations = history.length;
  messages += spoken.filter((one) => 'response' in one && one.response?.offset !== undefined).length;
  reads += history.filter(({ op, response }) => op === 'read' && 'state' in response).length;
  if (found.length > 0) {
    keep(number, timeline, records, found);
    // What is broken now must not be taken for a fault of the next episode.
    await takeDown();
    agents = [];
  }
  return { number, struck, violations: found, worstStallMs, backMs, stalled: longest.who, operations };
}

/** Every fault once before any comes again, in an order that the seed decides. */
function drawn(number: number): string {
  const deck = only.filter((name) => names.includes(name));
  const pass = Math.floor((number - 1) / deck.length);
  const random = randomFrom(seed + 7919 * pass);
  for (let i = deck.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [deck[i], deck[j]] = [deck[j] as string, deck[i] as string];
  }
  return deck[(number - 1) % deck.length] as string;
}

async function begin({ urls }: Deployment, number: number, random: () => number): Promise<void> {
  const talk = `e${number}-talk`;
  await connect({ urls })
    .group(talk)
    .create({ rule: { electorate: { size: 1 } } }, { deadline: 10_000 });
  for (const [g, letter] of groups.entries()) {
    const group = `e${number}-${letter}`;
    const lazy = letter === 'b';
    const timers = lazy ? { deadline: 800, onDeadline: 'fail' as const } : {};
    const settings = { rule: { ...rule, ...timers } };
    await connect({ urls }).group(group).create(settings, { deadline: 10_000 });
    for (const [i, agent] of agentNames.entries()) {
      const turned = [...urls.slice(i % 3), ...urls.slice(0, i % 3)];
      const orders = {
        urls: turned,
        group,
        talk,
        agent,
        seed: Math.floor(random() * 1e9),
        lazy: lazy && i === 0,
      };
      agents[g * agentNames.length + i]?.begin(orders);
    }
  }
}

/** Resolves once every agent has had an outcome: their processes run, and whoever waits from now on waits for the fault. */
async function inPlay(orderedAt: number): Promise<void> {
  const end = performance.now() + 30_000;
  while (agents.some(({ lastAt }) => lastAt <= orderedAt)) {
    if (performance.now() > end) throw new Error('agents do not begin');
    await sleep(20);
  }
}

/** After the fault every agent gets on with its rounds, and every server says that it is ready. */
async function revived(healedAt: number): Promise<string[]> {
  const end = performance.now() + livenessMs;
  for (;;) {
    const stuck = agents.filter(({ lastAt }) => lastAt <= healedAt).length;
    const { servers } = deployment as Deployment;
    for (const server of servers) server.supervise();
    const ready = await Promise.all(servers.map((server) => server.isReady()));
    if (stuck === 0 && ready.every(Boolean)) return [];
    if (performance.now() > end)
      return [
        `liveness: ${stuck} agents without an outcome ${livenessMs} ms after the fault, ready: ${ready.join()}`,
      ];
    await sleep(50);
  }
}

/** Whether a clock that was wrong for a while has moved log time. */
async function wrongTimes({ urls }: Deployment): Promise<string[]> {
  const [url] = urls;
  const response = await fetch(`${url}/readyz?verbose`, { signal: AbortSignal.timeout(5000) });
  const { timeAhead } = (await response.json()) as { timeAhead: { says: string } | null };
  return timeAhead === null ? [] : [`time: ${timeAhead.says}`];
}

/** What each server has on record, as far as all rounds are closed on all of them; then the groups are removed. */
async function read({ urls }: Deployment, number: number) {
  const records = new Map<string, readonly (readonly RoundJson[])[]>();
  for (const letter of groups) {
    const group = `e${number}-${letter}`;
    const byServer = await Promise.all(
      urls.map((url) => connect({ url }).group(group).rounds({ limit: 1000, deadline: 10_000 })),
    );
    const closed = byServer.map((rounds) =>
      rounds.filter(({ state }) => state !== 'WAITING').sort((a, b) => a.round - b.round),
    );
    // A deadline may pass between two reads.
    const common = Math.min(...closed.map(({ length }) => length));
    records.set(
      group,
      closed.map((rounds) => rounds.slice(0, common)),
    );
    await connect({ urls }).group(group).delete({ deadline: 10_000 });
  }
  return records;
}

/** What somebody needs to find out what happened. */
function keep(
  number: number,
  timeline: object,
  records: Map<string, unknown>,
  found: readonly string[],
): void {
  const bundle = join(tmpdir(), `quorate-faults-${seed}-${number}`);
  mkdirSync(bundle, { recursive: true });
  const lines = history.map((operation) => JSON.stringify(operation)).join('\n');
  writeFileSync(join(bundle, 'history.jsonl'), `${lines}\n`);
  writeFileSync(join(bundle, 'talk.jsonl'), `${spoken.map((line) => JSON.stringify(line)).join('\n')}\n`);
  writeFileSync(join(bundle, 'records.json'), JSON.stringify(Object.fromEntries(records)));
  writeFileSync(join(bundle, 'timeline.json'), JSON.stringify({ timeline, violations: found }, null, 2));
  for (const [i, server] of (deployment?.servers ?? []).entries())
    writeFileSync(join(bundle, `server-${i}.log`), server.output);
  for (const [i, member] of (deployment?.etcd.members ?? []).entries())
    writeFileSync(join(bundle, `etcd-${i}.log`), member.output);
  say(`    kept in ${bundle}; rerun: npm run faults -- --episodes ${number} --seed ${seed}`);
}

/** Cut short by the end of the episode. */
function isStopped(response: Operation['response']): boolean {
  return 'error' in response && response.error === 'stopped';
}

function failAfter(ms: number, message: string): Promise<never> {
  return sleep(ms).then(() => Promise.reject(new Error(`${message} within ${ms} ms`)));
}
