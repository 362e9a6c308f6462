import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until, within } from '../harness/server.ts';
import type { Image } from './image.ts';

/** An image that runs: the file system read-only but for /data, Node as process 1 and nobody's privileges. */
export interface Container {
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  output(): string;
  /** Sends a signal to process 1. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** The exit code of the image's own check of its health. */
  health(): number | null;
}

interface Settings {
  readonly data: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Runs an image as a container runtime does, with the namespaces of mounts and processes, and this machine's network. */
export function runContainer({ root, config }: Image, { data, env, args }: Settings): Container {
  const variables = [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const inside = (command: readonly string[]): string[] => [
    ...['chroot', `--userspec=${config.User}`, '--groups=1000', root],
    ...['/usr/bin/env', '-i', ...variables, ...command],
  ];
  const mounts = [
    `mount --bind ${root} ${root}`,
    `mount -o remount,bind,ro ${root}`,
    `mount --bind ${data} ${join(root, 'data')}`,
    `mount --rbind /dev ${join(root, 'dev')}`,
    `mount -t proc proc ${join(root, 'proc')}`,
  ].join(' && ');
  const command = inside([...config.Entrypoint, ...(args ?? config.Cmd)]);
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', `${mounts} && exec "$@"`, 'sh', ...command],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const { pid } = child;
  return {
    exited: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal }))),
    output: () => output,
    signal: async (name) => {
      const inner = await until(30_000, () => {
        const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
        return first ? Number(first) : undefined;
      });
      process.kill(inner, name);
    },
    health: () => {
      const [, ...words] = config.Healthcheck.Test;
      const [first = '', ...rest] = inside(words);
      return spawnSync(first, rest, { timeout: 20_000 }).status;
    },
  };
}

/** How the container ended; rejects with what it wrote when it does not. */
export function ending(container: Container): Container['exited'] {
  return within(60_000, container.exited, () => `the container does not end\n${container.output()}`);
}
