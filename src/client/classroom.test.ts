import { expect, test } from 'vitest';
import { classroom } from './index.ts';

test('posts each draw under its own key until it is counted, and polls ever more slowly until the round is over', async () => {
  const posts: { number: unknown; key: string | null; id: string | null }[] = [];
  const states = ['WAITING', 'WAITING', 'FAILED', 'WAITING', 'SUCCESS'];
  const pauses: number[] = [];
  let failures = 1;
  const fetch = async (input: unknown, init?: RequestInit): Promise<Response> => {
    if (init?.method !== 'POST') {
      if (String(input) === 'http://a/v1/groups/default/rounds/4') return Response.json({ value: 9 });
      expect(String(input)).toBe('http://a/state/1');
      expect(new Headers(init?.headers).get('x-agent-id'), 'asks with its identity [Q2.10]').toBe('1');
      return new Response(JSON.stringify({ state: states.shift() }));
    }
    const headers = new Headers(init.headers);
    const { number, id } = JSON.parse(String(init.body)) as { number: unknown; id: string };
    posts.push({ number, key: headers.get('idempotency-key'), id });
    if (failures-- > 0) throw new TypeError('fetch failed');
    // The reply to the first attempt was lost: the second is a repeat of its own, and nobody else's.
    const repeated: Record<string, string> = number === 4 ? { 'quorate-repeated': 'true' } : {};
    return new Response('', { headers: { 'quorate-round': number === 4 ? '3' : '4', ...repeated } });
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
    { round: 3, number: 4 },
    { round: 3, state: 'WAITING' },
    { round: 3, state: 'FAILED' },
    { round: 4, number: 9 },
    { round: 4, state: 'WAITING' },
    { round: 4, state: 'SUCCESS', value: 9 },
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
  expect(steps).toEqual([
    { round: null, number: 4 },
    { round: null, state: 'SUCCESS', value: null },
  ]);
  expect(posts).toHaveLength(2);
  expect(posts[0]).toEqual(posts[1]);
});

test.each([
  ['has drawn the same', new Response('', { headers: { 'quorate-repeated': 'true' } })],
  [
    'has drawn another number',
    Response.json({ code: 'already-proposed', title: 't', detail: 'd', fix: 'f' }, { status: 409 }),
  ],
])('another process of the same id %s: that is said [Q2.7]', async (_, reply) => {
  const fetch = (async () => reply) as unknown as typeof globalThis.fetch;
  const steps = classroom({ url: 'http://a', fetch, id: '1', draw: () => 4 });
  await expect(steps.next()).rejects.toMatchObject({
    code: 'agent-taken',
    detail: expect.stringContaining('another process uses the id 1') as string,
  });
});
