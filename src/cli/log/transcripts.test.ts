import { expect, test } from 'vitest';
import type { CheckName } from './finding.ts';
import { type CallRecord, readHistory, UnreadableHistory } from './history.ts';
import { checkHistory } from './history-check.ts';
import type { HeardRecord } from './transcripts.ts';

type Item = { readonly [field: string]: string | number | boolean | object | null };

/** Ann comes, says something, bob comes and goes; entry 4 has two items. */
const items: readonly Item[] = [
  { offset: 1, index: 2, view: 0, type: 'round-opened', round: 1 },
  { offset: 2, index: 3, view: 2, type: 'view', change: 'joined', agent: 'ann' },
  { offset: 3, index: 4, view: 2, type: 'message', from: 'ann', body: { a: 1, b: 2 } },
  { offset: 4, index: 4, view: 4, type: 'view', change: 'joined', agent: 'bob' },
  { offset: 5, index: 6, view: 4, type: 'message', from: 'bob', body: 'hi' },
  { offset: 6, index: 7, view: 6, type: 'view', change: 'expired', agent: 'bob' },
  { offset: 7, index: 8, view: 6, type: 'message', from: 'ann', body: 3 },
];
const places = (...offsets: number[]): Item[] => offsets.map((offset) => items[offset - 1] as Item);

function heard(process: string, got: readonly (Item | number)[]): HeardRecord[] {
  return got.map((item) => {
    const told = typeof item === 'number' ? { item: null, oldest: item } : { item };
    return { process, op: 'heard', group: 'g', ...told } as unknown as HeardRecord;
  });
}

function say(from: number, to: number, offset: number, more: Partial<CallRecord> = {}): CallRecord {
  const response = { offset, index: items[offset - 1]?.index as number };
  const call = {
    process: 'p',
    op: 'say',
    group: 'g',
    round: null,
    agent: null,
    invokedAt: from,
    completedAt: to,
  };
  return { ...call, response, ...more };
}

function check(...records: readonly (CallRecord | HeardRecord)[]) {
  return checkHistory(records.map((record, i) => ({ ...record, line: i + 1 })));
}

test('readers who were shown one order, from where each began', () => {
  const hidden = { offset: 5, index: 6, withheld: true };
  expect(
    check(
      ...heard('p', items),
      ...heard('q', places(3, 4, 5, 6)),
      ...heard('r', [...places(1, 2), 5, ...places(5, 6, 7)]),
      ...heard('s', [...places(4), hidden, ...places(6)]),
      say(1, 2, 3, { body: { b: 2, a: 1 } }),
      say(3, 4, 7),
      say(1, 9, 5, { process: 's2' }),
    ),
  ).toEqual([]);
});

test('messages that were in flight together have any order, and one that was sent again the place of its first try', () => {
  expect(check(say(1, 5, 7), say(2, 6, 3))).toEqual([]);
  const lost = { key: 'k', completedAt: null, response: null };
  expect(check(say(1, 2, 3, lost), say(3, 9, 5), say(6, 9, 3, { key: 'k' }))).toEqual([]);
  expect(check(say(1, 3, 3, { key: 'k' }), say(4, 5, 5), say(1, 9, 3, { key: 'k' }))).toEqual([]);
  expect(check(say(1, 3, 3, { key: 'k' }), say(1, 3, 5, { key: 'k', process: 'other' }))).toEqual([]);
});

const other = (offset: number, change: Item): Item => ({ ...items[offset - 1], ...change });

test.each<[string, CheckName, (CallRecord | HeardRecord)[]]>([
  ['an item that is missing', 'gap', heard('p', places(1, 2, 4))],
  ['an item that came again', 'once', heard('p', places(1, 2, 2))],
  ['items in another order', 'once', heard('p', places(1, 2, 4, 3))],
  ['another item than the one that is still kept', 'gap', heard('p', [...places(1), 4, ...places(5)])],
  [
    'two texts at one offset',
    'one-order',
    [...heard('p', items), ...heard('q', [other(3, { body: 'else' })])],
  ],
  [
    'a withheld item of another entry',
    'one-order',
    [...heard('p', items), ...heard('q', [{ offset: 5, index: 7, withheld: true }])],
  ],
  [
    'an order that is not that of the log',
    'one-order',
    heard('p', [...places(1, 2), other(3, { index: 1 })]),
  ],
  ['a message before its view', 'view-first', heard('p', [...places(2), other(3, { view: 4 })])],
  ['a message of a view that is over', 'view-first', heard('p', [...places(4), other(5, { view: 2 })])],
  [
    'a view that none came of',
    'view-first',
    heard('p', [...places(1), other(2, { type: 'message', view: 2 })]),
  ],
  ['a message of who is gone', 'view-first', heard('p', [...places(4, 5, 6), other(7, { from: 'bob' })])],
  ['a message before the one that was answered', 'fifo', [say(1, 2, 5), say(3, 4, 3)]],
  ['a message before an earlier one that was answered', 'fifo', [say(1, 2, 7), say(1, 3, 3), say(4, 5, 5)]],
  ['two places of one key', 'once', [say(1, 2, 3, { key: 'k' }), say(3, 4, 5, { key: 'k' })]],
  ['another text than was sent', 'self-delivery', [say(1, 2, 5, { body: 'ho' }), ...heard('q', places(5))]],
  ['a message that became something else', 'self-delivery', [say(1, 2, 4), ...heard('q', places(4))]],
  [
    'a message without its text',
    'self-delivery',
    [say(1, 2, 5, { body: 'hi' }), ...heard('q', [other(5, { body: null })])],
  ],
  [
    'a message that its sender may not read',
    'self-delivery',
    [say(1, 2, 5), ...heard('p', [{ offset: 5, index: 6, withheld: true }])],
  ],
])('%s is found', (_, name, records) => {
  expect(check(...records).map((finding) => finding.check)).toContain(name);
});

test('lines of what was heard are read', () => {
  const [line] = heard('p', places(1));
  expect(readHistory(JSON.stringify(line))).toEqual([{ ...line, line: 1 }]);
  const told = '{"process":"p","op":"heard","group":"g","item":null,"oldest":4}';
  expect(readHistory(told)).toHaveLength(1);
});

test.each([
  ['group', '{"process":"p","op":"heard","item":{"offset":1,"index":1}}'],
  ['item.offset', '{"process":"p","op":"heard","group":"g"}'],
  ['item.index', '{"process":"p","op":"heard","group":"g","item":{"offset":1}}'],
  ['oldest', '{"process":"p","op":"heard","group":"g","item":null}'],
])('without its %s a line of what was heard cannot be read', (field, text) => {
  expect(() => readHistory(text)).toThrow(UnreadableHistory);
  expect(() => readHistory(text)).toThrow(`line 1: ${field} is missing`);
});
