import { serverFor } from './generate-server.ts';
import type { Fault, Op, Plan } from './plan.ts';
import { Random, seedFor } from './random.ts';

/**
 * Three clients of the classroom go through a few sessions each, one after the other without a pause, at unequal speeds.
 * In each a client says who it is or does not, always under the same id. Servers restart in between, but no answer is
 * lost on its way: whoever does not say who it is could not ask for it again. [Q2.10]
 */
export function sessionsInARow(seed: number): Plan {
  const random = new Random(seedFor(seed, 'sessions'));
  const exclusive = random.chance(0.3);
  const count = exclusive ? 1 : random.between(1, 3);
  const sessions = random.between(2, 4);
  const faults = Array.from(
    { length: random.below(4) },
    (): Fault => ({
      kind: random.pick(['drain', 'drain', 'slow']),
      at: random.between(50, 1200),
      lasts: random.between(20, 300),
      server: random.below(count),
      by: 100,
    }),
  );
  const rule = { electorate: { size: 3 }, threshold: 2 };
  return {
    seed,
    exclusive,
    plain: false,
    healAt: 1500,
    stretch: null,
    elects: false,
    servers: Array.from({ length: count }, () => serverFor(random, exclusive)),
    groups: [{ name: 'default', settings: { preset: 'classroom', rule }, values: [1, 2, 3] }],
    agents: ['1', '2', '3'].map((id) => ({
      id,
      home: random.below(count),
      ops: Array.from({ length: sessions }, () => sessionOf(random)),
    })),
    faults,
  };
}

/** Of two numbers three clients always agree on one: each session ends. */
function sessionOf(random: Random): Op {
  const numbers = [random.between(1, 9), random.between(1, 3), random.between(1, 2)];
  return { at: random.below(200), group: 'default', do: 'session', identified: random.chance(0.5), numbers };
}
