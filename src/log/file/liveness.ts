import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** What an owner of a log leaves behind, so that whoever comes next can tell whether it still runs. */
export interface OwnerTraces {
  readonly pid: number;
  /** When the process started, in the kernel's ticks; null where the system does not say. */
  readonly started: string | null;
  /** Name, in the log's directory, of the socket that it listens on; null when the path is too long. */
  readonly socket: string | null;
}

/** Listens, until it is closed: the kernel ends that at the death of the process, however sudden. */
export interface Listener {
  readonly name: string;
  close(): Promise<void>;
}

// A socket's path has room for 103 bytes on every system; Node cuts a longer one short without a word.
const maxSocketPath = 103;

/** Listens on a new socket in `dir`, whose name nobody else can have; null where there can be none. */
export async function listen(dir: string): Promise<Listener | null> {
  const name = `owner-${randomBytes(6).toString('hex')}.sock`;
  const path = join(dir, name);
  if (process.platform === 'win32' || Buffer.byteLength(path) > maxSocketPath) return null;
  const server: Server = createServer((socket) => socket.destroy());
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  if (!listening) return null;
  server.on('error', () => {});
  server.unref();
  chmodSync(path, 0o600);
  return { name, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

export function tracesOf(listener: Listener | null): OwnerTraces {
  return { pid: process.pid, started: startOf(process.pid), socket: listener?.name ?? null };
}

/** Whether the owner of the log in `dir` runs; null where only its process could tell, and `isCopy` says that it may own another log. */
export async function isAlive(owner: OwnerTraces, dir: string, isCopy: boolean): Promise<boolean> {
  if (owner.socket === null) return isRunning(owner);
  const answer = await answers(join(dir, owner.socket));
  // That the socket is gone says nothing of the owner: somebody may have tidied up, or copied the log without it.
  return answer ?? (!isCopy && isRunning(owner));
}

/** Whether somebody listens; null where there is no socket. A doubtful answer counts as yes: a paused owner is still the owner. */
function answers(path: string): Promise<boolean | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (alive: boolean | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(alive);
    };
    const timer = setTimeout(() => end(true), 2_000);
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code === 'ENOENT' ? null : error.code !== 'ECONNREFUSED');
    });
  });
}

function isRunning(owner: OwnerTraces): boolean {
  const started = startOf(owner.pid);
  if (owner.started !== null) return started === owner.started;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Start of a running process: with its number it names a process even when numbers are used again. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the program's name, may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const dead = fields[0] === 'Z' || fields[0] === 'X';
    return dead ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
