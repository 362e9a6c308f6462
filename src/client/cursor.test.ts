import { expect, test } from 'vitest';
import { Cursor, type MoveCursor } from './cursor.ts';
import { clientError, QuorateError } from './errors.ts';

/** A cursor at 10 on a clock that is moved by hand, and what the server was told: at which second, which offset. */
function bench(move: MoveCursor = async (offset) => offset) {
  let time = 0;
  const timers = new Set<{ readonly at: number; readonly call: () => void }>();
  const told: [ms: number, offset: number][] = [];
  const clock = {
    now: () => time,
    sleep: () => Promise.reject(new Error('not here')),
    after: (ms: number, call: () => void) => {
      const timer = { at: time + ms, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const pass = async (ms: number): Promise<void> => {
    time += ms;
    for (const timer of [...timers].filter(({ at }) => at <= time)) {
      timers.delete(timer);
      timer.call();
    }
    await settle();
  };
  const telling: MoveCursor = (offset, signal) => {
    told.push([time, offset]);
    return move(offset, signal);
  };
  return { cursor: new Cursor(10, telling, clock), told, pass };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const refusal = (code: string, status: number) =>
  new QuorateError({ code, status, title: 't', detail: 'd', fix: 'f', outcome: 'not-executed' });

test('tells at most once a second, and then all that is handled [Q9.9]', async () => {
  const { cursor, told, pass } = bench();
  cursor.set(10, false);
  for (const offset of [11, 12, 13]) cursor.set(offset, false);
  await settle();
  expect(told).toEqual([[0, 11]]);
  await pass(999);
  cursor.set(14, false);
  await settle();
  expect(told).toHaveLength(1);
  await pass(1);
  expect(told).toEqual([
    [0, 11],
    [1000, 14],
  ]);
  await pass(60_000);
  expect(told).toHaveLength(2);
});

test('tells at once what somebody may be waiting for [Q9.9]', async () => {
  const { cursor, told, pass } = bench();
  cursor.set(11, false);
  await settle();
  cursor.set(12, false);
  await pass(100);
  cursor.set(13, true);
  await settle();
  expect(told).toEqual([
    [0, 11],
    [100, 13],
  ]);
});

test('never goes back, also when the server has it further on', async () => {
  const { cursor, told, pass } = bench(async () => 20);
  cursor.set(11, false);
  await pass(1000);
  cursor.set(9, true);
  cursor.set(15, true);
  await pass(1000);
  cursor.set(21, true);
  await pass(1000);
  expect(told.map(([, offset]) => offset)).toEqual([11, 21]);
});

test('at the end tells what is left, and no more', async () => {
  const { cursor, told } = bench();
  cursor.set(11, false);
  cursor.set(12, false);
  await cursor.end();
  cursor.set(13, true);
  await settle();
  expect(told.map(([, offset]) => offset)).toEqual([11, 12]);
});

test('at the end does not wait long for a server that does not answer', async () => {
  const never: MoveCursor = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const { cursor, told, pass } = bench(never);
  cursor.set(11, false);
  cursor.set(12, false);
  const ended = cursor.end();
  await pass(1000);
  await ended;
  expect(told).toHaveLength(1);
  expect(cursor.failure).toBeNull();
});

test('what the server could not take is told again a second later', async () => {
  const errors = [clientError('unreachable', 'd', { outcome: 'unknown' }), refusal('no-quorum', 503)];
  const { cursor, told, pass } = bench((offset) => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve(offset) : Promise.reject(error);
  });
  cursor.set(11, false);
  await settle();
  for (let i = 0; i < 4; i += 1) await pass(1000);
  expect(told).toEqual([
    [0, 11],
    [1000, 11],
    [2000, 11],
  ]);
  expect(cursor.failure).toBeNull();
});

test.each([
  ['agent-not-found', 404, null],
  ['cursor-ahead', 422, 'cursor-ahead'],
  ['history-changed', 409, 'history-changed'],
])('%s ends it', async (code, status, failure) => {
  const { cursor, told, pass } = bench(() => Promise.reject(refusal(code, status)));
  cursor.set(11, false);
  await pass(1000);
  cursor.set(12, true);
  await pass(1000);
  expect(told).toHaveLength(1);
  expect((cursor.failure as QuorateError | null)?.code ?? null).toBe(failure);
});
