import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewOr, holds } from '../../../test/harness/property.ts';
import { said, settingsOf, TestGroup } from '../../../test/harness/test-group.ts';
import { statsOf as byJudge } from '../../../test/judge/stats.ts';
import { Interned } from '../group/interned.ts';
import { canonical } from '../json.ts';
import { decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import type { Json, Stats } from '../types.ts';
import { viewRound } from '../view/view.ts';
import { proposalOf } from './proposal.ts';
import { Ranking } from './ranking.ts';
import { statsOf } from './stats.ts';

const stats = (room: TestGroup): Stats | null => viewRound(room.group, 1, 0)?.stats ?? null;
const closed = (
  rule: { [name: string]: Json },
  values: { [agent: string]: Json | undefined },
): Stats | null => {
  const room = said(rule, values);
  if (room.group.open?.number === 1) room.close(1);
  return stats(room);
};

describe('the figures of a closed round [Q4.43]', () => {
  it('are those of the numbers that were proposed, each agent once and without weight', () => {
    expect(closed({ weights: { a: 9 } }, { a: 0.1, b: 0.3, c: 0.2 })).toEqual({
      ...{ count: 3, min: 0.1, max: 0.3 },
      ...{ median: 0.2, mean: 0.2, spread: 0.2 },
    });
    expect(closed({}, { a: 1, b: undefined, c: 2 })).toMatchObject({ count: 2, median: 1.5, mean: 1.5 });
  });

  it('are those of the parts where a part is compared', () => {
    const rule = { equality: { field: '/n' } };
    expect(closed(rule, { a: { n: 1 }, b: { n: 3, w: 'x' } })).toMatchObject({
      count: 2,
      mean: 2,
      spread: 2,
    });
    expect(closed(rule, { a: { n: 1 }, b: { n: '3' } })).toBe(null);
    expect(
      closed({ equality: { field: '/n', by: { tolerance: 1 } } }, { a: { n: 1 }, b: { n: 3 } })?.mean,
    ).toBe(2);
  });

  it('are none while the round is open, where one value is no number, where nobody proposed one, or none is revealed', () => {
    expect(stats(said({ reveal: 'live' }, { a: 1, b: 2 }))).toBe(null);
    expect(closed({}, { a: 1, b: '2' })).toBe(null);
    expect(closed({}, { a: undefined })).toBe(null);
    expect(closed({}, {})).toBe(null);
    expect(closed({ reveal: 'never' }, { a: 1, b: 2, c: 3 })).toBe(null);
    expect(closed({ equality: { tolerance: 1 }, veto: ['a'] }, { b: 1, a: false })).toBe(null);
  });

  it('stop at the largest double', () => {
    const { spread, mean } = closed({}, { a: -1.7e308, b: 1.7e308 }) as Stats;
    expect([spread, mean]).toEqual([Number.MAX_VALUE, 0]);
  });

  const numbers = fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.integer({ min: -500, max: 500 }).map((hundredths) => hundredths / 100),
    fc.double({ noNaN: true, min: -1e300, max: 1e300 }).map((number) => number + 0),
    fc.maxSafeInteger(),
  );

  it('are what the judge works out, after changes of mind too', () => {
    const { rule } = settingsOf({ rule: { equality: { tolerance: 1 } } });
    holds(
      fc.property(fc.array(fc.tuple(numbers, fc.option(numbers)), { minLength: 1, maxLength: 9 }), (all) => {
        const ballots = all.map(([number], i) => ({ agent: `a${i}`, value: canonical(number) }));
        const proposals = new Map(
          ballots.map(({ agent, value }) => [agent, proposalOf('exact', agent, value)]),
        );
        const ranking = new Ranking(rule);
        all.forEach(([, before], i) => {
          const agent = `a${i}`;
          const earlier = proposalOf('exact', agent, before === null ? '"other"' : canonical(before));
          ranking.add(earlier);
          ranking.remove(earlier);
          ranking.add(proposals.get(agent) as never);
        });
        const judged = byJudge(rule, ballots);
        const expected =
          judged &&
          Object.fromEntries(Object.entries(judged).map(([name, figure]) => [name, Number(figure)]));
        expect(statsOf(proposals)).toEqual(expected);
        expect(ranking.summary(proposals).stats).toEqual(expected);
      }),
      fewOr(300, 2000),
    );
  });

  it('of a large round are worked out at its close, and again when it is restored', () => {
    const room = new TestGroup({ rule: { electorate: { size: 1500 }, next: 'manual' } });
    for (let i = 0; i < 1500; i += 1) room.propose(`agent-${i}`, i / 10);
    const expected = { count: 1500, min: 0, max: 149.9, median: 74.95, mean: 74.95, spread: 149.9 };
    expect(stats(room)).toEqual(expected);
    expect(room.outcome().ranked?.stats).toEqual(expected);
    const restored = decodeGroup(encodeGroup(room.group), new Interned());
    expect(viewRound(restored, 1, 0)?.stats).toEqual(expected);
  });
});
