import { expect, test } from 'vitest';
import { storeOf } from '../store.ts';
import { guestQuery, pressAsGuest, readLink, takePress } from './link.ts';

const read = (tail: string) => readLink(new URL(`http://host/g/demo/vote${tail}`));
const plain = { agent: null, secret: null, isGuest: false, pick: undefined };

test.each([
  ['', plain],
  ['?as=ann', { ...plain, agent: 'ann' }],
  ['?as=ann#s3cret', { ...plain, agent: 'ann', secret: 's3cret' }],
  ['#s3cret', plain],
  ['?guest', { ...plain, isGuest: true }],
  ['?pick=%22no', plain],
])('%j says who its reader is', (tail, link) => {
  expect(read(tail)).toEqual(link);
});

test.each([7, '7', 'a & b = c', null, { size: 'L' }])('a press on %j is found again', (value) => {
  expect(read(guestQuery(value))).toEqual({ ...plain, isGuest: true, pick: value });
});

test('a guest joins by a press on the page of that group, once, and not by a link alone', () => {
  const store = storeOf(() => {
    throw new Error('kept until the page is left');
  });
  expect(takePress('lunch', store)).toBe(false);
  pressAsGuest('lunch', store);
  expect(takePress('dinner', store)).toBe(false);
  expect(takePress('lunch', store)).toBe(true);
  expect(takePress('lunch', store)).toBe(false);
});
