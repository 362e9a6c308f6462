import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CliError, exit } from '../exit.ts';

/** The processes of `quorate demo --cluster`. Each ends with the demo, whatever happens. */
export class Part {
  readonly name: string;
  private readonly command: readonly string[];
  private child: ChildProcess | null = null;
  private words = '';

  constructor(name: string, command: readonly string[]) {
    this.name = name;
    this.command = command;
  }

  /** Starts it, or starts it again; its lines on standard output go to `onLine`. */
  start(onLine: (line: string) => void = () => {}): void {
    const [program, ...args] = this.command as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.on('error', (error) => {
      this.words = String(error);
    });
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.words = (this.words + text).slice(-2000);
    });
    createInterface({ input: child.stdout }).on('line', onLine);
    this.child = child;
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get lastWords(): string {
    return this.words.trim();
  }

  /** kill -9: no warning, no time to say anything. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || !this.running) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Ends its input and waits for it to end by itself; kills what has not after `limitMs`. */
  async finish(limitMs: number): Promise<void> {
    this.child?.stdin?.end();
    for (const end = performance.now() + limitMs; this.running && performance.now() < end; ) await sleep(20);
    await this.kill();
  }
}

export class EtcdMember extends Part {
  readonly endpoint: string;
  private readonly metrics: string;

  constructor(program: string, folder: string, n: number, ports: readonly number[], all: string) {
    const [client, peer, metrics] = ports.slice(3 * n, 3 * n + 3).map((port) => `http://127.0.0.1:${port}`);
    super(`etcd-${n + 1}`, [
      program,
      ...['--name', `m${n}`, '--data-dir', join(folder, `etcd-${n + 1}`), '--log-level', 'error'],
      ...['--listen-client-urls', client as string, '--advertise-client-urls', client as string],
      ...['--listen-peer-urls', peer as string, '--initial-advertise-peer-urls', peer as string],
      ...['--initial-cluster', all, '--listen-metrics-urls', metrics as string],
      ...['--heartbeat-interval', '50', '--election-timeout', '500'],
    ]);
    this.endpoint = `127.0.0.1:${ports[3 * n]}`;
    this.metrics = metrics as string;
  }

  async isHealthy(): Promise<boolean> {
    return (await this.read('/health')).includes('"health":"true"');
  }

  async leads(): Promise<boolean> {
    return /^etcd_server_is_leader 1$/m.test(await this.read('/metrics'));
  }

  private async read(path: string): Promise<string> {
    if (!this.running) return '';
    try {
      return await (await fetch(this.metrics + path, { signal: AbortSignal.timeout(1000) })).text();
    } catch {
      return '';
    }
  }
}

export function etcdMembers(program: string, folder: string, ports: readonly number[]): EtcdMember[] {
  const members = [0, 1, 2];
  const all = members.map((n) => `m${n}=http://127.0.0.1:${ports[3 * n + 1]}`).join();
  return members.map((n) => new EtcdMember(program, folder, n, ports, all));
}

export function quorateServer(n: number, port: number, log: string): Part {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const args = ['server', '--port', String(port), '--log', log, '--json'];
  return new Part(`server-${n + 1}`, [process.execPath, main, ...args]);
}

/** Throws a `CliError` when there is no etcd here. */
export function etcdProgram(): string {
  const fetched = fileURLToPath(new URL('../../../.cache/tools/usr/bin/etcd', import.meta.url));
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const places = process.env.ETCD_BIN
    ? [process.env.ETCD_BIN]
    : [...folders.map((folder) => join(folder, 'etcd')), '/usr/bin/etcd', fetched];
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  const fix =
    'install etcd (Debian: apt-get install etcd-server; others: https://etcd.io/docs/latest/install/), or set ETCD_BIN to it';
  throw new CliError(
    'the demo of a cluster needs the program etcd, which is not here',
    fix,
    exit.unreachable,
  );
}

/** Loopback ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
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
