import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Database } from 'lmdb';
import { LogFailure } from '../log.ts';
import { identityOf } from '../open-file.ts';
import { logFileIn } from './file.ts';
import { decodeNote, encodeNote } from './record.ts';

/** The key of the owner's note; the version stored with it is the owner's epoch. */
export const ownerKey = 'owner';

interface OwnerNote {
  readonly pid: number;
  readonly since: string;
  /** When the process started, in the kernel's ticks; null where the system does not say. */
  readonly started: string | null;
  /** The log's file, as `identityOf` tells it: a copy of it has no owner yet. */
  readonly file: string | null;
  /** Name, in the log's directory, of the socket the owner listens on; null when the path is too long. */
  readonly socket: string | null;
  readonly released: boolean;
  /** The newest entry when this owner came, or went: a log that ends before it is damaged, even one that seems to be empty. */
  readonly head: number;
}

/** This process's ownership of a log directory. No other has the same `epoch`. */
export interface Ownership {
  readonly epoch: number;
  /** What to write over the owner's note, under the same epoch, when letting go in good order at entry `head`. */
  farewell(head: number): Buffer;
  /** Stops answering for the directory. */
  release(): Promise<void>;
}

/**
 * Takes ownership of `dir`, from nobody or from a process that no longer runs. Throws `LogFailure`
 * naming the owner when there is a live one.
 *
 * An owner answers on a socket for as long as it runs: the kernel takes that away from it at its
 * death, however sudden. The epoch is raised in one transaction that fails when somebody else was
 * faster; since every later write names the epoch it was taken under, even an owner that was wrongly
 * thought dead can write nothing any more.
 */
export async function takeOwnership(
  db: Database<Buffer, string>,
  dir: string,
  head: number,
): Promise<Ownership> {
  for (let attempt = 0; attempt < 10; attempt++) {
    db.resetReadTxn();
    const found = db.getEntry(ownerKey);
    const owner = found && decodeNote<OwnerNote>('the note about the owner', found.value);
    if (owner && (await isAlive(owner, dir))) {
      throw new LogFailure(`${dir} is in use by process ${owner.pid} since ${owner.since}`);
    }
    const listener = await listen(dir);
    const seen = found?.version ?? 0;
    const note: OwnerNote = {
      pid: process.pid,
      since: new Date().toISOString(),
      started: startOf(process.pid),
      file: identityOf(logFileIn(dir)),
      socket: listener?.name ?? null,
      released: false,
      head,
    };
    const epoch = seen + 1;
    const won = db.transactionSync(() => {
      if ((db.getEntry(ownerKey)?.version ?? 0) !== seen) return false;
      db.putSync(ownerKey, encodeNote(note), epoch);
      return true;
    });
    if (won) {
      if (owner?.socket) rmSync(join(dir, owner.socket), { force: true });
      const farewell = (head: number) => encodeNote({ ...note, head, released: true });
      return { epoch, farewell, release: async () => listener?.close() };
    }
    await listener?.close();
  }
  throw new LogFailure(`${dir} is being opened by several processes at once`);
}

/** The newest entry when the log's last owner came; 0 when it never had one. */
export function headOfOwner(db: Database<Buffer, string>): number {
  const found = db.getEntry(ownerKey);
  return found ? decodeNote<OwnerNote>('the note about the owner', found.value).head : 0;
}

async function isAlive(owner: OwnerNote, dir: string): Promise<boolean> {
  if (owner.released) return false;
  if (owner.socket === null) return isRunning(owner);
  const answer = await answers(join(dir, owner.socket));
  // That the socket is gone says nothing of the owner: somebody may have tidied up, or copied the log without it.
  return answer ?? (owner.file === identityOf(logFileIn(dir)) && isRunning(owner));
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

function isRunning(owner: OwnerNote): boolean {
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

interface Listener {
  readonly name: string;
  close(): Promise<void>;
}

// A socket's path has room for 103 bytes on every system; Node cuts a longer one short without a word.
const maxSocketPath = 103;

/** Listens on a new socket in `dir`, whose name nobody else can have; null where there can be none. */
async function listen(dir: string): Promise<Listener | null> {
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
