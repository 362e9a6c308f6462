import { describe, expect, test } from 'vitest';
import type { StreamPage } from '../../../test/harness/talk.ts';
import { listen, talking } from '../../../test/harness/talking.ts';
import type { Command } from '../../core/entry.ts';
import { hashOf } from '../edge/access.ts';

/** The stream of a group as server-sent events: where a reader begins, goes on, and ends. */

describe('server-sent items [Q9.7]', () => {
  test('come from the oldest on, then as they are said, with their offset as id', async () => {
    const { running, talk } = await talking();
    await talk.say('ann', { body: 1 });
    const reader = listen(running, '/v1/groups/g/stream');
    await reader.until(({ events }) => events.length === 4);
    await talk.say('bob', { body: 2 });
    await reader.until(({ events }) => events.length === 5);
    expect(reader.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    // It ends with its connection: chunks would cost every reader two more pieces a write.
    expect(reader.headers['transfer-encoding']).toBeUndefined();
    expect(reader.headers.vary).toBe('accept');
    expect(reader.events.map(({ id, event }) => [id, event])).toEqual([
      ['1', 'round-opened'],
      ['2', 'view'],
      ['3', 'view'],
      ['4', 'message'],
      ['5', 'message'],
    ]);
    expect(reader.events.map(({ data }) => data)).toEqual((await talk.page()).items);
  });

  test('go on behind the last id that was seen, which counts before ?after=', async () => {
    const { running, talk } = await talking();
    for (const body of [1, 2, 3]) await talk.say('ann', { body });
    const again = listen(running, '/v1/groups/g/messages?after=0', { 'last-event-id': '4' });
    await again.until(({ events }) => events.length === 2);
    await talk.join('cy');
    await talk.say('cy', { body: 4 });
    await again.until(({ events }) => events.length === 3);
    expect(again.events.map(({ id, data }) => [id, data.body])).toEqual([
      ['5', 2],
      ['6', 3],
      ['8', 4],
    ]);
  });

  test('that are messages say with a sign of life how far their reader has come, past what is none', async () => {
    const { running, talk } = await talking([], {}, { patience: { heartbeat: 50 } });
    const reader = listen(running, '/v1/groups/g/messages');
    await reader.until(({ text }) => text.includes('\nid: 1\n\n'));
    await talk.join('ann');
    await reader.until(({ text }) => text.includes('\nid: 2\n\n'));
    expect(reader.events).toEqual([]);
  });

  test('begin with resync for who comes from another history, and go on from the end', async () => {
    const { running, talk } = await talking();
    for (const headers of [{ 'last-event-id': '812' }, { 'last-event-id': 'x1' }] as Record<
      string,
      string
    >[]) {
      const reader = listen(running, '/v1/groups/g/stream', headers);
      await reader.until(({ events }) => events.length === 1);
      const { end, oldest, view } = await talk.page();
      expect(reader.events[0]).toEqual({ id: String(end), event: 'resync', data: { oldest, end, view } });
      await talk.say('ann', { body: 'on' });
      await reader.until(({ events }) => events.length === 2);
      expect(reader.events[1]).toMatchObject({ id: String(end + 1), data: { body: 'on' } });
    }
  });

  test('end with the group, behind its last item', async () => {
    const { running, talk } = await talking();
    const reader = listen(running, '/v1/groups/g/stream?after=3');
    await reader.until(({ status }) => status === 200);
    await running.ask('DELETE', '/v1/groups/g');
    await running.ask('PUT', '/v1/groups/g', {});
    await reader.until(({ ended }) => ended !== null);
    expect([reader.ended, reader.comments.at(-1)]).toEqual(['whole', 'the group was deleted']);
    expect(reader.events.map(({ data }) => data.reason)).toEqual(['group-deleted']);
    const made = await talk.page();
    expect(made.oldest, 'a group made again goes on above every offset').toBeGreaterThan(4);
    expect((await talk.ask('GET', 'stream?after=4')).status).toBe(410);
  });

  test('end with the right to read them', async () => {
    const { running, talk } = await talking([], {
      admission: 'key',
      joinKey: 'the-join-key-of-g-1',
      observerKey: 'the-observer-key-of-g',
    });
    talk.tokens.key = 'the-join-key-of-g-1';
    const key = { authorization: `Bearer ${talk.tokens.key}` };
    const reader = listen(running, '/v1/groups/g/stream', key);
    await reader.until(({ events }) => events.length === 1);
    const keys = { joinKey: 'another-join-key-of-g', observerKey: 'another-observer-key' };
    await talk.ask('PUT', 'keys', keys, 'key');
    await reader.until(({ ended }) => ended !== null);
    expect(reader.comments.at(-1)).toBe('you may no longer read this group');
    expect((await talk.ask('GET', 'stream', undefined, 'key')).status).toBe(404);
  });

  test('show nothing to who lost the right to read them shortly before the group was deleted [Q5.12]', async () => {
    const joinKey = 'the-join-key-of-g-1';
    const observerKey = 'the-observer-key-of-g';
    const { running, talk } = await talking([], { admission: 'key', joinKey, observerKey });
    const { token } = (await talk.join('ann', {}, joinKey)).as<{ token: string }>();
    const observer = { authorization: `Bearer ${observerKey}` };
    const readers = ['stream', 'events'].map((what) => listen(running, `${talk.path}/${what}`, observer));
    for (const reader of readers) await reader.until(({ events }) => events.length >= 1);
    const group = 'g';
    const keys = { joinKeyHash: hashOf('another-join-key-of-g'), observerKeyHash: hashOf('another-key') };
    const commands: Command[] = [
      { type: 'put-keys', group, ...keys, inPlaceOf: hashOf(joinKey) },
      { type: 'say', group, tokenHash: hashOf(token), body: '"that was the observer"', key: null },
      { type: 'delete-group', group, ifRevision: null },
    ];
    await Promise.all(commands.map((command) => running.replica.submit(command, () => undefined)));
    for (const reader of readers) {
      await reader.until(({ ended }) => ended !== null);
      expect(reader.comments.at(-1)).toBe('you may no longer read this group');
      expect(reader.text).not.toMatch(/that was|keys-changed|group-deleted/);
    }
  });

  test('are a page for who asks by HEAD or likes JSON better', async () => {
    const { talk } = await talking();
    const events = { accept: 'text/event-stream' };
    const head = await talk.ask('HEAD', 'stream', undefined, undefined, events);
    expect(head.headers.get('content-type')).toBe('application/json; charset=utf-8');
    for (const better of ['application/json', 'application/*', '*/*']) {
      const json = { accept: `text/event-stream;q=0.1, ${better}` };
      const page = await talk.ask('GET', 'stream', undefined, undefined, json);
      expect(page.as<StreamPage>().end, better).toBe(3);
    }
  });

  test('of one entry are sent to many readers as one piece, once to each', async () => {
    const { running, talk } = await talking();
    const readers = Array.from({ length: 30 }, () => listen(running, '/v1/groups/g/stream?after=3'));
    for (const reader of readers) await reader.until(({ status }) => status === 200);
    const bodies = Array.from({ length: 60 }, (_, i) => i);
    await Promise.all(bodies.map((body) => talk.say(body % 2 === 0 ? 'ann' : 'bob', { body })));
    for (const reader of readers) await reader.until(({ events }) => events.length === 60);
    const [first, ...others] = readers.map(({ events }) => events.map(({ data }) => data));
    expect(first?.map(({ offset }) => offset)).toEqual(bodies.map((i) => i + 4));
    for (const other of others) expect(other).toEqual(first);
  });

  test('cut off who takes none, so that nothing is held for it', async () => {
    const patience = { heartbeat: 50, buffered: 4096 };
    const { running, talk } = await talking(['ann'], { retention: { messages: 3 } }, { patience });
    const asleep = listen(running, `${talk.path}/stream`, {}, false);
    await asleep.until(({ status }) => status === 200);
    const readers = async (): Promise<number> => {
      const { text } = await running.ask('GET', '/metrics');
      return Number(/^quorate_stream_readers (\d+)$/m.exec(text)?.[1]);
    };
    expect(await readers()).toBe(1);
    const body = 'x'.repeat(16_000);
    const until = Date.now() + 20_000;
    while ((await readers()) > 0 && Date.now() < until) {
      await Promise.all(Array.from({ length: 20 }, () => talk.say('ann', { body })));
    }
    expect(await readers()).toBe(0);
  });
});
