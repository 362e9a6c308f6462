import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, exit } from '../exit.ts';
import { Part } from './part.ts';

export class EtcdMember extends Part {
  readonly endpoint: string;
  private readonly metrics: string;

  constructor(program: string, folder: string, n: number, ports: readonly number[], all: string) {
    const [client, peer, metrics] = ports.slice(3 * n, 3 * n + 3).map((port) => `http://127.0.0.1:${port}`);
    super(`etcd-${n + 1}`, [
      program,
      ...['--name', `etcd-${n + 1}`, '--data-dir', join(folder, `etcd-${n + 1}`), '--log-level', 'error'],
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
  const all = members.map((n) => `etcd-${n + 1}=http://127.0.0.1:${ports[3 * n + 1]}`).join();
  return members.map((n) => new EtcdMember(program, folder, n, ports, all));
}

/** The path of the program etcd. Throws a `CliError` when it is not installed. */
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
    'the demo of a cluster needs the program etcd, which is not installed',
    fix,
    exit.unreachable,
  );
}
