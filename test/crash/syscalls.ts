// @ts-nocheck
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

export async function killAtSyscalls(points, say) {
  if (spawnSync('strace', ['-V']).status !== 0) {
    const reason = 'strace is missing: install it to kill the writer at each system call';
    if (process.env.CI) throw new Error(reason);
    say(`SKIPPED: ${reason}`);
    return { points: 0, acked: 0, wrongs: [], skipped: reason };
  }
  const wrongs = [];
  let acked = 0;
  let done = 0;
  for (let point = 1; point <= points; point += 1) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-syscall-'));
    try {
      const before = await run([
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        `trace=${calls}`,
        '-e',
        `inject=${calls}:signal=KILL:when=${point}`,
        process.execPath,
        writer,
        directory,
        '12',
      ]);
      const told = acknowledged(before.out);
      if (!before.killed && told.length < 12)
        wrongs.push(`point ${point}: the writer ended by itself: ${before.err}`);
      const after = await run([process.execPath, writer, directory, '0']);
      const held = after.out.trim() === '' ? null : JSON.parse(after.out.trim().split('\n').at(-1));
      if (held === null || held.error !== undefined)
        wrongs.push(`point ${point}: ${held?.error ?? after.err}`);
      else if (held.entries.length < told.length || held.entries.length > told.length + 1) {
        wrongs.push(`point ${point}: ${told.length} acknowledged, ${held.entries.length} held`);
      } else if (told.some((entry, i) => held.entries[i] !== entry))
        wrongs.push(`point ${point}: another entry than acknowledged`);
      acked += told.length;
      done = point;
      if (!before.killed) break;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  say(`${done} system call points, ${acked} acknowledged, ${wrongs.length} wrong`);
  return { points: done, acked, wrongs, skipped: null };
}

function acknowledged(out) {
  return out
    .split('\n')
    .filter((line) => line.startsWith('ack '))
    .map((line) => line.slice(4));
}

function run([command, ...args]) {
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
