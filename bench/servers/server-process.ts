import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { cpuUs, mainThreadUs } from './cpu.ts';
import type { Order, Replies } from './instruments.ts';

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Processor time of the process and of those it has started, microseconds; null where the system does not tell. */
  cpuUs(): number | null;
  mainThreadUs(): number | null;
  /** Has a server of this folder measure itself: see instruments.ts. */
  ask<O extends Order>(order: O): Promise<Replies[O]>;
  /** SIGTERM, and waits for the end of the process. */
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** What it prints, to stdout or stderr, when it listens; the first group is the URL or the address. */
  readonly ready: RegExp;
  /** It is a script of this folder, which answers orders. */
  readonly instruments?: boolean;
}

/** Starts a script of this folder, as compiled beside this file, that prints its URL. */
export function startScript(script: string, args: readonly string[] = []): Promise<ServerProcess> {
  return startServer({
    command: process.execPath,
    args: [path.join(import.meta.dirname, script), ...args],
    ready: /(http:\S+)/,
    instruments: true,
  });
}

/** Resolves when the server listens. */
export async function startServer(launch: Launch): Promise<ServerProcess> {
  const { command, args, env = process.env, ready, instruments = false } = launch;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(instruments ? (['ipc'] as const) : [])],
    env,
  });
  const exited = once(child, 'exit');
  const url = await address(child, ready);
  const { pid = 0 } = child;
  return {
    url,
    cpuUs: () => cpuUs(pid),
    mainThreadUs: () => mainThreadUs(pid),
    async ask(order) {
      const replied = once(child, 'message');
      child.send(order);
      const [reply] = await replied;
      return reply;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function address(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const read = (chunk: Buffer): void => {
      said += chunk;
      const found = ready.exec(said)?.[1];
      if (found === undefined) return;
      for (const output of [child.stdout, child.stderr]) output?.off('data', read).resume();
      resolve(found);
    };
    for (const output of [child.stdout, child.stderr]) output?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`a server ended with ${code} before it listened: ${said}`)),
    );
  });
}
