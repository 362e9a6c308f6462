import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A byte written to a nameless file of a log's directory right before LMDB writes there. A file system that was shut
 * down, unmounted by force or turned read-only takes neither; but LMDB must not be the one to find out: on a write that
 * fails, lmdb 3.5.6 can overrun a buffer with the text of the error, and libc then ends the process by SIGABRT.
 */
export class WriteProbe {
  readonly #file: number;
  readonly #byte = Buffer.alloc(1);

  constructor(dir: string) {
    const path = join(dir, `canary-${randomBytes(8).toString('hex')}`);
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
