import { writeSync } from 'node:fs';
import { openFileLog } from '../../src/log/file/engine.ts';
import { verifyLog } from '../../src/offline.ts';
import { type Replayed, replayed } from '../../src/replica/checkpoints/verify.ts';

/** look.js DIR: prints what the log in DIR adds up to for `verify` and for a server, or why each of them refuses it. */
const [directory = ''] = process.argv.slice(2);
const verified = await found(() => verifyLog(directory));
const served = await found(async () => {
  const log = await openFileLog(directory, { minFreeBytes: 0 });
  try {
    return await replayed(log);
  } finally {
    await log.close();
  }
});
writeSync(1, JSON.stringify({ verified, served }));

/** What `read` gives, or the error that it rejects with. */
async function found(read: () => Promise<Replayed>): Promise<object> {
  try {
    const { hash, head } = await read();
    return { hash, head };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { refused: error.message, name: error.name };
  }
}
