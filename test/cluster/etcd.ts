import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './ports.ts';

export interface ClusterOptions {
  /** The etcd program; see `etcdBinary`. */
  readonly binary: string;
  readonly members?: 1 | 3;
  /** Further arguments for every member, such as `--quota-backend-bytes=...`. */
  readonly args?: readonly string[];
  /** Where each member lives, when that is not simply this machine's loopback. */
  readonly places?: readonly Place[];
  /** Certificates, when clients must speak TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** An address, and the words before a command that make it run where that address is its own. */
export interface Place {
  readonly address: string;
  readonly enter: readonly string[];
}

const loopback: Place = { address: '127.0.0.1', enter: [] };

/** A real etcd on free loopback ports, with its files in a new directory under the system's own. */
export class EtcdCluster {
  readonly members: readonly EtcdMember[];
  readonly #folder: string;

  private constructor(folder: string, members: readonly EtcdMember[]) {
    this.#folder = folder;
    this.members = members;
  }

  /** Starts the members and waits until one of them has served a write. */
  static async start(options: ClusterOptions): Promise<EtcdCluster> {
    const count = options.members ?? 1;
    const folder = await mkdtemp(join(tmpdir(), 'quorate-etcd-'));
    const ports = await freePorts(3 * count);
    const places = Array.from({ length: count }, (_, i) => options.places?.[i] ?? loopback);
    const peers = places.map(({ address }, i) => `m${i}=http://${address}:${ports[3 * i + 1]}`).join();
    const members = places.map(
      (place, i) => new EtcdMember(options, place, folder, `m${i}`, ports.slice(3 * i, 3 * i + 3), peers),
    );
    const cluster = new EtcdCluster(folder, members);
    try {
      for (const member of members) member.start();
      await cluster.ready();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get endpoints(): string[] {
    return this.members.map((member) => member.endpoint);
  }

  /** The address of a log in this cluster. */
  url(prefix: string): string {
    return `etcd://${this.endpoints.join(',')}/${prefix}`;
  }

  /** Waits until every running member says that it is healthy, which takes a leader. */
  async ready(within = 20_000): Promise<void> {
    const stopAt = Date.now() + within;
    for (const member of this.members) {
      while (member.running && !(await member.healthy())) {
        if (Date.now() > stopAt) throw new Error(`etcd did not become healthy:\n${member.output}`);
        await sleep(50);
      }
      if (!member.running) throw new Error(`etcd ended at its start:\n${member.output}`);
    }
  }

  /** The member that leads now. */
  async leader(): Promise<EtcdMember> {
    for (let tries = 0; tries < 100; tries++) {
      for (const member of this.members) if (await member.leads()) return member;
      await sleep(50);
    }
    throw new Error('no etcd member leads');
  }

  /** Ends every member and removes the files. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export class EtcdMember {
  readonly endpoint: string;
  /** The folder of its files. */
  readonly files: string;
  /** The end of what the member has written to its log. */
  output = '';
  readonly #command: readonly string[];
  readonly #metrics: string;
  #process: ChildProcess | null = null;

  constructor(
    options: ClusterOptions,
    { address, enter }: Place,
    folder: string,
    name: string,
    [clientPort, peerPort, metricsPort]: readonly number[],
    peers: string,
  ) {
    const { tls } = options;
    const client = `${tls ? 'https' : 'http'}://${address}:${clientPort}`;
    const peer = `http://${address}:${peerPort}`;
    this.#command = [
      ...[...enter, options.binary],
      ...['--name', name, '--data-dir', join(folder, name)],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', peers],
      ...['--listen-metrics-urls', `http://${address}:${metricsPort}`],
      ...['--heartbeat-interval', '50', '--election-timeout', '500', '--log-level', 'warn'],
      // The default of the releases that docs/cluster.md asks for: else a member that was cut off unseats the leader.
      '--pre-vote',
      ...(tls
        ? ['--cert-file', tls.cert, '--key-file', tls.key, '--client-cert-auth', '--trusted-ca-file', tls.ca]
        : []),
      ...(options.args ?? []),
    ];
    this.files = join(folder, name);
    this.endpoint = `${address}:${clientPort}`;
    this.#metrics = `http://${address}:${metricsPort}`;
  }

  get running(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the member, or starts it again on the files it left. */
  start(): void {
    if (this.running) return;
    const [program, ...args] = this.#command as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      this.output = (this.output + String(chunk)).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => keep(Buffer.from(String(error))));
    this.#process = child;
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || !this.running) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Stops the process where it is, connections and all, until `resume`. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async healthy(): Promise<boolean> {
    if (this.#metrics === '')
      return /ready to serve client requests|serving client requests/.test(this.output);
    return (await this.#get('/health')).includes('"health":"true"');
  }

  async leads(): Promise<boolean> {
    return /^etcd_server_is_leader 1$/m.test(await this.#get('/metrics'));
  }

  async #get(path: string): Promise<string> {
    if (!this.running) return '';
    try {
      const reply = await fetch(this.#metrics + path, { signal: AbortSignal.timeout(1000) });
      return await reply.text();
    } catch {
      return '';
    }
  }
}
