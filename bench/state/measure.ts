import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Disk, realDisk } from '../../src/log/file/disk.ts';

/** Bytes in use, inside the heap and outside of it; Node was started with --expose-gc. */
export function memory(): number {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Processor time of this process so far, ms, collector threads included: steadier than the clock on a busy machine. */
export function cpu(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}

/** Size of all files in a directory. */
export function megabytes(dir: string): number {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return inMegabytes(
    files.reduce((sum, file) => sum + statSync(path.join(file.parentPath, file.name)).size, 0),
  );
}

export function inMegabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

/** Whole ms since `begun`, a time of `performance.now()`. */
export function since(begun: number): number {
  return Math.round(performance.now() - begun);
}

/** The real disk; `bytes()` says how many were written to it for checkpoints. */
export function countingDisk(): { readonly disk: Disk; readonly bytes: () => number } {
  let written = 0;
  const create: Disk['create'] = async (file) => {
    const created = await realDisk.create(file);
    if (path.basename(path.dirname(file)) !== 'state') return created;
    return {
      write(bytes, at) {
        written += bytes.length;
        return created.write(bytes, at);
      },
      sync: () => created.sync(),
      close: () => created.close(),
    };
  };
  return { disk: { ...realDisk, create }, bytes: () => written };
}
