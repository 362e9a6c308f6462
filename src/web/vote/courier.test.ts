import { afterEach, expect, test } from 'vitest';
import { QuorateError } from '../../client/errors.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import { type Store, storeOf } from '../store.ts';
import type { Ballot, Kept, Vote } from './ballot.ts';
import { Courier, type Timer, type Wire } from './courier.ts';

const owner = { group: 'lunch', createdAt: '2026-11-28T12:00:00.000Z', agent: 'ann' };
const eight: Ballot = { round: 4, value: 8, note: '', seq: null, key: 'eight' };
const five: Ballot = { ...eight, value: 5, key: 'five' };

const problem = (code: string, status = 409, outcome: 'not-executed' | 'unknown' = 'not-executed') => {
  const round = { closedAt: '2026-11-28T14:02:31.000Z' } as RoundJson;
  return new QuorateError({ code, status, outcome, title: 'T', detail: 'D', fix: 'F', round });
};
const away = () => problem('unreachable', 0, 'unknown');

/** A server whose answers the test gives, a clock that it moves, and couriers that share one browser. */
class World {
  readonly store: Store = storeOf(() => {
    throw new Error('none');
  });
  readonly asked: {
    readonly ballot: Ballot;
    readonly answer: (index: number) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  own: Kept | null = null;
  private time = 0;
  private readonly timers = new Map<() => void, number>();
  private readonly couriers: Courier[] = [];

  readonly wire: Wire = {
    propose: (ballot, signal) =>
      new Promise((resolve, reject) => {
        this.asked.push({ ballot, answer: (index) => resolve({ index } as RoundJson), fail: reject });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    own: async () => this.own,
  };

  readonly timer: Timer = {
    now: () => this.time,
    after: (ms, call) => {
      this.timers.set(call, this.time + ms);
      return () => void this.timers.delete(call);
    },
  };

  courier(states: Vote[] = []): Courier {
    const { wire, store, timer } = this;
    const courier = new Courier(4, owner, { wire, store, timer, onVote: (vote) => states.push(vote) });
    this.couriers.push(courier);
    return courier;
  }

  async pass(ms: number): Promise<void> {
    await settled();
    this.time += ms;
    for (const [call, at] of [...this.timers])
      if (at <= this.time) {
        this.timers.delete(call);
        call();
      }
    await settled();
  }

  end(): void {
    for (const courier of this.couriers) courier.stop();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

let world = new World();
afterEach(() => {
  world.end();
  world = new World();
});

test('a ballot is kept before it is sent, and durable once it is answered', async () => {
  const states: Vote[] = [];
  const courier = world.courier(states);
  courier.dispatch({ type: 'send', ballot: eight });
  expect(world.asked.map(({ ballot }) => ballot)).toEqual([eight]);
  expect(world.courier().vote).toMatchObject({ state: 'sending', ballot: eight });
  world.asked[0]?.answer(48_207);
  await settled();
  expect(states.map(({ state }) => state)).toEqual(['sending', 'durable']);
  expect(world.courier().vote).toMatchObject({ state: 'durable', kept: { index: 48_207 } });
});

test('no answer: the same ballot again after a pause, until it is answered', async () => {
  const courier = world.courier();
  courier.dispatch({ type: 'send', ballot: eight });
  world.asked[0]?.fail(away());
  await settled();
  expect(courier.vote).toMatchObject({ state: 'sending', failures: 1, retryAt: 3000 });
  await world.pass(2999);
  expect(world.asked).toHaveLength(1);
  await world.pass(1);
  world.asked[1]?.fail(problem('overloaded', 503));
  await settled();
  expect(courier.vote).toMatchObject({ state: 'sending', failures: 2, retryAt: 7500 });
  await world.pass(4500);
  world.asked[2]?.answer(9);
  await settled();
  expect(courier.vote.state).toBe('durable');
  expect(world.asked.map(({ ballot }) => ballot)).toEqual([eight, eight, eight]);
});

test('whoever wakes up asks at once, and what the attempt from before comes to does not matter', async () => {
  const courier = world.courier();
  courier.dispatch({ type: 'send', ballot: eight });
  courier.wake();
  expect(world.asked).toHaveLength(2);
  world.asked[0]?.fail(away());
  await settled();
  expect(courier.vote).toMatchObject({ state: 'sending', failures: 0 });
  world.asked[1]?.fail(away());
  await settled();
  courier.wake();
  world.asked[2]?.answer(9);
  await settled();
  expect(courier.vote).toMatchObject({ state: 'durable', kept: { ballot: eight } });
});

test('a vote that came too late was not counted: it says when the round closed, and is not sent again', async () => {
  const courier = world.courier();
  courier.dispatch({ type: 'send', ballot: eight });
  world.asked[0]?.fail(problem('round-closed'));
  await settled();
  expect(courier.vote).toMatchObject({
    state: 'refused',
    refusal: { code: 'round-closed', detail: 'D', fix: 'F', closedAt: '2026-11-28T14:02:31.000Z' },
  });
  courier.wake();
  await world.pass(60_000);
  expect(world.asked).toHaveLength(1);
  expect(world.courier().vote.state).toBe('unsent');
});

test('two tabs that vote at once: the second shows what the first said', async () => {
  const [one, two] = [world.courier(), world.courier()];
  one.dispatch({ type: 'send', ballot: eight });
  two.dispatch({ type: 'send', ballot: five });
  world.asked[0]?.answer(9);
  world.own = { ballot: { ...eight, key: 'as the server tells it' }, index: 9 };
  world.asked[1]?.fail(problem('already-proposed'));
  await settled();
  expect(one.vote).toMatchObject({ state: 'durable', kept: { ballot: { value: 8 } } });
  expect(two.vote).toMatchObject({
    state: 'durable',
    elsewhere: true,
    kept: { ballot: { value: 8 }, index: 9 },
  });
});

test("a tab that learns of another tab's ballot shows it, and helps to send it", async () => {
  const [one, two] = [world.courier(), world.courier()];
  one.dispatch({ type: 'send', ballot: eight });
  two.readAgain();
  expect(two.vote).toMatchObject({ state: 'sending', ballot: eight });
  world.asked[0]?.answer(9);
  await settled();
  two.readAgain();
  expect(two.vote).toMatchObject({ state: 'durable', kept: { ballot: eight, index: 9 } });
  world.asked[1]?.answer(10);
  await settled();
  expect(two.vote).toMatchObject({ kept: { index: 9 } });
  expect(world.asked.every(({ ballot }) => ballot === eight || ballot.key === eight.key)).toBe(true);
});

test('a refusal that the server does not explain with a vote of ours is told as it is', async () => {
  const courier = world.courier();
  courier.dispatch({ type: 'send', ballot: eight });
  world.asked[0]?.fail(problem('already-proposed'));
  await settled();
  expect(courier.vote).toMatchObject({ state: 'refused', refusal: { code: 'already-proposed' } });
});

test('a page that is left sends nothing more', async () => {
  const courier = world.courier();
  courier.dispatch({ type: 'send', ballot: eight });
  world.asked[0]?.fail(away());
  await settled();
  courier.stop();
  await world.pass(60_000);
  courier.dispatch({ type: 'try-now' });
  expect(world.asked).toHaveLength(1);
});
