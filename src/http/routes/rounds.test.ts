import { afterEach, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';

let app: RunningApp;
afterEach(() => app.stop());

test('a round that is let go by the entry that closes it is not kept for who waited for its close [Q3.17]', async () => {
  app = await startApp();
  const rule = { electorate: { size: 2 }, threshold: 2, next: 'continuous' };
  await app.ask('PUT', '/v1/groups/g', { rule, retention: { rounds: 1 } });
  const { replica } = app;
  const plain = { value: '1', seq: null, tokenHash: null, key: null } as const;
  const propose = (agent: string, round: number) =>
    replica.submit({ type: 'propose', group: 'g', agent, round, ...plain }, (result) => result.ok);
  const waiting = app.ask('PUT', '/v1/groups/g/rounds/1/proposals/a?wait=20s', { value: 1 });
  await expect.poll(() => replica.waiters.size).toBe(1);
  // Handed over at once, so that one entry closes both rounds.
  const { index } = replica.state;
  expect(await Promise.all([propose('b', 1), propose('c', 2), propose('d', 2)])).toEqual([true, true, true]);
  expect(replica.state.index).toBe(index + 1);
  const answer = await waiting;
  const problem = { status: 404, code: 'round-not-kept', outcome: 'unknown', index: index + 1 };
  expect(answer.as(), answer.story).toMatchObject(problem);
  expect(app.reported).toEqual([]);
});

test('a proposal to no round by name comes too late for a decision, and is answered with it [Q3.8]', async () => {
  app = await startApp();
  const rule = { electorate: { agents: ['a', 'b', 'c'] }, threshold: 2, close: 'early' };
  await app.ask('PUT', '/v1/groups/g', { rule });
  for (const agent of ['a', 'b']) await app.ask('POST', '/v1/groups/g/proposals', { agent, value: 7 });
  const answer = await app.ask('POST', '/v1/groups/g/proposals?wait=30s', { agent: 'c', value: 3 });
  expect(answer.as(), answer.story).toMatchObject({ round: 1, state: 'SUCCESS', value: 7, present: 2 });
  expect(answer.headers.get('quorate-proposal')).toBe('not-counted');
});
