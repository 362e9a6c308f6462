import { afterEach, expect, test } from 'vitest';
import type { FeedMessage, FeedScope } from '../feed.ts';
import { followOn } from './follower.ts';
import { type Leader, lead } from './lead.ts';
import { channelOf, type Said } from './messages.ts';

const leaders: Leader[] = [];
const ended: AbortController[] = [];
afterEach(() => {
  for (const one of ended.splice(0)) one.abort();
  for (const one of leaders.splice(0)) one.stop();
});

/** Where each connection of a leader began. */
type Asked = { readonly scope: FeedScope; readonly seen: number | null }[];

/** Leads with a server whose log has 5 entries, each of the group `a`. */
function leads(channel: string, id: string): Asked {
  const asked: Asked = [];
  const server = async function* (
    scope: FeedScope,
    seen: number | null,
    signal: AbortSignal,
  ): AsyncGenerator<FeedMessage> {
    asked.push({ scope, seen });
    yield { kind: 'open' };
    if (seen === null) {
      yield { kind: 'start', index: 0 };
      yield { kind: 'reached', index: 0 };
    }
    for (let index = (seen ?? 0) + 1; index <= 5; index += 1) {
      yield { kind: 'event', event: { group: 'a', index } as never };
      yield { kind: 'reached', index };
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  leaders.push(lead(channel, id, { feed: server, check: () => Promise.resolve(null) }));
  return asked;
}

/** Follows the group until all of `until` entries are there, or to the end of the stream; the indexes of its events. */
async function follow(channel: string, seen: number | null, until: number, group = 'a'): Promise<number[]> {
  const stop = new AbortController();
  ended.push(stop);
  const events: number[] = [];
  const following = { groups: [group], seen, isDoubtful: false, signal: stop.signal };
  for await (const message of followOn(channel, following, () => {})) {
    if (message.kind === 'event') events.push(message.event.index);
    if (message.kind === 'reached' && message.index >= until) break;
  }
  return events;
}

const fresh = () => channelOf({ url: 'http://here', token: crypto.randomUUID() }, 'test');

test('followers of a channel hear the stream of whoever leads there, each what it has not seen of its own groups', async () => {
  const channel = fresh();
  const asked = leads(channel, 'x');
  const all = await Promise.all([
    follow(channel, null, 5),
    follow(channel, 3, 5),
    follow(channel, 1, 5, 'b'),
  ]);
  expect(all).toEqual([[2, 3, 4, 5], [4, 5], []]);
  expect(asked).toEqual([{ scope: { names: ['a', 'b'], isAll: false }, seen: 1 }]);
});

test('of two that lead the lower goes on, and followers of the other come to it with what they have seen', async () => {
  const channel = fresh();
  leads(channel, 'y');
  expect(await follow(channel, 2, 5)).toEqual([3, 4, 5]);
  const stays = leads(channel, 'x');
  await expect.poll(() => leaders[0]?.isOver()).toBe(true);
  leads(channel, 'z');
  await expect.poll(() => leaders[2]?.isOver()).toBe(true);
  expect(leaders[1]?.isOver()).toBe(false);
  expect(await follow(channel, 4, 5)).toEqual([5]);
  expect(stays.map(({ seen }) => seen)).toEqual([4]);
});

test('the stream of a leader that stops ends for its followers', async () => {
  const channel = fresh();
  leads(channel, 'x');
  const following = follow(channel, null, 6);
  await follow(channel, null, 5);
  leaders[0]?.stop();
  expect(await following).toEqual([1, 2, 3, 4, 5]);
});

test('nothing that one token may see is said where another listens', async () => {
  const place = { url: 'http://here', token: null };
  const heard: Said[] = [];
  const everybody = new BroadcastChannel(channelOf(place, 'test'));
  everybody.onmessage = ({ data }: MessageEvent<Said>) => void heard.push(data);
  const own = channelOf({ ...place, token: 'a-secret' }, 'test');
  leads(own, 'x');
  expect(await follow(own, 2, 5)).toEqual([3, 4, 5]);
  const probe = new BroadcastChannel(everybody.name);
  probe.postMessage({ say: 'here', from: 'probe' } satisfies Said);
  await expect.poll(() => heard.length).toBeGreaterThan(0);
  expect(heard).toEqual([{ say: 'here', from: 'probe' }]);
  probe.close();
  everybody.close();
});
