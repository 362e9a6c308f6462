import { describe, expect, test } from 'vitest';
import type { CheckName } from './finding.ts';
import { type CallRecord, readHistory, UnreadableHistory } from './history.ts';
import { checkHistory } from './history-check.ts';

type Shown = {
  readonly index: number;
  readonly revision: number;
  readonly state?: string;
  readonly value?: string;
  readonly openedAt?: string;
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

test('a message that was sent again is answered at the index of its first try', () => {
  const say = { process: 'p', op: 'say', round: null, key: 'k' };
  const lost = call(1, 2, { index: 4, revision: 3 }, { ...say, completedAt: null, response: null });
  const other = call(3, 4, { index: 9, revision: 3 });
  const again = call(5, 6, { index: 4, revision: 3 }, { ...say, response: { index: 4, offset: 2 } });
  expect(check(lost, other, again)).toEqual([]);
  expect(check(other, again)).toMatchObject([{ check: 'real-time', lines: [1, 2] }]);
});

test('two proposals of one entry are each answered with what was counted up to them', () => {
  const second = { ...proposal('y'), agent: 'bob' };
  expect(
    check(
      call(1, 5, { index: 3, revision: 4 }, second),
      call(1, 5, { index: 3, revision: 3 }, proposal('x')),
      call(1, 6, { index: 3, revision: 4 }),
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

describe('a group that went when it was idle, and was made again under its name [Q3.17]', () => {
  const first = { openedAt: '2026-01-01T00:00:00.000Z' };
  const second = { openedAt: '2026-01-01T00:10:00.000Z' };
  const ended = { state: 'SUCCESS', value: 'x', revision: 4, ...first };
  const wait = { state: 'FAILED', revision: 9, ...first };

  test('has another round of each number', () => {
    expect(
      check(
        call(1, 2, { index: 3, revision: 3, ...first }, proposal('x')),
        call(3, 4, { index: 4, ...ended }),
        call(5, 6, { index: 7, revision: 11, ...second }, proposal('y')),
        call(7, 8, { index: 8, revision: 12, state: 'SUCCESS', value: 'y', ...second }),
      ),
    ).toEqual([]);
  });

  test('can go and come within one entry', () => {
    const came = call(1, 9, { index: 7, revision: 11, ...second });
    expect(check(came, call(2, 8, { index: 7, ...wait }))).toEqual([]);
  });

  test.each<[string, CheckName, CallRecord[]]>([
    [
      'its old round again',
      'order',
      [call(1, 9, { index: 4, revision: 11, ...second }), call(1, 9, { index: 5, ...ended })],
    ],
    [
      'revisions that begin anew',
      'order',
      [call(1, 9, { index: 4, ...wait }), call(1, 9, { index: 5, revision: 2, ...second })],
    ],
    [
      'two outcomes of its round',
      'agreement',
      [
        call(1, 2, { index: 4, ...ended }),
        call(3, 4, { index: 8, revision: 12, state: 'SUCCESS', value: 'y', ...second }),
        call(5, 6, { index: 9, revision: 12, state: 'SUCCESS', value: 'z', ...second }),
      ],
    ],
    [
      'two values of one agent in its round',
      'one-proposal',
      [
        call(1, 2, { index: 4, revision: 11, ...second }, proposal('x')),
        call(3, 4, { index: 8, revision: 12, ...second }, proposal('y')),
      ],
    ],
  ])('has not %s', (_, name, records) => {
    expect(check(...records).map((finding) => finding.check)).toContain(name);
  });
});

test.each([
  'nonsense',
  '[]',
  '{"process":"p","invokedAt":2,"completedAt":1,"op":"read","group":"g","response":null}',
])('no history: %s', (line) => {
  expect(() => readHistory(`\n${line}`)).toThrow(UnreadableHistory);
  expect(() => readHistory(`\n${line}`)).toThrow('line 2');
});
