import { expect, test, vi } from 'vitest';
import { openFileLog } from '../../src/log/file/engine.ts';
import { type Log, LogFailure, NoSpace } from '../../src/log/log.ts';
import { seedOfRun } from '../harness/random.ts';
import { Random } from '../sim/random.ts';
import type { Call } from './model/calls.ts';
import { drive } from './model/drive.ts';
import { opening } from './model/liveness.ts';
import { Machine } from './model/machine.ts';
import { Process } from './model/process.ts';
import { readCheckpoint, World } from './model/world.ts';

vi.mock('../../src/log/file/liveness.ts', () => import('./model/liveness.ts'));
vi.mock('node:zlib', async (original) => (await import('./model/zlib.ts')).atOnce(await original()));
vi.mock('../../src/log/file/checkpoints/sizes.ts', () => import('./model/checkpoint-sizes.ts'));
vi.mock('../../src/log/file/sizes.ts', () => import('./model/sizes.ts'));

const seed = seedOfRun();
const again = `again: SEED=${seed} npx vitest run test/disk/steps.test.ts`;

interface Trial {
  readonly name: string;
  readonly code: string;
  /** What can fail so. */
  readonly hits: (call: Call) => boolean;
  readonly lasts: 'once' | 'a while' | 'for ever';
  /** Whether the log may stop over it; else what cannot be done is refused, and everything goes on. */
  readonly mayStop: boolean;
}

const changing = ['makeDirectory', 'create', 'rename', 'remove', 'syncDirectory', 'write', 'sync'];
const trials: readonly Trial[] = [
  { name: 'a full disk', code: 'ENOSPC', hits: ({ grows }) => grows > 0, lasts: 'a while', mayStop: false },
  {
    name: 'a full disk that copies on write',
    code: 'ENOSPC',
    hits: ({ kind }) => ['makeDirectory', 'create', 'write', 'rename', 'sync'].includes(kind),
    lasts: 'a while',
    mayStop: true,
  },
  { name: 'an error', code: 'EIO', hits: ({ kind }) => kind !== 'close', lasts: 'once', mayStop: true },
  {
    name: 'a disk that fails',
    code: 'EIO',
    hits: ({ kind }) => kind !== 'close',
    lasts: 'for ever',
    mayStop: true,
  },
  {
    name: 'a disk that turns read-only',
    code: 'EROFS',
    hits: ({ kind }) => changing.includes(kind),
    lasts: 'for ever',
    mayStop: true,
  },
];

/** One log, and what it must hold. */
class Trying {
  readonly machine = new Machine(seed);
  readonly world = new World();
  readonly trial: Trial;
  /** Calls that could have failed so far. */
  hits = 0;
  hasSpace = true;
  refused = 0;
  /** True for good when an append failed. */
  isAppending = false;
  #n = 0;

  /** The `at`th call that can fail does. */
  constructor(trial: Trial, at: number) {
    this.trial = trial;
    this.machine.fault = (call) => {
      if (!trial.hits(call)) return null;
      this.hits += 1;
      if (trial.lasts === 'once' ? this.hits !== at : this.hits < at) return null;
      if (trial.lasts === 'a while' && this.#isOver) return null;
      this.hasSpace = false;
      return trial.code;
    };
  }

  #isOver = false;

  /** It never fails again. */
  repair(): void {
    this.#isOver = true;
    this.hasSpace = true;
    // Nobody tries at once again what there was no space for.
    vi.advanceTimersByTime(200);
  }

  async open(): Promise<Log> {
    const process = new Process(this.machine);
    const options = { disk: process, minFreeBytes: 0, acceptLoss: true };
    return opening.run(process, () => openFileLog('/machine/log', options));
  }

  async append(log: Log, length: number): Promise<void> {
    this.#n += 1;
    const bytes = Buffer.from(`${this.#n} `.padEnd(length, '.'));
    const sent = this.world.sent(this.world.head + 1, bytes);
    this.isAppending = true;
    const appended = await log.append(bytes);
    this.isAppending = false;
    if (appended.ok) return this.world.acknowledged(sent, appended.index, false);
    expect(appended.reason).toBe('no-space');
    expect(this.hasSpace, 'there was space').toBe(false);
    this.world.refused(sent);
    this.refused += 1;
  }

  async checkpoint(log: Log, full: boolean): Promise<void> {
    this.#n += 1;
    const bytes = Buffer.alloc(3000, `${this.#n}`);
    const { latest, head } = this.world;
    const state = new Map(full ? [] : latest?.state);
    const key = `k${this.#n % 3}`;
    state.set(key, bytes.toString('latin1'));
    const published = { index: head, state };
    async function* records() {
      yield [{ key, bytes }];
    }
    this.world.publishing(published);
    try {
      await log.checkpoint({ index: head, full, records: records() });
      this.world.published(published);
    } catch (error) {
      if (!(error instanceof NoSpace)) throw error;
      expect(this.hasSpace, 'there was space').toBe(false);
      this.refused += 1;
    }
  }

  /** Twice through segments, with a checkpoint now and then. */
  async use(log: Log): Promise<void> {
    for (let n = 0; n < 24; n += 1) {
      await this.append(log, n % 5 === 0 ? 2500 : 300 * (n % 4));
      if (n % 8 === 5) await this.checkpoint(log, n === 5);
    }
  }

  async check(log: Log): Promise<void> {
    const { world } = this;
    world.headGiven(await log.head(), world.head);
    world.restored(await readCheckpoint(await log.restore()));
    const head = await log.head();
    for (let from = world.trimmed + 1; from <= head; from = world.head + 1)
      for await (const entry of log.entries(from, new AbortController().signal)) {
        world.shown(entry);
        if (entry.index >= head) break;
      }
    world.settled();
  }
}

/** What comes of one failure: refused, stopped, or nothing. Throws when it is what must not be. */
async function outcome(
  trial: Trial,
  at: number,
): Promise<'untouched' | 'refused' | 'stopped' | 'not opened'> {
  const trying = new Trying(trial, at);
  let log: Log | null = null;
  let result: 'untouched' | 'refused' | 'stopped' | 'not opened' = 'untouched';
  const life = async (): Promise<void> => {
    try {
      log = await trying.open();
      await trying.use(log);
      if (trying.refused > 0) result = 'refused';
      if (trial.lasts === 'for ever') return;
      trying.repair();
      // It goes on by itself; what failed in the background may stop it only now.
      await trying.use(log);
      await trying.check(log);
      await log.close();
    } catch (error) {
      if (!(error instanceof LogFailure)) throw error;
      if (log !== null && !trial.mayStop) throw error;
      result = log === null ? 'not opened' : 'stopped';
    }
    // One whose checkpoint failed may go on; its server stops.
    if (result === 'stopped' && trying.isAppending) await isStopped(log as unknown as Log);
  };
  await drive(trying.machine, life(), Infinity);
  trying.repair();
  trying.machine.fault = () => null;
  const random = new Random(seed + at);
  if (random.chance(0.5)) trying.machine.cutPower();
  else trying.machine.killAll();
  await drive(
    trying.machine,
    (async () => {
      const after = await trying.open();
      await trying.check(after);
      await trying.use(after);
      await trying.check(after);
      await after.close();
    })(),
    Infinity,
  );
  return result;
}

async function isStopped(log: Log): Promise<void> {
  await expect(log.append(Buffer.from('once more'))).rejects.toBeInstanceOf(LogFailure);
  await expect(log.head()).rejects.toBeInstanceOf(LogFailure);
}

test.each(trials)(
  '$name at each step: refused or stopped, and nothing acknowledged is lost',
  async (trial) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const never = new Trying(trial, Infinity);
      await drive(
        never.machine,
        never.open().then((log) => never.use(log)),
        Infinity,
      );
      const counts: Record<string, number> = {};
      for (let at = 1; at <= never.hits; at += 1) {
        const found = await outcome(trial, at).catch((error: Error) => {
          throw new Error(`step ${at}: ${error.message}\n${again}`, { cause: error });
        });
        counts[found] = (counts[found] ?? 0) + 1;
      }
      console.log(`${trial.name}, seed ${seed}: ${never.hits} steps: ${JSON.stringify(counts)}`);
      expect(counts[trial.mayStop ? 'stopped' : 'refused'], again).toBeGreaterThan(0);
      expect(counts['not opened'], again).toBeGreaterThan(0);
    } finally {
      vi.useRealTimers();
    }
  },
  300_000,
);
