import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../server.ts';
import { Random } from '../sim/random.ts';
import { livedLog } from './lived.ts';

const look = fileURLToPath(new URL('look.js', import.meta.url));
const seed = Number(process.env.QUORATE_SEED ?? 1);
const flips = Number(process.env.QUORATE_FLIPS ?? 100);

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;
let sound: Look;

beforeAll(async () => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
  await livedLog(dir, 60, 300);
  sound = await lookAt(dir);
  expect(sound.ended).toBe(0);
  expect(sound.hash).toMatch(/^[0-9a-f]{24}$/);
});

afterAll(() => folder.remove());

test(`${flips} bits flipped, one at a time: refused, or harmless, never another state`, async () => {
  const bytes = readFileSync(join(dir, 'data.mdb'));
  const random = new Random(seed);
  const counts = { refused: 0, harmless: 0, crashed: 0 };
  const wrongs: string[] = [];
  const wanted = Array.from({ length: flips }, () => [random.below(bytes.length), random.below(8)] as const);
  await inPairs(wanted, async ([at, bit], lane) => {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ (1 << bit);
    const found = await lookAt(copyWith(`flip-${lane}`, damaged));
    if (found.refused !== undefined) counts.refused += 1;
    else if (found.ended !== 0) counts.crashed += 1;
    else if (found.hash === sound.hash && found.head === sound.head) counts.harmless += 1;
    else wrongs.push(`bit ${bit} of byte ${at}: ${JSON.stringify(found)}`);
  });
  const rerun = `rerun: QUORATE_SEED=${seed} QUORATE_FLIPS=${flips} npx vitest run test/disk/damage.test.ts`;
  console.log(`flips, seed ${seed}: ${JSON.stringify(counts)}`);
  expect(wrongs, rerun).toEqual([]);
  expect(counts.refused, rerun).toBeGreaterThan(0);
}, 120_000);

test('a file that was cut short, anywhere, is refused in words', async () => {
  const bytes = readFileSync(join(dir, 'data.mdb'));
  const random = new Random(seed);
  const lengths = [1, 4095, 8192, bytes.length - 4096, bytes.length - 1];
  for (let n = 0; n < 10; n += 1) lengths.push(8192 + random.below(bytes.length - 8192));
  await inPairs(lengths, async (length, lane) => {
    const path = copyWith(`cut-${lane}`, bytes);
    truncateSync(join(path, 'data.mdb'), length);
    const found = await lookAt(path);
    expect(found, `${length} of ${bytes.length} bytes`).toMatchObject({ ended: 0, name: 'LogFailure' });
    expect(found.refused, `${length} of ${bytes.length} bytes`).toMatch(
      /is cut short|is not an LMDB database/,
    );
  });
});

interface Look {
  /** Exit code, or the signal that ended it. */
  readonly ended: number | string;
  readonly hash?: string;
  readonly head?: number;
  readonly refused?: string;
  readonly name?: string;
}

/** In a process of its own, since what is native can crash. */
function lookAt(path: string): Promise<Look> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [look, path], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
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
