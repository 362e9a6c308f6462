import { expect, test } from 'vitest';
import {
  type CallRecord,
  type CheckName,
  checkHistory,
  readHistory,
  UnreadableHistory,
} from './history-check.ts';

type Shown = {
  readonly index: number;
  readonly revision: number;
  readonly state?: string;
  readonly value?: string;
};

/** A read of round 1, or with `more` another call. */
function call(from: number, to: number, shown: Shown, more: Partial<CallRecord> = {}): CallRecord {
  const { state = 'WAITING', value = null, ...rest } = shown;
  const response = { round: 1, state, value, ...rest };
  const base = { process: `p${from}`, op: 'read', group: 'g', round: 1, agent: null };
  return { ...base, invokedAt: from, completedAt: to, response, ...more };
}

const proposal = (value: string) => ({ op: 'propose', agent: 'ann', value });

function check(...records: CallRecord[]) {
  return checkHistory(records.map((record, i) => ({ ...record, line: i + 1 })));
}

test('a history that can have happened', () => {
  const closed = { state: 'SUCCESS', value: 'x' };
  expect(
    check(
      call(1, 5, { index: 3, revision: 3 }, proposal('x')),
      call(2, 9, { index: 2, revision: 2 }),
      call(6, 7, { index: 3, revision: 3 }, proposal('x')),
      call(8, 12, { index: 5, revision: 4, ...closed }),
      call(13, 14, { index: 9, revision: 4, ...closed }),
    ),
  ).toEqual([]);
});

test.each<[string, CheckName, CallRecord[]]>([
  [
    'a stale read',
    'real-time',
    [call(1, 2, { index: 5, revision: 3 }), call(3, 4, { index: 4, revision: 3 })],
  ],
  [
    'a stale read hidden behind a newer one',
    'real-time',
    [
      call(1, 2, { index: 9, revision: 3 }),
      call(1, 3, { index: 5, revision: 3 }),
      call(4, 5, { index: 7, revision: 3 }),
    ],
  ],
  [
    'two values of one round',
    'agreement',
    [
      call(1, 2, { index: 5, revision: 3, state: 'SUCCESS', value: 'x' }),
      call(1, 2, { index: 6, revision: 3, state: 'SUCCESS', value: 'y' }),
    ],
  ],
  [
    'success for one, failure for the other',
    'agreement',
    [
      call(1, 2, { index: 5, revision: 3, state: 'SUCCESS', value: 'x' }),
      call(1, 2, { index: 5, revision: 3, state: 'FAILED' }),
    ],
  ],
  [
    'an outcome in a refusal that others saw otherwise',
    'agreement',
    [
      call(1, 2, { index: 5, revision: 3, state: 'SUCCESS', value: 'x' }),
      call(
        3,
        4,
        { index: 6, revision: 3 },
        {
          response: { index: 6, code: 'round-closed', round: { round: 1, state: 'FAILED', revision: 3 } },
        },
      ),
    ],
  ],
  [
    'a closed round that opens again',
    'order',
    [call(1, 9, { index: 5, revision: 3, state: 'FAILED' }), call(1, 9, { index: 6, revision: 3 })],
  ],
  [
    'a revision that falls',
    'order',
    [call(1, 9, { index: 5, revision: 4 }), call(1, 9, { index: 6, revision: 3 })],
  ],
  [
    'two states at one index',
    'order',
    [call(1, 9, { index: 5, revision: 3 }), call(1, 9, { index: 5, revision: 4 })],
  ],
  [
    'a proposal that overwrote another',
    'one-proposal',
    [
      call(1, 2, { index: 5, revision: 3 }, proposal('x')),
      call(3, 4, { index: 6, revision: 4 }, proposal('y')),
    ],
  ],
])('%s is found', (_, name, records) => {
  expect(check(...records).map((finding) => finding.check)).toContain(name);
});

test('a change of mind that says so is none', () => {
  const changed = { ...proposal('y'), seq: 2 };
  expect(
    check(
      call(1, 2, { index: 5, revision: 3 }, proposal('x')),
      call(3, 4, { index: 6, revision: 4 }, changed),
    ),
  ).toEqual([]);
});

test.each([
  'nonsense',
  '[]',
  '{"process":"p","invokedAt":2,"completedAt":1,"op":"read","group":"g","response":null}',
])('no history: %s', (line) => {
  expect(() => readHistory(`\n${line}`)).toThrow(UnreadableHistory);
  expect(() => readHistory(`\n${line}`)).toThrow('line 2');
});
