import { describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/app.ts';
import { connect } from '../client/connect.ts';
import type { RoundShape } from '../core/shapes.ts';
import { pageLength, pageOf } from './page.ts';

const write = String;
const clock = {
  get elapsed() {
    return performance.now();
  },
  turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

describe('a page of a listing', () => {
  test('ends at its limit, and says whether others follow', async () => {
    expect(await pageOf(clock, [1, 2, 3], 2, write)).toEqual({
      listed: [1, 2],
      texts: ['1', '2'],
      more: true,
    });
    expect(await pageOf(clock, [1, null, 2, null], 2, write)).toMatchObject({ listed: [1, 2], more: false });
    expect(await pageOf(clock, [], 2, write)).toEqual({ listed: [], texts: [], more: false });
  });

  test('ends where it would get too long, but holds one item at least', async () => {
    const half = 'x'.repeat(pageLength / 2);
    expect((await pageOf(clock, [half, half, half], 9, write)).listed).toHaveLength(2);
    const long = half.repeat(5);
    expect(await pageOf(clock, [long, long], 9, write)).toMatchObject({ listed: [long], more: true });
  });

  test('lets others have a turn between slow items', async () => {
    let turns = 0;
    const beat = setInterval(() => {
      turns += 1;
    }, 1);
    const slow = (item: number): string => {
      for (const end = performance.now() + 15; performance.now() < end; );
      return String(item);
    };
    await pageOf(clock, [1, null, 2, 3, 4, 5], 9, slow);
    clearInterval(beat);
    expect(turns).toBeGreaterThan(2);
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
      const { rounds, next } = whole.as<{ rounds: RoundShape[]; next: number }>();
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
