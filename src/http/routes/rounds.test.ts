import { afterEach, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import { memoryLog } from '../../log/memory.ts';

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

test('each proposal of one entry is answered with the round as it left it [Q1.8]', async () => {
  const log = memoryLog();
  const append = log.append.bind(log);
  let gate: Promise<void> = Promise.resolve();
  log.append = (entry) => gate.then(() => append(entry));
  app = await startApp({ log });
  const { replica } = app;
  await app.ask('PUT', '/v1/groups/g', { rule: { electorate: { size: 3 }, threshold: 3 } });
  let open = (): void => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  // While this one is being appended, the proposals gather in the next entry.
  const first = replica.submit({ type: 'tick' }, () => {});
  await expect.poll(() => replica.commands.length).toBe(0);
  const proposals = ['a', 'b', 'c'].map((agent) =>
    app.ask('PUT', `/v1/groups/g/rounds/1/proposals/${agent}`, { value: 1 }),
  );
  await expect.poll(() => replica.commands.length).toBe(3);
  open();
  const rounds = (await Promise.all(proposals)).map((answer) => answer.as<RoundJson>());
  await first;
  expect(new Set(rounds.map(({ index }) => index)).size).toBe(1);
  expect(rounds.map(({ state, present }) => `${state} ${present}`).sort()).toEqual([
    'SUCCESS 3',
    'WAITING 1',
    'WAITING 2',
  ]);
});
