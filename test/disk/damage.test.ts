import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runner, temporaryFolder } from '../harness/server.ts';
import { Random } from '../sim/random.ts';
import { writeSampleLog } from './sample-log.ts';

const seed = Number(process.env.QUORATE_SEED ?? 1);
const flips = Number(process.env.QUORATE_FLIPS ?? 50);
const pageBytes = 4096;
const headBytes = 48;
/** What ends a process that does not end by itself. */
const hung = 'SIGKILL';

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;
let sound: Look;

beforeAll(async () => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
  await writeSampleLog(dir, 60, 300);
  sound = await lookAt(dir);
  expect(sound.ended).toBe(0);
  expect(sound.verified?.hash).toMatch(/^[0-9a-f]{24}$/);
  expect(sound.served).toEqual(sound.verified);
});

afterAll(() => folder.remove());

const bit = (random: Random) => 1 << random.below(8);
const kinds = {
  anywhere: (random: Random, length: number) => [random.below(length), bit(random)] as const,
  // Where LMDB keeps what it never checks: the kind of a page, how full it is, and where its first records are.
  'in the head of a page': (random: Random, length: number) =>
    [random.below(length / pageBytes) * pageBytes + random.below(headBytes), bit(random)] as const,
};

for (const [where, choose] of Object.entries(kinds))
  test(
    `${flips} bits flipped ${where}, one at a time: refused, passed over, harmless or an end of the process, never another state`,
    async () => {
      const bytes = readFileSync(join(dir, 'data.mdb'));
      const random = new Random(seed);
      const counts = { refused: 0, passedOver: 0, harmless: 0, crashed: 0, hung: 0 };
      const wrongs: string[] = [];
      const wanted = Array.from({ length: flips }, () => choose(random, bytes.length));
      await inPairs(wanted, async ([at, mask], lane) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ mask;
        const kind = judge(await lookAt(copyWith(`flip-${lane}`, damaged)));
        if (kind in counts) counts[kind as keyof typeof counts] += 1;
        else wrongs.push(`mask ${mask} of byte ${at}: ${kind}`);
      });
      const rerun = `rerun: QUORATE_SEED=${seed} QUORATE_FLIPS=${flips} npx vitest run test/disk/damage.test.ts`;
      console.log(`bits flipped ${where}, seed ${seed}: ${JSON.stringify(counts)}`);
      expect(wrongs, rerun).toEqual([]);
      expect(counts.refused, rerun).toBeGreaterThan(0);
    },
    Math.max(120_000, flips * 1000),
  );

/** What came of a damaged log; what it was when it is none of what may come of it. */
function judge({ ended, verified, served }: Look): string {
  if (ended === hung) return 'hung';
  // What is native may crash on a damaged page, or go round in circles: it says nothing wrong.
  if (typeof ended === 'string') return 'crashed';
  const [forVerify, forServer] = [verified, served].map((found) => {
    if (found?.name === 'LogFailure') return 'refused';
    return found?.hash === sound.served?.hash && found?.head === sound.served?.head ? 'harmless' : 'wrong';
  });
  if (ended !== 0 || forVerify === 'wrong' || forServer === 'wrong')
    return JSON.stringify({ ended, verified, served });
  // Verify reads only: it does not meet the pages that are needed for writing.
  if (forServer === 'refused') return 'refused';
  // A server goes on from the older checkpoint where only the latest is damaged; verify says so all the same.
  return forVerify === 'refused' ? 'passedOver' : 'harmless';
}

test('a file that was cut short, anywhere, is refused in words', async () => {
  const bytes = readFileSync(join(dir, 'data.mdb'));
  const random = new Random(seed);
  const lengths = [1, 4095, 8192, bytes.length - 4096, bytes.length - 1];
  for (let n = 0; n < 10; n += 1) lengths.push(8192 + random.below(bytes.length - 8192));
  await inPairs(lengths, async (length, lane) => {
    const path = copyWith(`cut-${lane}`, bytes);
    truncateSync(join(path, 'data.mdb'), length);
    const found = await lookAt(path);
    expect(found, `${length} of ${bytes.length} bytes`).toMatchObject({
      ended: 0,
      verified: { name: 'LogFailure' },
      served: { name: 'LogFailure' },
    });
    expect(found.served?.refused, `${length} of ${bytes.length} bytes`).toMatch(
      /is cut short|is not an LMDB database/,
    );
  });
});

interface Look {
  /** Exit code, or the signal that ended it. */
  readonly ended: number | string;
  readonly verified?: Found;
  readonly served?: Found;
}

interface Found {
  readonly hash?: string;
  readonly head?: number;
  readonly refused?: string;
  readonly name?: string;
}

/** In a process of its own, since what is native can crash. */
function lookAt(path: string): Promise<Look> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [runner, 'test/disk/look.ts', path], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
      killSignal: hung,
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ ended: signal ?? code ?? 'nothing', ...(out === '' ? {} : JSON.parse(out)) }),
    );
  });
}

function copyWith(name: string, content: Buffer): string {
  const path = join(folder.path, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  writeFileSync(join(path, 'data.mdb'), content);
  return path;
}

/** Two at a time: each takes most of a core. */
async function inPairs<T>(
  items: readonly T[],
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async (number: number): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, number);
  };
  await Promise.all([lane(0), lane(1)]);
}
