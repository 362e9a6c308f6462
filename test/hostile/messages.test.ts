import { afterEach, describe, expect, test } from 'vitest';
import { EventReader, type RunningApp, startApp } from '../harness/app.ts';
import { until } from '../harness/server.ts';
import { type StreamPage, Talk } from '../harness/talk.ts';

/** Messages that try to be something else, and callers who ask for what they should not. */

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function talking(
  agents: readonly string[] = ['ann', 'bob'],
): Promise<{ running: RunningApp; talk: Talk }> {
  const running = await startApp();
  stops.push(() => running.stop());
  const talk = new Talk(running);
  await talk.begin(agents);
  return { running, talk };
}

function listen(running: RunningApp, path: string, headers: Record<string, string> = {}): EventReader {
  const reader = new EventReader(running.url + path, headers);
  stops.push(() => reader.hangUp());
  return reader;
}

const bodies: readonly unknown[] = [
  'a\n\nid: 99\nevent: resync\ndata: {"oldest":1,"end":1,"view":1}\n\n',
  'a\r\rdata: x\r\n\r\n: comment',
  '","withheld":true,"x":"',
  '"body":null',
  '</script><script>alert(1)</script>',
  '\u2028\u2029\u0000\u001b[31m\u202e\ufeff',
  '\u{1f600} é ½',
  {
    __proto__: null,
    constructor: { prototype: 1 },
    toString: 1,
    toJSON: 1,
    withheld: true,
    type: 'view',
  },
  JSON.parse('{"__proto__":{"body":1},"then":1}'),
  { items: [], next: 1, offset: 0, index: -1 },
  [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]],
  '',
  0,
  false,
  null,
];

describe('a message that looks like something else', () => {
  test('is one item with the body that was sent, on every way to read', async () => {
    const { running, talk } = await talking();
    const own = listen(running, `${talk.path}/stream?after=3`);
    const all = listen(running, '/v1/events?groups=g');
    await all.until(({ events }) => events.length === 1);
    for (const body of bodies) {
      const said = await talk.say('ann', { body });
      expect([JSON.stringify(body), said.status], said.story).toEqual([JSON.stringify(body), 201]);
    }
    await own.until(({ events }) => events.length === bodies.length);
    await all.until(({ events }) => events.length === bodies.length + 1);
    const page = await talk.page('?after=3');
    const seen = [
      page.items,
      (await talk.ask('GET', 'messages')).as<StreamPage>().items,
      own.events.map(({ data }) => data),
      all.events.slice(1).map(({ data }) => data.item),
    ];
    const sent = bodies.map((body) => JSON.parse(JSON.stringify(body)));
    for (const items of seen) expect(items.map((item) => ('body' in item ? item.body : item))).toEqual(sent);
    expect(own.events.map(({ event }) => event)).toEqual(bodies.map(() => 'message'));
    expect(({} as { body?: unknown }).body).toBeUndefined();
  });

  test('is refused where it could not be read back exactly, and changes nothing', async () => {
    const { running, talk } = await talking();
    const { index } = running.replica.state;
    const raw = (text: string): Promise<Response> =>
      fetch(`${running.url}${talk.path}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${talk.tokens.ann}` },
        body: text,
      });
    const deep = `{"body":${'['.repeat(17)}${']'.repeat(17)}}`;
    for (const text of [
      '{"body":1,"body":2}',
      '{"body":12345678901234567890}',
      '{"body":"\\ud800"}',
      '{"body":1e400}',
      '{"body":1,"__proto__":{"to":["bob"]}}',
      '{"body":1,"to":{"length":1,"0":"bob"}}',
      '{"body":1,"to":["__proto__"]}',
      deep,
    ])
      expect([text, (await raw(text)).status]).toEqual([text, 400]);
    expect(running.replica.state.index).toBe(index);
  });
});

describe('a caller', () => {
  test.each([
    'valueOf',
    'constructor',
    '__proto__',
    'members',
    '1e3',
    '٣',
    '-0',
    '1.0',
    '%00',
    '9'.repeat(400),
  ])('who names %j for an offset or an agent is told so', async (word) => {
    const { talk } = await talking();
    for (const what of [
      `messages/${encodeURIComponent(word)}`,
      `messages/${encodeURIComponent(word)}/explain`,
      `stream?after=${encodeURIComponent(word)}`,
      `view?after=${encodeURIComponent(word)}`,
      `agents/${encodeURIComponent(word)}/cursor`,
    ]) {
      const reply = await talk.ask('GET', what);
      expect([what, reply.status < 500, reply.status >= 400], reply.story).toEqual([what, true, true]);
    }
  });

  test('who waits or listens is answered when the server stops', async () => {
    const { running, talk } = await talking();
    const reader = listen(running, `${talk.path}/stream`);
    const feed = listen(running, '/v1/events');
    await feed.until(({ events }) => events.length === 1);
    await reader.until(({ events }) => events.length === 3);
    const said = talk.say('ann', { body: 1, to: ['bob'], ackBy: 'all' }, '?wait=60s');
    await until(30_000, () => running.replica.waiters.size === 1 || undefined);
    const page = talk.page('?after=4&wait=60s');
    const messages = talk.ask('GET', 'messages?after=4&wait=60s');
    await until(30_000, () => running.replica.waiters.size === 3 || undefined);
    await running.stop();
    expect(await page).toMatchObject({ items: [], next: null, end: 4 });
    expect([(await said).status, (await messages).status]).toEqual([201, 200]);
    for (const one of [reader, feed]) {
      await one.until(({ ended }) => ended !== null);
      expect(one.events.at(-1)).toMatchObject({ id: undefined, event: 'goodbye' });
    }
  });
});
