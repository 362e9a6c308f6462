import { afterEach, describe, expect, test } from 'vitest';
import {
  type AppOptions,
  EventReader,
  type RunningApp,
  type SeenEvent,
  startApp,
} from '../../../test/harness/app.ts';
import { randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { Talk } from '../../../test/harness/talk.ts';
import type { ProblemJson } from '../../core/view/json-types.ts';
import { memoryLog } from '../../log/memory.ts';
import { hashOf } from '../edge/access.ts';

/** Several groups in one stream: their events and items, entry by entry, to who may read them. */

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function started(options: AppOptions = {}): Promise<RunningApp> {
  const running = await startApp(options);
  stops.push(() => running.stop());
  return running;
}

async function talking(
  running: RunningApp,
  group: string,
  agents = ['ann'],
  more: object = {},
): Promise<Talk> {
  const talk = new Talk(running, group);
  await talk.begin(agents, more);
  return talk;
}

function listen(running: RunningApp, query: string, headers: Record<string, string> = {}): EventReader {
  const reader = new EventReader(`${running.url}/v1/events${query}`, headers);
  stops.push(() => reader.hangUp());
  return reader;
}

const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` });
/** Each as group and kind: an event by its type, an item by its offset. */
const short = ({ event, data }: SeenEvent): string =>
  event === 'item' ? `${data.group} ${data.item.offset}` : `${data.group} ${event}`;

describe('one stream of several groups [Q6.14] [Q9.7]', () => {
  test('begins with where it is, then has events and items, with the index behind the last of an entry', async () => {
    const running = await started();
    const [a, b] = [await talking(running, 'a'), await talking(running, 'b')];
    await talking(running, 'c');
    const reader = listen(running, '?groups=a,b');
    await reader.until(({ events }) => events.length === 1);
    const { index } = running.replica.state;
    expect(reader.events).toEqual([{ id: String(index), event: 'start', data: { index } }]);
    await a.say('ann', { body: 1 });
    await a.join('bob');
    await b.ask('PUT', 'rounds/1/proposals/ann', { value: 7 }, 'ann');
    await b.ask('POST', 'rounds/1/close');
    await reader.until(({ events }) => events.length === 7);
    const [, said, joined, view, proposed, closed, ended] = reader.events;
    expect(reader.events.slice(1).map(short)).toEqual([
      ...['a 3', 'a agent-joined', 'a 4', 'b proposed', 'b round-closed', 'b 3'],
    ]);
    expect(reader.events.slice(1).map(({ id }) => id !== undefined)).toEqual([
      ...[true, false, true, true, false, true],
    ]);
    expect([said?.data.item.body, view?.data.item.change]).toEqual([1, 'joined']);
    expect(said?.id).toBe(String(said?.data.item.index));
    expect(joined?.data).toMatchObject({ group: 'a', agent: 'bob', type: 'agent-joined' });
    expect(proposed?.data.round).toMatchObject({ present: 1, tally: null });
    expect([closed?.data.index, ended?.data.item.state]).toEqual([Number(ended?.id), 'FAILED']);
  });

  test('shows of each item what its own stream shows, and nothing of the groups that its reader may not read', async () => {
    const running = await started();
    const joinKey = 'the-join-key-of-closed';
    const open = await talking(running, 't-open', ['ann', 'bob']);
    const closed = new Talk(running, 't-closed');
    await running.ask('PUT', closed.path, {
      admission: 'key',
      joinKey,
      observerKey: 'the-observer-key-of-it',
    });
    await closed.join('ann', {}, joinKey);
    await closed.join('bob', {}, joinKey);
    const readers = {
      stranger: listen(running, '?prefix=t-'),
      bob: listen(running, '', bearer(closed.tokens.bob)),
      manager: listen(running, '?groups=t-closed', bearer(joinKey)),
    };
    for (const reader of Object.values(readers)) await reader.until(({ events }) => events.length === 1);
    await closed.say('ann', { body: 'closed to all' });
    await closed.say('ann', { body: 'for ann alone', to: ['ann'] });
    await open.say('ann', { body: 'for bob', to: ['bob'] });
    await open.say('ann', { body: 'the last' });
    const lastOf = (group: string, offset: number) => (reader: EventReader) =>
      reader.events.some(({ data }) => data.group === group && data.item?.offset === offset);
    const { offset } = (await open.page()).items.at(-1) as { offset: number };
    await readers.stranger.until(lastOf('t-open', offset));
    await readers.bob.until(lastOf('t-open', offset));
    await readers.manager.until(({ events }) => events.length === 3);
    const seen = (reader: EventReader) =>
      reader.events.slice(1).map(({ data }) => data.item.body ?? 'withheld');
    expect(seen(readers.stranger)).toEqual(['withheld', 'the last']);
    expect(seen(readers.bob)).toEqual(['closed to all', 'withheld', 'withheld', 'the last']);
    expect(seen(readers.manager)).toEqual(['closed to all', 'for ann alone']);
    expect(readers.stranger.text).not.toContain('t-closed');
    expect(readers.bob.events[2]?.data.item).toEqual({
      ...{ offset: expect.any(Number), index: expect.any(Number), withheld: true },
    });
  });

  test('over many connections has every entry, in order and whole', async () => {
    const running = await started();
    const talks = await Promise.all(['a', 'b', 'c'].map((group) => talking(running, group, ['ann', 'bob'])));
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const again = `seed ${seed}; rerun: SEED=${seed} npx vitest run src/http/feeds/routes.test.ts`;
    const first = listen(running, '');
    await first.until(({ events }) => events.length === 1);
    let last = first.events[0]?.id as string;
    const each = 100;
    const busy = Promise.all(
      talks.map(async (talk) => {
        for (let body = 0; body < each; body += 1) {
          await talk.say(random() < 0.5 ? 'ann' : 'bob', { body });
          if (body % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }),
    );
    const whole: SeenEvent[] = [];
    for (let connections = 0; whole.length < talks.length * each; connections += 1) {
      if (connections > 1000) throw new Error(`no end in sight; ${again}`);
      const reader = listen(running, '', { 'last-event-id': last });
      const enough = 1 + Math.floor(random() * 40);
      await reader.until(
        ({ events }) => events.length >= enough || whole.length + events.length >= talks.length * each,
      );
      reader.hangUp();
      // What came without the id behind its entry comes again.
      const end = reader.events.findLastIndex(({ id }) => id !== undefined) + 1;
      whole.push(...reader.events.slice(0, end));
      last = reader.events[end - 1]?.id ?? last;
    }
    await busy;
    expect(
      whole.map(({ event }) => event).filter((event) => event !== 'item'),
      again,
    ).toEqual([]);
    for (const group of ['a', 'b', 'c']) {
      const own = whole.filter(({ data }) => data.group === group).map(({ data }) => data.item);
      expect(
        own.map(({ body }) => body),
        again,
      ).toEqual(Array.from({ length: each }, (_, i) => i));
      expect(
        own.map(({ offset }) => offset),
        again,
      ).toEqual(own.map((_, i) => own[0].offset + i));
    }
    const indexes = whole.map(({ data }) => data.item.index);
    expect(indexes, again).toEqual([...indexes].sort((x, y) => x - y));
  });

  test('says with a sign of life how far its reader has come, past what it does not see', async () => {
    const running = await started({ patience: { heartbeat: 50 } });
    await talking(running, 'a');
    const reader = listen(running, '?groups=a');
    await reader.until(({ events }) => events.length === 1);
    await talking(running, 'b');
    await reader.until(({ text }) => text.includes(`\nid: ${running.replica.state.index}\n\n`));
    expect(reader.events.length).toBe(1);
  });

  test('tells who comes from elsewhere, or too late, where it is', async () => {
    const running = await started({ patience: { backlog: { eventsPerGroup: 10 } } });
    const talk = await talking(running, 'a');
    const first = listen(running, '?prefix=a');
    await first.until(({ events }) => events.length === 1);
    const seen = first.events[0]?.id as string;
    for (let body = 0; body < 40; body += 1) await talk.say('ann', { body });
    for (const [query, id] of [
      ['?prefix=a', seen],
      ['?prefix=a', '999999'],
      ['?prefix=a', 'x'],
      ['?groups=a', seen],
    ] as const) {
      const back = listen(running, query, { 'last-event-id': id });
      await back.until(({ events }) => events.length === 1);
      const { index } = running.replica.state;
      expect(back.events[0], `${query} ${id}`).toEqual({
        id: String(index),
        event: 'resync',
        data: { index },
      });
    }
    const current = String(running.replica.state.index);
    const back = listen(running, `?prefix=a&after=${current}`);
    await back.until(({ status }) => status === 200);
    await talk.say('ann', { body: 'on' });
    await back.until(({ events }) => events.length === 1);
    expect(back.events[0]?.data.item.body).toBe('on');
  });

  test('lets who comes from other groups go on where nothing has changed in those that it asks for now', async () => {
    const running = await started();
    const talk = await talking(running, 'a');
    const { index } = running.replica.state;
    await talking(running, 'b');
    const back = listen(running, '?groups=a', { 'last-event-id': String(index) });
    const late = listen(running, '?groups=a', { 'last-event-id': String(index - 1) });
    await late.until(({ events }) => events.length === 1);
    expect(late.events[0]?.event).toBe('resync');
    await talk.say('ann', { body: 'on' });
    await back.until(({ events }) => events.length === 1);
    expect(back.events.map(short)).toEqual(['a 3']);
    const both = listen(running, `?groups=a,b&after=${index}`);
    await both.until(({ events }) => events.length === 1);
    expect(both.events[0]?.event).toBe('resync');
  });

  test('is about the groups of a list and those of a prefix, where both are named', async () => {
    const running = await started();
    const talks = await Promise.all(['a', 'b-1', 'b-2', 'c'].map((group) => talking(running, group)));
    const reader = listen(running, '?groups=b-1,a&prefix=b-');
    await reader.until(({ events }) => events.length === 1);
    for (const talk of talks) await talk.say('ann', { body: 1 });
    await reader.until(({ events }) => events.length === 4);
    expect(reader.events.slice(1).map(short)).toEqual(['a 3', 'b-1 3', 'b-2 3']);
  });

  test('goes on about a list and a prefix where it was left, in whatever order they are named', async () => {
    const running = await started();
    const talks = await Promise.all(['a', 'b-1', 'b-2', 'c', 'd'].map((group) => talking(running, group)));
    const first = listen(running, '?groups=d,a,b-1&prefix=b-');
    await first.until(({ events }) => events.length === 1);
    for (const talk of talks) await talk.say('ann', { body: 1 });
    await first.until(({ events }) => events.length === 5);
    first.hangUp();
    for (const talk of talks) await talk.say('ann', { body: 2 });
    const back = listen(running, '?groups=a,d&prefix=b-', { 'last-event-id': first.events[2]?.id as string });
    await back.until(({ events }) => events.length === 6);
    expect(back.events.map(short)).toEqual(['b-2 3', 'd 3', 'a 4', 'b-1 4', 'b-2 4', 'd 4']);
    // Whoever asks for another prefix reads anew, also where no group begins so.
    const other = listen(running, '?groups=a,d&prefix=e-', {
      'last-event-id': first.events[2]?.id as string,
    });
    await other.until(({ events }) => events.length === 1);
    expect(other.events[0]?.event).toBe('resync');
  });

  test('goes on at another server of the log where nothing was missed, and says so where something may be', async () => {
    const log = memoryLog();
    const [one, two] = [await started({ log }), await started({ log })];
    const talk = await talking(one, 'a');
    const first = listen(one, '?groups=a&prefix=b-');
    await first.until(({ events }) => events.length === 1);
    await talk.say('ann', { body: 1 });
    await first.until(({ events }) => events.length === 2);
    const seen = { 'last-event-id': first.events[1]?.id as string };
    first.hangUp();
    const there = async (index: number) => {
      while (two.replica.state.index < index) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await there(Number(seen['last-event-id']));
    const back = listen(two, '?groups=a&prefix=b-', seen);
    await back.until(({ status }) => status === 200);
    await talk.say('ann', { body: 2 });
    await back.until(({ events }) => events.length === 1);
    expect(back.events.map(({ data }) => data.item.body)).toEqual([2]);
    // Only the first server has kept what came after that for a reader of this list.
    const late = listen(two, '?groups=a', seen);
    await late.until(({ events }) => events.length === 1);
    expect(late.events[0]?.event).toBe('resync');
    // One that is behind its reader gives an index from which on nothing is missed.
    const ahead = listen(two, '?groups=a&prefix=b-', { 'last-event-id': '999' });
    await ahead.until(({ events }) => events.length === 1);
    await talk.say('ann', { body: 3 });
    await ahead.until(({ events }) => events.length === 2);
    expect(ahead.events.map(({ event, data }) => data.item?.body ?? event)).toEqual(['resync', 3]);
  });

  test('tells who would miss an item that its group let go of within the entry that brought it [Q9.8]', async () => {
    const running = await started();
    const talk = new Talk(running, 'a');
    await talk.begin(['ann'], { retention: { messages: 2 } });
    const seen = listen(running, '?groups=a');
    const say = (count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, body) => {
          const tokenHash = hashOf(talk.tokens.ann as string);
          const command = { type: 'say', group: 'a', tokenHash, body: String(body), key: null } as const;
          return running.replica.submit(command, (_, { index }) => index);
        }),
      );
    await seen.until(({ events }) => events.length === 1);
    expect(new Set(await say(2)).size, 'they share an entry').toBe(1);
    await say(2);
    await seen.until(({ events }) => events.length === 5);
    const [index] = await say(3);
    await say(1);
    await seen.until(({ events }) => events.length === 7);
    const [missed, after] = seen.events.slice(5);
    expect(missed).toEqual({ id: String(index), event: 'resync', data: { index } });
    expect(after?.data.item).toMatchObject({ type: 'message', body: 0 });
  });

  test('has the end of a group, and the beginning of the next of its name', async () => {
    const running = await started();
    const talk = await talking(running, 'a', ['ann', 'bob']);
    await talk.say('ann', { body: 'last words', to: ['bob'] });
    const reader = listen(running, '?groups=a');
    await reader.until(({ events }) => events.length === 1);
    await running.ask('DELETE', talk.path);
    await running.ask('PUT', talk.path, {});
    await reader.until(({ events }) => events.length === 7);
    expect(
      reader.events.slice(1).map(({ event, data }) => (event === 'item' ? data.item.type : event)),
    ).toEqual([
      ...['round-closed', 'group-deleted', 'round-closed', 'group-created', 'round-opened', 'round-opened'],
    ]);
    expect(reader.ended).toBeNull();
  });

  test('ends when one of its groups may no longer be read', async () => {
    const running = await started();
    await talking(running, 'a');
    const closed = new Talk(running, 'b');
    const joinKey = 'the-join-key-of-closed';
    await running.ask('PUT', closed.path, {
      admission: 'key',
      joinKey,
      observerKey: 'the-observer-key-of-it',
    });
    await closed.join('ann', {}, joinKey);
    const readers = ['?groups=a,b', '?groups=b&prefix=', '?groups=b&prefix=a'].map((query) =>
      listen(running, query, bearer(closed.tokens.ann)),
    );
    const all = listen(running, '?prefix=', bearer(closed.tokens.ann));
    for (const one of [...readers, all]) await one.until(({ events }) => events.length === 1);
    await closed.ask('DELETE', 'agents/ann', undefined, 'ann');
    for (const reader of readers) {
      await reader.until(({ ended }) => ended !== null);
      expect(reader.comments.at(-1)).toBe('you may no longer read group b');
    }
    const other = await talking(running, 'c');
    await other.say('ann', { body: 1 });
    await all.until(({ events }) => events.at(-1)?.data.item?.body === 1);
    expect(all.text).not.toContain('agent-left');
  });

  test('is refused where its groups cannot be read, or are not said', async () => {
    const running = await started();
    const secret = new Talk(running, 'secret');
    await talking(running, 'a');
    const keys = { joinKey: 'the-join-key-of-closed', observerKey: 'the-observer-key-of-it' };
    await running.ask('PUT', secret.path, { admission: 'key', ...keys });
    const asked = (query: string) => running.ask('GET', `/v1/events${query}`);
    const hidden = await asked('?groups=a,secret');
    const none = await asked('?groups=a,nobody');
    expect([hidden.status, none.status]).toEqual([404, 404]);
    expect(hidden.text.replaceAll('secret', 'nobody')).toBe(none.text);
    for (const [query, code] of [
      ['?groups=', 'invalid-name'],
      ['?groups=a,A', 'invalid-name'],
      ['?prefix=-a', 'invalid-name'],
      ['?prefix=a&after=-1', 'invalid-request'],
      [`?groups=${Array.from({ length: 101 }, (_, i) => `g${i}`)}`, 'invalid-request'],
    ] as const)
      expect((await asked(query)).as<ProblemJson>().code, query).toBe(code);
    const admin = await started({ adminToken: 'the-administrators-token' });
    const needed = await admin.ask('GET', '/v1/events');
    expect([needed.status, needed.as<ProblemJson>().code]).toEqual([401, 'token-required']);
    const all = listen(admin, '', bearer('the-administrators-token'));
    await all.until(({ events }) => events.length === 1);
  });
});
