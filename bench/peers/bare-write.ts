import { closeSync, constants, openSync, write, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Contestant } from '../contestant.ts';
import { DataDirectory } from '../durable-log.ts';
import { figureOf, rounded } from '../figure.ts';

const fileBytes = 16 * 1024 * 1024;
/** About what the entry of three proposals takes. */
const recordBytes = 1024;

/**
 * The least that a durable vote takes on this disk: a write of 1 KB, one at a time and through the thread pool, to a file zeroed
 * ahead, opened so that each write is on the disk before it returns. Null where the system has no such flag.
 */
export async function bareWrite(): Promise<Contestant> {
  const directory = new DataDirectory();
  const file = path.join(directory.path, 'zeroed');
  writeFileSync(file, Buffer.alloc(fileBytes), { flush: true });
  const fd = openSync(file, constants.O_WRONLY | constants.O_DSYNC);
  const record = Buffer.alloc(recordBytes, 'x');
  const writeAt = promisify(write);
  let at = 0;
  return {
    async slice(seconds) {
      const times: number[] = [];
      const cpu = process.cpuUsage();
      const begun = performance.now();
      for (let now = begun; now < begun + seconds * 1000; ) {
        await writeAt(fd, record, 0, recordBytes, at);
        const done = performance.now();
        times.push(done - now);
        now = done;
        at = (at + recordBytes) % fileBytes;
      }
      const { user, system } = process.cpuUsage(cpu);
      const figure = figureOf(times, (performance.now() - begun) / 1000);
      return { ...figure, cpuUs: rounded((user + system) / times.length, 0) };
    },
    async stop() {
      closeSync(fd);
      directory.remove();
    },
  };
}
