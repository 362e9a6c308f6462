import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Format } from '../../operator/notices.ts';
import { CliError, exit } from '../exit.ts';
import { note } from '../output.ts';
import { xdgFolder } from '../settings/home.ts';

/** A server in the background: started by `server --detach`, ended by `server stop`. A file for each port names its process. */
export interface Detached {
  readonly pid: number;
  readonly url: string;
  /** The addresses for others on the local network; none without --lan. */
  readonly lanUrls: readonly string[];
  readonly port: number;
  /** The file with its messages. */
  readonly output: string;
}

/** The contents of the file. Its command line tells the server from a later process with the same number. */
interface Recorded extends Detached {
  readonly command: string | null;
}

/** How long a server may take to stop. */
const stopWithinMs = 20_000;

/**
 * Starts the server of this command line and resolves when it is ready. If it ends before, prints its messages and
 * returns its exit code. Aborting `signal` ends the server.
 */
export async function startDetached(
  args: readonly string[],
  format: Format = 'text',
  signal: AbortSignal,
): Promise<Detached | number> {
  // Throws when there is no ps: the server could not be found again.
  commandOf(process.pid);
  const output = join(folder(), `server-${process.pid}.log`);
  const own = args.filter((arg) => arg !== '--detach' && arg !== '--json');
  // The line that says it is ready is read here; the others are for people, unless they were asked for otherwise.
  own.push('--json', '--log-format', format);
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
      const { url, lanUrls, port } = JSON.parse(line) as Pick<Detached, 'url' | 'lanUrls' | 'port'>;
      resolve({ pid: child.pid as number, url, lanUrls, port, output });
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
  // Who starts it must see whom that lets in.
  for (const line of readFileSync(output, 'utf8').split('\n'))
    if (/ warn +lan: |"event":"lan"/.test(line)) note(line);
  const record: Recorded = { ...started, command: commandOf(started.pid) };
  writeFileSync(fileOf(started.port), JSON.stringify(record), { mode: 0o600 });
  return started;
}

/** Ends the server that was started in the background on this port, and resolves when it has ended. */
export async function stopDetached(port: number): Promise<Detached> {
  const server = detachedOn(port);
  if (server === null)
    throw new CliError(
      `no server was started with --detach on port ${port}`,
      'name its port with --port; end another server with Ctrl-C in its terminal',
    );
  process.kill(server.pid, 'SIGTERM');
  for (let waited = 0; runs(server); waited += 50) {
    if (waited >= stopWithinMs)
      throw new CliError(`the server, process ${server.pid}, does not end`, `see ${server.output}`);
    await sleep(50);
  }
  for (const file of [fileOf(port), server.output]) rmSync(file, { force: true });
  return server;
}

function detachedOn(port: number): Recorded | null {
  const file = fileOf(port);
  if (!existsSync(file)) return null;
  const server = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  return runs(server) ? server : null;
}

function runs({ pid, command }: Recorded): boolean {
  return command !== null && commandOf(pid) === command;
}

/** The command line of a process; null when it has ended. */
function commandOf(pid: number): string | null {
  const { stdout, error } = spawnSync('ps', ['-o', 'stat=,args=', '-p', `${pid}`], { encoding: 'utf8' });
  if (error !== undefined)
    throw new CliError(
      `the program ps, which finds the server again, cannot be run: ${error.message}`,
      'install it (in Debian: procps), or run the server without --detach',
    );
  const [, state, command] = /^(\S+)\s+(.*)$/.exec(stdout.trim()) ?? [];
  return state === undefined || state.startsWith('Z') ? null : (command ?? null);
}

function fileOf(port: number): string {
  return join(folder(), `server-${port}.json`);
}

/** The folder of quorate in the XDG state home; created when it does not exist. */
function folder(): string {
  const made = xdgFolder('XDG_STATE_HOME', '.local/state');
  if (made === null) {
    const fix = 'set HOME or XDG_STATE_HOME';
    throw new CliError('there is no home directory to record the server in', fix, exit.usage);
  }
  mkdirSync(made, { recursive: true, mode: 0o700 });
  return made;
}
