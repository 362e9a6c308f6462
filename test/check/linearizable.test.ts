import { describe, expect, test } from 'vitest';
import { settingsOf } from '../harness/entries.ts';
import { type CallSeen, search } from './linearizable.ts';

/** Small histories of a group of two whose proposals must be equal, written by hand: what can and what cannot be. */
const { rule } = settingsOf({ rule: { electorate: { size: 2 }, threshold: 2, next: 'continuous' } });

type Without<T> = T extends unknown ? Omit<T, 'id' | 'invoked' | 'completed'> : never;
type Line = readonly [invoked: number, completed: number, call: Without<CallSeen>];

const put = (
  agent: string,
  value: string,
  result: string | null,
  round: number | null = 1,
  key: string | null = null,
) => ({ kind: 'propose', round, agent, value: JSON.stringify(value), key, result }) as const;
const view = (
  round: number,
  state: string,
  present: number,
  value: string | null = null,
  as: 'any' | 'open' | 'latest' = 'any',
) =>
  ({
    kind: 'view',
    round,
    state,
    value: value === null ? null : JSON.stringify(value),
    present,
    as,
    after: null,
  }) as const;
const never = Infinity;

function judge(lines: readonly Line[]) {
  return search(
    rule,
    lines.map(([invoked, completed, call], id) => ({ id, invoked, completed, ...call }) as CallSeen),
  );
}

describe('what can have happened', () => {
  test.each<[string, Line[]]>([
    [
      'two agree',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [3, 4, put('b', 'x', 'proposed')],
        [5, 6, view(1, 'SUCCESS', 2, 'x')],
      ],
    ],
    [
      'a read beside the last proposal sees either',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [3, 9, put('b', 'y', 'proposed')],
        [4, 5, view(1, 'WAITING', 1)],
      ],
    ],
    [
      'a lost request that took effect',
      [
        [1, never, put('a', 'x', null)],
        [3, 4, view(1, 'WAITING', 1)],
      ],
    ],
    [
      'a lost request that takes effect late',
      [
        [1, never, put('a', 'x', null)],
        [3, 4, view(1, 'WAITING', 0)],
        [5, 6, view(1, 'WAITING', 1)],
      ],
    ],
    [
      'a lost request, asked again',
      [
        [1, never, put('a', 'x', null)],
        [3, 4, put('a', 'x', 'repeated')],
        [5, 6, view(1, 'WAITING', 1)],
      ],
    ],
    [
      'a key used again after the close',
      [
        [1, 2, put('a', 'x', 'proposed', null, 'k')],
        [3, 4, put('b', 'x', 'proposed')],
        [5, 6, put('a', 'x', 'repeated', null, 'k')],
        [7, 8, view(2, 'WAITING', 0, null, 'open')],
      ],
    ],
  ])('%s', (_, lines) => {
    expect(judge(lines)).toEqual({ ok: true, decided: true });
  });
});

describe('what cannot have happened is rejected', () => {
  test.each<[string, Line[]]>([
    [
      'a stale read',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [3, 4, view(1, 'WAITING', 0)],
      ],
    ],
    [
      'an acknowledged proposal that is lost',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [3, 4, put('a', 'x', 'proposed')],
      ],
    ],
    [
      'two outcomes of one round',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [1, 2, put('b', 'x', 'proposed')],
        [3, 4, view(1, 'SUCCESS', 2, 'x')],
        [3, 4, view(1, 'FAILED', 2)],
      ],
    ],
    [
      'a value that nobody proposed',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [1, 2, put('b', 'x', 'proposed')],
        [3, 4, view(1, 'SUCCESS', 2, 'y')],
      ],
    ],
    [
      'a second proposal that overwrites the first',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [3, 4, put('a', 'y', 'proposed')],
        [5, 6, put('b', 'y', 'proposed')],
        [7, 8, view(1, 'SUCCESS', 2, 'y')],
      ],
    ],
    [
      'a proposal carried into the next round',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [3, 4, put('b', 'y', 'proposed')],
        [5, 6, view(2, 'WAITING', 1)],
      ],
    ],
    [
      'a read that goes back',
      [
        [1, never, put('a', 'x', null)],
        [2, 3, view(1, 'WAITING', 1)],
        [4, 5, view(1, 'WAITING', 0)],
      ],
    ],
    [
      'one key with two effects',
      [
        [1, 2, put('a', 'x', 'proposed', null, 'k')],
        [3, 4, put('b', 'x', 'proposed')],
        [5, 6, put('a', 'x', 'proposed', null, 'k')],
      ],
    ],
    ['a refusal for a round that was open', [[1, 2, put('a', 'x', 'round-closed')]]],
    [
      'a full round that stays open',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [1, 2, put('b', 'y', 'proposed')],
        [3, 4, view(1, 'WAITING', 2)],
      ],
    ],
    [
      'a round shown as open after the next began',
      [
        [1, 2, put('a', 'x', 'proposed')],
        [1, 2, put('b', 'y', 'proposed')],
        [3, 4, view(2, 'WAITING', 0)],
        [5, 6, view(1, 'WAITING', 1)],
      ],
    ],
    ['a future round taken', [[1, 2, put('a', 'x', 'proposed', 2)]]],
    ['no open round where there is one', [[1, 2, { kind: 'absent', what: 'open' }]]],
  ])('%s', (_, lines) => {
    expect(judge(lines)).toMatchObject({ ok: false });
  });
});
