import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { entries, type Held, wrongWith } from './script.ts';

/**
 * A writer killed at one of its system calls after the other: no moment of an append, of a change of segments, of a checkpoint
 * or of a trim is left out by chance. The log that remains must open, hold every entry that was acknowledged, in order, and at
 * most one more; and the last checkpoint, or the next one.
 */
const writer = path.join(import.meta.dirname, 'writer.js');
const calls = ['pwrite64', 'fsync', 'fdatasync', 'rename', 'unlink', 'mkdir'];

export interface Killed {
  /** Number of system calls at which the writer was killed, of so many that it makes. */
  readonly points: number;
  readonly of: number;
  readonly acked: number;
  readonly wrongs: readonly string[];
  /** Why nothing was tried; null when it was. */
  readonly skipped: string | null;
}

/** `points` of them, evenly spread; all of them where there are no more. */
export async function killAtSyscalls(points: number, say: (line: string) => void): Promise<Killed> {
  if (spawnSync('strace', ['-V']).status !== 0) {
    const reason = 'strace is missing: install it to kill the writer at each system call';
    if (process.env.CI) throw new Error(reason);
    say(`SKIPPED: ${reason}`);
    return { points: 0, of: 0, acked: 0, wrongs: [], skipped: reason };
  }
  const made = await inDirectory(callsMade);
  const of = made.length;
  const tried = Math.min(points, of);
  const wrongs: string[] = [];
  let acked = 0;
  for (let n = 1; n <= tried; n += 1) {
    const { call, number } = made[Math.ceil((n * of) / tried) - 1] as Made;
    const point = `${call} ${number}`;
    await inDirectory(async (directory) => {
      const before = await traced(directory, '/dev/null', `inject=${call}:signal=KILL:when=${number}`);
      const said = before.out.trim().split('\n');
      const count = said.filter((line) => line.startsWith('entry ')).length;
      if (!before.killed) wrongs.push(`${point}: the writer ended by itself: ${before.out.slice(-200)}`);
      const after = await run(process.execPath, [writer, path.join(directory, 'log'), 'read']);
      const wrong = wrongIn(said, after);
      if (wrong !== null) wrongs.push(`${point}: ${wrong}`);
      acked += count;
    });
    if (n % 20 === 0) say(`${n} of ${tried} system calls, ${acked} acknowledged, ${wrongs.length} wrong`);
  }
  return { points: tried, of, acked, wrongs, skipped: null };
}

/** The `number`th of this call. */
interface Made {
  readonly call: string;
  readonly number: number;
}

/** The calls that a writer makes which is left alone. */
async function callsMade(directory: string): Promise<Made[]> {
  const trace = path.join(directory, 'trace');
  const ended = await traced(directory, trace, `trace=${calls}`);
  if (!ended.out.includes(`entry ${entries}\n`))
    throw new Error(`the writer ended: ${ended.out} ${ended.err}`);
  const lines = (await readFile(trace, 'utf8')).split('\n');
  const made: Made[] = [];
  for (const call of calls) {
    // strace counts them thread by thread; those that matter are made by one: the main thread, or the one of the pool.
    const threads = new Map<string, number>();
    for (const line of lines) {
      const [, thread = '', name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
      if (name === call) threads.set(thread, (threads.get(thread) ?? 0) + 1);
    }
    for (let number = 1; number <= Math.max(0, ...threads.values()); number += 1) made.push({ call, number });
  }
  return made;
}

function traced(directory: string, trace: string, inject: string): Promise<Ended> {
  const traceCalls = ['-f', '-qq', '-o', trace, '-e', `trace=${calls}`, '-e', inject];
  return run('strace', [...traceCalls, process.execPath, writer, path.join(directory, 'log'), 'write']);
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-syscall-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is wrong with what the writer found in the log after it had said these lines; null when nothing is. */
function wrongIn(said: readonly string[], { out, err }: Ended): string | null {
  const last = out.trim().split('\n').at(-1) ?? '';
  if (last === '') return err;
  const held = JSON.parse(last) as Held | { error: string };
  return 'error' in held ? held.error : wrongWith(said, held);
}

interface Ended {
  readonly out: string;
  readonly err: string;
  /** Whether it ended by SIGKILL. */
  readonly killed: boolean;
}

function run(command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err = (err + chunk).slice(-2000);
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ out, err, killed: signal === 'SIGKILL' || code === 137 });
    });
  });
}
