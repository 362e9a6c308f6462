import { spawn } from 'node:child_process';
import { runner } from '../harness/server.ts';

/** Runs a suite of this folder and gives the object on its last line; what it says on the way goes to stderr. */
export async function lastLine(suite: string, args: readonly string[], limit: number): Promise<Result> {
  const child = spawn(process.execPath, [runner, `test/crash/${suite}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: limit,
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const ended = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const last = out.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`${suite} ended with ${ended} and said nothing`);
  return JSON.parse(last) as Result;
}

interface Result {
  readonly acked: number;
  readonly wrongs: readonly string[];
  readonly [name: string]: unknown;
}
