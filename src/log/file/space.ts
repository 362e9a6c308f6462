import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemOf } from '../file-system.ts';

/** Bytes set aside: enough for what opening a log writes. */
const ballastBytes = 16 * 1024 * 1024;
const ballastName = 'ballast';
/** In ms: short beside the time that others need to write what is between the floor and a full disk. */
const lookEvery = 10;

/**
 * Watches the free space of a log's file system, so that nothing is written once it is nearly full: neither segments
 * and checkpoints, which need space, nor entries, which need none where a segment was made ahead, but do on file systems that
 * copy on write.
 *
 * A file that holds nothing, the ballast, is given up when a log is opened on a full disk: what opening writes then
 * finds its place, and the log can be read. It is made again once there is space for it above the floor.
 */
export class Space {
  readonly #dir: string;
  readonly #floor: number;
  #lookAgain = 0;
  #free = Infinity;

  /** `floor` is in bytes; 0 never looks, and keeps no ballast. */
  constructor(dir: string, floor: number) {
    this.#dir = dir;
    this.#floor = floor;
  }

  /** To be called before the log is opened. */
  prepare(): void {
    if (this.#floor <= 0) return;
    if (fileSystemOf(this.#dir).free < ballastBytes) rmSync(join(this.#dir, ballastName), { force: true });
  }

  /** To be called once the log is open: sets the ballast aside where there is space for it. */
  reserve(): void {
    if (this.#floor <= 0 || this.#hasBallast()) return;
    if (fileSystemOf(this.#dir).free < this.#floor + ballastBytes) return;
    const path = join(this.#dir, ballastName);
    try {
      const file = openSync(path, 'w', 0o600);
      try {
        // Random, since a file system may keep zeros, or what is alike, for nothing.
        const chunk = randomBytes(1024 * 1024);
        for (let written = 0; written < ballastBytes; ) written += writeSync(file, chunk);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch {
      // Somebody else was faster to take the space.
      rmSync(path, { force: true });
    }
  }

  /** Why `bytes` more may not be written now, or null. Looks again after 10 ms, or when what it saw is used up. */
  refusal(bytes: number): string | null {
    if (this.#floor <= 0) return null;
    const now = performance.now();
    if (now >= this.#lookAgain || this.#free - bytes < this.#floor) {
      this.#lookAgain = now + lookEvery;
      this.#free = fileSystemOf(this.#dir).free;
    }
    if (this.#free - bytes >= this.#floor) return null;
    return `${this.#free} bytes are free in ${this.#dir}, the floor is ${this.#floor}: only reading goes on`;
  }

  /** Bytes that were free when it last looked. */
  get free(): number {
    return this.#free;
  }

  #hasBallast(): boolean {
    return (statSync(join(this.#dir, ballastName), { throwIfNoEntry: false })?.size ?? 0) >= ballastBytes;
  }
}
