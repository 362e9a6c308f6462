import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type RoundJson } from '../../client/index.ts';
import { CliError, exit } from '../exit.ts';
import { note, paint, print } from '../output.ts';
import { openBrowser } from './browser.ts';
import { type EtcdMember, etcdProgram } from './etcd.ts';
import { groupName, invitePeople, isForPeople } from './for-people.ts';
import { startFront } from './front.ts';
import type { Part } from './part.ts';
import { onSignal } from './signal.ts';
import {
  type Cluster,
  isReady,
  pause,
  type Say,
  startCluster,
  throwIfEnded,
  until,
} from './start-cluster.ts';
import { type DemoOptions, demoRound } from './text.ts';
import { closedOf, compare, type Verdict } from './verdict.ts';

const limitMs = 60_000;
/** How long the demo watches before the first kill and after each. */
const watchMs = 2500;

/**
 * Runs three etcd members, three servers and the agents, each a process on this machine. While rounds go on, a server is
 * killed and then the etcd member that leads. At the end the outcomes that the agents have seen are compared with the
 * rounds of every server. All processes end and all files are removed.
 */
export async function runClusterDemo(options: DemoOptions, say: Say): Promise<number> {
  const started = performance.now();
  const etcd = etcdProgram();
  const folder = mkdtempSync(join(tmpdir(), 'quorate-demo-'));
  const ending = new AbortController();
  const parts: Part[] = [];
  const cleanUp = (): void => {
    for (const { pid, running } of parts) if (running && pid !== undefined) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  const interrupted = onSignal(ending);
  const late = new CliError(
    `not done within ${limitMs / 1000} s`,
    'is the machine very busy?',
    exit.undecided,
  );
  const limit = isForPeople(options) ? undefined : setTimeout(() => ending.abort(late), limitMs);
  try {
    const cluster = await startCluster(options, { etcd, folder, parts, signal: ending.signal, say });
    if (options.open && !options.lan) {
      await takeApart(cluster, options, say);
      return exit.agreed;
    }
    if (isForPeople(options)) {
      await takePart(cluster, options, say);
      return exit.agreed;
    }
    const killed = await killServerAndLeader(cluster, say);
    const rounds = await finish(cluster);
    const verdict = await compare(cluster, rounds);
    const decision = rounds.findLast(({ state }) => state === 'SUCCESS');
    const seconds = Math.round((performance.now() - started) / 10) / 100;
    sayEnd(say, rounds, verdict, seconds);
    if (options.json) {
      const { state = 'FAILED', value = null } = decision ?? {};
      const history = rounds.slice(-20).map(({ round, state, value }) => ({ round, state, value }));
      print(JSON.stringify({ state, value, rounds: rounds.length, killed, ...verdict, seconds, history }));
    }
    const good = decision !== undefined && verdict.lost === 0 && verdict.violations === 0;
    return good ? exit.agreed : exit.failed;
  } catch (error) {
    if (interrupted.code !== null) return isForPeople(options) ? exit.agreed : interrupted.code;
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    clearTimeout(limit);
    await Promise.all(parts.map((part) => part.kill()));
    cleanUp();
    process.removeListener('exit', cleanUp);
    interrupted.forget();
  }
}

/** Lets people take part until the demo is ended; throws when a part of the cluster ends by itself. */
async function takePart(cluster: Cluster, options: DemoOptions, say: Say): Promise<void> {
  const { urls, lanUrls, servers, agents, signal } = cluster;
  for (const line of (servers[0] as Part).lastOutput.split('\n'))
    if (line.includes('"event":"lan"')) note(`warn  lan: ${(JSON.parse(line) as { says: string }).says}`);
  await invitePeople(options, { url: urls[0] as string, lanUrls }, say);
  for (;;) {
    await pause(signal, 250);
    agents.forEach(throwIfEnded);
  }
}

/** Lets the person here take parts away and bring them back on the page of the cluster, until the demo is ended. */
async function takeApart(
  { members, servers, urls, agents, signal }: Cluster,
  { json }: DemoOptions,
  say: Say,
): Promise<void> {
  const front = await startFront([
    ...servers.map((part, i) => ({ part, kind: 'server', url: urls[i] as string }) as const),
    ...members.map((part) => ({ part, kind: 'etcd', url: null }) as const),
  ]);
  try {
    if (json) print(JSON.stringify({ page: front.page, urls }));
    const isOpen = await openBrowser(front.page);
    say(`${isOpen ? 'the page' : 'no browser could be opened; open the page yourself'}: ${front.page}`);
    say('whoever has this address can kill parts of the demo; it goes on until you stop it: Ctrl-C\n');
    for (;;) {
      await pause(signal, 250);
      agents.forEach(throwIfEnded);
    }
  } finally {
    front.close();
  }
}

interface Killed {
  readonly what: string;
  /** The round that was open, and the longest wait of any agent afterwards. */
  readonly round: number;
  readonly longestWaitMs: number;
}

/** Kills a server, then the leader of etcd, and starts both again. */
async function killServerAndLeader(cluster: Cluster, say: Say): Promise<readonly Killed[]> {
  const { members, servers, signal, reports } = cluster;
  const killed: Killed[] = [];
  await watchRounds(cluster, say, watchMs);
  const kill = async (part: Part, what: string): Promise<void> => {
    const round = roundsSeenByAll(cluster) + 1;
    const before = [...reports.values()].map((list) => list.length);
    say(paint('red', `kill -9 ${part.name} (${what}, pid ${part.pid}) in round ${round}`));
    await part.kill();
    await watchRounds(cluster, say, watchMs);
    const since = [...reports.values()].flatMap((list, i) => list.slice(before[i]));
    const longestWaitMs = Math.max(0, ...since.map(({ waitedMs }) => waitedMs));
    const more = roundsSeenByAll(cluster) - round + 1;
    say(`  rounds went on: ${more} more, no agent waited longer than ${longestWaitMs} ms`);
    killed.push({ what: part.name, round, longestWaitMs });
  };
  const [server] = servers as [Part, Part, Part];
  await kill(server, 'a Quorate server');
  const leader = await leaderOf(members, signal);
  await kill(leader, 'the leader of the etcd cluster');
  say('both are started again and catch up');
  leader.start();
  await until(signal, leader, () => leader.isHealthy());
  server.start();
  await until(signal, server, () => isReady(cluster.urls[0] as string));
  await watchRounds(cluster, say, watchMs / 2);
  return killed;
}

async function leaderOf(members: readonly EtcdMember[], signal: AbortSignal): Promise<EtcdMember> {
  let leader: EtcdMember | undefined;
  await until(signal, members[0] as EtcdMember, async () => {
    for (const member of members) if (await member.leads()) leader = member;
    return leader !== undefined;
  });
  return leader as EtcdMember;
}

/** Lets rounds go on for `ms`, and prints every tenth. */
async function watchRounds(cluster: Cluster, say: Say, ms: number): Promise<void> {
  const end = performance.now() + ms;
  let shown = roundsSeenByAll(cluster);
  while (performance.now() < end) {
    await pause(cluster.signal, 100);
    cluster.agents.forEach(throwIfEnded);
    const now = roundsSeenByAll(cluster);
    if (now >= shown + 10) {
      const last = cluster.reports.get('agent-1')?.at(-1);
      if (last !== undefined) say(`  round ${last.round}: ${last.outcome.state}`);
      shown = now;
    }
  }
}

/** Waits for one more decision, ends the agents, and returns the closed rounds. */
async function finish({ agents, urls, reports, signal }: Cluster): Promise<readonly RoundJson[]> {
  const from = reports.get('agent-1')?.length ?? 0;
  await until(signal, agents[0] as Part, async () =>
    (reports.get('agent-1') ?? []).slice(from).some(({ outcome }) => outcome.state === 'SUCCESS'),
  );
  await Promise.all(agents.map((agent) => agent.finish(3000)));
  return closedOf(await connect({ urls }).group(groupName).rounds({ limit: 1000, signal }));
}

function sayEnd(say: Say, rounds: readonly RoundJson[], verdict: Verdict, seconds: number): void {
  say('\nthe last rounds, the same on all three servers:');
  for (const round of rounds.slice(-5)) say(demoRound(round));
  const decisions = rounds.filter(({ state }) => state === 'SUCCESS').length;
  const { lost, violations, longestStallMs } = verdict;
  const summary = `${rounds.length} rounds, ${decisions} decisions in ${seconds} s.`;
  say(
    `\n${paint(lost + violations === 0 ? 'green' : 'red', summary)} Longest wait of any agent: ${longestStallMs} ms.`,
  );
  say(`Proposals lost: ${lost}. Outcomes that differ: ${violations}.`);
}

/** How many rounds every agent has reported. */
function roundsSeenByAll({ reports }: Cluster): number {
  return Math.min(...[...reports.values()].map((list) => list.length));
}
