import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openFileLog } from '../../src/log/file/engine.ts';
import { LogFailure } from '../../src/log/log.ts';
import { type Replayed, replayed } from '../../src/replica/checkpoints/verify.ts';
import { fewOr } from '../harness/property.ts';
import { seedOfRun } from '../harness/random.ts';
import { temporaryFolder } from '../harness/server.ts';
import { Random } from '../sim/random.ts';
import { PlainDisk } from './model/plain-disk.ts';
import { writeSampleLog } from './sample-log.ts';

// Nobody owns the copies that are damaged here. Small logs, with every byte damaged, are in flips.test.ts.
vi.mock('../../src/log/file/liveness.ts', () => import('./model/no-owner.ts'));

const seed = seedOfRun();
const flips = Number(process.env.FLIPS ?? fewOr(100, 500));
const commands = Number(process.env.COMMANDS ?? 1000);
const again = `again: SEED=${seed} FLIPS=${flips} COMMANDS=${commands} npx vitest run test/disk/damage.test.ts`;

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;
let disk: PlainDisk;
let sound: Replayed;

beforeAll(async () => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
  // What a server leaves behind: a checkpoint, the one before it, and the entries since.
  await writeSampleLog(dir, Math.ceil(commands / 4), commands);
  disk = PlainDisk.from(dir);
  sound = await stateOn(new PlainDisk(disk.files));
});

afterAll(() => folder.remove());

const counts: Record<string, number> = {};

/** What a server makes of the log on this disk. */
async function stateOn(one: PlainDisk): Promise<Replayed> {
  const log = await openFileLog(dir, {
    disk: one,
    minFreeBytes: 0,
    onFallBack: () => {
      counts['older checkpoint'] = (counts['older checkpoint'] ?? 0) + 1;
    },
  });
  try {
    return await replayed(log);
  } finally {
    await log.close();
  }
}

async function outcome(damaged: PlainDisk, file: string): Promise<string> {
  try {
    const { hash, head } = await stateOn(damaged);
    return hash === sound.hash && head === sound.head ? 'same' : `another state, ${hash} at ${head}`;
  } catch (error) {
    if (!(error instanceof LogFailure)) return (error as Error).stack ?? 'thrown';
    const isNamed = error.message.includes(basename(file)) || /entry \d+ is missing/.test(error.message);
    return isNamed ? 'refused' : `does not name ${basename(file)}: ${error.message}`;
  }
}

/** Places in all files, half of them where something was written: most of a segment is zeros. */
function place(random: Random): { readonly file: string; readonly at: number } {
  const all = [...disk.files].filter(([, content]) => content.length > 0);
  for (const isWritten = random.chance(0.5); ; ) {
    const [file, content] = random.pick(all);
    const at = random.below(content.length);
    if (!isWritten || content[at] !== 0) return { file, at };
  }
}

test(`${flips} bits of a log of ${commands} commands flipped, one at a time: the same state, or refused by name`, async () => {
  const random = new Random(seed);
  const wrongs: string[] = [];
  for (let n = 0; n < flips; n += 1) {
    const { file, at } = place(random);
    const content = Buffer.from(disk.files.get(file) as Buffer);
    content[at] = (content[at] as number) ^ (1 << random.below(8));
    const found = await outcome(disk.with(file, content), file);
    const kind = found === 'same' || found === 'refused' ? found : 'wrong';
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (kind === 'wrong') wrongs.push(`byte ${at} of ${basename(file)}: ${found}`);
  }
  console.log(`${flips} flips, ${commands} commands, seed ${seed}: ${JSON.stringify(counts)}`);
  expect(wrongs, again).toEqual([]);
  expect(counts.refused, again).toBeGreaterThan(0);
  expect(counts['older checkpoint'], again).toBeGreaterThan(0);
}, 7_200_000);

test('a log cut short, at places of every file, is the same or refused by name', async () => {
  const random = new Random(seed);
  for (const [file, content] of disk.files)
    for (const length of [0, 1, 4095, 4096, content.length - 1, random.below(content.length)])
      expect(
        await outcome(disk.with(file, content.subarray(0, Math.min(length, content.length - 1))), file),
        `${length} of ${content.length} bytes of ${basename(file)}, ${again}`,
      ).toMatch(/^(same|refused)$/);
});
