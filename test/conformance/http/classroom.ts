import assert from 'node:assert/strict';
import { ask, type Case, fresh, problem, type Reply, raw, readGroup, readRound } from './ask.ts';
import { badInput } from './refused.ts';

const json = { 'content-type': 'application/json' };

export const classroomCases: readonly Case[] = [
  {
    clause: 'classroom',
    name: 'a posted number is answered by 200 and no body [Q2.1]',
    async run(base) {
      await rest(base);
      for (const number of ['7', '0', '-3', '2.5', '1e3']) {
        const reply = await ask(base, 'POST', '/number', raw(`{"number": ${number}}`));
        assert.equal(reply.status, 200, reply.story);
        assert.equal(reply.text, '', reply.story);
        assert.equal(reply.headers.get('content-length') ?? '0', '0');
      }
    },
  },
  {
    clause: 'classroom',
    name: 'a state is these bytes, as JSON, never stored by a cache [Q2.2]',
    async run(base) {
      await rest(base);
      await postAll(base, [1]);
      await stateIs(base, fresh('id'), 'WAITING');
      await postAll(base, [2, 3]);
      await stateIs(base, fresh('id'), 'FAILED');
      await rest(base);
      await postAll(base, [5, 5, 1]);
      await stateIs(base, fresh('id'), 'SUCCESS');
    },
  },
  {
    clause: 'classroom',
    name: 'a content type with a charset is fine',
    async run(base) {
      await rest(base);
      const typed = { 'content-type': 'application/json; charset=utf-8' };
      const reply = await ask(base, 'POST', '/number', raw('{"number": 7}'), typed);
      assert.equal(reply.status, 200, reply.story);
    },
  },
  {
    clause: 'classroom',
    name: 'a failed round is told once to each of three ids, and the next round is open before anyone reads',
    async run(base) {
      await rest(base);
      const { round } = await readRound(base, 'default', 'open');
      await postAll(base, [1, 2, 3]);
      assert.equal((await readRound(base, 'default', 'open')).round, round + 1);
      await postAll(base, [4]);
      const ids = [fresh('id'), fresh('id'), fresh('id')];
      for (const id of ids) {
        await stateIs(base, id, 'FAILED');
        await stateIs(base, id, 'WAITING');
      }
      for (const id of [...ids, fresh('id')]) await stateIs(base, id, 'WAITING');
    },
  },
  {
    clause: 'classroom',
    name: 'a success re-arms with the next number',
    async run(base) {
      await rest(base);
      await postAll(base, [7, 3, 7]);
      const ids = [fresh('id'), fresh('id'), fresh('id')];
      for (const id of ids) await stateIs(base, id, 'SUCCESS');
      for (const id of [...ids, fresh('id')]) await stateIs(base, id, 'SUCCESS');
      await postAll(base, [4]);
      for (const id of [...ids, fresh('id')]) await stateIs(base, id, 'WAITING');
    },
  },
  {
    clause: 'classroom',
    name: 'two equal of three decide, at every pair of seats, and the value is the number',
    async run(base) {
      for (const numbers of [
        [7, 7, 1],
        [7, 1, 7],
        [1, 7, 7],
        [7, 7, 7],
      ]) {
        await rest(base);
        const { round } = await readRound(base, 'default', 'open');
        await postAll(base, numbers);
        const closed = await readRound(base, 'default', round);
        assert.equal(closed.state, 'SUCCESS');
        assert.equal(closed.value, 7);
      }
    },
  },
  {
    clause: 'classroom',
    name: 'ids that differ by case or alphabet alone are different ids [Q2.9]',
    async run(base) {
      await rest(base);
      await postAll(base, [1, 2, 3]);
      const ending = fresh('');
      for (const id of [`A${ending}`, `a${ending}`, `%C3%84${ending}`]) await stateIs(base, id, 'FAILED');
      await stateIs(base, `A${ending}`, 'WAITING');
    },
  },
  ...[
    { how: 'the header X-Agent-Id', post: postByHeader },
    { how: 'a second field "id"', post: postByField },
  ].map(
    ({ how, post }): Case => ({
      clause: 'classroom',
      name: `identified by ${how}: a repeated post takes no second seat, reading is idempotent, the seat is its own`,
      async run(base) {
        await rest(base);
        const [me, ...others] = [fresh('id'), fresh('id'), fresh('id')] as const;
        await accepted(post(base, me, 1));
        await accepted(post(base, me, 1));
        assert.equal((await readRound(base, 'default', 'open')).present, 1);
        const changed = await post(base, me, 2);
        assert.equal(changed.status, 409, changed.story);
        await stateIs(base, me, 'WAITING');
        await postAll(base, [2, 3]);
        for (let i = 0; i < 3; i += 1) await stateIs(base, me, 'FAILED');
        for (const id of others) await stateIs(base, id, 'FAILED');
        await stateIs(base, fresh('id'), 'WAITING');
        await accepted(post(base, me, 9));
        await stateIs(base, me, 'WAITING');
        await postAll(base, [9, 3]);
        for (let i = 0; i < 3; i += 1) await stateIs(base, me, 'SUCCESS');
        // From here on the id may be that of somebody who posts without identity. [Q2.6]
        await postAll(base, [5]);
        await stateIs(base, me, 'WAITING');
        for (let i = 0; i < 3; i += 1) await stateIs(base, me, 'SUCCESS', { 'x-agent-id': me });
      },
    }),
  ),
  {
    clause: 'classroom',
    name: 'an Idempotency-Key covers the retry that arrives after its round closed',
    async run(base) {
      await rest(base);
      const headers = { ...json, 'x-agent-id': fresh('id'), 'idempotency-key': fresh('key') };
      await accepted(ask(base, 'POST', '/number', { number: 1 }, headers));
      await postAll(base, [2, 3]);
      await accepted(ask(base, 'POST', '/number', { number: 1 }, headers));
      assert.equal((await readRound(base, 'default', 'open')).present, 0);
    },
  },
  ...badInput.map(
    ({ what, body, type, statuses }): Case => ({
      clause: 'classroom',
      name: `refused at POST /number: ${what} [Q2.8]`,
      async run(base) {
        const before = await readGroup(base, 'default');
        const sent = await ask(base, 'POST', '/number', raw(body('number')), { 'content-type': type });
        problem(sent, statuses);
        assert.equal((await readGroup(base, 'default')).revision, before.revision, sent.story);
      },
    }),
  ),
  ...[
    '{}',
    '{"number":"7"}',
    '{"number":null}',
    '{"number":true}',
    '{"number":[7]}',
    '{"Number":7}',
    '[7]',
    '7',
  ].map(
    (body): Case => ({
      clause: 'classroom',
      name: `refused at POST /number with 400: ${body} [Q2.8]`,
      async run(base) {
        const before = await readGroup(base, 'default');
        const sent = await ask(base, 'POST', '/number', raw(body));
        problem(sent, 400);
        assert.equal((await readGroup(base, 'default')).revision, before.revision, sent.story);
      },
    }),
  ),
];

/** Brings the classroom to rest: an empty open round, the last one a failure, told to as many as had seats. */
async function rest(base: string): Promise<void> {
  for (let number = 1; ; ) {
    const open = await readRound(base, 'default', 'open');
    const before = open.round === 1 ? null : await readRound(base, 'default', open.round - 1);
    if (open.present === 0 && before?.state === 'FAILED') break;
    await postAll(base, [number]);
    number += 1;
    assert.ok(number < 100, 'the group default does not come to rest');
  }
  for (let i = 0; i < 4; i += 1) {
    const reply = await ask(base, 'GET', `/state/${fresh('id')}`);
    if (reply.text === '{"state":"WAITING"}') return;
  }
  assert.fail('a failed round was told to more ids than it had seats');
}

async function postAll(base: string, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) await accepted(ask(base, 'POST', '/number', { number }));
}

function postByHeader(base: string, id: string, number: number): Promise<Reply> {
  return ask(base, 'POST', '/number', { number }, { 'x-agent-id': id });
}

function postByField(base: string, id: string, number: number): Promise<Reply> {
  return ask(base, 'POST', '/number', { number, id });
}

async function accepted(sent: Promise<Reply>): Promise<void> {
  const reply = await sent;
  assert.equal(reply.status, 200, reply.story);
  assert.equal(reply.text, '', reply.story);
}

async function stateIs(
  base: string,
  id: string,
  state: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const reply = await ask(base, 'GET', `/state/${id}`, undefined, headers);
  assert.equal(reply.status, 200, reply.story);
  assert.equal(reply.text, `{"state":"${state}"}`, reply.story);
  assert.equal(reply.headers.get('cache-control'), 'no-store');
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json\b/);
}
