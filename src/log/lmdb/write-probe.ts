import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a byte to a deleted file in the log's directory right before LMDB writes there. On a file system that was shut
 * down, unmounted by force or made read-only both fail, and LMDB must not be the first to find out: when a write fails,
 * lmdb 3.5.6 can overrun a buffer with the text of the error, and libc then ends the process by SIGABRT.
 */
export class WriteProbe {
  readonly #file: number;
  readonly #byte = Buffer.alloc(1);

  constructor(dir: string) {
    const path = join(dir, `probe-${randomBytes(8).toString('hex')}`);
    this.#file = openSync(path, 'wx', 0o600);
    rmSync(path);
  }

  /** Throws what the system says when nothing can be written. */
  write(): void {
    writeSync(this.#file, this.#byte, 0, 1, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}
