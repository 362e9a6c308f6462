import { spawnSync } from 'node:child_process';
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

/** Where Prometheus and promtool are, or null: as for etcd. */
export function prometheusBinaries(): { readonly prometheus: string; readonly promtool: string } | null {
  const [prometheus, promtool] = ['prometheus', 'promtool'].map((name) =>
    find(`${name.toUpperCase()}_BIN`, [name], [`/usr/bin/${name}`, join(cached, 'usr/bin', name)]),
  );
  if (prometheus && promtool) return { prometheus, promtool };
  return without(
    'prometheus and promtool',
    'PROMETHEUS_BIN and PROMTOOL_BIN',
    'the tests on a real Prometheus',
  );
}

/** Where Caddy is, or null: as for etcd. */
export function caddyBinary(): string | null {
  const found = find('CADDY_BIN', ['caddy'], ['/usr/bin/caddy', join(cached, 'usr/bin/caddy')]);
  return found ?? without('caddy', 'CADDY_BIN', 'the tests behind a proxy');
}

/** A program, and the folder of its libraries where it was fetched with them. */
export interface Tool {
  readonly path: string;
  readonly libraries: string | null;
}

/** buildah. Throws where there is none: who asks is root, for whom `scripts/test-tools.js` fetches it. */
export function buildahTool(): Tool {
  const path = find('BUILDAH_BIN', ['buildah'], [join(cached, 'usr/bin/buildah')]);
  if (path === null) throw new Error('no buildah: run "node scripts/test-tools.js" or set BUILDAH_BIN');
  return { path, libraries: path.startsWith(cached) ? libraries : null };
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

/** A program and the environment it starts in. */
export interface Program {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Chromium, or null: as for etcd. */
export function chromiumBinary(): Program | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const paths = [...names.map((name) => `/usr/bin/${name}`), join(cached, 'usr/lib/chromium/chromium')];
  return (
    started(find('CHROMIUM_BIN', names, paths)) ??
    without('chromium', 'CHROMIUM_BIN', 'the tests in a browser')
  );
}

/** wrk, or null: as for etcd. */
export function wrkBinary(): Program | null {
  const path = find('WRK_BIN', ['wrk'], ['/usr/bin/wrk', join(cached, 'usr/bin/wrk')]);
  return started(path) ?? without('wrk', 'WRK_BIN', 'the benchmark over HTTP');
}

/** Redis, or null: as for etcd. */
export function redisBinary(): Program | null {
  const path = find('REDIS_BIN', ['redis-server'], [join(cached, 'usr/bin/redis-server')]);
  return started(path) ?? without('redis-server', 'REDIS_BIN', 'the benchmark against Redis');
}

/** NATS, or null: as for etcd. */
export function natsBinary(): Program | null {
  const paths = ['/usr/sbin/nats-server', join(cached, 'usr/sbin/nats-server')];
  const path = find('NATS_BIN', ['nats-server'], paths);
  return started(path) ?? without('nats-server', 'NATS_BIN', 'the benchmark against NATS JetStream');
}

/** The Python that has Flask and gunicorn, or null: as for etcd. */
export function pythonBinary(): Program | null {
  return pythonWith(['flask', 'gunicorn'], 'the benchmark against the classroom as it was');
}

/** Python that can install, or null: as for etcd. */
export function pythonWithPip(): Program | null {
  return pythonWith(['setuptools', 'pip', 'wheel'], 'the installed Python client');
}

/** What makes clients from OpenAPI documents, and the Python that has the modules that those need; null as for etcd. */
export function pythonClientMaker(): { readonly generator: string; readonly python: Program } | null {
  const suites = 'the generated client in Python';
  const names = ['openapi-generator'];
  const paths = [join(cached, 'openapi-generator/bin/openapi-generator')];
  const generator = find('OPENAPI_GENERATOR_BIN', names, paths);
  if (generator === null) return without('openapi-generator', 'OPENAPI_GENERATOR_BIN', suites);
  const python = pythonWith(['urllib3', 'dateutil', 'six', 'certifi'], suites);
  return python && { generator, python };
}

function pythonWith(modules: readonly string[], suites: string): Program | null {
  const path = find('PYTHON_BIN', [], ['/usr/bin/python3', join(cached, 'usr/bin/python3')]);
  const env = { ...process.env, ...fetchedEnv };
  if (path === null || spawnSync(path, ['-c', `import ${modules.join()}`], { env }).status !== 0)
    return without(`Python with ${modules.join(', ')}`, 'PYTHON_BIN', suites);
  return { path, env };
}

/** mypy, which checks types of Python, or null: as for etcd. */
export function mypyBinary(): Program | null {
  const path = find('MYPY_BIN', ['mypy'], ['/usr/bin/mypy', join(cached, 'usr/bin/mypy')]);
  return started(path) ?? without('mypy', 'MYPY_BIN', 'the types of the Python client');
}

// From the checkout, where tests and drivers run: this file may be a copy compiled into .cache/run.
const cached = resolve('.cache/tools');
const libraries = join(cached, 'usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
/** What a fetched program needs to find the libraries and the modules of Python beside it. */
const fetchedEnv = {
  LD_LIBRARY_PATH: `${libraries}:${libraries}/pulseaudio`,
  PYTHONPATH: join(cached, 'usr/lib/python3/dist-packages'),
};

function started(path: string | null): Program | null {
  if (path === null) return null;
  return { path, env: path.startsWith(cached) ? { ...process.env, ...fetchedEnv } : process.env };
}

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
