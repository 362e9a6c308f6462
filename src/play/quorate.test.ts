import { expect, test } from 'vitest';
import { Quorate } from './quorate.ts';
import { standard } from './record.ts';
import type { Content, RunRecord } from './types.ts';

function quorate(clients: RunRecord['clients']) {
  const server = new Quorate({ ...standard, clients });
  const post = (from: number, value: number, round: number | null = null) =>
    server.handle(from, { kind: 'post', round, value });
  const ask = (from: number, round: number | 'latest' | null = null): Content =>
    server.handle(from, { kind: 'ask', round }).reply;
  return { server, post, ask };
}

test('agents that say nothing of rounds are told each outcome once, while the next round goes on', () => {
  const { post, ask } = quorate('anonymous');
  for (const from of [0, 1, 2]) post(from, from);
  const failed = { kind: 'state', state: 'FAILED', round: null, value: null };
  expect(ask(0)).toEqual(failed);
  expect(post(0, 5).notes).toEqual([{ note: 'in', count: 1, of: 3 }]);
  expect(ask(0)).toEqual({ ...failed, state: 'WAITING' });
  expect(ask(1)).toEqual(failed);
  expect(post(1, 5).notes).toEqual([{ note: 'in', count: 2, of: 3 }]);
  expect(ask(2)).toEqual(failed);
  expect(post(2, 8).notes).toEqual([
    { note: 'closed', round: 2, state: 'SUCCESS', value: 5, values: [5, 5, 8], by: [0, 1] },
  ]);
  expect(ask(2)).toEqual({ ...failed, state: 'SUCCESS' });
});

test('a proposal under a name is counted once in its round', () => {
  const { post, ask } = quorate('named');
  expect(post(0, 5, 1).notes).toEqual([{ note: 'in', count: 1, of: 3 }]);
  const again = post(0, 5, 1);
  expect(again).toEqual({
    reply: { kind: 'taken', round: 1 },
    notes: [{ note: 'counted-once', agent: 0 }],
    decision: null,
  });
  const other = post(0, 6, 1);
  expect(other.reply).toEqual({ kind: 'refused', code: 'already-proposed', round: 1 });
  expect(other.notes).toEqual([{ note: 'counted-once', agent: 0 }]);
  post(1, 5, 1);
  post(2, 6, 1);
  expect(ask(1, 1)).toEqual({ kind: 'state', state: 'SUCCESS', round: 1, value: 5 });
  expect(post(2, 5, 1).reply).toEqual({ kind: 'refused', code: 'round-closed', round: 1 });
  expect(ask(2, 'latest')).toEqual({ kind: 'state', state: 'SUCCESS', round: 1, value: 5 });
});

test('an agent without a name that posts twice takes two seats, and that is said', () => {
  const { post } = quorate('anonymous');
  post(0, 5);
  expect(post(0, 5).notes[0]).toEqual({ note: 'counted-again', agent: 0 });
});

test('it comes to the same state again by applying its log', () => {
  const { server, post, ask } = quorate('named');
  for (const from of [0, 1, 2]) post(from, from, 1);
  post(2, 9, 2);
  const before = server.state();
  expect(before).toEqual({ kind: 'server', state: 'FAILED', round: 2, count: 1, of: 3 });
  expect(server.restart()).toEqual({ note: 'replayed', entries: 5 });
  expect(server.state()).toEqual(before);
  expect(ask(1, 1)).toEqual({ kind: 'state', state: 'FAILED', round: 1, value: null });
  expect(post(2, 9, 2).notes).toEqual([{ note: 'counted-once', agent: 2 }]);
});
