import { writeSync } from 'node:fs';
import { openFileLog } from '../../src/log/file/engine.ts';

/** writer.js DIR N: appends N entries and says `ack TEXT` after each; with N = 0 prints what the log holds as JSON. */
const [directory = '', argument] = process.argv.slice(2);
const count = Number(argument);
const decoder = new TextDecoder();
try {
  const log = await openFileLog(directory);
  if (count === 0) {
    const entries: string[] = [];
    const head = await log.head();
    if (head > 0) {
      const end = new AbortController();
      for await (const { index, bytes } of log.entries(1, end.signal)) {
        entries.push(decoder.decode(bytes).slice(0, 32));
        if (index === head) break;
      }
    }
    writeSync(1, `${JSON.stringify({ entries })}\n`);
  }
  for (let i = 0; i < count; i += 1) {
    const text = `entry ${i} of ${process.pid}`.padEnd(32, '.').slice(0, 32);
    const appended = await log.append(new TextEncoder().encode(text + 'x'.repeat(3000)));
    if (appended.ok) writeSync(1, `ack ${text}\n`);
  }
  await log.close();
} catch (error) {
  writeSync(1, `${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
  process.exit(70);
}
