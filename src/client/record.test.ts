import { expect, test } from 'vitest';
import { type CallRecord, recordingFetch } from './record.ts';

function bench(answer: () => Promise<Response>) {
  const calls: CallRecord[] = [];
  let time = 0;
  const now = () => ++time;
  const asks = recordingFetch({ process: 'p', now, fetch: answer, onCall: (call) => void calls.push(call) });
  const ask = (path: string, init: RequestInit = {}) => asks(`http://host/base${path}`, init);
  return { calls, ask };
}

const body = { group: 'g', round: 2, state: 'WAITING', value: null, revision: 3, index: 7 };
const answers = async () => new Response(JSON.stringify(body));

test('a proposal and a read are recorded as sent, with the answer as it came', async () => {
  const { calls, ask } = bench(answers);
  const sent = { value: [1], seq: 4 };
  const put = { method: 'PUT', body: JSON.stringify(sent) };
  const reply = await ask('/v1/groups/g/rounds/2/proposals/ann?wait=30000', put);
  expect(await reply.json(), 'the answer can still be read').toEqual(body);
  await ask('/v1/groups/g/proposals', { method: 'POST', body: '{"agent":"bob","abstain":true}' });
  await ask('/v1/groups/g/rounds/open');
  await ask('/v1/groups/g', { method: 'DELETE' });
  const common = { process: 'p', group: 'g', response: body };
  expect(calls).toEqual([
    { ...common, invokedAt: 1, completedAt: 2, op: 'propose', round: 2, agent: 'ann', ...sent },
    { ...common, invokedAt: 3, completedAt: 4, op: 'propose', round: null, agent: 'bob' },
    { ...common, invokedAt: 5, completedAt: 6, op: 'read', round: null, agent: null },
    { ...common, invokedAt: 7, completedAt: 8, op: 'delete', round: null, agent: null },
  ]);
});

test('a message is recorded with its key; a read of one is not, whose index is as old as the message', async () => {
  const { calls, ask } = bench(answers);
  const headers = { 'idempotency-key': 'k' };
  await ask('/v1/groups/g/messages', { method: 'POST', body: '{"body":{"a":1},"to":["bob"]}', headers });
  await ask('/v1/groups/g/messages?after=3');
  await ask('/v1/groups/g/messages/4?wait=1000ms');
  expect(calls).toMatchObject([
    { op: 'say', group: 'g', round: null, agent: null, body: { a: 1 }, key: 'k' },
    { op: 'read', group: 'g', round: null },
  ]);
});

test('a call without an answer is recorded without one, and rejects as it would', async () => {
  const { calls, ask } = bench(() => Promise.reject(new TypeError('away')));
  await expect(ask('/v1/groups/g/rounds/1')).rejects.toThrow('away');
  expect(calls).toMatchObject([{ op: 'read', round: 1, invokedAt: 1, completedAt: null, response: null }]);
});

test('streams, stale reads and what belongs to no group are left out', async () => {
  const { calls, ask } = bench(answers);
  await ask('/v1/groups/g/events');
  await ask('/v1/groups/g/rounds/1?consistency=local');
  await ask('/v1/info');
  await ask('/v1/groups?limit=3');
  expect(calls).toEqual([]);
});
