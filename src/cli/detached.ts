import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exit } from './exit.ts';
import { homeDirectory } from './home.ts';
import { note } from './output.ts';

/** A server in the background: started by `server --detach`, ended by `server stop`. One a port; a file says which process. */
export interface Detached {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  /** Where it writes what it has to say. */
  readonly output: string;
}

/** ms that a server gets to answer what is under way. */
const patience = 20_000;

/**
 * Starts the server that this command line names and resolves when it is ready; where it ends before that, shows what it
 * said and gives its exit code.
 */
export async function startDetached(args: readonly string[]): Promise<Detached | number> {
  const output = join(folder(), `server-${process.pid}.log`);
  const own = args.filter((arg) => arg !== '--detach' && arg !== '--json');
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...own], {
    detached: true,
    stdio: ['ignore', 'pipe', openSync(output, 'w', 0o600)],
  });
  const stdout = child.stdout as Readable;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? exit.internal));
  });
  const ready = new Promise<Detached>((resolve) => {
    createInterface({ input: stdout }).once('line', (line) => {
      const url = /ready at (\S+)/.exec(line)?.[1] as string;
      resolve({ pid: child.pid as number, url, port: Number(new URL(url).port), output });
    });
  });
  const started = await Promise.race([ready, ended]);
  if (typeof started === 'number') {
    note(readFileSync(output, 'utf8').trim());
    rmSync(output, { force: true });
    return started;
  }
  stdout.destroy();
  child.unref();
  writeFileSync(fileOf(started.port), JSON.stringify(started), { mode: 0o600 });
  return started;
}

/** Ends the server that was started in the background on this port, and resolves when it is gone. */
export async function stopDetached(port: number): Promise<Detached> {
  const server = detachedOn(port);
  if (server === null)
    throw new CliError(
      `no server was started with --detach on port ${port}`,
      'name its port with --port; end another server with Ctrl-C in its terminal',
    );
  process.kill(server.pid, 'SIGTERM');
  for (let waited = 0; isServer(server.pid); waited += 50) {
    if (waited >= patience)
      throw new CliError(`the server, process ${server.pid}, does not end`, `see ${server.output}`);
    await sleep(50);
  }
  for (const file of [fileOf(port), server.output]) rmSync(file, { force: true });
  return server;
}

function detachedOn(port: number): Detached | null {
  try {
    const server = JSON.parse(readFileSync(fileOf(port), 'utf8')) as Detached;
    return isServer(server.pid) ? server : null;
  } catch {
    return null;
  }
}

/** Whether the process is a server still: its number may have gone to another. */
function isServer(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,args=', '-p', `${pid}`], { encoding: 'utf8' });
  return /^[^Z].*\bserver\b/.test(stdout.trim());
}

function fileOf(port: number): string {
  return join(folder(), `server-${port}.json`);
}

/** The XDG state home of quorate, made where it is not there. */
function folder(): string {
  const home = homeDirectory();
  const state = process.env.XDG_STATE_HOME || (home === null ? null : join(home, '.local', 'state'));
  if (state === null)
    throw new CliError(
      'no home directory is known, to note the server in',
      'set HOME or XDG_STATE_HOME',
      exit.usage,
    );
  const made = join(state, 'quorate');
  mkdirSync(made, { recursive: true, mode: 0o700 });
  return made;
}
