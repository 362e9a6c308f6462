import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tool } from '../harness/tools.ts';

/** What an image says about how it is run. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Volumes: Readonly<Record<string, object>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly StopSignal: string;
}

export interface Image {
  /** Where its files are. */
  readonly root: string;
  readonly config: ImageConfig;
  remove(): void;
}

/**
 * Builds the image of the Dockerfile by buildah, as root, without a service. There is no registry here: what it begins with is an
 * image of this machine's own Node, with npm, a shell and the libraries they need. Its first stage fetches what npm on this machine has
 * not fetched before.
 */
export function buildImage(buildah: Tool): Image {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-image-'));
  const run = (...args: readonly string[]): string => {
    const stored = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')];
    return must(buildah, join(folder, 'ld.so.cache'), [...stored, '--storage-driver', 'vfs', ...args]);
  };
  const policy = ['--signature-policy', join(folder, 'policy.json')];
  writeFileSync(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  writeFileSync(join(folder, 'registries.conf'), '');
  const base = join(folder, 'base');
  makeBase(base);
  const begun = run('from', 'scratch').trim();
  run('copy', '--quiet', begun, base, '/');
  rmSync(base, { recursive: true });
  const authorities = process.env.NODE_EXTRA_CA_CERTS
    ? ['--env', `NODE_EXTRA_CA_CERTS=${authoritiesFile}`]
    : [];
  const ofNpm = ['cache=/npm', 'prefer_offline=true', `registry=${npmSays('registry')}`];
  const npm = ofNpm.flatMap((setting) => ['--env', `npm_config_${setting}`]);
  run('config', '--env', 'PATH=/usr/bin:/bin', ...npm, ...authorities, begun);
  run('commit', '--quiet', '--rm', ...policy, begun, 'localhost/node');
  const made = [
    '--isolation',
    'chroot',
    '--pull-never',
    '--format',
    'docker',
    '--build-arg',
    'NODE=localhost/node',
    '--volume',
    `${npmSays('cache')}:/npm`,
  ];
  const labels = ['--build-arg', 'VERSION=1.2.3', '--build-arg', 'REVISION=abc'];
  run('build', ...made, ...labels, ...policy, '--file', 'Dockerfile', '--tag', 'localhost/quorate', '.');
  const { Docker } = JSON.parse(run('inspect', '--type', 'image', 'localhost/quorate')) as {
    Docker: { config: ImageConfig };
  };
  const container = run('from', ...policy, '--pull-never', 'localhost/quorate').trim();
  return {
    root: run('mount', container).trim(),
    config: Docker.config,
    remove: () => {
      spawnSync('umount', ['--recursive', '--lazy', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function npmSays(setting: string): string {
  return spawnSync('npm', ['config', 'get', setting], { encoding: 'utf8' }).stdout.trim();
}

const authoritiesFile = '/etc/ssl/certs/ca-certificates.crt';

/** A file system that has Node, and what running it takes; with npm and a shell where something is built in it. */
function makeBase(root: string): void {
  const put = (from: string, to = from): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(realpathSync(from), join(root, to), { recursive: true });
  };
  const programs = ['/usr/bin/env', ...['/bin/sh', '/bin/mkdir']];
  put(process.execPath, '/usr/bin/node');
  for (const program of programs) put(program);
  const libraries = [process.execPath, ...programs].flatMap((program) =>
    [...spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.matchAll(/\/\S+/g)].map(([path]) => path),
  );
  for (const library of new Set(libraries)) put(library);
  for (const folder of ['dev', 'proc', 'root', 'tmp']) mkdirSync(join(root, folder));
  for (const path of [authoritiesFile, '/lib/x86_64-linux-gnu/librt.so.1']) if (existsSync(path)) put(path);
  const npm = realpathSync(spawnSync('which', ['npm'], { encoding: 'utf8' }).stdout.trim());
  put(dirname(dirname(npm)), '/usr/lib/node_modules/npm');
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
}

/**
 * Runs buildah and returns its stdout. It starts itself again with an empty environment, so where it was fetched its libraries are
 * found by a cache of the loader, in a mount namespace of its own.
 */
function must({ path, libraries }: Tool, cache: string, args: readonly string[]): string {
  const command = [path, ...args];
  if (libraries !== null) {
    spawnSync('ldconfig', ['-C', cache, libraries]);
    command.unshift(
      ...['unshare', '--mount', '--propagation', 'unchanged', 'sh', '-c'],
      ...[`mount --make-rslave / && mount --bind ${cache} /etc/ld.so.cache && exec "$@"`, 'sh'],
    );
  }
  const [first = '', ...rest] = command;
  const done = spawnSync(first, rest, { encoding: 'utf8', timeout: 900_000, maxBuffer: 1 << 28 });
  if (done.status === 0) return done.stdout;
  throw new Error(`buildah ${args.join(' ')}: ${done.error?.message ?? ''}\n${done.stdout}\n${done.stderr}`);
}

/** The names of the packages that an image holds. */
export function packagesIn({ root }: Image): string[] {
  const folder = join(root, 'opt/quorate/node_modules');
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}
