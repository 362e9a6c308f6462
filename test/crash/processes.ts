// @ts-nocheck
import { spawn } from 'node:child_process';
import path from 'node:path';

/** A server as its users run it, as a child process, and seeded chance. */

/** Starts `quorate server` on a directory; resolves once it listens, rejects with its words if it ends before. */
export async function startServer(directory, { env = {}, port = 0 } = {}) {
  const args = [
    path.resolve('bin/quorate.js'),
    'server',
    '--port',
    String(port),
    '--data',
    directory,
    '--json',
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-4000);
  });
  const exited = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal, stderr })),
  );
  const url = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      const line = out.split('\n').find((text) => text.startsWith('{'));
      if (line !== undefined) resolve(JSON.parse(line).url);
    });
    void exited.then((end) =>
      reject(new Error(`the server ended with ${end.code ?? end.signal}: ${stderr}`)),
    );
    const timer = setTimeout(() => reject(new Error(`the server did not listen in 60 s: ${stderr}`)), 60_000);
    timer.unref();
  });
  return { url, child, exited };
}

export async function kill(server, signal = 'SIGKILL') {
  server.child.kill(signal);
  return server.exited;
}

/** A number in [0, 1) at each call, the same sequence for the same seed. */
export function chance(seed) {
  let x = seed >>> 0;
  return () => {
    x = (x + 0x9e3779b9) >>> 0;
    let z = x;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
