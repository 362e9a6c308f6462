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
