import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How many files and sockets this process may have open; Infinity without a limit, null when the system does not say. */
export function openFilesLimit(): number | null {
  // Node raises its own limit to the highest allowed one at its start, and a child process inherits it.
  const text = limitOnLinux() ?? spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim();
  if (text === 'unlimited') return Infinity;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function limitOnLinux(): string | undefined {
  try {
    return /^Max open files +(\w+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** What a server opens besides its callers' connections: the log, etcd, its own modules. */
const ownFiles = 100;

/** A sentence that says why this process cannot have so many connections; null when it can. 0 means any number. */
export function tooFewFiles(connections: number, files = openFilesLimit()): string | null {
  if (files === null || (connections > 0 && connections + ownFiles <= files) || files === Infinity)
    return null;
  const wanted =
    connections === 0 ? 'connections are not limited' : `the limit is ${connections} connections`;
  return `${wanted}, but this process may open ${files} files and each connection takes one: callers beyond that are dropped`;
}
