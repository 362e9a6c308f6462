import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A server of this folder in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** SIGTERM, and waits for the end of the process. */
  stop(): Promise<void>;
}

/** Starts a script of this folder as compiled beside this file; resolves when it has printed its URL. */
export async function startServer(script: string, args: readonly string[] = []): Promise<ServerProcess> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(String(chunk).trim()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it listened`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
