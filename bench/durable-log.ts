import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The durable log of one machine in this directory, as the server takes it: the engine that it uses by default. */
export function durableLog(directory: string): string {
  return `file:${directory}`;
}

/** A new directory for data, on the disk that TMPDIR names. */
export class DataDirectory {
  readonly path = mkdtempSync(path.join(os.tmpdir(), 'quorate-bench-'));

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Does `stop`, whether or not that succeeds removes the directory. */
  async removeAfter(stop: () => Promise<void>): Promise<void> {
    try {
      await stop();
    } finally {
      this.remove();
    }
  }
}
