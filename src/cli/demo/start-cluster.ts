import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connect } from '../../client/index.ts';
import { CliError } from '../exit.ts';
import type { AgentReport } from './cluster-agent.ts';
import { type EtcdMember, etcdMembers } from './etcd.ts';
import { agentParts, groupName, settingsForPeople } from './for-people.ts';
import { Part } from './part.ts';
import type { DemoOptions } from './text.ts';

export type Say = (line: string) => void;

/** The running processes of `quorate demo --cluster`. */
export interface Cluster {
  readonly members: readonly EtcdMember[];
  readonly servers: readonly Part[];
  readonly agents: readonly Part[];
  readonly urls: readonly string[];
  /** The first server's addresses for others on the local network; none without `lan`. */
  readonly lanUrls: readonly string[];
  /** What each agent has reported, by agent. */
  readonly reports: ReadonlyMap<string, AgentReport[]>;
  /** Aborts when the demo must end. */
  readonly signal: AbortSignal;
}

interface Start {
  /** The path of etcd. */
  readonly etcd: string;
  readonly folder: string;
  /** Every process is added here as it is started, so that the caller can end them all. */
  readonly parts: Part[];
  readonly signal: AbortSignal;
  readonly say: Say;
}

/** Starts etcd, the servers and the agents, and waits until each is ready. */
export async function startCluster(options: DemoOptions, start: Start): Promise<Cluster> {
  const { etcd, folder, parts, signal, say } = start;
  const ports = await freePorts(12);
  const members = etcdMembers(etcd, folder, ports);
  parts.push(...members);
  for (const member of members) member.start();
  await Promise.all(members.map((member) => until(signal, member, () => member.isHealthy())));
  const endpoints = members.map(({ endpoint }) => endpoint);
  say(`3 etcd members: ${endpoints.join('  ')}`);

  const isShared = (n: number): boolean => options.lan && n === 0;
  const servers = ports
    .slice(9)
    .map((port, n) => quorateServer(n, port, `etcd://${endpoints.join()}/demo`, isShared(n)));
  const urls = ports.slice(9).map((port) => `http://127.0.0.1:${port}`);
  parts.push(...servers);
  let lanUrls: readonly string[] = [];
  for (const [n, server] of servers.entries())
    server.start((line) => {
      if (isShared(n)) ({ lanUrls = lanUrls } = JSON.parse(line) as { lanUrls?: readonly string[] });
    });
  await Promise.all(servers.map((server, n) => until(signal, server, () => isReady(urls[n] as string))));
  say(`3 servers:      ${urls.join('  ')}`);

  const names = Array.from({ length: options.agents }, (_, i) => `agent-${i + 1}`);
  const rule = { electorate: { agents: names }, threshold: options.quorum, next: 'continuous' } as const;
  const settings = options.lan ? settingsForPeople(options) : { rule };
  await connect({ urls }).group(groupName).create(settings, { signal });
  const reports = new Map(names.map((agent) => [agent, [] as AgentReport[]]));
  const agents = agentParts(urls, options);
  parts.push(...agents);
  for (const agent of agents)
    agent.start((line) => reports.get(agent.name)?.push(JSON.parse(line) as AgentReport));
  say(
    `${names.length} agents draw from 1 to ${options.max}, ${options.quorum} equal numbers decide; each agent starts at another server\n`,
  );
  return { members, servers, agents, urls, lanUrls, reports, signal };
}

function quorateServer(n: number, port: number, log: string, lan: boolean): Part {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const name = `server-${n + 1}`;
  const args = [
    'server',
    '--port',
    String(port),
    '--name',
    name,
    '--log',
    log,
    '--json',
    ...(lan ? ['--lan'] : []),
  ];
  return new Part(name, [process.execPath, main, ...args]);
}

/** Loopback ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

export async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** Waits until `holds` is true. Throws when `part` ends before that. */
export async function until(signal: AbortSignal, part: Part, holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    throwIfEnded(part);
    await pause(signal, 50);
  }
}

export function throwIfEnded(part: Part): void {
  if (!part.running) throw new CliError(`${part.name} ended`, `its last output: ${part.lastOutput}`);
}

export function pause(signal: AbortSignal, ms: number): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, ms));
}
