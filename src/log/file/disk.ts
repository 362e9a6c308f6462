import { constants, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory } from '../file-system.ts';

/**
 * What the engine asks of the file system, and all that it asks: the seam where tests put a disk that loses what was not
 * synced, that is full, or that fails. Paths are absolute. Each call throws or rejects with the system's error.
 */
export interface Disk {
  /** The names in a directory, sorted; none when it is missing. */
  list(dir: string): readonly string[];
  /** Creates a directory and its parents where they are missing. Its name is durable after `syncDirectory` of its parent. */
  makeDirectory(dir: string): void;
  /** Names a file that is at this path as long as it is there: another one in its place has another identity. Null without one. */
  identityOf(path: string): string | null;
  /** Length in bytes. */
  size(path: string): Promise<number>;
  /** `length` bytes from `at` on, or fewer where the file ends. */
  read(path: string, at: number, length: number): Promise<Buffer>;
  /** A new file, which must not exist yet. */
  create(path: string): Promise<DiskFile>;
  /** A file that is there, and whose writes are durable when they resolve. */
  openDurable(path: string): Promise<DiskFile>;
  /** Puts a file in the place of another, or of none, at once. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes durable which files there are in a directory. */
  syncDirectory(dir: string): Promise<void>;
}

export interface DiskFile {
  /** Writes all of `bytes` at offset `at`. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Makes durable what was written, and the file's length. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Removes a file; that it is gone already does no harm. */
export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

// On Linux the flag makes each write durable by itself. On macOS it does not reach the disk, and Windows has none.
const writesCanBeDurable = process.platform === 'linux';

export const realDisk: Disk = {
  list(dir) {
    try {
      return readdirSync(dir).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },
  makeDirectory,
  identityOf(path) {
    try {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? null : `${found.dev}:${found.ino}`;
    } catch (error) {
      // Nothing is below a file.
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return null;
      throw error;
    }
  },
  async size(path) {
    return (await stat(path)).size;
  },
  async read(path, at, length) {
    const file = await opened(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(length);
      let end = 0;
      while (end < length) {
        const { bytesRead } = await file.read(bytes, end, length - end, at + end);
        if (bytesRead === 0) break;
        end += bytesRead;
      }
      return bytes.subarray(0, end);
    } finally {
      await file.close();
    }
  },
  async create(path) {
    return new RealFile(await opened(path, 'wx'), false);
  },
  async openDurable(path) {
    const flags = constants.O_WRONLY | (writesCanBeDurable ? constants.O_DSYNC : 0);
    return new RealFile(await opened(path, flags), !writesCanBeDurable);
  },
  rename,
  remove: unlink,
  async syncDirectory(dir) {
    // A directory cannot be opened there; its file system keeps names by itself.
    if (process.platform === 'win32') return;
    const directory = await opened(dir, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

/** How often, and after how many ms, it is tried again to open a file when connections have used up all that may be open. */
const openAttempts = 200;
const openAgainAfter = 50;

async function opened(path: string, flags: string | number): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(path, flags, 0o600);
    } catch (error) {
      if (!isTooManyFiles(error) || attempt === openAttempts) throw error;
      await delay(openAgainAfter);
    }
  }
}

/** Whether this is what the system says when a process, or all together, may open no more files. */
export function isTooManyFiles(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

class RealFile implements DiskFile {
  readonly #file: FileHandle;
  readonly #syncsEachWrite: boolean;

  constructor(file: FileHandle, syncsEachWrite: boolean) {
    this.#file = file;
    this.#syncsEachWrite = syncsEachWrite;
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; )
      done += (await this.#file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    if (this.#syncsEachWrite) await this.#file.sync();
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
