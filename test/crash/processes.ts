import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote there. */
  readonly stderr: string;
}

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<Ended>;
}

/** Starts `quorate server` on a directory; resolves once it listens, rejects with its stderr if it ends before. */
export async function startServer(directory: string, { env }: { env: NodeJS.ProcessEnv }): Promise<Server> {
  const args = [path.resolve('bin/quorate.js'), 'server', '--port', '0', '--data', directory, '--json'];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk).slice(-4000);
  });
  const exited = new Promise<Ended>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal, stderr })),
  );
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
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

export function kill(server: Server, signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
  server.child.kill(signal);
  return server.exited;
}
