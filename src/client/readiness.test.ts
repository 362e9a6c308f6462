import { expect, test } from 'vitest';
import { connect } from './index.ts';
import type { Clock } from './time.ts';

/** A clock whose time passes only when nothing else is left to do. */
class IdleClock implements Clock {
  private time = 0;
  private timers: { at: number; call: () => void }[] = [];
  now = () => this.time;
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  after = (ms: number, call: () => void) => {
    const timer = { at: this.time + ms, call };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };

  /** Runs until the promise is settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return promise;
      const next = this.timers.reduce((a, b) => (b.at < a.at ? b : a));
      this.timers = this.timers.filter((one) => one !== next);
      this.time = next.at;
      next.call();
    }
  }
}

// Two of three servers stand still: their connections are open, and nothing comes.
test('a call whose server stands still reaches the third within 2 s, though the second stands still too', async () => {
  const clock = new IdleClock();
  const asked: string[] = [];
  const fetch = (url: unknown, init?: RequestInit): Promise<Response> => {
    asked.push(`${String(url).replace('/v1/groups/g/rounds/1', '')} at ${clock.now()}`);
    if (String(url).startsWith('http://c'))
      return Promise.resolve(
        Response.json({ group: 'g', round: 1, state: 'SUCCESS', value: 7, revision: 5 }),
      );
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  };
  const urls = ['http://a', 'http://b', 'http://c'];
  const group = connect({ urls, fetch: fetch as typeof globalThis.fetch, clock }).group('g');
  expect(await clock.run(group.round(1))).toMatchObject({ value: 7 });
  expect(clock.now()).toBeLessThan(2000);
  expect(asked).toEqual([
    'http://a at 0',
    'http://a/readyz at 500',
    'http://b at 1100',
    'http://b/readyz at 1200',
    'http://c at 1800',
  ]);
});
