import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { EtcdCluster } from '../cluster/etcd.ts';
import { TcpProxy } from '../cluster/proxy.ts';
import { type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import type { LogSample, Sample } from './figures.ts';

/** A server, and the proxy before it that the load goes through. */
export class Target {
  readonly name: string;
  readonly proxy: TcpProxy;
  server: Server;
  /** Which start of it this is. */
  life = 1;
  isDown = false;

  constructor(name: string, server: Server, proxy: TcpProxy) {
    this.name = name;
    this.server = server;
    this.proxy = proxy;
  }

  /** Ends it as `how` says, and starts it again on its port. A server that drains must end with 0. */
  async restart(how: 'kill' | 'stop', downMs: number): Promise<void> {
    this.isDown = true;
    if (how === 'kill') await this.server.kill();
    else {
      const { code, signal } = await this.server.stop();
      if (code !== 0) throw new Error(`${this.name} drained and ended with ${code ?? signal}`);
    }
    await sleep(downMs);
    // On a busy machine it may take a second try.
    this.server = await this.server.again().catch(() => this.server.again());
    this.life += 1;
    this.isDown = false;
  }
}

/** One deployment under load: its servers, and what is below them. */
export interface Lane {
  readonly name: string;
  readonly targets: readonly Target[];
  /** Null where the log is on files. */
  readonly etcd: EtcdCluster | null;
  log(at: number): LogSample;
  stop(): Promise<void>;
}

export interface LaneOptions {
  readonly checkpointEntries: number;
  /** `host:port` to which webhooks may go. */
  readonly webhooks: string;
}

/** Where the servers of this process write what is left in their heaps. */
const probes = mkdtempSync(join(tmpdir(), 'quorate-soak-'));
process.on('exit', () => rmSync(probes, { recursive: true, force: true }));
const probe = pathToFileURL(join(import.meta.dirname, 'probe.js')).href;
const env = { NODE_OPTIONS: `--import ${probe}`, SOAK_PROBE: probes };

async function startTarget(name: string, args: readonly string[], options: LaneOptions): Promise<Target> {
  const limits = ['--limit', `checkpointEntries=${options.checkpointEntries}`];
  const server = await startServer(
    [...args, ...limits, '--webhook-allow', options.webhooks, '--name', name],
    0,
    env,
  );
  return new Target(name, server, await TcpProxy.start(`127.0.0.1:${server.port}`));
}

/** One server on plain files. */
export async function onFiles(name: string, options: LaneOptions): Promise<Lane> {
  const folder = temporaryFolder();
  const target = await startTarget(name, ['--data', folder.path], options);
  return {
    name,
    targets: [target],
    etcd: null,
    log: (at) => ({
      at,
      log: name,
      mib: mibOf(folder.path, 'ballast'),
      oldest: readdirSync(join(folder.path, 'log')).sort()[0] ?? '',
    }),
    async stop() {
      await target.proxy.close();
      await target.server.kill();
      folder.remove();
    },
  };
}

/** Three servers over three members of etcd. */
export async function onEtcd(name: string, options: LaneOptions): Promise<Lane> {
  const binary = etcdBinary();
  if (binary === null) throw new Error('no etcd: run "node scripts/test-tools.js" or set ETCD_BIN');
  const etcd = await EtcdCluster.start({ binary, members: 3 });
  const targets: Target[] = [];
  const stop = async (): Promise<void> => {
    for (const { proxy, server } of targets) {
      await proxy.close();
      await server.kill();
    }
    await etcd.stop();
  };
  try {
    for (const n of [1, 2, 3])
      targets.push(await startTarget(`${name}-${n}`, ['--log', etcd.url('soak')], options));
  } catch (error) {
    await stop();
    throw error;
  }
  const [member] = etcd.members;
  return {
    name,
    targets,
    etcd,
    log: (at) => ({
      at,
      log: name,
      mib: mibOf(join(member?.files ?? '', 'member', 'snap')),
      oldest: null,
    }),
    stop,
  };
}

/** Looks at a server; null while it is down. A frozen one answers when it goes on. */
export async function sampleOf(target: Target, at: number): Promise<Sample | null> {
  const { server, life, name } = target;
  if (target.isDown) return null;
  try {
    const before = toldBy(server.pid)?.asked ?? 0;
    process.kill(server.pid, 'SIGUSR2');
    const told = await until(30_000, () => {
      const now = toldBy(server.pid);
      return now !== null && now.asked > before ? now : target.life === life ? undefined : null;
    });
    if (told === null) return null;
    const reply = await fetch(`${server.url}/metrics`, { signal: AbortSignal.timeout(30_000) });
    const metrics = await reply.text();
    const figure = (metric: string): number =>
      Number(new RegExp(`^${metric} (.+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    return {
      at,
      server: name,
      life,
      rssMiB: inMiB(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024),
      heapMiB: inMiB(told.bytes),
      descriptors: readdirSync(`/proc/${server.pid}/fd`).length,
      streams: figure('quorate_streams'),
      waits: figure('quorate_waiters'),
      groups: figure('quorate_groups'),
      index: figure('quorate_log_index'),
    };
  } catch {
    // It was killed, or stood still, while it was looked at: the next look tells more, and `compare` whether it serves.
    return null;
  }
}

function toldBy(pid: number): { readonly asked: number; readonly bytes: number } | null {
  try {
    return JSON.parse(readFileSync(join(probes, `${pid}.json`), 'utf8'));
  } catch {
    return null;
  }
}

/** What the files below a folder hold. Some may go while they are looked at. */
function mibOf(folder: string, except?: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === except) continue;
    try {
      bytes += statSync(join(entry.parentPath, entry.name)).size;
    } catch {}
  }
  return inMiB(bytes);
}

function inMiB(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 100) / 100;
}
