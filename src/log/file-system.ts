import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The file system that a directory is on, or will be on once it is created. */
export interface FileSystem {
  /** Its name as `mount` gives it, if known, else its number in hexadecimal. */
  readonly type: string;
  /** Bytes that this user may still write. */
  readonly free: number;
  readonly size: number;
  /** Why what is synced there can be lost all the same; null for a local disk. */
  readonly risk: string | null;
}

const inMemory = 'what is in memory is gone when the machine stops';
const elsewhere = 'locks and syncs over a network do not hold as they do on a local disk';
const unknown = 'what a sync means there is up to a program that cannot be known';

// Numbers of linux/magic.h.
const types: ReadonlyMap<number, readonly [type: string, risk: string | null]> = new Map([
  [0xef53, ['ext4', null]],
  [0x58465342, ['xfs', null]],
  [0x9123683e, ['btrfs', null]],
  [0x2fc12fc1, ['zfs', null]],
  [0xf2f52010, ['f2fs', null]],
  [0x794c7630, ['overlay', null]],
  [0x01021994, ['tmpfs', inMemory]],
  [0x858458f6, ['ramfs', inMemory]],
  [0x6969, ['nfs', elsewhere]],
  [0xff534d42, ['cifs', elsewhere]],
  [0xfe534d42, ['smb', elsewhere]],
  [0x517b, ['smb', elsewhere]],
  [0x01021997, ['9p', elsewhere]],
  [0x5346414f, ['afs', elsewhere]],
  [0x00c36400, ['ceph', elsewhere]],
  [0x65735546, ['fuse', unknown]],
]);

/** The file system of the nearest ancestor that exists. Throws the system's error when that cannot be read. */
export function fileSystemOf(dir: string): FileSystem {
  const { type: number, bavail, bsize, blocks } = statfsSync(nearest(dir));
  const magic = number >>> 0;
  // On other systems the numbers mean other things.
  const known = process.platform === 'linux' ? types.get(magic) : undefined;
  const [type, risk] = known ?? [`0x${magic.toString(16)}`, null];
  return { type, free: bavail * bsize, size: blocks * bsize, risk };
}

/** The directory itself where it exists, else the nearest one above it that does. */
export function nearest(dir: string): string {
  return existsSync(dir) || dirname(dir) === dir ? dir : nearest(dirname(dir));
}

/**
 * Creates a directory that only this user may enter, and its parents. Throws the system's error. Node's `recursive` is
 * not used: it never returns on a file system that answers ENOENT to every attempt, as /proc does.
 */
export function makeDirectory(dir: string): void {
  if (existsSync(dir)) return;
  if (dirname(dir) !== dir) makeDirectory(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
