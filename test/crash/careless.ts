import { writeSync } from 'node:fs';
import { open } from 'lmdb';

/** careless.js DIR N: writes N records without ever syncing and acknowledges each; with N = 0 prints how many it finds. */
const [directory = '', argument] = process.argv.slice(2);
const count = Number(argument);
try {
  const db = open(directory, { encoding: 'binary', noSync: true, noSubdir: false });
  if (count === 0) writeSync(1, String(db.getCount()));
  for (let i = 1; i <= count; i += 1) {
    await db.put(i, Buffer.alloc(1000, i));
    writeSync(1, `ack ${i}\n`);
  }
} catch {
  // What cannot be opened has lost everything.
  if (count === 0) writeSync(1, '0');
}
process.exit(0);
