import { expect, test } from 'vitest';
import type { FeedMessage } from '../feed.ts';
import { inTurns, mayBeOpen } from './turns.ts';

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `id-${i}`);

test('up to three streams are open all the time', () => {
  for (const count of [1, 2, 3])
    for (let time = 0; time < 20; time += 1)
      for (const id of idsOf(count)) expect(mayBeOpen(idsOf(count), id, time, 1)).toBe(true);
});

test('of more, three are open at each time, and each as often as the others', () => {
  for (const count of [4, 5, 7, 10, 33]) {
    const turns = new Map<string, number>();
    for (let time = 0; time < count; time += 1) {
      const open = idsOf(count).filter((id) => mayBeOpen(idsOf(count).reverse(), id, time, 1));
      expect(open.length).toBe(3);
      for (const id of open) turns.set(id, (turns.get(id) ?? 0) + 1);
    }
    expect([...turns.values()]).toEqual(idsOf(count).map(() => 3));
  }
});

test('many streams are told everything once, in order, though few are open at a time', async () => {
  const channel = crypto.randomUUID();
  const ended = new AbortController();
  const last = 40;
  let open = 0;
  /** A server whose log grows by an entry each time somebody takes one. */
  const server = async function* (seen: number | null, signal: AbortSignal): AsyncGenerator<FeedMessage> {
    open += 1;
    try {
      for (let index = (seen ?? 0) + 1; ; index += 1) {
        await new Promise((resolve) => setTimeout(resolve, 4));
        signal.throwIfAborted();
        yield { kind: 'reached', index };
      }
    } finally {
      open -= 1;
    }
  };
  const follow = async (): Promise<number[]> => {
    const heard: number[] = [];
    for await (const message of inTurns(channel, server, null, ended.signal, 40)) {
      if (message.kind === 'reached') heard.push(message.index);
      if (heard.length === last) break;
    }
    return heard;
  };
  const first = await Promise.all(idsOf(6).map(follow));
  for (const heard of first) expect(heard).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  expect(open).toBe(0);
});

test('ends with the signal, also while it is the turn of others', async () => {
  const channel = crypto.randomUUID();
  const ended = new AbortController();
  const endless = async function* (_: number | null, signal: AbortSignal): AsyncGenerator<FeedMessage> {
    yield { kind: 'open' };
    signal.throwIfAborted();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    signal.throwIfAborted();
  };
  const all = idsOf(5).map(async () => {
    for await (const _ of inTurns(channel, endless, null, ended.signal, 20));
  });
  setTimeout(() => ended.abort(new Error('enough')), 100);
  for (const one of await Promise.allSettled(all))
    expect(one).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
});
