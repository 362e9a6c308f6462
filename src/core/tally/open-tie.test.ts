import { expect, it } from 'vitest';
import { settingsOf } from '../../../test/harness/test-group.ts';
import type { Json } from '../types.ts';
import { newClass, OpenTie } from './open-tie.ts';
import { breakTie, priorityOf } from './tie-break.ts';

it.each<[string, Json]>([
  ['no tie broken', 'fail'],
  ['a list', { priority: [5, 3, 2] }],
  ['a draw', 'seeded'],
])('whoever draws level meets the same tie as if it had been there before, with %s [Q4.15]', (_, tie) => {
  const { rule } = settingsOf({ rule: { tie } });
  const level = ['3', '2', '7'];
  for (let seed = 0; seed < 50; seed += 1) {
    const contest = new OpenTie(rule, seed, priorityOf(rule), new Set(level));
    expect(contest.winner()).toBe(breakTie(rule, seed, level));
    for (const classText of ['1', '25', '5', '9'])
      expect(contest.winnerWith(classText), `seed ${seed}, ${classText}`).toBe(
        breakTie(rule, seed, [...level, classText]),
      );
  }
});

it('some value that nobody has proposed wins a draw, whatever the seed; by a list none does unless it is listed [Q4.15]', () => {
  const level = new Set(['2', '3']);
  for (const [tie, winner] of [
    ['seeded', newClass],
    [{ priority: [5] }, null],
  ] as const) {
    const { rule } = settingsOf({ rule: { tie } as Json });
    expect(new OpenTie(rule, 1, priorityOf(rule), level).winnerWith(newClass)).toBe(winner);
  }
});
