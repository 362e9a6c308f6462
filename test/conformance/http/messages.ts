import assert from 'node:assert/strict';
import type { ItemJson, StabilityJson } from '../../../src/core/view/json-types.ts';
import { ask, type Case, createGroup, problem, type Reply, size } from './ask.ts';

/** Group communication: one stream of views, messages and rounds, read by offset. */

interface Page {
  readonly items: readonly ItemJson[];
  readonly next: number | null;
  readonly oldest: number;
  readonly end: number;
  readonly view: number;
}
type Place = {
  readonly offset: number;
  readonly view: number;
  readonly index: number;
} & Partial<StabilityJson>;
interface Joined {
  readonly token: string;
  readonly view: number;
  readonly incarnation: number;
  readonly cursor: number;
}

/** A group with these agents in it. */
class Chat {
  readonly path: string;
  private readonly tokens = new Map<string, string>();
  private readonly base: string;

  private constructor(base: string, group: string) {
    this.base = base;
    this.path = `/v1/groups/${group}`;
  }

  static async of(base: string, ...agents: string[]): Promise<Chat> {
    const chat = new Chat(base, await createGroup(base, size(9, { next: 'manual' })));
    for (const agent of agents) await chat.join(agent);
    return chat;
  }

  ask(method: string, what: string, body?: unknown, as?: string, headers: Record<string, string> = {}) {
    const token = as === undefined ? undefined : this.tokens.get(as);
    const sent = token === undefined ? headers : { authorization: `Bearer ${token}`, ...headers };
    return ask(this.base, method, what === '' ? this.path : `${this.path}/${what}`, body, sent);
  }

  async join(agent: string): Promise<Joined> {
    const joined = (await this.taken('PUT', `agents/${agent}`, { ttl: '1h' })).as<Joined>();
    this.tokens.set(agent, joined.token);
    return joined;
  }

  async say(agent: string, message: object): Promise<Place> {
    return (await this.taken('POST', 'messages', message, agent)).as<Place>();
  }

  async page(query = '', as?: string): Promise<Page> {
    return (await this.taken('GET', `stream${query}`, undefined, as)).as<Page>();
  }

  async taken(...asked: Parameters<Chat['ask']>): Promise<Reply> {
    const reply = await this.ask(...asked);
    assert.ok(reply.status === 200 || reply.status === 201, reply.story);
    return reply;
  }
}

export const messageCases: readonly Case[] = [
  {
    clause: 'Q9.1',
    name: 'views, messages and rounds are items of one stream, numbered without gaps, and every reader sees the same',
    async run(base) {
      const chat = await Chat.of(base, 'ann', 'bob');
      await chat.say('ann', { body: { hello: 1 } });
      await chat.taken('POST', 'rounds/1/close');
      await chat.taken('DELETE', 'agents/bob', undefined, 'bob');
      const page = await chat.page('', 'ann');
      // Offsets go on above those of every group that there was before.
      const before = page.oldest - 1;
      assert.deepEqual(
        page.items.map(({ offset, type }) => [offset - before, type]),
        [
          [1, 'round-opened'],
          [2, 'view'],
          [3, 'view'],
          [4, 'message'],
          [5, 'round-closed'],
          [6, 'view'],
        ],
      );
      assert.deepEqual((await chat.page(`?after=${before}`)).items, page.items);
      assert.deepEqual([page.next, page.end, page.view], [null, before + 6, before + 6]);
      const one = await chat.page(`?after=${before + 3}&limit=1`);
      assert.deepEqual([one.items, one.next], [page.items.slice(3, 4), before + 4]);
      const beyond = await chat.page(`?after=${before + 99}&wait=30s`);
      assert.deepEqual([beyond.items, beyond.end], [[], before + 6]);
    },
  },
  {
    clause: 'Q9.4',
    name: 'a join answers with its view and its incarnation; who lapses and comes again is another',
    async run(base) {
      const chat = await Chat.of(base);
      const first = await chat.join('ann');
      const { view } = await chat.page();
      assert.deepEqual([first.view, first.incarnation], [view, view]);
      await chat.taken('DELETE', 'agents/ann', undefined, 'ann');
      const again = await chat.join('ann');
      assert.deepEqual([again.view, again.incarnation], [view + 2, view + 2]);
      const now = (await chat.taken('GET', 'view')).as<{ view: number; members: object[]; total: number }>();
      assert.deepEqual([now.view, now.total], [view + 2, 1]);
      assert.deepEqual(now.members, [{ agent: 'ann', role: 'voter', incarnation: view + 2 }]);
    },
  },
  {
    clause: 'Q9.6',
    name: 'a message is said once under its key, and its sender is told its place again',
    async run(base) {
      const chat = await Chat.of(base, 'ann', 'bob');
      const { end } = await chat.page();
      const send = (body: unknown, as = 'ann') =>
        chat.ask('POST', 'messages', { body }, as, { 'idempotency-key': 'k' });
      const [first, again] = [await send(1), await send(1)];
      assert.deepEqual([first.status, again.status], [201, 200], again.story);
      assert.deepEqual(again.as<Place>(), first.as<Place>());
      problem(await send(2), 422, 'key-reused');
      assert.equal((await send(2, 'bob')).status, 201);
      assert.equal((await chat.page()).end, end + 2);
    },
  },
  {
    clause: 'Q9.5',
    name: 'only members speak, about what there is, in the view that they name',
    async run(base) {
      const chat = await Chat.of(base, 'ann');
      const { oldest, end, view } = await chat.page();
      const refused = async (status: number, code: string, message: object, as?: string) =>
        problem(await chat.ask('POST', 'messages', message, as), status, code);
      await refused(401, 'token-required', { body: 1 });
      await refused(409, 'view-changed', { body: 1, inView: view + 1 }, 'ann');
      await refused(422, 'not-in-view', { body: 1, to: ['bob'] }, 'ann');
      await refused(404, 'message-not-found', { body: 1, replyTo: oldest }, 'ann');
      await refused(409, 'round-not-open', { body: 1, round: 2 }, 'ann');
      await refused(413, 'too-large', { body: 'x'.repeat(16_383) }, 'ann');
      assert.equal((await chat.page()).end, end);
      const { offset } = await chat.say('ann', { body: 1, inView: view, round: 1 });
      assert.equal((await chat.say('ann', { body: 2, replyTo: offset })).offset, offset + 1);
    },
  },
  {
    clause: 'Q9.11',
    name: 'a message to some is withheld from others, whose streams show its place',
    async run(base) {
      const chat = await Chat.of(base, 'ann', 'bob', 'cy');
      const { offset, index } = await chat.say('ann', { body: 'between us', to: ['bob'] });
      const last = async (as?: string) => (await chat.page('', as)).items.at(-1);
      assert.deepEqual(await last('cy'), { offset, index, withheld: true });
      assert.deepEqual(await last(), { offset, index, withheld: true });
      for (const as of ['ann', 'bob']) assert.deepEqual((await last(as))?.type, 'message', as);
      const one = await chat.taken('GET', `messages/${offset}`, undefined, 'cy');
      assert.deepEqual(one.as<object>(), { offset, index, withheld: true });
      problem(
        await chat.ask('POST', 'messages', { body: 1, replyTo: offset }, 'cy'),
        404,
        'message-not-found',
      );
    },
  },
  {
    clause: 'Q9.9',
    name: 'a cursor goes on only, by its own agent, up to the end',
    async run(base) {
      const chat = await Chat.of(base, 'ann', 'bob');
      const { offset } = await chat.say('ann', { body: 1 });
      const move = (to: number, as?: string) => chat.ask('PUT', 'agents/bob/cursor', { offset: to }, as);
      for (const to of [offset, offset - 1]) {
        const reply = await move(to, 'bob');
        assert.equal(reply.as<Place>().offset, offset, reply.story);
      }
      problem(await move(offset + 1, 'bob'), 422, 'cursor-ahead');
      problem(await move(offset), 401, 'token-required');
      problem(await move(offset, 'ann'), 403, 'token-wrong');
      assert.equal((await chat.taken('GET', 'agents/bob/cursor')).as<Place>().offset, offset);
    },
  },
  {
    clause: 'Q9.10',
    name: 'a message is stable once its recipients have acknowledged it, and impossible once one is gone',
    async run(base) {
      const chat = await Chat.of(base, 'ann', 'bob', 'cy');
      const { offset } = await chat.say('ann', { body: 1, ackBy: 'majority' });
      const stability = async (at: number) =>
        (await chat.taken('GET', `messages/${at}?wait=10ms`)).as<Place>();
      assert.equal((await stability(offset)).stability, 'pending');
      await chat.taken('PUT', 'agents/bob/cursor', { offset }, 'bob');
      const now = await stability(offset);
      assert.equal(now.stability, 'stable');
      assert.deepEqual(now.acknowledgements?.acknowledged, { count: 2, agents: ['ann', 'bob'] });
      const next = await chat.say('ann', { body: 2, to: ['cy'], ackBy: 'all' });
      await chat.taken('DELETE', 'agents/cy', undefined, 'cy');
      assert.equal(
        (await chat.taken('GET', `messages/${next.offset}`, undefined, 'ann')).as<Place>().stability,
        'impossible',
      );
      problem(await chat.ask('POST', 'messages', { body: 3, ackBy: 3 }, 'ann'), 422, 'ack-out-of-reach');
    },
  },
  {
    clause: 'Q9.8',
    name: 'who falls behind what is kept is told where that begins',
    async run(base) {
      const chat = await Chat.of(base, 'ann');
      await chat.taken('PUT', '', { rule: size(9, { next: 'manual' }), retention: { messages: 1 } });
      const first = (await chat.page()).oldest;
      for (const body of [1, 2, 3]) await chat.say('ann', { body });
      const { oldest, end } = await chat.page();
      assert.ok(oldest > first + 2 && oldest <= end, `oldest ${oldest}, end ${end}`);
      for (const what of [`stream?after=${first}`, `messages?after=${first}`]) {
        const told = problem(await chat.ask('GET', what), 410, 'messages-not-kept');
        assert.equal(told.oldest, oldest);
      }
      assert.equal((await chat.page(`?after=${oldest - 1}`)).items.at(0)?.offset, oldest);
    },
  },
];
