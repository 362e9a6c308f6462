import { expect, test } from 'vitest';
import { type Store, storeOf } from '../store.ts';
import { resumed, step, unsent } from './ballot.ts';
import { ballotPlace, keepVote, lateBallot, voteKept } from './keeping.ts';

const owner = { group: 'lunch', createdAt: '2026-11-28T12:00:00.000Z', agent: 'ann' };
const ballot = { round: 4, value: 8, note: 'why', seq: 1, key: 'k' };
const sending = resumed(ballot, null);
const durable = step(sending, { type: 'counted', key: 'k', index: 9 });

const empty = (): Store => {
  return storeOf(() => {
    throw new Error('refused');
  });
};

test('a page that ended while it sent finds the same ballot again, to send it again', () => {
  const store = empty();
  keepVote(store, owner, 4, sending);
  expect(voteKept(store, owner, 4)).toEqual(sending);
  expect(lateBallot(store, owner, 5)).toEqual(ballot);
});

test('what was counted is shown again, and is not late in the next round', () => {
  const store = empty();
  keepVote(store, owner, 4, durable);
  expect(voteKept(store, owner, 4)).toEqual(durable);
  expect(voteKept(store, owner, 5)).toBe(unsent);
  expect(lateBallot(store, owner, 5)).toBeNull();
});

test('a ballot is for one agent of one group: not for another name, nor for a group made again under the name', () => {
  const store = empty();
  keepVote(store, owner, 4, durable);
  for (const other of [{ agent: 'bob' }, { group: 'dinner' }, { createdAt: '2026-11-28T13:00:00.000Z' }])
    expect(voteKept(store, { ...owner, ...other }, 4)).toBe(unsent);
  keepVote(store, owner, 4, unsent);
  expect(voteKept(store, owner, 4)).toBe(unsent);
});

test('no two agents of any groups share a place', () => {
  const store = empty();
  keepVote(store, { ...owner, agent: 'b.as.c' }, 4, durable);
  keepVote(store, { ...owner, group: 'lunch.as.b', agent: 'c' }, 4, sending);
  expect(voteKept(store, { ...owner, agent: 'b.as.c' }, 4)).toEqual(durable);
});

test('what somebody else has written into the storage, or half of it, counts as nothing', () => {
  const store = empty();
  for (const text of ['', '{', 'null', '7', '{"round":4}']) {
    store.setItem(ballotPlace(owner), text);
    expect(voteKept(store, owner, 4), text).toBe(unsent);
  }
});

test('what the storage of the browser has no room for is kept until the page is left', () => {
  const inner = new Map<string, string>();
  let isFull = true;
  const store = storeOf(() => ({
    getItem: (name) => inner.get(name) ?? null,
    setItem: (name, text) => {
      if (isFull) throw new Error('QuotaExceededError');
      inner.set(name, text);
    },
    removeItem: (name) => void inner.delete(name),
  }));
  keepVote(store, owner, 4, sending);
  expect(voteKept(store, owner, 4)).toEqual(sending);
  expect(inner.size).toBe(0);
  isFull = false;
  keepVote(store, owner, 4, durable);
  expect(inner.size).toBe(1);
  expect(voteKept(store, owner, 4)).toEqual(durable);
});
