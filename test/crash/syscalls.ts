import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * A writer killed at its N-th write or sync, for N = 1, 2, 3, ...: no moment of an append is left out by chance. The log that
 * remains must open, hold every entry that was acknowledged, in order, and at most one more.
 */
const writer = path.join(import.meta.dirname, 'writer.js');
const calls = 'pwrite64,pwritev,fdatasync,ftruncate';

export interface Killed {
  /** Number of system calls at which the writer was killed. */
  readonly points: number;
  readonly acked: number;
  readonly wrongs: readonly string[];
  /** Why nothing was tried; null when it was. */
  readonly skipped: string | null;
}

export async function killAtSyscalls(points: number, say: (line: string) => void): Promise<Killed> {
  if (spawnSync('strace', ['-V']).status !== 0) {
    const reason = 'strace is missing: install it to kill the writer at each system call';
    if (process.env.CI) throw new Error(reason);
    say(`SKIPPED: ${reason}`);
    return { points: 0, acked: 0, wrongs: [], skipped: reason };
  }
  const wrongs: string[] = [];
  let acked = 0;
  let done = 0;
  for (let point = 1; point <= points; point += 1) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-syscall-'));
    try {
      const before = await run('strace', [
        ...['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`],
        ...['-e', `inject=${calls}:signal=KILL:when=${point}`],
        ...[process.execPath, writer, directory, '12'],
      ]);
      const acks = acknowledged(before.out);
      if (!before.killed && acks.length < 12)
        wrongs.push(`point ${point}: the writer ended by itself: ${before.err}`);
      const after = await run(process.execPath, [writer, directory, '0']);
      const wrong = wrongWith(acks, after);
      if (wrong !== null) wrongs.push(`point ${point}: ${wrong}`);
      acked += acks.length;
      done = point;
      if (!before.killed) break;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  say(`${done} system call points, ${acked} acknowledged, ${wrongs.length} wrong`);
  return { points: done, acked, wrongs, skipped: null };
}

/** What is wrong with what the writer found in the log after these acknowledgements; null when nothing is. */
function wrongWith(acks: readonly string[], { out, err }: Ended): string | null {
  const last = out.trim().split('\n').at(-1) ?? '';
  const held: { entries: string[] } | { error: string } | null = last === '' ? null : JSON.parse(last);
  if (held === null) return err;
  if ('error' in held) return held.error;
  const { entries } = held;
  if (entries.length < acks.length || entries.length > acks.length + 1)
    return `${acks.length} acknowledged, ${entries.length} held`;
  return acks.some((entry, i) => entries[i] !== entry) ? 'another entry than acknowledged' : null;
}

function acknowledged(out: string): string[] {
  return out
    .split('\n')
    .filter((line) => line.startsWith('ack '))
    .map((line) => line.slice(4));
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
