import { basename } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openFileLog, openFileReader } from '../../src/log/file/engine.ts';
import { type CheckpointRecord, type Log, LogFailure } from '../../src/log/log.ts';
import { fewOr } from '../harness/property.ts';
import { seedOfRun } from '../harness/random.ts';
import { Random } from '../sim/random.ts';
import { PlainDisk } from './model/plain-disk.ts';

// The log here has no owner that runs, and parts so small that few entries fill many.
vi.mock('../../src/log/file/liveness.ts', () => import('./model/no-owner.ts'));
vi.mock('../../src/log/file/checkpoints/sizes.ts', () => import('./model/checkpoint-sizes.ts'));
vi.mock('../../src/log/file/sizes.ts', () => import('./model/sizes.ts'));

const dir = '/machine/log';
const seed = seedOfRun();
/** Of so many places that are next to each other, one is damaged: all where CI is set. */
const stride = Number(process.env.STRIDE ?? fewOr(11, 1));
const again = `again: SEED=${seed} npx vitest run test/disk/flips.test.ts`;

const open = (disk: PlainDisk): Promise<Log> => openFileLog(dir, { disk, minFreeBytes: 0, acceptLoss: true });

/** A log of several segments and checkpoints, let go of in good order or not; each entry sets a key. */
async function made(isClosed: boolean): Promise<PlainDisk> {
  const disk = new PlainDisk();
  let log = await open(disk);
  let n = 0;
  const append = async (many: number, length: number): Promise<void> => {
    for (const end = n + many; n < end; ) {
      n += 1;
      const zeros = n % 3 === 0 ? '\0'.repeat(20) : '';
      const appended = await log.append(Buffer.from(`k${n % 7}=${n}${zeros}${'x'.repeat(length)}`));
      expect(appended).toEqual({ ok: true, index: n });
    }
  };
  const checkpoint = async (full: boolean): Promise<void> => {
    const state = await stateOf(log);
    await log.checkpoint({ index: n, full, records: slice(state.keys) });
  };
  await append(9, 500);
  await checkpoint(true);
  await append(9, 700);
  await checkpoint(false);
  await append(4, 300);
  await log.close();
  log = await open(disk);
  await append(5, 900);
  await checkpoint(false);
  await append(6, 300);
  // Time for the segment that is made ahead.
  await new Promise((resolve) => setImmediate(resolve));
  if (isClosed) await log.close();
  return new PlainDisk(disk.files);
}

async function* slice(state: ReadonlyMap<string, string>): AsyncGenerator<CheckpointRecord[]> {
  yield [...state].map(([key, value]) => ({ key, bytes: Buffer.from(value) }));
}

interface State {
  readonly head: number;
  readonly keys: ReadonlyMap<string, string>;
}

/** What a log adds up to: from its latest checkpoint, or from the one before where that is damaged, as a server does. */
async function stateOf(log: Log): Promise<State> {
  const head = await log.head();
  const keys = new Map<string, string>();
  let checkpoint = await log.restore();
  while (checkpoint !== null) {
    try {
      keys.clear();
      for await (const { key, bytes } of checkpoint.records)
        keys.set(key, Buffer.from(bytes ?? []).toString());
      break;
    } catch (error) {
      if (!(error instanceof LogFailure)) throw error;
      checkpoint = checkpoint.fallBack(error);
    }
  }
  if (checkpoint === null) keys.clear();
  const from = (checkpoint?.index ?? 0) + 1;
  if (from <= head)
    for await (const { index, bytes } of log.entries(from, new AbortController().signal)) {
      const [key = '', value = ''] = Buffer.from(bytes).toString().split('=');
      keys.set(key, value);
      if (index === head) break;
    }
  return { head, keys: new Map([...keys].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

type Outcome = 'same' | 'refused' | string;

/** What becomes of the log on a disk that was damaged in `file`. */
async function outcome(disk: PlainDisk, file: string, sound: string, how: typeof open): Promise<Outcome> {
  try {
    const log = await how(disk);
    const found = shown(await stateOf(log));
    await log.close();
    return found === sound ? 'same' : `another state: ${found}`;
  } catch (error) {
    if (!(error instanceof LogFailure)) return `${(error as Error).stack}`;
    return error.message.includes(basename(file))
      ? 'refused'
      : `does not name ${basename(file)}: ${error.message}`;
  }
}

function shown({ head, keys }: State): string {
  return `${head} ${JSON.stringify([...keys])}`;
}

const read = (disk: PlainDisk): Promise<Log> => openFileReader(dir, { disk });

const kinds: Record<string, (content: Buffer, random: Random) => Iterable<Buffer | null>> = {
  *'every byte inverted'(content) {
    for (let at = 0; at < content.length; at += 1) yield flipped(content, at, 0xff);
  },
  *'a bit of every byte flipped'(content, random) {
    for (let at = 0; at < content.length; at += 1) yield flipped(content, at, 1 << random.below(8));
  },
  *'cut to every length'(content) {
    for (let length = 0; length < content.length; length += 1) yield content.subarray(0, length);
  },
  *'every sector zeroed'(content) {
    for (let at = 0; at < content.length; at += 512) yield zeroed(content, at, 512);
    for (let at = 0; at < content.length; at += 4096) yield zeroed(content, at, 4096);
  },
  *'the file removed'() {
    yield null;
  },
};

function flipped(content: Buffer, at: number, mask: number): Buffer {
  const damaged = Buffer.from(content);
  damaged[at] = (damaged[at] as number) ^ mask;
  return damaged;
}

function zeroed(content: Buffer, at: number, length: number): Buffer {
  return Buffer.from(content).fill(0, at, at + length);
}

for (const [name, damages] of Object.entries(kinds))
  for (const isClosed of [true, false])
    test(`${name}, of a log that was ${isClosed ? 'closed' : 'killed'}: the same state, or a refusal that names the file`, async () => {
      const disk = await made(isClosed);
      const sound = shown(await stateOf(await open(new PlainDisk(disk.files))));
      const random = new Random(seed);
      const counts: Record<string, number> = {};
      const wrongs: string[] = [];
      for (const [file, content] of disk.files) {
        const part = file.slice(dir.length + 1).split('/')[0];
        let n = 0;
        for (const damaged of damages(content, random)) {
          n += 1;
          if ((n + seed) % stride !== 0) continue;
          const found = await outcome(disk.with(file, damaged), file, sound, open);
          const kind = `${part}: ${found === 'same' || found === 'refused' ? found : 'WRONG'}`;
          counts[kind] = (counts[kind] ?? 0) + 1;
          if (found !== 'same' && found !== 'refused') wrongs.push(`${basename(file)} ${n}: ${found}`);
        }
      }
      console.log(`${name}, ${isClosed ? 'closed' : 'killed'}: ${JSON.stringify(counts)}`);
      expect(wrongs.slice(0, 12), `${wrongs.length} of them, ${again}`).toEqual([]);
    }, 300_000);
void read;
