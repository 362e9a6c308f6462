import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type RoundJson } from '../../client/index.ts';
import { CliError, exit } from '../exit.ts';
import { paint, print } from '../output.ts';
import type { Told } from './cluster-agent.ts';
import {
  type EtcdMember,
  etcdMembers,
  etcdProgram,
  freePorts,
  Part,
  quorateServer,
} from './cluster-parts.ts';
import { onSignal } from './signal.ts';
import { type DemoOptions, demoRound } from './text.ts';

const limitMs = 60_000;
const name = 'demo';
/** ms of calm before the first blow and after each. */
const calmMs = 2500;

type Say = (line: string) => void;

interface Scene {
  readonly options: DemoOptions;
  readonly members: readonly EtcdMember[];
  readonly servers: readonly Part[];
  readonly agents: readonly Part[];
  readonly urls: readonly string[];
  /** What each agent was told, by agent. */
  readonly told: ReadonlyMap<string, Told[]>;
  readonly signal: AbortSignal;
  readonly say: Say;
}

/**
 * Three etcd members, three servers and the agents, all processes of their own on this machine. While rounds go on a
 * server is killed, then the etcd member that leads; at the end everybody's word is compared with every server's
 * record. No process and no file of it stays.
 */
export async function runClusterDemo(options: DemoOptions, say: Say): Promise<number> {
  const started = performance.now();
  const program = etcdProgram();
  const folder = mkdtempSync(join(tmpdir(), 'quorate-demo-'));
  const ending = new AbortController();
  const parts: Part[] = [];
  const sweep = (): void => {
    for (const { pid, running } of parts) if (running && pid !== undefined) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', sweep);
  const interrupted = onSignal(ending);
  const late = new CliError(
    `not done within ${limitMs / 1000} s`,
    'is the machine very busy?',
    exit.undecided,
  );
  const limit = setTimeout(() => ending.abort(late), limitMs);
  try {
    const scene = await raise(program, folder, parts, options, ending, say);
    const killed = await blows(scene);
    const history = await finish(scene);
    const verdict = await compare(scene, history);
    const decision = history.findLast(({ state }) => state === 'SUCCESS');
    const seconds = Math.round((performance.now() - started) / 10) / 100;
    const good = decision !== undefined && verdict.lost === 0 && verdict.violations === 0;
    tellEnd(say, history, verdict, seconds);
    if (options.json) {
      const { state = 'FAILED', value = null } = decision ?? {};
      const report = { state, value, rounds: history.length, killed, ...verdict, seconds };
      const last = history.slice(-20).map(({ round, state, value }) => ({ round, state, value }));
      print(JSON.stringify({ ...report, history: last }));
    }
    return good ? exit.agreed : exit.failed;
  } catch (error) {
    if (interrupted.code !== null) return interrupted.code;
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    clearTimeout(limit);
    await Promise.all(parts.map((part) => part.kill()));
    sweep();
    process.removeListener('exit', sweep);
    interrupted.forget();
  }
}

/** Starts everything and waits until it can be used. */
async function raise(
  program: string,
  folder: string,
  parts: Part[],
  options: DemoOptions,
  ending: AbortController,
  say: Say,
): Promise<Scene> {
  const { signal } = ending;
  const ports = await freePorts(12);
  const members = etcdMembers(program, folder, ports);
  parts.push(...members);
  for (const member of members) member.start();
  await Promise.all(members.map((member) => until(signal, member, () => member.isHealthy())));
  say(`3 etcd members: ${members.map(({ endpoint }) => endpoint).join('  ')}`);

  const log = `etcd://${members.map(({ endpoint }) => endpoint).join()}/demo`;
  const servers = ports.slice(9).map((port, n) => quorateServer(n, port, log));
  const urls = ports.slice(9).map((port) => `http://127.0.0.1:${port}`);
  parts.push(...servers);
  for (const server of servers) server.start();
  await Promise.all(servers.map((server, n) => until(signal, server, () => isReady(urls[n] as string))));
  say(`3 servers:      ${urls.join('  ')}`);

  const names = Array.from({ length: options.agents }, (_, i) => `agent-${i + 1}`);
  const rule = { electorate: { agents: names }, threshold: options.quorum, next: 'continuous' } as const;
  await connect({ urls }).group(name).create({ rule }, { signal });
  const told = new Map(names.map((agent) => [agent, [] as Told[]]));
  const agents = names.map((agent, i) => {
    const turned = [...urls.slice(i % 3), ...urls.slice(0, i % 3)];
    const orders = JSON.stringify({ urls: turned, group: name, agent, max: options.max });
    const main = fileURLToPath(new URL('./cluster-agent.js', import.meta.url));
    return new Part(agent, [process.execPath, main, orders]);
  });
  parts.push(...agents);
  for (const agent of agents) agent.start((line) => told.get(agent.name)?.push(JSON.parse(line) as Told));
  say(
    `${names.length} agents draw from 1 to ${options.max}, ${options.quorum} equal numbers decide; each begins at another server\n`,
  );
  return { options, members, servers, agents, urls, told, signal, say };
}

interface Killed {
  readonly what: string;
  /** The round that was open, and the longest that an agent waited in the time after. */
  readonly round: number;
  readonly longestWaitMs: number;
}

/** A server is killed, then the leader of etcd; both come back later. */
async function blows(scene: Scene): Promise<readonly Killed[]> {
  const { members, servers, signal, say } = scene;
  const killed: Killed[] = [];
  await watchRounds(scene, calmMs);
  const strike = async (part: Part, what: string): Promise<void> => {
    const round = roundsTold(scene) + 1;
    const before = [...scene.told.values()].map((list) => list.length);
    say(paint('red', `kill -9 ${part.name} (${what}, pid ${part.pid}) in round ${round}`));
    await part.kill();
    await watchRounds(scene, calmMs);
    const waits = [...scene.told.values()].flatMap((list, i) => list.slice(before[i]));
    const longestWaitMs = Math.max(0, ...waits.map(({ waitedMs }) => waitedMs));
    say(
      `  rounds went on: ${roundsTold(scene) - round + 1} more, no agent waited longer than ${longestWaitMs} ms`,
    );
    killed.push({ what: part.name, round, longestWaitMs });
  };
  const [server] = servers as [Part, Part, Part];
  await strike(server, 'a Quorate server');
  let leader: EtcdMember | undefined;
  await until(signal, members[0] as Part, async () => {
    for (const member of members) if (await member.leads()) leader = member;
    return leader !== undefined;
  });
  await strike(leader as EtcdMember, 'the leader of the etcd cluster');
  say('both are started again and catch up');
  leader?.start();
  await until(signal, leader as Part, () => (leader as EtcdMember).isHealthy());
  server.start();
  await until(signal, server, () => isReady(scene.urls[0] as string));
  await watchRounds(scene, calmMs / 2);
  return killed;
}

/** Lets rounds go on for a while, telling of each tenth. */
async function watchRounds(scene: Scene, ms: number): Promise<void> {
  const end = performance.now() + ms;
  let shown = roundsTold(scene);
  while (performance.now() < end) {
    await pause(scene.signal, 100);
    const dead = scene.agents.find((agent) => !agent.running);
    if (dead !== undefined) throw new CliError(`${dead.name} ended`, `its last words: ${dead.lastWords}`);
    const now = roundsTold(scene);
    if (now >= shown + 10) {
      const last = scene.told.get('agent-1')?.at(-1);
      if (last !== undefined) scene.say(`  round ${last.round}: ${last.outcome.state}`);
      shown = now;
    }
  }
}

/** Waits for a decision, lets the agents go, and reads the history. */
async function finish({ agents, urls, told, signal }: Scene): Promise<readonly RoundJson[]> {
  const group = connect({ urls }).group(name);
  const from = told.get('agent-1')?.length ?? 0;
  const first = agents[0] as Part;
  await until(signal, first, async () =>
    (told.get('agent-1') ?? []).slice(from).some(({ outcome }) => outcome.state === 'SUCCESS'),
  );
  await Promise.all(agents.map((agent) => agent.finish(3000)));
  return closedOf(await group.rounds({ limit: 1000, signal }));
}

interface Verdict {
  readonly longestStallMs: number;
  /** Proposals that an agent was told are counted, and that are not in the record of some server. */
  readonly lost: number;
  /** Outcomes of one round that differ: between two servers, or between a server and what an agent was told. */
  readonly violations: number;
}

async function compare({ urls, told, signal }: Scene, history: readonly RoundJson[]): Promise<Verdict> {
  let [lost, violations, longestStallMs] = [0, 0, 0];
  for (const url of urls) {
    const rounds = closedOf(await connect({ url }).group(name).rounds({ limit: 1000, signal }));
    const byNumber = new Map(rounds.map((round) => [round.round, round]));
    for (const { round, state, value } of history) {
      const same = byNumber.get(round);
      if (same?.state !== state || same.value !== value) violations += 1;
    }
    for (const [agent, list] of told) {
      for (const { round, proposed, outcome, waitedMs } of list) {
        longestStallMs = Math.max(longestStallMs, waitedMs);
        const record = byNumber.get(round);
        if (record?.state !== outcome.state || record.value !== outcome.value) violations += 1;
        const counted = record?.tally?.some(
          ({ value, agents }) => value === proposed && agents.includes(agent),
        );
        if (counted !== true) lost += 1;
      }
    }
  }
  return { longestStallMs, lost, violations };
}

function tellEnd(say: Say, history: readonly RoundJson[], verdict: Verdict, seconds: number): void {
  say('\nthe last rounds, the same on all three servers:');
  for (const round of history.slice(-5)) say(demoRound(round));
  const decisions = history.filter(({ state }) => state === 'SUCCESS').length;
  const { lost, violations, longestStallMs } = verdict;
  const said = `${history.length} rounds, ${decisions} decisions in ${seconds} s.`;
  say(
    `\n${paint(lost + violations === 0 ? 'green' : 'red', said)} Longest wait of any agent: ${longestStallMs} ms.`,
  );
  say(`Proposals lost: ${lost}. Outcomes that differ: ${violations}.`);
}

function closedOf(rounds: readonly RoundJson[]): RoundJson[] {
  return rounds.filter(({ state }) => state !== 'WAITING').sort((a, b) => a.round - b.round);
}

/** Rounds that every agent has been told. */
function roundsTold({ told }: Scene): number {
  return Math.min(...[...told.values()].map((list) => list.length));
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

async function until(signal: AbortSignal, part: Part, holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    if (!part.running) throw new CliError(`${part.name} ended`, `its last words: ${part.lastWords}`);
    await pause(signal, 50);
  }
}

function pause(signal: AbortSignal, ms: number): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, ms));
}
