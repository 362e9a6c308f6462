import { describe, expect, test } from 'vitest';
import type { Unavailability } from '../log/log.ts';
import { Availability } from './availability.ts';
import { realSurroundings } from './clock.ts';

/** Whether a log answers in time, over a log, a queue and a clock that the test moves by hand. */

const limits = { patience: 2500, doubt: 800 };

function started({ exclusive = false } = {}) {
  const log = {
    info: { exclusive },
    unavailable: null as Unavailability | null,
    heads: [] as { answer: (head: number) => void; fail: (error: Error) => void }[],
    head: () => new Promise<number>((answer, fail) => log.heads.push({ answer, fail })),
  };
  /** How long ago the oldest entry was sent that has not come back; -1 for none. */
  const world = { oldest: -1, stopping: false };
  const told: string[] = [];
  const timers = new Map<object, { ms: number; call: () => void }>();
  const reached = new Map<number, () => void>();
  const isLate = (ms: number): boolean => world.oldest >= ms;
  const availability = new Availability({
    log,
    limits,
    surroundings: {
      ...realSurroundings(),
      after: (ms, call) => {
        const timer = { ms, call };
        timers.set(timer, timer);
        return () => void timers.delete(timer);
      },
    },
    commands: {
      isLate,
      failLate: (error, ms) => {
        if (isLate(ms)) told.push(`sent: ${error.name}`);
        return isLate(ms);
      },
      failWaiting: (error) => void told.push(`waiting: ${error.name}`),
      settled: () => void told.push('settled'),
    },
    progress: { reached: (index) => new Promise((go) => reached.set(index, go)) },
    waiters: { release: () => void told.push('waiters') },
    isStopping: () => world.stopping,
  });
  /** Runs the timers that were set for so many ms. */
  const runTimers = (ms: number): void => {
    for (const [key, timer] of [...timers]) {
      if (timer.ms !== ms) continue;
      timers.delete(key);
      timer.call();
    }
  };
  return { availability, log, world, told, timers, reached, runTimers };
}

const outcome = (barrier: Promise<void>): Promise<string> =>
  barrier.then(
    () => 'done',
    (error: Error) => error.message,
  );
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a log of several servers', () => {
  test('is doubtful before it is lost, and neither once the late entry has come back', () => {
    const { availability, world } = started();
    const seen = [-1, 799, 800, 2499, 2500, -1].map((oldest) => {
      world.oldest = oldest;
      return [availability.isDoubtful, availability.isLost];
    });
    expect(seen).toEqual([
      ...[
        [false, false],
        [false, false],
        [true, false],
      ],
      ...[
        [true, false],
        [true, true],
        [false, false],
      ],
    ]);
  });

  test('is lost while it says so itself, for the reason that it gives', () => {
    const { availability, log, world } = started();
    log.unavailable = { since: new Date(0), detail: 'no quorum' };
    expect([availability.isDoubtful, availability.isLost]).toEqual([false, true]);
    expect(availability.refusal()).toMatchObject({
      reason: 'unavailable',
      message: 'the cluster: no quorum',
    });
    world.stopping = true;
    expect(availability.refusal()).toMatchObject({ reason: 'stopping' });
  });

  test('that does not answer has all told who wait, at each look until it answers', () => {
    const { availability, world, told, timers, runTimers } = started();
    availability.begin();
    runTimers(250);
    expect(told).toEqual([]);
    world.oldest = 2500;
    const once = ['sent: UnknownOutcome', 'waiting: NotExecuted', 'settled', 'waiters'];
    runTimers(250);
    runTimers(250);
    expect(told).toEqual([...once, ...once]);
    world.oldest = -1;
    runTimers(250);
    expect(told).toHaveLength(8);
    availability.end();
    expect(timers.size).toBe(0);
  });

  test('that says it is unavailable has those told who wait, but not those whose commands are not late yet', () => {
    const { availability, log, told, runTimers } = started();
    availability.begin();
    log.unavailable = { since: new Date(0), detail: 'no quorum' };
    runTimers(250);
    expect(told).toEqual(['waiting: NotExecuted', 'settled', 'waiters']);
  });
});

describe('a barrier', () => {
  test('ends once this copy has applied what the log held', async () => {
    const { availability, log, reached, timers } = started();
    let done = false;
    const barrier = availability.barrier().then(() => {
      done = true;
    });
    log.heads[0]?.answer(7);
    await soon();
    expect([done, ...reached.keys()]).toEqual([false, 7]);
    reached.get(7)?.();
    await barrier;
    expect(timers.size).toBe(0);
  });

  test('is refused when the log is lost, fails, or answers too late', async () => {
    const { availability, log, world, runTimers } = started();
    const failing = outcome(availability.barrier());
    log.heads[0]?.fail(new Error('connection lost'));
    expect(await failing).toBe('the cluster: connection lost');
    const late = outcome(availability.barrier());
    runTimers(limits.patience);
    log.heads[1]?.answer(0);
    expect(await late).toBe('the cluster: it does not answer in time');
    world.oldest = limits.patience;
    expect(await outcome(availability.barrier())).toBe('the cluster: it does not answer in time');
    expect(log.heads).toHaveLength(2);
  });
});

describe('a log of one server', () => {
  test('is never lost, and has nothing to wait for', async () => {
    const { availability, log, world, timers } = started({ exclusive: true });
    world.oldest = 60_000;
    availability.begin();
    const done = availability.barrier();
    log.heads[0]?.answer(7);
    await done;
    expect([availability.isDoubtful, availability.isLost]).toEqual([false, false]);
    expect(timers.size).toBe(0);
  });

  test('is looked at once for all who read in one turn, and again in the next: another may have taken it over', async () => {
    const { availability, log } = started({ exclusive: true });
    const first = [outcome(availability.barrier()), outcome(availability.barrier())];
    log.heads[0]?.answer(7);
    expect(await Promise.all(first)).toEqual(['done', 'done']);
    expect(log.heads).toHaveLength(1);
    await soon();
    const next = outcome(availability.barrier());
    log.heads[1]?.fail(new Error('another process has taken this log over'));
    expect(await next).toBe('another process has taken this log over');
  });
});
