import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from '../harness/server.ts';

export const executable = fileURLToPath(new URL('../../bin/quorate.js', import.meta.url));

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A server that another program started: strace, a shell, another namespace. */
export interface Launched {
  readonly url: string;
  /** As the server itself knows it. */
  readonly pid: number;
  readonly exited: Promise<Ending>;
  over(): boolean;
  kill(): Promise<void>;
}

/** Starts `command server --port 0 --json ...args`; resolves when it is ready. */
export async function launch(command: readonly string[], args: readonly string[]): Promise<Launched> {
  const [program, ...before] = command as [string, ...string[]];
  // One thread for the pool, so that calls are counted in one order.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1', NO_COLOR: '1' };
  const child = spawn(program, [...before, 'server', '--port', '0', '--json', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = new Promise<Ending>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, stderr })),
  );
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  const ready = new Promise<{ url: string; pid: number }>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (text.startsWith('{"ready"')) resolve(JSON.parse(text) as { url: string; pid: number });
    });
  });
  const early = exited.then((end) =>
    Promise.reject(new Error(`it ended before it was ready: ${end.stderr}`)),
  );
  early.catch(() => undefined);
  const { url, pid } = await within(
    30_000,
    Promise.race([ready, early]),
    () => `not ready in 30 s: ${stderr}`,
  );
  const kill = async (): Promise<void> => {
    // The server itself: what traces it would leave it behind. In a namespace of its own it has another number, and ends with its parent.
    if (!isOver) process.kill(program === 'unshare' ? (child.pid as number) : pid, 'SIGKILL');
    await exited;
  };
  return { url: url.replace(/\/$/, ''), pid, exited, over: () => isOver, kill };
}
