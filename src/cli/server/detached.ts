import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, exit } from '../exit.ts';
import { note } from '../output.ts';
import { homeDirectory } from '../settings/home.ts';

/** A server in the background: started by `server --detach`, ended by `server stop`. One a port; a file says which process. */
export interface Detached {
  readonly pid: number;
  readonly url: string;
  readonly port: number;
  /** Where it writes what it has to say. */
  readonly output: string;
}

/** What is noted of it: also its command line, since the number of a process that ended goes to others. */
interface Noted extends Detached {
  readonly command: string | null;
}

/** ms that a server gets to answer what is under way. */
const patience = 20_000;

/**
 * Starts the server that this command line names and resolves when it is ready; where it ends before that, shows what it
 * said and gives its exit code. Who gives up waiting, by `signal`, ends it.
 */
export async function startDetached(
  args: readonly string[],
  signal: AbortSignal,
): Promise<Detached | number> {
  // What cannot be found again is better not started.
  commandOf(process.pid);
  const output = join(folder(), `server-${process.pid}.log`);
  const own = args.filter((arg) => arg !== '--detach' && arg !== '--json');
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...own], {
    detached: true,
    stdio: ['ignore', 'pipe', openSync(output, 'w', 0o600)],
  });
  signal.addEventListener('abort', () => child.kill());
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
  const noted: Noted = { ...started, command: commandOf(started.pid) };
  writeFileSync(fileOf(started.port), JSON.stringify(noted), { mode: 0o600 });
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
  for (let waited = 0; runs(server); waited += 50) {
    if (waited >= patience)
      throw new CliError(`the server, process ${server.pid}, does not end`, `see ${server.output}`);
    await sleep(50);
  }
  for (const file of [fileOf(port), server.output]) rmSync(file, { force: true });
  return server;
}

function detachedOn(port: number): Noted | null {
  const file = fileOf(port);
  if (!existsSync(file)) return null;
  const server = JSON.parse(readFileSync(file, 'utf8')) as Noted;
  return runs(server) ? server : null;
}

function runs({ pid, command }: Noted): boolean {
  return command !== null && commandOf(pid) === command;
}

/** The command line of a process; null where it has ended. */
function commandOf(pid: number): string | null {
  const { stdout, error } = spawnSync('ps', ['-o', 'stat=,args=', '-p', `${pid}`], { encoding: 'utf8' });
  if (error !== undefined)
    throw new CliError(
      `ps, by which the server is found again, cannot be run: ${error.message}`,
      'install it (in Debian: procps), or run the server without --detach',
    );
  const [, state, command] = /^(\S+)\s+(.*)$/.exec(stdout.trim()) ?? [];
  return state === undefined || state.startsWith('Z') ? null : (command ?? null);
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
