import { describe, expect, test } from 'vitest';
import { until } from '../../../test/harness/server.ts';
import type { StreamPage } from '../../../test/harness/talk.ts';
import { listen, talking } from '../../../test/harness/talking.ts';
import { noStream } from '../../core/group/stream.ts';
import type { ProblemJson } from '../../core/view/json-types.ts';

/** The stream of a group over HTTP: pages, waits, and what is no longer kept. */

const offsets = ({ items }: StreamPage): number[] => items.map(({ offset }) => offset);

describe('a page of the stream [Q9.1] [Q9.7]', () => {
  test('has views, messages and rounds in their one order, each with its place', async () => {
    const { talk } = await talking();
    await talk.say('ann', { body: { text: 'hello' } });
    await talk.ask('POST', 'rounds/1/close');
    const page = await talk.page();
    expect(page.items).toMatchObject([
      { offset: 1, view: 0, type: 'round-opened', round: 1 },
      { offset: 2, view: 2, type: 'view', change: 'joined', agent: 'ann', role: 'voter', incarnation: 2 },
      { offset: 3, view: 3, type: 'view', change: 'joined', agent: 'bob' },
      { offset: 4, view: 3, type: 'message', from: 'ann', body: { text: 'hello' }, to: null, ackBy: null },
      { offset: 5, view: 3, type: 'round-closed', state: 'FAILED', reason: 'closed-by-hand', value: null },
    ]);
    expect(page).toMatchObject({ group: 'g', next: null, oldest: 1, end: 5, view: 3 });
    expect(page.index).toBe(page.items.at(-1)?.index);
  });

  test('is followed by the next one, and none is lost between two of one entry [Q9.1]', async () => {
    const { talk } = await talking();
    await Promise.all([1, 2, 3, 4, 5].map((body) => talk.say('ann', { body })));
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const page: StreamPage = await talk.page(`?after=${after}&limit=1`);
      seen.push(...offsets(page));
      after = page.next;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const reply = await talk.ask('GET', 'stream?limit=2');
    expect(reply.headers.get('link')).toBe('</v1/groups/g/stream?after=2&limit=2>; rel="next"');
  });

  test('of messages leaves out the others', async () => {
    const { talk } = await talking();
    for (const body of ['a', 'b', 'c']) await talk.say('bob', { body });
    await talk.join('cy');
    const page = (await talk.ask('GET', 'messages?limit=2')).as<StreamPage>();
    expect(page).toMatchObject({ items: [{ body: 'a' }, { body: 'b' }], next: 5, end: 7 });
    const rest = (await talk.ask('GET', 'messages?after=5&limit=2')).as<StreamPage>();
    expect(rest).toMatchObject({ items: [{ body: 'c' }], next: null, end: 7 });
  });
});

describe('a wait for items [Q9.7]', () => {
  test('is over as soon as there is one', async () => {
    const { running, talk } = await talking();
    const waiting = talk.page('?after=3&wait=30s');
    await until(30_000, () => running.replica.waiters.size > 0 || undefined);
    await talk.say('ann', { body: 'now' });
    expect(await waiting).toMatchObject({ items: [{ offset: 4, body: 'now' }], next: null, end: 4 });
  });

  test('for a message goes on while others come and go, and says how far it has looked', async () => {
    const { running, talk } = await talking();
    const waiting = talk.ask('GET', 'messages?after=3&wait=30s');
    await until(30_000, () => running.replica.waiters.size > 0 || undefined);
    await talk.join('cy');
    expect(running.replica.waiters.size).toBe(1);
    await talk.say('cy', { body: 'here I am' });
    expect((await waiting).as<StreamPage>()).toMatchObject({ items: [{ offset: 5, from: 'cy' }], end: 5 });
    const none = await talk.ask('GET', 'messages?after=5&wait=20ms');
    expect(none.as<StreamPage>()).toMatchObject({ items: [], next: null, end: 5 });
  });

  test('does not begin for who comes from another history', async () => {
    const { talk } = await talking();
    expect(await talk.page('?after=99&wait=30s')).toMatchObject({ items: [], next: null, oldest: 1, end: 3 });
  });

  test('ends with the group, and with the right to read it', async () => {
    const { running, talk } = await talking(['ann'], { admission: 'open' });
    const waiting = talk.ask('GET', 'stream?after=2&wait=30s');
    await until(30_000, () => running.replica.waiters.size > 0 || undefined);
    await running.ask('DELETE', '/v1/groups/g');
    expect((await waiting).as<ProblemJson>().code).toBe('group-not-found');
  });

  test('is as long as Prefer says, and a bad one is refused', async () => {
    const { talk } = await talking();
    const reply = await talk.ask('GET', 'stream?after=3', undefined, undefined, { prefer: 'wait=0' });
    expect(reply.headers.get('preference-applied')).toBe('wait=0');
    for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=10001', 'wait=soon', 'consistency=maybe'])
      expect((await talk.ask('GET', `stream?${query}`)).status, query).toBe(400);
  });

  test('takes the largest number that a refusal names, and none that would be rounded', async () => {
    const { talk } = await talking();
    const most = Number.MAX_SAFE_INTEGER;
    expect((await talk.page(`?after=${most}`)).items).toEqual([]);
    const refused = await talk.ask('GET', `stream?after=${most + 1}`);
    expect(refused.as<ProblemJson>().detail).toBe(`after must be a whole number from 0 to ${most}`);
  });

  test('of a local answer says the index that it was read at last [Q6.6] [Q9.13]', async () => {
    const { running, talk } = await talking();
    const waiting = talk.ask('GET', 'stream?after=3&wait=30s&consistency=local');
    await until(30_000, () => running.replica.waiters.size > 0 || undefined);
    await talk.say('ann', { body: 'now' });
    const reply = await waiting;
    expect(reply.headers.get('quorate-index')).toBe(String(reply.as<StreamPage>().index));
  });
});

describe('a reader behind what is kept [Q9.8]', () => {
  test('is told what is the oldest, on every way to read', async () => {
    const { running, talk } = await talking(['ann'], { retention: { messages: 2 } });
    for (const body of [1, 2, 3, 4]) await talk.say('ann', { body });
    const { oldest, view } = await talk.page();
    expect([oldest, view]).toEqual([5, 2]);
    for (const what of [
      'stream?after=3',
      'messages?after=3',
      'messages/3',
      'messages/3/explain',
      'stream?after=0',
    ]) {
      const reply = await talk.ask('GET', what);
      expect([what, reply.status], reply.story).toEqual([what, 410]);
      expect(reply.as<ProblemJson>()).toMatchObject({ code: 'messages-not-kept', oldest, view });
    }
    const reader = listen(running, `${talk.path}/stream?after=5`, { 'last-event-id': '3' });
    await reader.until(({ status }) => status !== 0);
    expect(reader.status).toBe(410);
    expect((await talk.page(`?after=${oldest - 1}`)).items.map(({ offset }) => offset)).toEqual([5, 6]);
    expect((await talk.page()).items.map(({ offset }) => offset)).toEqual([5, 6]);
  });

  test('gets pages of at most half a megabyte, and none is lost between them', async () => {
    const { talk } = await talking();
    const body = 'y'.repeat(16_000);
    for (let i = 0; i < 80; i += 1) await talk.say('ann', { body });
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const reply = await talk.ask('GET', `stream?after=${after}&limit=10000`);
      expect(reply.text.length).toBeLessThan(540_000);
      const page = reply.as<StreamPage>();
      seen.push(...offsets(page));
      after = page.next;
    }
    expect(seen).toEqual(Array.from({ length: 83 }, (_, i) => i + 1));
  });
});

describe('a log of version 1', () => {
  test('has groups without a stream, which is said as an empty one', async () => {
    const { running } = await talking();
    const { state } = running.replica;
    const group = state.groups.get('g');
    if (group !== undefined) group.stream = noStream;
    const page = (await running.ask('GET', '/v1/groups/g/stream')).as<StreamPage>();
    expect(page).toMatchObject({ items: [], next: null, oldest: 1, end: 0, view: 0 });
  });
});
