import { writeSync } from 'node:fs';
import { openLmdbLog } from '../../dist/log/lmdb.js';
import { verifyLog } from '../../dist/offline.js';

/** look.js DIR: prints what the log in DIR adds up to, or why it is refused, and that it opens as a server opens it. */
const [directory] = process.argv.slice(2);
try {
  const { hash, head } = await verifyLog(directory);
  const log = await openLmdbLog(directory, { minFreeBytes: 0 });
  await log.close();
  writeSync(1, JSON.stringify({ hash, head }));
} catch (error) {
  writeSync(1, JSON.stringify({ refused: error.message, name: error.name }));
}
