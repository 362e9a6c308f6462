import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { etcdBinary } from '../harness/tools.ts';
import type { Places } from './faults/deployment.ts';

/**
 * npm run faults -- [--episodes 10] [--seed S] [--only FAULT,FAULT] [--json]
 *
 * Real etcd members, servers and agents under faults drawn by a seed. Makes network namespaces of its own where it may
 * (root on Linux), and takes everything down again, however the run ends.
 */
const tools = resolve('.cache/tools');
const required = Boolean(process.env.CI) || process.getuid?.() === 0;

/** Programs beside etcd, from Debian packages unpacked into .cache: nothing is installed. */
const packages = {
  nft: ['nftables', 'libnftables1', 'libnftnl11', 'libmnl0', 'libjansson4', 'libxtables12'],
  faketime: ['libfaketime'],
} as const;

const etcd = etcdBinary();
if (etcd === null) endWith('no etcd: run "node scripts/test-tools.js" or set ETCD_BIN', 69);
const env: NodeJS.ProcessEnv = { ...process.env, ETCD_BIN: etcd };
const faketime = find('usr/lib', 'libfaketime.so.1') ?? unpack('faketime', 'usr/lib', 'libfaketime.so.1');
if (faketime !== null) env.QUORATE_FAKETIME = faketime;
else skipped('clocks an hour off', 'no libfaketime (apt-get download libfaketime)');

const hub = `qf${process.pid}`;
const places = makeNamespaces();
if (places !== null) env.QUORATE_PLACES = JSON.stringify(places);
const enter = places === null ? [] : ['ip', 'netns', 'exec', hub];
const main = join(import.meta.dirname, 'faults/main.js');
const [program = '', ...args] = [...enter, process.execPath, main, ...process.argv.slice(2)];
const child = spawn(program, args, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
child.on('close', (code) => {
  removeNamespaces();
  process.exit(code ?? 70);
});

/** A hub with a bridge, in which agents live, and a namespace for each member and server; null where that cannot be. */
function makeNamespaces(): Places | null {
  const without = 'isolation, one-way and lossy links, cut sockets';
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return skipped(without, 'not root on Linux');
  const nft =
    find('usr/sbin', 'nft') ??
    (existsSync('/usr/sbin/nft') ? '/usr/sbin/nft' : unpack('nft', 'usr/sbin', 'nft'));
  if (nft === null) return skipped(without, 'no nft (apt-get install nftables)');
  try {
    ip('netns', 'add', hub);
    ip('-n', hub, 'link', 'set', 'lo', 'up');
    ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', hub, 'addr', 'add', '10.77.0.1/24', 'dev', 'br0');
    ip('-n', hub, 'link', 'set', 'br0', 'up');
    const nodes = ['m0', 'm1', 'm2', 's0', 's1', 's2'].map((name, i) => node(name, `10.77.0.${11 + i}`));
    return { nft, libraries: nft.startsWith(tools) ? libraries() : '', nodes };
  } catch (error) {
    removeNamespaces();
    return skipped(without, String(error));
  }
}

function node(name: string, address: string): Places['nodes'][number] {
  const space = `${hub}${name}`;
  ip('netns', 'add', space);
  ip('-n', space, 'link', 'set', 'lo', 'up');
  ip('-n', hub, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
  ip('-n', hub, 'link', 'set', name, 'master', 'br0');
  ip('-n', hub, 'link', 'set', name, 'up');
  ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
  ip('-n', space, 'link', 'set', 'eth0', 'up');
  return { name, address, space };
}

function removeNamespaces(): void {
  for (const space of existsSync('/run/netns') ? readdirSync('/run/netns') : []) {
    if (!space.startsWith(hub)) continue;
    const inside = spawnSync('ip', ['netns', 'pids', space], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean);
    for (const pid of inside) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
    spawnSync('ip', ['netns', 'del', space]);
  }
}

function ip(...args: readonly string[]): void {
  const done = spawnSync('ip', args, { encoding: 'utf8' });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr.trim()}`);
}

/** Where the libraries of the fetched packages are, for LD_LIBRARY_PATH. */
function libraries(): string {
  const folder = join(tools, 'usr/lib');
  const below = readdirSync(folder).map((name) => join(folder, name));
  return [folder, ...below].join(':');
}

/** The path of a fetched file of this name; null when there is none. */
function find(below: string, name: string): string | null {
  const folder = join(tools, below);
  if (!existsSync(folder)) return null;
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (path) => path === name || path.endsWith(`/${name}`),
  );
  return found === undefined ? null : join(folder, found);
}

/** Fetches the packages of a tool; null where that cannot be. */
function unpack(tool: keyof typeof packages, below: string, name: string): string | null {
  mkdirSync(tools, { recursive: true });
  const folder = mkdtempSync(join(tools, 'fetch-'));
  try {
    const fetched = spawnSync('apt-get', ['download', ...packages[tool]], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (fetched.status !== 0) return null;
    for (const file of readdirSync(folder)) spawnSync('dpkg-deb', ['-x', join(folder, file), tools]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return find(below, name);
}

/** A loud line where faults are left out; the end of the run where they must not be. */
function skipped(what: string, why: string): null {
  if (required) endWith(`${what} cannot be tested here: ${why}`, 1);
  console.error(`!!!! SKIPPED: ${what}: ${why}`);
  return null;
}

function endWith(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}
