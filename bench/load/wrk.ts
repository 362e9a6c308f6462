import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { wrkBinary } from '../../test/harness/tools.ts';
import type { Figure } from '../figure.ts';

export interface Load {
  /** A Lua script of this folder. */
  readonly script: string;
  readonly seconds: number;
  readonly connections: number;
  /** What the script is given: part of the names of its groups, and how many groups each thread has. */
  readonly run?: string;
  readonly groups?: number;
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
export async function wrk(
  url: string,
  load: Load,
): Promise<{ readonly figure: Figure; readonly requests: number }> {
  const { script, seconds, connections, run = '0', groups = 1 } = load;
  const args = [
    ...['-t2', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '--latency'],
    ...['-s', path.join('bench/load', script), url, '--', run, String(groups)],
  ];
  const program = wrkBinary();
  if (program === null) throw new Error('no wrk');
  const child = spawn(program.path, args, { stdio: ['ignore', 'pipe', 'inherit'], env: program.env });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  await once(child, 'close');
  const json = out.split('\n').find((line) => line.startsWith('JSON '));
  if (json === undefined) throw new Error(`wrk said: ${out}`);
  const { requests, us, p50, p99, errors }: Summary = JSON.parse(json.slice(5));
  const perSecond = Math.round((requests * 1e6) / us);
  return { figure: { perSecond, p50ms: p50 / 1000, p99ms: p99 / 1000, errors }, requests };
}
