import { expect, test, vi } from 'vitest';
import { openFileLog, openFileReader } from '../../src/log/file/engine.ts';
import { fewOr } from '../harness/property.ts';
import { seedOfRun } from '../harness/random.ts';
import { type Counts, history } from './model/history.ts';
import { opening } from './model/liveness.ts';
import type { Lies } from './model/machine.ts';
import type { Open } from './model/owner.ts';

// Processes of the model have no sockets.
vi.mock('../../src/log/file/liveness.ts', () => import('./model/liveness.ts'));
// Nor threads: a history would take another course each time.
vi.mock('node:zlib', async (original) => (await import('./model/zlib.ts')).atOnce(await original()));
vi.mock('../../src/log/file/checkpoints/sizes.ts', () => import('./model/checkpoint-sizes.ts'));
vi.mock('../../src/log/file/sizes.ts', () => import('./model/sizes.ts'));

const histories = Number(process.env.HISTORIES ?? fewOr(200, 1000));
const seed = seedOfRun();

const open: Open = (process, how) => {
  const options = { disk: process, minFreeBytes: 0, acceptLoss: true };
  const call = how === 'own' ? openFileLog : openFileReader;
  return opening.run(process, () => call('/machine/new/log', options));
};

const nothing: Counts = {
  histories: 0,
  cuts: 0,
  kills: 0,
  closes: 0,
  takeovers: 0,
  races: 0,
  entries: 0,
  checkpoints: 0,
  wentBack: 0,
  readersBeside: 0,
  endedOpening: 0,
};

test(`${histories} random histories with power cuts, kills and takeovers: nothing acknowledged is lost`, async () => {
  const counts = { ...nothing };
  for (let n = 0; n < histories; n += 1) {
    const wrong = await history(seed + n, open, counts);
    if (wrong !== null)
      throw new Error(
        `again: SEED=${seed + n} HISTORIES=1 npx vitest run test/disk/histories.test.ts\n${wrong}`,
      );
  }
  console.log(`histories of a log on a model of a disk, from seed ${seed}: ${JSON.stringify(counts)}`);
  if (histories >= 100)
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(0);
}, 600_000);

test('two that begin a log at the same moment give it one id, whichever is cut off', async () => {
  expect(await history(406_579_493, open, { ...nothing })).toBeNull();
});

/** Each with the seed of a history that finds it; when histories change, one of those that follow does. */
const lies: readonly (readonly [Lies, number])[] = [
  [{ sync: true }, 5001],
  [{ durableWrites: true }, 5001],
  [{ syncOfDurable: true }, 5286],
  [{ syncDirectory: true }, 5001],
  [{ create: true }, 5750],
  [{ identity: true }, 5002],
];

test.each(lies)(
  'a disk that lies is found: %o',
  async (lie, first) => {
    let found: string | null = null;
    let n = 0;
    for (; n < 1500 && found === null; n += 1) found = await history(first + n, open, { ...nothing }, lie);
    console.log(`${JSON.stringify(lie)}: history ${n}: ${found?.split('\n')[0]}`);
    expect(found).not.toBeNull();
  },
  300_000,
);
