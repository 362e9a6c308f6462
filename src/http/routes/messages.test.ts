import { afterEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../../test/conformance/http/ask.ts';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import { until } from '../../../test/harness/server.ts';
import { Talk } from '../../../test/harness/talk.ts';
import type { ViewJson } from '../../client/stream-requests.ts';
import type { Command } from '../../core/entry.ts';
import type { ProblemJson, StabilityJson } from '../../core/view/json-types.ts';
import { hashOf } from '../edge/access.ts';

/** Messages over HTTP: said once, acknowledged, explained; and what is refused. */

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function talking(
  agents: readonly string[] = ['ann', 'bob', 'cy'],
  more: object = {},
): Promise<{ running: RunningApp; talk: Talk }> {
  const running = await startApp();
  stops.push(() => running.stop());
  const talk = new Talk(running);
  await talk.begin(agents, more);
  return { running, talk };
}

interface Said extends Partial<StabilityJson> {
  readonly offset: number;
  readonly view: number;
  readonly index: number;
}

const codeOf = (reply: { as<T>(): T }): string => reply.as<ProblemJson>().code;
const acknowledge = (talk: Talk, agent: string, offset: number) =>
  talk.ask('PUT', `agents/${agent}/cursor`, { offset }, agent);
const waitingFor = (running: RunningApp, n = 1) =>
  until(30_000, () => running.replica.waiters.size >= n || undefined);

describe('a message [Q9.5]', () => {
  test('is answered with its place, and moves neither the revision nor the round [Q9.2]', async () => {
    const { running, talk } = await talking();
    const before = (await running.ask('GET', talk.path)).as<{ revision: number }>();
    const said = await talk.say('ann', { body: ['any', { json: null }], round: 1 });
    expect(said.status, said.story).toBe(201);
    expect(said.as<Said>()).toEqual({ group: 'g', offset: 5, view: 4, index: running.replica.state.index });
    const after = (await running.ask('GET', talk.path)).as<{ revision: number }>();
    expect(after.revision).toBe(before.revision);
    const one = await talk.ask('GET', 'messages/5');
    expect(one.as<object>()).toMatchObject({
      ...{ offset: 5, view: 4, type: 'message', from: 'ann', body: ['any', { json: null }] },
      ...{ to: null, replyTo: null, round: 1, ackBy: null, stability: null, acknowledgements: null },
    });
  });

  test('is said once, however often it is sent with its key [Q9.6]', async () => {
    const { talk } = await talking();
    const key = { 'idempotency-key': 'k1' };
    const first = await talk.say('ann', { body: 1 }, '', key);
    await talk.join('dan');
    const again = await talk.say('ann', { body: 1, inView: 4 }, '', key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.as<Said>()).toEqual(first.as<Said>());
    expect(codeOf(await talk.say('ann', { body: 2 }, '', key))).toBe('key-reused');
    expect((await talk.say('bob', { body: 2 }, '', key)).status, "another agent's key").toBe(201);
    expect((await talk.page('?after=4')).items.map(({ offset }) => offset)).toEqual([5, 6, 7]);
  });

  test('is refused to who is no member, in another view, and to who is not there', async () => {
    const { talk } = await talking();
    const refused = async (as: string | undefined, message: object): Promise<unknown> => {
      const reply = await talk.ask('POST', 'messages', message, as);
      const { code, view } = reply.as<ProblemJson>();
      return [reply.status, code, ...(view === undefined ? [] : [view])];
    };
    const body = 'hello';
    expect(await refused(undefined, { body })).toEqual([401, 'token-required']);
    expect(await refused('not-a-token', { body })).toEqual([404, 'agent-not-found']);
    expect(await refused('ann', { body, inView: 2 })).toEqual([409, 'view-changed', 4]);
    expect(await refused('ann', { body, to: ['bob', 'dan'] })).toEqual([422, 'not-in-view', 4]);
    expect(await refused('ann', { body, replyTo: 1 })).toEqual([404, 'message-not-found']);
    expect(await refused('ann', { body, round: 2 })).toEqual([409, 'round-not-open']);
    expect(await refused('ann', { body, ackBy: 4 })).toEqual([422, 'ack-out-of-reach']);
    expect((await talk.page()).end).toBe(4);
    expect((await talk.say('ann', { body, inView: 4 })).status).toBe(201);
  });

  test.each([
    ['nothing', undefined, 'invalid-json'],
    ['a list', [1], 'invalid-request'],
    ['no body', { to: ['bob'] }, 'invalid-request'],
    ['another member', { body: 1, subject: 'x' }, 'invalid-request'],
    ['nobody', { body: 1, to: [] }, 'invalid-request'],
    ['one name', { body: 1, to: 'bob' }, 'invalid-request'],
    ['too many', { body: 1, to: Array.from({ length: 101 }, (_, i) => `a${i}`) }, 'invalid-request'],
    ['what is no name', { body: 1, to: ['Bob'] }, 'invalid-name'],
    ['a seat', { body: 1, to: ['seat-1'] }, 'reserved-name'],
    ['offset 0', { body: 1, replyTo: 0 }, 'invalid-request'],
    ['half a round', { body: 1, round: 1.5 }, 'invalid-request'],
    ['a view by name', { body: 1, inView: 'latest' }, 'invalid-request'],
    ['acknowledged by none', { body: 1, ackBy: 0 }, 'invalid-request'],
    ['acknowledged by most', { body: 1, ackBy: 'most' }, 'invalid-request'],
    ['too much', { body: 'x'.repeat(16_383) }, 'too-large'],
  ])('to or of %s is refused, and changes nothing', async (_what, message, code) => {
    const { running, talk } = await talking(['ann']);
    const { index } = running.replica.state;
    const reply = await talk.say('ann', message);
    expect(codeOf(reply), reply.story).toBe(code);
    expect(running.replica.state.index).toBe(index);
  });

  test('may have 16,384 bytes in canonical form, a null body, and members that are null', async () => {
    const { talk } = await talking(['ann']);
    expect((await talk.say('ann', { body: 'x'.repeat(16_382) })).status).toBe(201);
    const nothing = { to: null, replyTo: null, round: null, inView: null, ackBy: null };
    expect((await talk.say('ann', { body: null, ...nothing })).status).toBe(201);
    expect((await talk.page('?after=3')).items).toMatchObject([{ body: null, to: null, ackBy: null }]);
  });

  test('that names what looks like a body is shown as it was sent', async () => {
    const { talk } = await talking([]);
    await talk.join('ann', { name: '"body":null' });
    const body = { text: '"body":null', '"body"': null, body: null };
    await talk.say('ann', { body });
    expect((await talk.page('?after=2')).items).toMatchObject([{ name: '"body":null', body }]);
  });
});

describe('acknowledgements [Q9.10]', () => {
  test('make a message stable once enough have moved their cursor', async () => {
    const { running, talk } = await talking();
    const waiting = talk.say('ann', { body: 1, ackBy: 'all' }, '?wait=30s');
    await waitingFor(running);
    const other = talk.ask('GET', 'messages/5?wait=30s');
    await waitingFor(running, 2);
    await acknowledge(talk, 'bob', 5);
    const now = (await talk.ask('GET', 'messages/5')).as<StabilityJson>();
    expect(now).toMatchObject({
      stability: 'pending',
      acknowledgements: {
        ...{ ackBy: 'all', needed: 3, recipients: 3, gone: { count: 0, agents: [] } },
        acknowledged: { count: 2, agents: ['ann', 'bob'] },
        waiting: { count: 1, agents: ['cy'] },
      },
    });
    const explained = (await talk.ask('GET', 'messages/5/explain')).as<{ explain: string }>();
    expect(explained).toMatchObject({ group: 'g', offset: 5, stability: 'pending' });
    expect(explained.explain).toContain('waiting for cy');
    await acknowledge(talk, 'cy', 5);
    const said = await waiting;
    expect([said.status, said.as<Said>()]).toMatchObject([201, { offset: 5, stability: 'stable' }]);
    expect((await other).as<StabilityJson>()).toMatchObject({
      stability: 'stable',
      acknowledgements: { waiting: { count: 0, agents: [] } },
    });
  });

  test('can become impossible, which is final', async () => {
    const { running, talk } = await talking();
    const waiting = talk.say('ann', { body: 1, to: ['bob'], ackBy: 1 }, '?wait=30s');
    await waitingFor(running);
    await talk.ask('DELETE', 'agents/bob', undefined, 'bob');
    expect((await waiting).as<Said>()).toMatchObject({
      stability: 'impossible',
      acknowledgements: { recipients: 1, gone: { count: 1, agents: ['bob'] } },
    });
    await talk.join('bob');
    await acknowledge(talk, 'bob', 5);
    const later = await talk.ask('GET', 'messages/5?wait=30s', undefined, 'ann');
    expect(later.as<Said>().stability).toBe('impossible');
  });

  test('are told as they stand when the wait ends, and at once where none are asked for', async () => {
    const { talk } = await talking();
    const pending = await talk.say('ann', { body: 1, ackBy: 'majority' }, '?wait=20ms');
    expect([pending.status, pending.as<Said>().stability]).toEqual([201, 'pending']);
    const none = await talk.say('ann', { body: 1 }, '?wait=30s');
    expect(Object.keys(none.as<Said>()).sort()).toEqual(['group', 'index', 'offset', 'view']);
    expect((await talk.ask('GET', 'messages/6?wait=30s')).as<Said>().stability).toBeNull();
  });

  test('of a message that is let go meanwhile end the wait: it was said all the same [Q9.8]', async () => {
    const { running, talk } = await talking(['ann', 'bob'], { retention: { messages: 1 } });
    const waiting = talk.say('ann', { body: 1, ackBy: 'all' }, '?wait=30s', { 'idempotency-key': 'k' });
    await waitingFor(running);
    const reading = talk.ask('GET', 'messages/4?wait=30s');
    await waitingFor(running, 2);
    await talk.say('bob', { body: 2 });
    const said = await waiting;
    expect([said.status, said.as<Said>()]).toMatchObject([201, { offset: 4, stability: 'pending' }]);
    expect(codeOf(await reading)).toBe('messages-not-kept');
  });

  test('of a message that other settings let go of end the wait too [Q9.8]', async () => {
    const { running, talk } = await talking(['ann', 'bob']);
    await talk.say('ann', { body: 1, ackBy: 'all' });
    await talk.say('ann', { body: 2 });
    const reading = talk.ask('GET', 'messages/4?wait=30s');
    await waitingFor(running);
    const rule = { electorate: { size: 9 }, next: 'manual' };
    const put = await talk.ask('PUT', '', { rule, retention: { messages: 1 } });
    expect(put.status, put.story).toBe(200);
    expect(codeOf(await reading)).toBe('messages-not-kept');
  });

  test('are for readers of the group: who is one no more has the first answer, and nothing of how others went on [Q9.6]', async () => {
    const joinKey = 'the-join-key-of-g-1';
    const { running, talk } = await talking([], {
      ...{ admission: 'key', joinKey, observerKey: 'the-observer-key-of-g' },
    });
    for (const agent of ['ann', 'bob', 'cy']) await talk.join(agent, {}, joinKey);
    const message = { body: 1, ackBy: 'all' };
    const send = () => talk.say('ann', message, '?wait=30s', { 'idempotency-key': 'k-1' });
    const sending = send();
    await waitingFor(running);
    await talk.ask('DELETE', 'agents/ann', undefined, 'ann');
    await acknowledge(talk, 'bob', 5);
    for (const reply of [await sending, await send()])
      expect(reply.as<Said>(), reply.story).toEqual({
        group: 'g',
        offset: 5,
        view: 4,
        index: expect.any(Number),
      });
    expect((await talk.ask('GET', 'messages/5', undefined, 'ann')).status).toBe(404);
  });

  test('of a group that is deleted meanwhile end the wait too', async () => {
    const { running, talk } = await talking();
    const waiting = talk.say('ann', { body: 1, ackBy: 'all' }, '?wait=30s');
    await waitingFor(running);
    const reading = talk.ask('GET', 'messages/5?wait=30s');
    await waitingFor(running, 2);
    await running.ask('DELETE', talk.path);
    expect((await waiting).status).toBe(201);
    expect(codeOf(await reading)).toBe('group-not-found');
  });

  test('are not asked about what is no message', async () => {
    const { talk } = await talking();
    for (const what of ['messages/1', 'messages/99', 'messages/99/explain'])
      expect(codeOf(await talk.ask('GET', what)), what).toBe('message-not-found');
    for (const what of ['messages/0', 'messages/x', 'messages/-1/explain'])
      expect(codeOf(await talk.ask('GET', what)), what).toBe('invalid-request');
  });
});

describe('a cursor [Q9.9]', () => {
  const cursor = (talk: Talk, agent: string) => talk.ask('GET', `agents/${agent}/cursor`);

  test('begins at the view of its agent, and never goes back', async () => {
    const { talk } = await talking();
    expect((await cursor(talk, 'bob')).as<object>()).toMatchObject({
      agent: 'bob',
      offset: 3,
      incarnation: 3,
    });
    for (const body of [1, 2, 3]) await talk.say('ann', { body });
    expect((await acknowledge(talk, 'bob', 6)).as<object>()).toMatchObject({ group: 'g', offset: 6 });
    expect((await acknowledge(talk, 'bob', 5)).as<object>()).toMatchObject({ offset: 6, incarnation: 3 });
    expect((await cursor(talk, 'bob')).as<object>()).toMatchObject({ offset: 6 });
  });

  test('is gone on from by who joins again [Q9.4]', async () => {
    const { talk } = await talking(['ann']);
    await talk.say('ann', { body: 1 });
    await acknowledge(talk, 'ann', 3);
    await talk.ask('DELETE', 'agents/ann', undefined, 'ann');
    const joined = await talk.join('ann');
    expect(joined.as<object>()).toMatchObject({ view: 5, incarnation: 5, cursor: 3 });
    const same = await talk.join('ann', {}, talk.tokens.ann);
    expect([same.status, same.as<object>()]).toMatchObject([200, { view: 5, incarnation: 5, cursor: 3 }]);
  });

  test('is refused beyond the end, of another, and of who is not known', async () => {
    const { talk } = await talking();
    expect(codeOf(await acknowledge(talk, 'bob', 9))).toBe('cursor-ahead');
    const move = (as: string | undefined, agent = 'bob', body: unknown = { offset: 4 }) =>
      talk.ask('PUT', `agents/${agent}/cursor`, body, as);
    expect(codeOf(await move(undefined))).toBe('token-required');
    expect(codeOf(await move('ann'))).toBe('token-wrong');
    expect(codeOf(await move('ann', 'dan'))).toBe('agent-not-found');
    for (const body of [{}, { offset: -1 }, { offset: '4' }, { offset: 1.5 }, { offset: 4, more: 1 }])
      expect(codeOf(await move('bob', 'bob', body)), JSON.stringify(body)).toBe('invalid-request');
    expect(codeOf(await cursor(talk, 'dan'))).toBe('agent-not-found');
  });
});

describe('the view [Q9.3]', () => {
  test('lists who is live, page by page, with what names its membership', async () => {
    const { talk } = await talking(['ann', 'bob', 'cy']);
    await talk.ask('DELETE', 'agents/ann', undefined, 'ann');
    await talk.join('dan', { role: 'observer', name: 'Dan' });
    await talk.join('ann');
    const page = await talk.ask('GET', 'view?limit=2');
    expect(page.as<object>()).toMatchObject({ group: 'g', view: 7, total: 4, next: expect.any(String) });
    const { members, next } = page.as<{ members: { agent: string }[]; next: string }>();
    expect(page.headers.get('link')).toBe(`</v1/groups/g/view?after=${next}&limit=2>; rel="next"`);
    const rest = (await talk.ask('GET', `view?after=${next}`)).as<{ members: object[]; next: null }>();
    expect(rest.next).toBeNull();
    const all = [...members, ...rest.members].sort((a, b) =>
      JSON.stringify(a).localeCompare(JSON.stringify(b)),
    );
    expect(all).toEqual([
      { agent: 'ann', role: 'voter', incarnation: 7 },
      { agent: 'bob', role: 'voter', incarnation: 3 },
      { agent: 'cy', role: 'voter', incarnation: 4 },
      { agent: 'dan', name: 'Dan', role: 'observer', incarnation: 6 },
    ]);
    expect(codeOf(await talk.ask('GET', 'view?after=none'))).toBe('agent-not-found');
  });

  test('is listed as it was, whoever leaves while a long page is written', async () => {
    const { running, talk } = await talking([]);
    const agents = Array.from({ length: 8000 }, (_, i) => `a${i}`);
    const about = { group: 'g', joinKeyHash: null, ttl: 3_600_000 } as const;
    const submit = (command: Command) => running.replica.submit(command, () => undefined);
    await Promise.all(
      agents.map((agent) =>
        submit({ ...about, type: 'join', role: 'voter', agent, tokenHash: hashOf(`t-${agent}`) }),
      ),
    );
    const pages: Promise<Reply>[] = [];
    for (const agent of agents.slice(-50)) {
      pages.push(talk.ask('GET', 'view?limit=10000'));
      await submit({ type: 'leave', group: 'g', agent, tokenHash: hashOf(`t-${agent}`) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { items } = await talk.page('?after=8001');
    for (const page of await Promise.all(pages)) {
      const { view, members, total } = page.as<ViewJson>();
      const left = items.filter((item) => 'change' in item && item.change === 'left' && item.offset <= view);
      expect([view, members.length, total]).toEqual([view, 8000 - left.length, 8000 - left.length]);
    }
  });

  test('changes with a role and a name', async () => {
    const { talk } = await talking(['ann']);
    await talk.join('ann', { name: 'Ann' }, talk.tokens.ann);
    await talk.ask('DELETE', 'agents/ann', undefined, 'ann');
    await talk.join('ann', { role: 'observer' });
    const { items } = await talk.page('?after=2');
    expect(items).toMatchObject([
      { offset: 3, view: 3, change: 'renamed', name: 'Ann', incarnation: 2 },
      { offset: 4, view: 4, change: 'left', incarnation: 2 },
      { offset: 5, view: 5, change: 'joined', role: 'observer', incarnation: 5 },
    ]);
  });
});
