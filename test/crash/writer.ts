import { writeSync } from 'node:fs';
import { openFileLog } from '../../src/log/file/engine.ts';
import { type CheckpointRecord, type Log, Trimmed } from '../../src/log/log.ts';
import { checkpoints, entries, textOf } from './script.ts';

/**
 * writer.js DIR write: does what script.ts says, and says `entry N` and `checkpoint N` after each.
 * writer.js DIR read: prints what the log holds, as JSON.
 */
const [directory = '', what] = process.argv.slice(2);
try {
  const log = await openFileLog(directory, { minFreeBytes: 0 });
  if (what === 'read') say(JSON.stringify(await held(log)));
  else await write(log);
  await log.close();
} catch (error) {
  say(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  process.exit(70);
}

async function write(log: Log): Promise<void> {
  for (let index = 1; index <= entries; index += 1) {
    // Some ten of them fill the first segment.
    const appended = await log.append(Buffer.from(textOf(index).padEnd(100_000, '.')));
    if (appended.ok) say(`entry ${appended.index}`);
    if (!checkpoints.includes(index)) continue;
    const isFirst = index === checkpoints[0];
    await log.checkpoint({ index, full: isFirst, records: records(index) });
    say(`checkpoint ${index}`);
  }
}

async function* records(index: number): AsyncGenerator<CheckpointRecord[]> {
  yield [{ key: 'index', bytes: Buffer.from(`${index}`) }];
  yield [{ key: `since-${index}`, bytes: Buffer.alloc(1000, 'x') }];
}

/** The entries that are not trimmed, and the latest checkpoint. */
async function held(log: Log): Promise<object> {
  const head = await log.head();
  const checkpoint = await log.restore();
  const state: Record<string, string> = {};
  for await (const { key, bytes } of checkpoint?.records ?? [])
    state[key] = Buffer.from(bytes ?? []).toString('latin1', 0, 9);
  for (const from of [1, ...checkpoints.map((index) => index + 1)]) {
    const texts: string[] = [];
    try {
      if (from <= head)
        for await (const { index, bytes } of log.entries(from, new AbortController().signal)) {
          texts.push(Buffer.from(bytes).toString('latin1', 0, textOf(index).length));
          if (index === head) break;
        }
    } catch (error) {
      if (error instanceof Trimmed) continue;
      throw error;
    }
    const sorted = Object.fromEntries(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
    return { from, texts, checkpoint: checkpoint?.index ?? null, state: sorted };
  }
  throw new Error('every entry is trimmed');
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
