import { expect, test } from 'vitest';
import { classroom } from './index.ts';

test('posts each draw under its own key until it is counted, and polls ever more slowly until the round is over', async () => {
  const posts: { number: unknown; key: string | null; id: string | null }[] = [];
  const states = ['WAITING', 'WAITING', 'FAILED', 'WAITING', 'SUCCESS'];
  const pauses: number[] = [];
  let failures = 1;
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    if (init?.method !== 'POST') {
      expect(String(input)).toBe('http://a/state/1');
      return new Response(JSON.stringify({ state: states.shift() }));
    }
    const headers = new Headers(init.headers);
    const { number, id } = JSON.parse(String(init.body)) as { number: unknown; id: string };
    posts.push({ number, key: headers.get('idempotency-key'), id });
    if (failures-- > 0) throw new TypeError('fetch failed');
    return new Response('');
  };
  const clock = {
    now: () => 0,
    sleep: (ms: number, signal?: AbortSignal) => {
      if (signal !== undefined) return new Promise<void>(() => {});
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  const draws = [4, 9];
  const steps: unknown[] = [];
  const draw = () => draws.shift() as number;
  const options = { url: 'http://a', fetch: fetch as typeof globalThis.fetch, clock, random: () => 0.3 };
  for await (const step of classroom({ ...options, random: Math.random, id: '1', draw })) steps.push(step);

  expect(steps).toEqual([
    { number: 4 },
    { state: 'WAITING' },
    { state: 'FAILED' },
    { number: 9 },
    { state: 'WAITING' },
    { state: 'SUCCESS' },
  ]);
  expect(posts.map(({ number, id }) => [number, id])).toEqual([
    [4, '1'],
    [4, '1'],
    [9, '1'],
  ]);
  expect(posts[0]?.key).toBe(posts[1]?.key);
  expect(posts[2]?.key).not.toBe(posts[0]?.key);
  expect(pauses.slice(1)).toEqual([50, 100, 50]);
});

test('a server that began anew gets the same post once more', async () => {
  const refusal = { code: 'history-changed', title: 't', detail: 'd', fix: 'f', outcome: 'not-executed' };
  const replies = [
    new Response(''),
    Response.json(refusal, { status: 409 }),
    new Response(''),
    Response.json({ state: 'SUCCESS' }),
  ];
  const posts: unknown[] = [];
  const fetch = async (_input: unknown, init?: RequestInit): Promise<Response> => {
    if (init?.method === 'POST') posts.push([init.body, new Headers(init.headers).get('idempotency-key')]);
    return replies.shift() as Response;
  };
  const steps: unknown[] = [];
  const options = { url: 'http://a', fetch: fetch as typeof globalThis.fetch, id: '1', draw: () => 4 };
  for await (const step of classroom(options)) steps.push(step);
  expect(steps).toEqual([{ number: 4 }, { state: 'SUCCESS' }]);
  expect(posts).toHaveLength(2);
  expect(posts[0]).toEqual(posts[1]);
});
