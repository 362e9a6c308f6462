import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { realSurroundings } from './clock.ts';
import { Waiters } from './waiters.ts';

describe('a waiter', () => {
  it('looks again at each wake-up and leaves with what it sees [Q6.4]', async () => {
    const waiters = new Waiters(realSurroundings());
    let value: number | undefined;
    let looks = 0;
    const waiting = waiters.wait(
      'g',
      'change',
      () => {
        looks += 1;
        return value;
      },
      () => -1,
      { ms: 5000 },
    );
    waiters.wake('g', false);
    waiters.wake('other', true);
    value = 7;
    waiters.wake('g', false);
    expect(await waiting).toBe(7);
    expect(looks).toBe(3);
    expect(waiters.size).toBe(0);
  });

  it('for a close is not looked at for anything less', async () => {
    const waiters = new Waiters(realSurroundings());
    let looks = 0;
    const waiting = waiters.wait(
      'g',
      'close',
      () => {
        looks += 1;
        return looks > 1 ? 'closed' : undefined;
      },
      () => '',
      { ms: 5000 },
    );
    for (let i = 0; i < 10; i += 1) waiters.wake('g', false);
    expect(looks).toBe(1);
    waiters.wake('g', true);
    expect(await waiting).toBe('closed');
  });

  it('goes with what there is when its time is up, its caller hangs up, or the server stops', async () => {
    const waiters = new Waiters(realSurroundings());
    const caller = new PassThrough();
    const late = waiters.wait(
      'g',
      'close',
      () => undefined,
      () => 'time',
      { ms: 10 },
    );
    const gone = waiters.wait(
      'g',
      'close',
      () => undefined,
      () => 'gone',
      { ms: 5000, caller },
    );
    const released = waiters.wait(
      'h',
      'change',
      () => undefined,
      () => 'released',
      { ms: 5000 },
    );
    expect(await late).toBe('time');
    caller.destroy();
    expect(await gone).toBe('gone');
    waiters.release();
    expect(await released).toBe('released');
    expect(waiters.size).toBe(0);
  });

  it('whose look fails is told so and forgotten', async () => {
    const waiters = new Waiters(realSurroundings());
    let fail = false;
    const waiting = waiters.wait(
      'g',
      'change',
      () => {
        if (fail) throw new Error('gone');
        return undefined;
      },
      () => '',
      { ms: 5000 },
    );
    fail = true;
    waiters.wake('g', false);
    await expect(waiting).rejects.toThrow('gone');
    expect(waiters.size).toBe(0);
  });
});

describe('many waiters', () => {
  /** Waiters whose turns the test takes by hand; `answered` is filled in as they are answered. */
  function bench(kind: 'close' | 'change', count: number) {
    const turns: (() => void)[] = [];
    const waiters = new Waiters({ ...realSurroundings(), soon: (call) => void turns.push(call) });
    const answered: number[] = [];
    const bench = { waiters, answered, closed: 0, looks: 0, turns };
    const look = (): number | undefined => {
      bench.looks += 1;
      return bench.closed > 0 ? bench.closed : undefined;
    };
    for (let i = 0; i < count; i += 1)
      void waiters.wait('g', kind, look, () => -1, { ms: 60_000 }).then((seen) => answered.push(seen));
    bench.looks = 0;
    return bench;
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('for a close see it at once, and are answered fifty a turn', async () => {
    const many = bench('close', 170);
    many.closed = 1;
    many.waiters.wake('g', true);
    // Whatever becomes of the round meanwhile.
    many.closed = 2;
    const steps: number[] = [];
    for (;;) {
      await settled();
      steps.push(many.answered.length);
      const turn = many.turns.shift();
      if (turn === undefined) break;
      turn();
    }
    expect(steps).toEqual([50, 100, 150, 170]);
    expect(new Set(many.answered)).toEqual(new Set([1]));
    expect(many.waiters.size).toBe(0);
  });

  it('for a change look fifty a turn, and each once however often they are woken before', async () => {
    const many = bench('change', 170);
    for (let i = 0; i < 9; i += 1) many.waiters.wake('g', false);
    expect(many.looks).toBeLessThanOrEqual(9 * 50);
    const before = many.looks;
    let turns = 0;
    for (let turn = many.turns.shift(); turn !== undefined; turn = many.turns.shift()) {
      const looks = many.looks;
      turn();
      turns += 1;
      expect(many.looks - looks).toBeLessThanOrEqual(50);
    }
    expect(many.looks - before).toBeLessThanOrEqual(170 + 50);
    expect(turns).toBeGreaterThan(1);
    many.closed = 5;
    many.waiters.wake('g', false);
    await settled();
    expect(many.answered).toHaveLength(50);
    many.waiters.end();
    await settled();
    expect(many.answered).toHaveLength(170);
    expect(many.waiters.size).toBe(0);
  });
});
