import { beforeEach, expect, test } from 'vitest';
import { type Store, storeOf } from '../store.ts';
import { draftKept, keepDraft, nothingDrafted } from './drafting.ts';

const owner = { group: 'lunch', createdAt: '2026-11-28T12:00:00.000Z', agent: 'ann' };
const chosen = { draft: { pick: 2, typed: '' }, note: 'as before' } as const;
let store: Store;
beforeEach(() => {
  store = storeOf(() => {
    throw new Error('none');
  });
});

test('a choice that was not sent is there again, with its note', () => {
  keepDraft(store, owner, 4, chosen);
  expect(draftKept(store, owner, 4, 8)).toEqual(chosen);
});

test('it is of one person, one round and one group: of another there is none', () => {
  keepDraft(store, owner, 4, chosen);
  expect(draftKept(store, { ...owner, agent: 'bob' }, 4, 8)).toEqual(nothingDrafted);
  expect(draftKept(store, owner, 5, 8)).toEqual(nothingDrafted);
  expect(draftKept(store, { ...owner, createdAt: '2026-11-29T12:00:00.000Z' }, 4, 8)).toEqual(nothingDrafted);
});

test('a card that is not there is not chosen, and what is damaged is as nothing', () => {
  keepDraft(store, owner, 4, chosen);
  expect(draftKept(store, owner, 4, 2)).toEqual(nothingDrafted);
  store.setItem('quorate.draft.lunch ann', '{"round": 4');
  expect(draftKept(store, owner, 4, 8)).toEqual(nothingDrafted);
});

test('a choice that was taken back or sent is forgotten', () => {
  keepDraft(store, owner, 4, chosen);
  keepDraft(store, owner, 4, nothingDrafted);
  expect(store.getItem('quorate.draft.lunch ann')).toBeNull();
});
