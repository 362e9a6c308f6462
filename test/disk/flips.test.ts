import { basename } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openFileLog } from '../../src/log/file/engine.ts';
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
/** Of so many places that are next to each other, one is damaged. */
const stride = Number(process.env.STRIDE ?? fewOr(11, 5));
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
async function outcome(disk: PlainDisk, file: string, sound: string): Promise<Outcome> {
  try {
    const log = await open(disk);
    const found = shown(await stateOf(log));
    await log.close();
    return found === sound ? 'same' : `another state: ${found}`;
  } catch (error) {
    if (!(error instanceof LogFailure)) return `${(error as Error).stack}`;
    // What is gone altogether is named by the first entry that is missed.
    const isNamed = error.message.includes(basename(file)) || /entry \d+ is missing/.test(error.message);
    return isNamed ? 'refused' : `does not name ${basename(file)}: ${error.message}`;
  }
}

function shown({ head, keys }: State): string {
  return `${head} ${JSON.stringify([...keys])}`;
}

interface Damage {
  readonly name: string;
  /** Of logs that were closed in good order, or whose owner was killed. */
  readonly of: readonly ('closed' | 'killed')[];
  /** Every content that a file is tried with; null is none. */
  each(content: Buffer, random: Random): Iterable<Buffer | null>;
}

const damages: readonly Damage[] = [
  {
    name: 'every byte inverted',
    of: ['killed'],
    *each(content) {
      for (const at of places(content)) yield flipped(content, at, 0xff);
    },
  },
  {
    name: 'a bit of every byte flipped',
    of: ['closed'],
    *each(content, random) {
      for (const at of places(content)) yield flipped(content, at, 1 << random.below(8));
    },
  },
  {
    name: 'cut to every length',
    of: ['killed'],
    *each(content) {
      for (const length of places(content)) yield content.subarray(0, length);
    },
  },
  {
    name: 'every sector and page zeroed',
    of: ['closed', 'killed'],
    *each(content) {
      for (const length of [512, 4096])
        for (let at = 0; at < content.length; at += length)
          yield Buffer.from(content).fill(0, at, Math.min(at + length, content.length));
    },
  },
  {
    name: 'a file removed',
    of: ['closed'],
    *each() {
      yield null;
    },
  },
];

function* places(content: Buffer): Generator<number> {
  for (let at = seed % stride; at < content.length; at += content.length < 2000 ? 1 : stride) yield at;
}

function flipped(content: Buffer, at: number, mask: number): Buffer {
  const damaged = Buffer.from(content);
  damaged[at] = (damaged[at] as number) ^ mask;
  return damaged;
}

for (const { name, of, each } of damages)
  test.each(of)(
    `${name}, of a log that was %s: the same state, or a refusal that names the file`,
    async (end) => {
      const disk = await made(end === 'closed');
      const sound = shown(await stateOf(await open(new PlainDisk(disk.files))));
      const random = new Random(seed);
      const counts: Record<string, number> = {};
      const wrongs: string[] = [];
      for (const [file, content] of disk.files) {
        const part = file.slice(dir.length + 1).split('/')[0];
        for (const damaged of each(content, random)) {
          const found = await outcome(disk.with(file, damaged), file, sound);
          const isEnd = name.includes('zeroed') && isTheEnd(content, damaged);
          const kind =
            found === 'same' || found === 'refused' ? found : isEnd ? 'like a torn write' : 'WRONG';
          counts[`${part} ${kind}`] = (counts[`${part} ${kind}`] ?? 0) + 1;
          if (kind === 'WRONG') wrongs.push(`${difference(content, damaged)} of ${basename(file)}: ${found}`);
        }
      }
      console.log(`${name}, ${end}, seed ${seed}, stride ${stride}: ${JSON.stringify(counts)}`);
      expect(wrongs.slice(0, 12), `${wrongs.length} of them, ${again}`).toEqual([]);
    },
    900_000,
  );

/** Whether nothing is left from the damage on: a write that was cut short would look the same. */
function isTheEnd(content: Buffer, damaged: Buffer | null): boolean {
  const from = content.findIndex((byte, at) => byte !== damaged?.[at]);
  return damaged?.subarray(from).every((byte) => byte === 0) === true;
}

function difference(content: Buffer, damaged: Buffer | null): string {
  if (damaged === null || damaged.length < content.length) return `${damaged?.length ?? 'none'} bytes`;
  return `byte ${content.findIndex((byte, at) => byte !== damaged[at])}`;
}
