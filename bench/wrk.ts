import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Figure } from './figure.ts';

export interface Load {
  /** A Lua script of this folder. */
  readonly script: string;
  readonly seconds: number;
  readonly connections: number;
  /** What the script is given: part of the names of its groups, and how many groups each thread has. */
  readonly run?: string;
  readonly groups?: number;
}

export interface Measured extends Figure {
  readonly requests: number;
}

/** What a script writes after `JSON ` when it is done; times in microseconds. */
interface Summary {
  readonly requests: number;
  readonly us: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

/** Runs wrk with 2 threads against a server. */
export async function wrk(url: string, load: Load): Promise<Measured> {
  const { script, seconds, connections, run = '0', groups = 1 } = load;
  const args = [
    ...['-t2', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '--latency'],
    ...['-s', path.join('bench', script), url, '--', run, String(groups)],
  ];
  const { binary, env } = wrkBinary();
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  await once(child, 'close');
  const json = out.split('\n').find((line) => line.startsWith('JSON '));
  if (json === undefined) throw new Error(`wrk said: ${out}`);
  const { requests, us, p50, p99, errors }: Summary = JSON.parse(json.slice(5));
  const perSecond = Math.round((requests * 1e6) / us);
  return { requests, perSecond, p50ms: p50 / 1000, p99ms: p99 / 1000, errors };
}

/** Where scripts/test-tools.js put it, with its libraries, or wherever the system has it. */
function wrkBinary(): { readonly binary: string; readonly env: NodeJS.ProcessEnv } {
  const tools = path.resolve('.cache/tools/usr');
  const fetched = path.join(tools, 'bin/wrk');
  if (process.env.WRK_BIN || !existsSync(fetched))
    return { binary: process.env.WRK_BIN || 'wrk', env: process.env };
  const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  return { binary: fetched, env: { ...process.env, LD_LIBRARY_PATH: path.join(tools, 'lib', triplet) } };
}
