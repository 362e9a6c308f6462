import { expect, it } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { decidedWindow } from './decided-window.ts';
import { NearCount } from './near-values.ts';
import { proposalOf } from './proposal.ts';
import { RollCall } from './roll-call.ts';

it('is the lowest of the heaviest windows with the decision as their median [Q4.22]', () => {
  const first = seedOfRun();
  let decided = 0;
  for (let seed = first; seed < first + 3000; seed += 1) {
    const random = randomFrom(seed);
    const below = (most: number): number => Math.floor(random() * most);
    const names = Array.from({ length: 1 + below(9) }, (_, i) => `a${i}`);
    const heaviest = pick(random, [1, 3]);
    const weights = Object.fromEntries(names.map((name) => [name, 1 + below(heaviest)]));
    const share = pick(random, [{}, {}, { relative: { num: 1, den: 3 } }]);
    const equality = { tolerance: below(4), ...share };
    const { rule } = settingsOf({
      rule: {
        electorate: { agents: names },
        threshold: 1,
        equality,
        tie: 'seeded',
        weights: heaviest === 1 ? null : weights,
      },
    });
    const spread = pick(random, [4, 12]);
    const numbers = new Map(names.map((name) => [name, below(spread)]));
    const proposals = new Map(
      [...numbers].map(([name, number]) => [name, proposalOf(rule.equality, name, String(number))]),
    );
    proposals.set('silent', proposalOf(rule.equality, 'silent', null));
    const count = new NearCount(rule, equality);
    const rollCall = new RollCall(rule, seed, new Set(names));
    for (const proposal of proposals.values()) count.count(rollCall.ballot(proposal), 1);
    const whole = { count: names.length, weight: names.reduce((sum, name) => sum + (weights[name] ?? 0), 0) };
    const answer = count.final(rollCall.turnout(whole));
    if (answer.is !== 'won') continue;
    decided += 1;
    const { most, tied } = count.top();
    const inside = (begin: number) => names.filter((name) => within(begin, numbers.get(name)));
    const within = (begin: number, number = Number.NaN) =>
      number >= begin &&
      (number - begin <= equality.tolerance || ('relative' in share && 3 * (number - begin) <= number));
    const weigh = (some: readonly string[]) => some.reduce((sum, name) => sum + (weights[name] ?? 0), 0);
    const begin = [...new Set(numbers.values())]
      .sort((a, b) => a - b)
      .find((begin) => {
        const upTo = (most: number) =>
          weigh(inside(begin).filter((name) => (numbers.get(name) ?? 0) <= most));
        const half = weigh(inside(begin)) / 2;
        const median = Number(answer.value);
        return weigh(inside(begin)) === most && upTo(median) >= half && upTo(median - 1) < half;
      });
    // What of the window is decided makes no difference to which it is.
    for (const decide of [{}, { decide: 'mean' }] as const) {
      const outcome = {
        rule: { ...rule, ...decide },
        seed,
        electors: new Set(names),
        proposals,
        value: 'decide' in decide ? '0' : answer.value,
        verdict: { failed: null, most, tied, eligibleWeight: whole.weight },
      };
      const isInside = decidedWindow(equality, outcome);
      for (let number = -1; number <= spread; number += 1)
        expect(isInside(number), `SEED=${seed}: ${number} with ${[...numbers.values()]}`).toBe(
          within(begin as number, number),
        );
    }
  }
  expect(decided).toBeGreaterThan(1000);
});
