import { expect, test } from 'vitest';
import { leaseLost } from './errors.ts';
import { Lease, type Renew } from './lease.ts';

const ttl = 30_000;

/** A lease on a clock that only its sleeps move; `renewals` are what its renewals come to, the last one for ever. */
function bench(renewals: readonly ((pass: (ms: number) => void) => Promise<unknown>)[], sentAt = 0) {
  let time = sentAt;
  const renewedAt: number[] = [];
  const patience: number[] = [];
  const background: unknown[] = [];
  const clock = {
    now: () => time,
    sleep: async (ms: number, signal?: AbortSignal, behind?: boolean) => {
      background.push(behind);
      // Real time passes too, so that a test can look in between.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      time += ms;
    },
  };
  const renew: Renew = (bounds) => {
    renewedAt.push(time);
    patience.push(bounds.deadline, bounds.patience);
    const next = renewals[Math.min(renewedAt.length, renewals.length) - 1];
    return next?.((ms) => (time += ms)) ?? Promise.reject(new Error('none'));
  };
  const lease = new Lease({ lostBy: (cause) => leaseLost('ann', cause), ttl, sentAt, clock, renew });
  return { lease, renewedAt, patience, background, now: () => time };
}

const fine = () => Promise.resolve();
const refused = () => Promise.reject(new Error('no more'));

test('renews at each third of its time, and leaves room for another try', async () => {
  const { lease, renewedAt, patience, background } = bench([fine, fine, fine, refused]);
  await lease.lost;
  expect(renewedAt).toEqual([10_000, 20_000, 30_000, 40_000]);
  expect(patience.slice(0, 2)).toEqual([20_000, 10_000]);
  expect(new Set(background)).toEqual(new Set([true]));
});

test('counts from when a renewal was sent, not from when its answer came', async () => {
  const slow = (pass: (ms: number) => void) => {
    pass(15_000);
    return Promise.resolve();
  };
  const { lease, renewedAt, patience } = bench([slow, refused]);
  await lease.lost;
  // Sent at 10 s, answered at 25 s: good until 40 s; the next is due 10 s later and has 5 s.
  expect(renewedAt).toEqual([10_000, 35_000]);
  expect(patience[2]).toBe(5000);
});

test('what was refused or ran out of time is lost, with the reason, and tells so both ways', async () => {
  const { lease } = bench([refused]);
  expect(lease.live).toBe(true);
  const error = await lease.lost;
  expect(error).toMatchObject({ code: 'lease-lost', detail: expect.stringContaining('no more') });
  expect(lease.signal.reason).toBe(error);
  expect(lease.live).toBe(false);
});

test('a program that was asleep for longer than the lease does not believe in it', async () => {
  const asleep = (pass: (ms: number) => void) => {
    pass(ttl);
    return new Promise(() => {});
  };
  const { lease } = bench([asleep]);
  await expect.poll(() => lease.live).toBe(false);
  lease.stop();
});

test('leaving is not losing', async () => {
  const { lease, renewedAt } = bench([fine]);
  lease.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lease.signal.aborted).toBe(false);
  expect(lease.live).toBe(false);
  expect(renewedAt).toEqual([]);
});
