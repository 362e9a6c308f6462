import { describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { connect } from '../client/connect.ts';
import type { RoundJson } from '../core/view/json-types.ts';
import { realSurroundings } from '../replica/clock.ts';
import { Pages, pageLength } from './page.ts';

const clock = realSurroundings();

const pageOf = <T>(
  items: Iterable<T | null>,
  limit: number,
  write: (item: T) => string,
  pages = new Pages(clock),
) => pages.of({ items, limit, write, caller: { destroyed: false } });
const written = String;

test('long texts are made one in a turn, listings among them', async () => {
  const turns: (() => void)[] = [];
  const pages = new Pages({ ...clock, soon: (call) => void turns.push(call) });
  const made: number[] = [];
  for (let i = 0; i < 3; i += 1) void pages.turn().then(() => made.push(i));
  const steps: number[] = [];
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(made.length);
    const next = turns.splice(0);
    if (next.length === 0) break;
    expect(next).toHaveLength(1);
    next[0]?.();
  }
  expect(steps).toEqual([0, 1, 2, 3]);
});

describe('a page of a listing', () => {
  test('ends at its limit, and says whether others follow', async () => {
    expect(await pageOf([1, 2, 3], 2, written)).toMatchObject({
      listed: [1, 2],
      texts: ['1', '2'],
      more: true,
    });
    expect(await pageOf([1, null, 2, null], 2, written)).toMatchObject({ listed: [1, 2], more: false });
    expect(await pageOf([], 2, written)).toMatchObject({ listed: [], texts: [], more: false });
  });

  test('ends where it would get too long, but holds one item at least', async () => {
    const half = 'x'.repeat(pageLength / 2);
    expect((await pageOf([half, half, half], 9, written)).listed).toHaveLength(2);
    const long = half.repeat(5);
    expect(await pageOf([long, long], 9, written)).toMatchObject({ listed: [long], more: true });
  });

  const slow = (item: number): string => {
    for (const end = performance.now() + 15; performance.now() < end; );
    return String(item);
  };

  test('lets others have a turn between slow items', async () => {
    let turns = 0;
    const beat = setInterval(() => {
      turns += 1;
    }, 1);
    await pageOf([1, null, 2, 3, 4, 5], 9, slow);
    clearInterval(beat);
    expect(turns).toBeGreaterThan(2);
  });

  test('is made once the long ones asked for before are, while short ones wait for none', async () => {
    const pages = new Pages(clock);
    const ended: string[] = [];
    const asked = ['first', 'second'].map((name) =>
      pageOf([1, 2, 3], 9, slow, pages).then(() => ended.push(name)),
    );
    await pageOf([1, 2], 9, written, pages).then(() => ended.push('short'));
    await Promise.all(asked);
    expect(ended).toEqual(['short', 'first', 'second']);
  });

  test('is not made for a caller who has gone when its turn comes, and the next one goes on', async () => {
    const pages = new Pages(clock);
    const caller = { destroyed: false };
    let made = 0;
    const write = (item: number): string => {
      made += 1;
      return slow(item);
    };
    const before = pageOf([1, 2, 3], 9, slow, pages);
    const gone = pages.of({ items: [1, 2, 3], limit: 9, write, caller });
    const after = pageOf([1, 2, 3], 9, slow, pages);
    caller.destroyed = true;
    expect((await before).listed).toEqual([1, 2, 3]);
    expect((await gone).listed).toEqual([]);
    expect(made).toBe(1);
    expect((await after).listed).toEqual([1, 2, 3]);
  });
});

describe('listings over HTTP', () => {
  async function withRounds(count: number, length: number): Promise<RunningApp> {
    const running = await startApp();
    const rule = { electorate: { agents: ['ann', 'bob'] }, threshold: 2, next: 'continuous' };
    await running.ask('PUT', '/v1/groups/g', { rule });
    for (let round = 1; round <= count; round += 1)
      for (const agent of ['ann', 'bob'])
        await running.ask('PUT', `/v1/groups/g/rounds/${round}/proposals/${agent}`, {
          value: agent + 'x'.repeat(length),
        });
    return running;
  }

  test('are bounded by their length, and the SDK goes through all pages', async () => {
    const running = await withRounds(160, 4000);
    try {
      for (const accept of ['application/json', 'text/csv']) {
        const page = await running.ask('GET', '/v1/groups/g/rounds?limit=1000', undefined, { accept });
        expect(page.text.length).toBeLessThan(pageLength + 20_000);
        expect(page.headers.get('link')).toMatch(/before=\d+&limit=1000/);
      }
      const whole = await running.ask('GET', '/v1/groups/g/rounds?limit=1000');
      const { rounds, next } = whole.as<{ rounds: RoundJson[]; next: number }>();
      expect(rounds.length).toBeLessThan(160);
      expect(next).toBe(rounds.at(-1)?.round);
      const all = await connect({ url: running.url }).group('g').rounds({ limit: 150 });
      expect(all.map(({ round }) => round)).toEqual(Array.from({ length: 150 }, (_, i) => 161 - i));
    } finally {
      await running.stop();
    }
  });

  test('of agents go on after the last of the page before', async () => {
    const running = await startApp();
    try {
      await running.ask('PUT', '/v1/groups/g', {});
      for (const agent of ['ann', 'bob', 'cy']) await running.ask('PUT', `/v1/groups/g/agents/${agent}`, {});
      const { as, headers } = await running.ask('GET', '/v1/groups/g/agents?limit=2');
      expect(as()).toMatchObject({ agents: [{ agent: 'ann' }, { agent: 'bob' }], next: 'bob', total: 3 });
      expect(headers.get('link')).toBe('</v1/groups/g/agents?after=bob&limit=2>; rel="next"');
      const rest = await running.ask('GET', '/v1/groups/g/agents?limit=2&after=bob');
      expect(rest.as()).toMatchObject({ agents: [{ agent: 'cy' }], next: null });
      const { status } = await running.ask('GET', '/v1/groups/g/agents?after=nobody');
      expect(status).toBe(404);
    } finally {
      await running.stop();
    }
  });
});
