import { expect, it } from 'vitest';
import { randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { breakTie, draw } from './tie-break.ts';

it('draws one of many as one of few: that at the drawn place in text order [Q4.15]', () => {
  const { rule } = settingsOf({ rule: { tie: 'seeded' } });
  const first = seedOfRun();
  for (let seed = first; seed < first + 300; seed += 1) {
    const random = randomFrom(seed);
    const tied = new Set<string>();
    const count = 2 + Math.floor(random() * 400);
    while (tied.size < count) tied.add(`"${Math.floor(random() * 10_000).toString(36)}"`);
    const drawn = [...tied].sort()[draw(seed, tied.size)];
    expect(breakTie(rule, seed, [...tied]), `SEED=${seed}`).toBe(drawn);
    expect(breakTie(rule, seed, [...tied].reverse()), 'whatever the order of arrival').toBe(drawn);
  }
});
