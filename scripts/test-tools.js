// Finds the programs that the tests and the benchmark run beside Node, or fetches them.
//
// Looks in the environment, on PATH and in .cache/tools; on a Debian-like system a missing one is
// downloaded as a package, with those it needs and that are not installed, and unpacked into .cache/tools:
// no root, nothing installed, no service started. Other versions of Node and the generator of clients come from npm, as packages that hold the
// program. Prints one line per tool. A tool that cannot be had fails the run where it must be
// there (CI is set, or we are root and could have fetched it); on a laptop it is a loud line.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../.cache/tools', import.meta.url));
const libraries = join(cache, 'usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
/** What a program in .cache/tools needs to find the libraries and the modules of Python beside it. */
const environment = {
  LD_LIBRARY_PATH: `${libraries}:${libraries}/pulseaudio`,
  PYTHONPATH: join(cache, 'usr/lib/python3/dist-packages'),
};

/**
 * A program: `package` holds it, at `unpacked` once that is unpacked into .cache/tools. Whoever has one elsewhere names it in the
 * variable `env`.
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} env
 * @property {string} package several with spaces between
 * @property {readonly string[]} paths where systems have it
 * @property {string} needs what cannot run without it
 * @property {string} [unpacked]
 * @property {string} [version] what makes it print its version, --version if nothing is said
 * @property {readonly string[]} [modules] of Python, without which it does not count. Then only the system's own Python is asked,
 *   for which the packages are made
 * @property {boolean} [npm] a package of npm, not of Debian
 */

/** @type {readonly Tool[]} */
const tools = [
  {
    name: 'etcd',
    env: 'ETCD_BIN',
    package: 'etcd-server',
    paths: ['/usr/bin/etcd'],
    needs: 'the cluster suites',
  },
  {
    name: 'etcdctl',
    env: 'ETCDCTL_BIN',
    package: 'etcd-client',
    paths: ['/usr/bin/etcdctl'],
    version: 'version',
    needs: 'the test of the runbook in docs/cluster.md',
  },
  { name: 'wrk', env: 'WRK_BIN', package: 'wrk', paths: ['/usr/bin/wrk'], needs: 'the benchmark' },
  {
    name: 'redis-server',
    env: 'REDIS_BIN',
    package: 'redis-server',
    paths: ['/usr/bin/redis-server'],
    needs: 'the benchmark against Redis',
  },
  {
    name: 'nats-server',
    env: 'NATS_BIN',
    package: 'nats-server',
    // Debian's is in sbin.
    paths: ['/usr/sbin/nats-server'],
    unpacked: 'usr/sbin/nats-server',
    needs: 'the benchmark against NATS JetStream',
  },
  {
    name: 'python3',
    env: 'PYTHON_BIN',
    package: 'python3-flask gunicorn',
    modules: ['flask', 'gunicorn'],
    paths: ['/usr/bin/python3'],
    needs: 'the benchmark against the classroom as it was',
  },
  {
    name: 'python3',
    env: 'PYTHON_BIN',
    package: 'python3-urllib3 python3-dateutil python3-six python3-certifi',
    modules: ['urllib3', 'dateutil', 'six', 'certifi'],
    paths: ['/usr/bin/python3'],
    needs: 'the test of a generated client in Python',
  },
  {
    name: 'python3',
    env: 'PYTHON_BIN',
    package: 'python3-pip python3-setuptools python3-wheel',
    modules: ['setuptools', 'pip', 'wheel'],
    paths: ['/usr/bin/python3'],
    needs: 'the test that installs the Python client',
  },
  {
    name: 'openapi-generator',
    env: 'OPENAPI_GENERATOR_BIN',
    // The last release on npm that holds the program; later ones fetch it from elsewhere.
    package: '@openapitools/openapi-generator-cli@1.0.18-5.0.0-beta2',
    npm: true,
    paths: [],
    unpacked: 'openapi-generator/bin/openapi-generator',
    version: 'version',
    needs: 'the test of a generated client in Python (it runs on Java, which has to be there)',
  },
  {
    name: 'mypy',
    env: 'MYPY_BIN',
    package: 'mypy',
    paths: ['/usr/bin/mypy'],
    needs: 'the test of the types of the Python client',
  },
  {
    name: 'nginx',
    env: 'NGINX_BIN',
    package: 'nginx',
    paths: ['/usr/sbin/nginx'],
    unpacked: 'usr/sbin/nginx',
    version: '-v',
    needs: 'the tests behind a proxy',
  },
  ...['prometheus', 'promtool'].map((name) => ({
    name,
    env: `${name.toUpperCase()}_BIN`,
    package: 'prometheus',
    paths: [`/usr/bin/${name}`],
    needs: 'the tests of metrics, dashboard and alerts',
  })),
  {
    name: 'buildah',
    env: 'BUILDAH_BIN',
    package: 'buildah',
    paths: ['/usr/bin/buildah'],
    needs: 'the test of the Dockerfile',
  },
  {
    name: 'caddy',
    env: 'CADDY_BIN',
    package: 'caddy',
    paths: ['/usr/bin/caddy'],
    version: 'version',
    needs: 'the tests behind a proxy',
  },
  {
    name: 'chromium',
    env: 'CHROMIUM_BIN',
    package: 'chromium',
    paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
    // /usr/bin/chromium of the package is a script that knows only the place where it is installed.
    unpacked: 'usr/lib/chromium/chromium',
    needs: 'the tests in a browser',
  },
  // The oldest that is supported and one with newer tables of Unicode: test/harness/tools.ts names the same.
  ...['20.19.0', '26.12.1'].map((version) => ({
    name: `node-${version}`,
    env: `NODE_${version.replaceAll('.', '_')}_BIN`,
    package: `node-${process.platform}-${process.arch}@${version}`,
    npm: true,
    paths: [],
    unpacked: `node-${version}/bin/node`,
    needs: 'the replay of recorded logs under this version',
  })),
];

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {Tool} tool */
function find(tool) {
  const named = process.env[tool.env];
  if (named) {
    if (executable(named)) return named;
    throw new Error(`${tool.env} is set to ${named}, which cannot be executed`);
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...(tool.modules ? [] : onPath.map((folder) => join(folder, tool.name))),
    ...tool.paths,
    join(cache, tool.unpacked ?? `usr/bin/${tool.name}`),
  ];
  return candidates.find((path) => executable(path) && hasModules(path, tool.modules));
}

/** @param {string} python @param {readonly string[]} [modules] */
function hasModules(python, modules) {
  if (modules === undefined) return true;
  const env = { ...process.env, ...environment };
  return spawnSync(python, ['-c', `import ${modules.join()}`], { env, timeout: 30_000 }).status === 0;
}

/** What the command prints. @param {string} command @param {readonly string[]} args @param {string} [cwd] */
function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (done.error) throw new Error(`${command}: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${command} ${args[0]}: ${(done.stderr || done.stdout).trim()}`);
  return done.stdout;
}

/** @param {Tool} tool */
function fetchFromNpm(tool) {
  const folder = join(cache, tool.name);
  mkdirSync(folder, { recursive: true });
  try {
    const [archive = ''] = run('npm', ['pack', '--silent', '--ignore-scripts', tool.package], folder)
      .trim()
      .split('\n');
    run('tar', ['-xzf', archive, '--strip-components=1', 'package/bin', 'package/package.json'], folder);
    rmSync(join(folder, archive));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** @param {Tool} tool */
function fetchPackage(tool) {
  if (process.platform !== 'linux') throw new Error('no package to fetch on this system');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetch-'));
  try {
    try {
      run('apt-get', ['download', ...needed(tool)], folder);
    } catch (error) {
      if (process.getuid?.() !== 0) throw error;
      run('apt-get', ['update', '-q'], folder);
      run('apt-get', ['download', ...needed(tool)], folder);
    }
    const archives = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    if (archives.length === 0) throw new Error(`apt-get downloaded no package of ${tool.package}`);
    for (const archive of archives) run('dpkg-deb', ['-x', archive, cache], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tool's packages and those that would be installed with it: its libraries are not always there. @param {Tool} tool */
function needed(tool) {
  const plan = run('apt-get', [
    'install',
    '--simulate',
    '--no-install-recommends',
    ...tool.package.split(' '),
  ]);
  return [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
}

/** Why the tool is missing, or null when it is there. @param {Tool} tool */
function provide(tool) {
  try {
    const found = find(tool);
    if (!found) (tool.npm ? fetchFromNpm : fetchPackage)(tool);
    const path = found ?? find(tool);
    if (!path) return `package ${tool.package} holds no ${tool.name}`;
    // Status 127 is the loader's: a shared library that the package depends on is not there.
    const env = path.startsWith(cache) ? { ...process.env, ...environment } : process.env;
    const started = spawnSync(path, [tool.version ?? '--version'], {
      encoding: 'utf8',
      timeout: 30_000,
      env,
    });
    if (started.status === 127) return `${started.stderr.trim()} (install the package ${tool.package})`;
    console.log(`${tool.name}: ${found ? 'found' : 'fetched'} ${path}`);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const required = Boolean(process.env.CI) || process.getuid?.() === 0;
let missing = 0;
for (const tool of tools) {
  const reason = provide(tool);
  if (reason === null) continue;
  missing++;
  console.error(
    `${required ? 'ERROR' : '!!!! SKIPPED'}: no ${tool.name}, so ${tool.needs} cannot run ` +
      `(set ${tool.env} to the program): ${reason}`,
  );
}
if (missing > 0 && required) process.exitCode = 1;
