import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/**
 * Where etcd is, or null when this machine has none and the suites that need it are skipped, with a
 * line that says so. Throws where a skip would hide a gap: in CI and for root, for whom
 * `scripts/test-tools.js` fetches it.
 */
export function etcdBinary(): string | null {
  const found = find('ETCD_BIN', ['etcd'], ['/usr/bin/etcd', join(cached, 'usr/bin/etcd')]);
  return found ?? without('etcd', 'ETCD_BIN', 'the suites on a real etcd');
}

/** Where etcdctl is, or null: as for etcd. */
export function etcdctlBinary(): string | null {
  const found = find('ETCDCTL_BIN', ['etcdctl'], ['/usr/bin/etcdctl', join(cached, 'usr/bin/etcdctl')]);
  return found ?? without('etcdctl', 'ETCDCTL_BIN', 'the runbook on a real etcd');
}

/** Where nginx is, or null: as for etcd. */
export function nginxBinary(): string | null {
  const found = find('NGINX_BIN', ['nginx'], ['/usr/sbin/nginx', join(cached, 'usr/sbin/nginx')]);
  return found ?? without('nginx', 'NGINX_BIN', 'the tests behind a proxy');
}

/** Other versions of Node: the oldest that is supported and a newer one. Null where one is missing: as for etcd. */
export function otherNodes(): readonly (readonly [version: string, path: string | null])[] {
  return ['20.19.0', '26.12.1'].map((version) => {
    const name = `node-${version}`;
    const variable = `NODE_${version.replaceAll('.', '_')}_BIN`;
    const found = find(variable, [name], [join(cached, name, 'bin/node')]);
    return [
      version,
      found ?? without(name, variable, 'the replay of recorded logs under other versions of Node'),
    ];
  });
}

/** Chromium and the environment it starts in, or null: as for etcd. */
export function chromiumBinary(): { readonly path: string; readonly env: NodeJS.ProcessEnv } | null {
  const unpacked = join(cached, 'usr/lib/chromium/chromium');
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const path = find('CHROMIUM_BIN', names, [...names.map((name) => `/usr/bin/${name}`), unpacked]);
  if (path === null) return without('chromium', 'CHROMIUM_BIN', 'the tests in a browser');
  if (path !== unpacked) return { path, env: process.env };
  const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const libraries = join(cached, 'usr/lib', triplet);
  return { path, env: { ...process.env, LD_LIBRARY_PATH: `${libraries}:${libraries}/pulseaudio` } };
}

// From the checkout, where tests and drivers run: this file may be a copy compiled into .cache/run.
const cached = resolve('.cache/tools');

function find(variable: string, names: readonly string[], paths: readonly string[]): string | null {
  const named = process.env[variable];
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = named
    ? [named]
    : [...onPath.flatMap((folder) => names.map((name) => join(folder, name))), ...paths];
  return candidates.find(executable) ?? null;
}

function without(tool: string, variable: string, suites: string): null {
  const advice = `no ${tool}: run "node scripts/test-tools.js" or set ${variable}`;
  if (process.env.CI || process.getuid?.() === 0) throw new Error(advice);
  console.error(`!!!! SKIPPED: ${suites}: ${advice}`);
  return null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
