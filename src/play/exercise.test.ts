import { expect, test } from 'vitest';
import { Exercise } from './exercise.ts';

/** Agents 0, 1 and 2 of the exercise, by its two routes. */
function exercise() {
  const server = new Exercise(3, 2);
  const post = (from: number, value: number) =>
    server.handle(from, { kind: 'post', round: null, value }).notes;
  const ask = (from: number) => {
    const { reply } = server.handle(from, { kind: 'ask', round: null });
    return reply.kind === 'state' ? reply.state : reply.kind;
  };
  return { server, post, ask };
}

test('three numbers of which two are equal are a SUCCESS, for good', () => {
  const { server, post, ask } = exercise();
  expect(post(0, 4)).toEqual([{ note: 'in', count: 1, of: 3 }]);
  expect(ask(0)).toBe('WAITING');
  post(1, 7);
  expect(post(2, 4)).toEqual([
    { note: 'closed', round: null, state: 'SUCCESS', value: 4, values: [4, 7, 4], by: [0, 2] },
  ]);
  for (const n of [1, 2, 3]) for (const from of [0, 1, 2]) post(from, n);
  expect([0, 1, 2, 0].map(ask)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS']);
  expect(server.state()).toEqual({ kind: 'server', state: 'SUCCESS', round: null, count: 0, of: 3 });
});

test('FAILED stays until three have read it, and numbers that came meanwhile are kept', () => {
  const { server, post, ask } = exercise();
  for (const from of [0, 1, 2]) post(from, from);
  expect([0, 0, 0, 1].map(ask)).toEqual(['FAILED', 'FAILED', 'FAILED', 'FAILED']);
  post(0, 5);
  const { notes } = server.handle(2, { kind: 'ask', round: null });
  expect(notes).toEqual([{ note: 'reset', count: 1 }]);
  expect(ask(0)).toBe('WAITING');
  expect(server.state()).toMatchObject({ state: 'WAITING', count: 1 });
});

test('a batch that fills before all have read FAILED is thrown away, however good it was', () => {
  const { post, ask } = exercise();
  for (const from of [0, 1, 2]) post(from, from);
  ask(0);
  post(0, 9);
  expect(post(0, 9)).toEqual([
    { note: 'counted-again', agent: 0 },
    { note: 'in', count: 2, of: 3 },
  ]);
  expect(post(1, 9)).toEqual([{ note: 'thrown-away', count: 3 }]);
  expect(ask(1)).toBe('FAILED');
});

test('one agent is a majority', () => {
  const { server, post } = exercise();
  post(1, 6);
  post(1, 6);
  post(0, 2);
  expect(server.handle(2, { kind: 'ask', round: null }).decision).toEqual({
    round: null,
    value: 6,
    by: [1, 1],
    winners: 1,
  });
});

test('what it holds is gone when it starts again', () => {
  const { server, post, ask } = exercise();
  for (const from of [0, 1, 2]) post(from, 3);
  expect(server.restart()).toEqual({ note: 'forgot' });
  expect(ask(0)).toBe('WAITING');
});

test('each change of what later requests meet makes a new version, and nothing else does', () => {
  const { server, post, ask } = exercise();
  const versions: number[] = [];
  const after = (step: () => unknown): void => {
    step();
    versions.push(server.version);
  };
  after(() => ask(0));
  for (const from of [0, 1, 2]) after(() => post(from, from));
  for (const from of [0, 0, 1, 1]) after(() => ask(from));
  after(() => server.restart());
  expect(versions).toEqual([0, 1, 2, 3, 4, 4, 5, 5, 6]);
});
