import { mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** careless.js DIR N: writes N records into a file without ever syncing and acknowledges each; with N = 0 prints how many it finds. */
const [directory = '', argument] = process.argv.slice(2);
const count = Number(argument);
const recordBytes = 1000;
try {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'records');
  if (count === 0) writeSync(1, String(Math.floor(readFileSync(path).length / recordBytes)));
  else {
    const file = openSync(path, 'wx');
    for (let i = 1; i <= count; i += 1) {
      writeSync(file, Buffer.alloc(recordBytes, i));
      writeSync(1, `ack ${i}\n`);
    }
  }
} catch {
  // What cannot be opened has lost everything.
  if (count === 0) writeSync(1, '0');
}
process.exit(0);
