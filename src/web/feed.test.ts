import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { transportOf } from '../client/connect.ts';
import { type FeedMessage, feed } from './feed.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(async () => {
  // Node leaves the connection of a reply open that nobody reads on; browsers close it.
  app?.app.server.closeAllConnections();
  await app?.stop();
});

const transport = () => transportOf({ url: app.url });
const groupOf = (message: FeedMessage): string | null =>
  message.kind === 'event' ? `${message.event.group} ${message.event.type}` : null;

/** Reads until one message is so. */
async function until(messages: AsyncGenerator<FeedMessage>, isLast: (message: FeedMessage) => boolean) {
  const read: FeedMessage[] = [];
  for (;;) {
    const { value, done } = await messages.next();
    if (done === true) throw new Error('the stream ended');
    read.push(value);
    if (isLast(value)) return read;
  }
}

test('begins with where it begins, says what happens in its groups, and goes on where it stopped', async () => {
  const ended = new AbortController();
  await app.ask('PUT', '/v1/groups/lunch', { rule: { electorate: { agents: ['ann', 'bob'] } } });
  const first = feed(transport(), { names: ['lunch'], isAll: false }, null, ended.signal);
  const begun = await until(first, ({ kind }) => kind === 'reached');
  expect(begun.map(({ kind }) => kind)).toEqual(['open', 'start', 'reached']);
  await app.ask('PUT', '/v1/groups/other', { rule: { electorate: { size: 2 } } });
  await app.ask('POST', '/v1/groups/lunch/proposals', { agent: 'ann', value: 1 });
  const read = await until(first, ({ kind }) => kind === 'reached');
  expect(read.map(groupOf).filter(Boolean)).toEqual(['lunch proposed']);
  const seen = read.at(-1);
  await first.return();

  await app.ask('POST', '/v1/groups/lunch/proposals', { agent: 'bob', value: 1 });
  const index = seen?.kind === 'reached' ? seen.index : null;
  const second = feed(transport(), { names: ['lunch'], isAll: false }, index, ended.signal);
  expect((await second.next()).value).toEqual({ kind: 'open' });
  const rest = await until(second, ({ kind }) => kind === 'reached');
  expect(rest.map(groupOf).filter(Boolean)).toEqual(['lunch proposed', 'lunch round-closed']);
  const items = rest.flatMap((message) => (message.kind === 'item' ? [message.item.type] : []));
  expect(items).toContain('round-closed');
  await second.return();
});

test('of every group where none is named; a group that is not there is refused', async () => {
  const ended = new AbortController();
  const all = feed(transport(), { names: [], isAll: true }, null, ended.signal);
  await until(all, ({ kind }) => kind === 'reached');
  await app.ask('PUT', '/v1/groups/new', { rule: { electorate: { size: 2 } } });
  const read = await until(all, ({ kind }) => kind === 'reached');
  expect(read.map(groupOf)).toContain('new group-created');
  ended.abort();
  await expect(all.next()).rejects.toBeDefined();
  const none = feed(transport(), { names: ['nobody'], isAll: false }, null, new AbortController().signal);
  await expect(none.next()).rejects.toMatchObject({ status: 404, code: 'group-not-found' });
});

test('passes over a goodbye and what only a later server says [Q6.18]', async () => {
  const frames = [
    'id: 4\nevent: start\ndata: {"index":4}\n\n',
    'event: load\ndata: 0.7\n\n',
    'event: news\ndata: no JSON\n\n',
    'event: void\ndata: null\n\n',
    'event: proposed\ndata: {"type":"proposed","group":"lunch","revision":2,"index":5,"round":null}\nid: 5\n\n',
    'event: weather\ndata: {"group":"lunch","is":"fine"}\nid: 6\n\n',
    'event: goodbye\ndata: {"type":"goodbye","reason":"stopping","group":null,"revision":null,"index":6,"round":null}\n\n',
  ];
  const fetch = async () =>
    new Response(frames.join(''), { headers: { 'content-type': 'text/event-stream' } });
  const read: string[] = [];
  const from = feed(
    transportOf({ url: 'http://a', fetch }),
    { names: [], isAll: true },
    null,
    new AbortController().signal,
  );
  for await (const message of from)
    read.push(message.kind === 'reached' ? `reached ${message.index}` : (groupOf(message) ?? message.kind));
  expect(read).toEqual(['open', 'start', 'reached 4', 'lunch proposed', 'reached 5', 'reached 6']);
});
