import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How many files and sockets this process may have open, Infinity for any number; null where the system does not say. */
export function openFilesLimit(): number | null {
  // Node raises its own limit to the highest allowed one as it starts; a child has it as well.
  const said = ofLinux() ?? spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout?.trim();
  if (said === 'unlimited') return Infinity;
  return said !== undefined && /^\d+$/.test(said) ? Number(said) : null;
}

function ofLinux(): string | undefined {
  try {
    return /^Max open files +(\w+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** What a server opens besides the connections of its callers: the log, etcd, itself. */
const ownFiles = 100;

/** Why so many connections cannot be had, in a sentence; null where they can. 0 connections stand for any number. */
export function tooFewFiles(connections: number, files = openFilesLimit()): string | null {
  if (files === null || (connections > 0 && connections + ownFiles <= files) || files === Infinity)
    return null;
  const wanted =
    connections === 0 ? 'connections are not limited' : `the limit is ${connections} connections`;
  return `${wanted}, but this process may open ${files} files and each connection takes one: callers beyond that are dropped`;
}
