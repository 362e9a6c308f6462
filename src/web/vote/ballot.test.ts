import { describe, expect, test } from 'vitest';
import {
  type Ballot,
  keptIn,
  nextSeq,
  pauseAfter,
  resumed,
  step,
  unsent,
  type Vote,
  type VoteEvent,
} from './ballot.ts';

const ballot = (value: number, key = `key-${value}`, seq: number | null = null): Ballot => {
  return { round: 4, value, note: '', seq, key };
};
const eight = ballot(8);
const late = { code: 'round-closed', detail: 'd', fix: 'f', closedAt: '2026-11-28T14:02:31.000Z' };

function afterwards(...events: readonly VoteEvent[]): Vote {
  return events.reduce(step, unsent);
}

const send = (sent: Ballot): VoteEvent => ({ type: 'send', ballot: sent });
const counted = (sent: Ballot, index: number): VoteEvent => ({ type: 'counted', key: sent.key, index });

test('a ballot is on its way until the server has counted it, and then it is durable at an index', () => {
  expect(afterwards(send(eight))).toEqual({
    state: 'sending',
    ballot: eight,
    before: null,
    failures: 0,
    retryAt: null,
  });
  expect(afterwards(send(eight), counted(eight, 48_207))).toEqual({
    state: 'durable',
    kept: { ballot: eight, index: 48_207 },
    elsewhere: false,
  });
});

test('a second press, while the first is on its way or counted, sends nothing else', () => {
  const sending = afterwards(send(eight));
  expect(step(sending, send(ballot(5)))).toBe(sending);
  const durable = afterwards(send(eight), counted(eight, 9));
  expect(step(durable, send(ballot(5)))).toBe(durable);
});

test('without an answer the same ballot is tried again, later each time, or at once', () => {
  const waiting = afterwards(send(eight), { type: 'no-answer', key: eight.key, retryAt: 3000 });
  expect(waiting).toMatchObject({ state: 'sending', ballot: eight, failures: 1, retryAt: 3000 });
  expect(step(waiting, { type: 'try-now' })).toMatchObject({ ballot: eight, failures: 1, retryAt: null });
  const pauses = [1, 2, 3, 4, 5, 50].map(pauseAfter);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect(pauses[0]).toBe(3000);
  expect(pauses.at(-1)).toBe(15_000);
});

test('answers about another ballot than the one on its way are late, and change nothing', () => {
  const sending = afterwards(send(eight));
  const five = ballot(5);
  for (const event of [
    counted(five, 9),
    { type: 'no-answer', key: five.key, retryAt: 1 },
    { type: 'refused', key: five.key, refusal: late },
  ] as const)
    expect(step(sending, event), event.type).toBe(sending);
});

describe('a change of mind', () => {
  const durable = afterwards(send(ballot(8, 'a', 1)), counted(ballot(8, 'a', 1), 9));

  test('leaves the first vote counted until the second is', () => {
    const changing = step(durable, { type: 'change' });
    expect(changing).toMatchObject({ state: 'changing', kept: { index: 9 } });
    const second = ballot(5, 'b', nextSeq(changing));
    expect(second.seq).toBe(2);
    const sending = step(changing, send(second));
    expect(sending).toMatchObject({ state: 'sending', ballot: second, before: { index: 9 } });
    expect(step(sending, counted(second, 12))).toMatchObject({ kept: { ballot: second, index: 12 } });
  });

  test('can be thought better of', () => {
    expect(step(step(durable, { type: 'change' }), { type: 'keep' })).toEqual(durable);
  });

  test('that is refused leaves the first vote counted, and the next one has a seq that nobody has used', () => {
    const sending = step(step(durable, { type: 'change' }), send(ballot(5, 'b', 2)));
    const refused = step(sending, { type: 'refused', key: 'b', refusal: late });
    expect(refused).toMatchObject({ state: 'refused', before: { index: 9, ballot: { value: 8 } } });
    expect(nextSeq(refused)).toBe(3);
    expect(keptIn(refused)?.index).toBe(9);
  });
});

describe('another tab of the same person', () => {
  const five = { ballot: ballot(5, 'other', 1), index: 7 };

  test('has voted: this one shows that vote', () => {
    expect(step(unsent, { type: 'found', kept: five })).toEqual({
      state: 'durable',
      kept: five,
      elsewhere: true,
    });
    const losing = afterwards(send(ballot(8, 'mine', 1)));
    expect(step(losing, { type: 'found', kept: five })).toMatchObject({ state: 'durable', kept: five });
  });

  test('has seen the answer to the ballot that this one sends again', () => {
    const sending = afterwards(send(eight));
    const kept = { ballot: eight, index: 7 };
    expect(step(sending, { type: 'found', kept })).toEqual({ state: 'durable', kept, elsewhere: false });
  });

  test('knows only an older ballot: that is no news', () => {
    const changed = afterwards(send(ballot(8, 'mine', 2)), counted(ballot(8, 'mine', 2), 9));
    expect(step(changed, { type: 'found', kept: five })).toBe(changed);
    expect(step(changed, { type: 'found', kept: { ballot: ballot(8, 'mine', 2), index: 9 } })).toBe(changed);
  });
});

test('what was on its way when the page ended is sent again as it was; what was counted stays counted', () => {
  expect(resumed(eight, null)).toEqual(afterwards(send(eight)));
  expect(resumed(null, { ballot: eight, index: 9 })).toEqual(afterwards(send(eight), counted(eight, 9)));
  expect(resumed(null, null)).toBe(unsent);
});

test('a server that was restored from before the vote gets the same ballot again', () => {
  const durable = afterwards(send(eight), counted(eight, 9));
  expect(step(durable, { type: 'forgotten' })).toEqual(afterwards(send(eight)));
  expect(step(unsent, { type: 'forgotten' })).toBe(unsent);
});

test('what does not fit the state changes nothing', () => {
  const states: readonly Vote[] = [
    unsent,
    afterwards(send(eight)),
    afterwards(send(eight), counted(eight, 9)),
    afterwards(send(eight), { type: 'refused', key: eight.key, refusal: late }),
  ];
  expect(states.map((state) => step(state, { type: 'try-now' }))).toEqual(states);
  expect(states.map((state) => step(state, { type: 'keep' }))).toEqual(states);
  const [none, sending, , refused] = states as readonly [Vote, Vote, Vote, Vote];
  for (const state of [none, sending, refused]) expect(step(state, { type: 'change' })).toBe(state);
});
