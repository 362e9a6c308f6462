import { writeSync } from 'node:fs';
import { openLmdbLog } from '../../dist/log/lmdb/engine.js';
import { verifyLog } from '../../dist/offline.js';
import { replayed } from '../../dist/replica/verify.js';

/** look.js DIR: prints what the log in DIR adds up to for `verify` and for a server, or why each of them refuses it. */
const [directory] = process.argv.slice(2);
const verified = await found(() => verifyLog(directory));
const served = await found(async () => {
  const log = await openLmdbLog(directory, { minFreeBytes: 0 });
  try {
    return await replayed(log);
  } finally {
    await log.close();
  }
});
writeSync(1, JSON.stringify({ verified, served }));

async function found(read) {
  try {
    const { hash, head } = await read();
    return { hash, head };
  } catch (error) {
    return { refused: error.message, name: error.name };
  }
}
