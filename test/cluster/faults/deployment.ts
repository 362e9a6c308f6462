import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { EtcdCluster, type Place } from '../etcd.ts';
import { freePorts } from '../ports.ts';
import type { Operation, Orders } from './history.ts';
import type { TalkRecord } from './talk.ts';

/** What ../faults.ts made for this run: namespaces with a bridge between them, or null on a machine where it may not. */
export interface Places {
  readonly nft: string;
  readonly libraries: string;
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly space: string }[];
}

const places = JSON.parse(process.env.QUORATE_PLACES ?? 'null') as Places | null;
export const hasNetwork = places !== null;
export const faketime = process.env.QUORATE_FAKETIME ?? null;

/** A network namespace, and how to spoil what goes in and out of it. On plain loopback nothing can be spoilt. */
export class Node implements Place {
  readonly address: string;
  readonly enter: readonly string[];
  private readonly space: string | null;

  constructor(name: string) {
    const node = places?.nodes.find((one) => one.name === name);
    this.address = node?.address ?? '127.0.0.1';
    this.space = node?.space ?? null;
    this.enter = node === undefined ? [] : ['ip', 'netns', 'exec', node.space];
  }

  /** Drops packets that come in and go out, all or only those of these peers. */
  isolate(from: readonly Node[] | null = null): void {
    this.spoil([...this.rules('in', from, 'drop'), ...this.rules('out', from, 'drop')]);
  }

  /** Drops what comes in and lets out what goes out. */
  deafen(from: readonly Node[] | null = null): void {
    this.spoil(this.rules('in', from, 'drop'));
  }

  /** Loses that many of a hundred packets that come in. */
  lose(percent: number): void {
    this.spoil([`add rule inet f in numgen random mod 100 < ${percent} drop`]);
  }

  heal(): void {
    if (this.space !== null) this.nft('delete table inet f', true);
  }

  /** Destroys every established connection of this node, as a firewall that forgot its state would. */
  cut(): void {
    if (this.space !== null)
      spawnSync('ip', ['netns', 'exec', this.space, 'ss', '-K', 'state', 'established'], { stdio: 'ignore' });
  }

  private rules(chain: 'in' | 'out', peers: readonly Node[] | null, action: string): string[] {
    if (peers === null) return [`add rule inet f ${chain} iifname != lo oifname != lo ${action}`];
    const side = chain === 'in' ? 'saddr' : 'daddr';
    return peers.map(({ address }) => `add rule inet f ${chain} ip ${side} ${address} ${action}`);
  }

  private spoil(rules: readonly string[]): void {
    const chains = ['in', 'out'].map(
      (name) => `add chain inet f ${name} { type filter hook ${name}put priority 0; policy accept; }`,
    );
    this.nft(['add table inet f', ...chains, ...rules].join('\n'), false);
  }

  private nft(text: string, mayFail: boolean): void {
    if (this.space === null || places === null) throw new Error('no network to spoil');
    const done = spawnSync('ip', ['netns', 'exec', this.space, places.nft, '-f', '-'], {
      input: text,
      encoding: 'utf8',
      env: { ...process.env, LD_LIBRARY_PATH: places.libraries },
    });
    if (done.status !== 0 && !mayFail) throw new Error(`nft: ${done.stderr}`);
  }
}

/** A server in its own process, on the same port whenever it is started again. */
export class ServerProcess {
  readonly url: string;
  readonly node: Node;
  output = '';
  /** How often it stopped because the others had trimmed what it had not seen yet, and was started again. */
  leftBehind = 0;
  private readonly args: readonly string[];
  private child: ChildProcess | null = null;

  constructor(node: Node, port: number, log: string) {
    this.node = node;
    this.url = `http://${node.address}:${port}`;
    // Checkpoints in the middle of the load, from which servers start again.
    const limits = ['--limit', 'checkpointEntries=300'];
    this.args = [
      '--host',
      node.address,
      '--port',
      String(port),
      '--log',
      log,
      '--insecure-open',
      '--json',
      ...limits,
    ];
  }

  get running(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  start(env: Readonly<Record<string, string>> = {}): void {
    const main = resolve('dist/cli/main.js');
    const [program, ...args] = [...this.node.enter, process.execPath, main, 'server', ...this.args];
    const child = spawn(program as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const keep = (text: Buffer): void => {
      this.output = (this.output + String(text)).slice(-16_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('close', (code, signal) => keep(Buffer.from(`ended: ${code ?? signal}\n`)));
    this.child = child;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** What stands over it does: starts it again where it came back too late for what it had not seen yet. */
  supervise(): void {
    if (this.child === null || this.running || !/trimmed/.test(this.output)) return;
    this.leftBehind += 1;
    this.output = '';
    this.start();
  }

  /** Sends the signal and waits for the end; kills what has not ended after 20 s. */
  async end(name: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (child === null || !this.running) return null;
    const gone = once(child, 'exit') as Promise<[number | null]>;
    child.kill(name);
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const [code] = await gone;
    clearTimeout(timer);
    return code;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) })).ok;
    } catch {
      return false;
    }
  }

  /** Resolves once it is ready; rejects after `ms`. */
  async ready(ms = 20_000): Promise<void> {
    const end = performance.now() + ms;
    while (!(await this.isReady())) {
      if (performance.now() > end || !this.running)
        throw new Error(`${this.url} is not ready${this.running ? '' : ', it ended'}:\n${this.output}`);
      await sleep(20);
    }
  }
}

/** An agent in its own process; what it lived through goes to `history`, what it said and heard to `talk`. */
export class AgentProcess {
  private readonly child: ChildProcess;
  private onStopped: () => void = () => {};
  private onDrained: () => void = () => {};
  /** When its last operation was complete, in the history's time. */
  lastAt = 0;

  constructor(history: (operation: Operation) => void, talk: (line: TalkRecord) => void) {
    const main = join(import.meta.dirname, 'agent.js');
    const child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Operation | TalkRecord | { stopped: true } | { drained: true };
      if ('stopped' in line) return this.onStopped();
      if ('drained' in line) return this.onDrained();
      if (!isOperation(line)) return talk(line);
      if (line.op === 'propose' && 'state' in line.response) this.lastAt = line.completedAt;
      history(line);
    });
    this.child = child;
  }

  begin(orders: Orders): void {
    this.child.stdin?.write(`${JSON.stringify(orders)}\n`);
  }

  /** Resolves when its last operation is complete. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.onStopped = resolve;
      this.child.stdin?.write('stop\n');
    });
  }

  /** Resolves when it has heard all that was said. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.onDrained = resolve;
      this.child.stdin?.write('drain\n');
    });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

function isOperation(line: Operation | TalkRecord): line is Operation {
  return line.op === 'propose' || line.op === 'read';
}

/** Three etcd members, three servers and the agents. */
export class Deployment {
  readonly etcd: EtcdCluster;
  readonly servers: readonly ServerProcess[];
  readonly memberNodes: readonly Node[];

  private constructor(etcd: EtcdCluster, servers: readonly ServerProcess[], memberNodes: readonly Node[]) {
    this.etcd = etcd;
    this.servers = servers;
    this.memberNodes = memberNodes;
  }

  static async start(): Promise<Deployment> {
    const memberNodes = ['m0', 'm1', 'm2'].map((name) => new Node(name));
    const binary = process.env.ETCD_BIN as string;
    const etcd = await EtcdCluster.start({ binary, members: 3, places: memberNodes });
    const ports = await freePorts(3);
    // The etcd of the tests may answer reads from the past after a pause: docs/etcd-behaviours.md.
    const log = `${etcd.url('faults')}?barrier=true`;
    const servers = ports.map((port, i) => new ServerProcess(new Node(`s${i}`), port, log));
    const deployment = new Deployment(etcd, servers, memberNodes);
    for (const server of servers) server.start();
    try {
      await Promise.all(servers.map((server) => server.ready()));
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  get urls(): string[] {
    return this.servers.map(({ url }) => url);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.end('SIGKILL')));
    await this.etcd.stop();
  }
}
