import type { ServerPlan } from './plan.ts';
import type { Random } from './random.ts';

export function serverFor(random: Random, exclusive: boolean): ServerPlan {
  const skewed = random.chance(0.5);
  return {
    offset: skewed ? random.between(-3000, 3000) : 0,
    rate: skewed && !exclusive ? random.pick([0.97, 1, 1.03]) : 1,
    queuedCommands: random.pick([2, 3, 50, 1000]),
    commandsPerEntry: random.pick([1, 2, 5, 100]),
    checkpointEntries: random.pick([5, 12, 30, 100_000]),
    checkpointPace: random.pick([4, 4, 40, 200]),
    stragglers: random.pick([0, 0, 0.05, 0.3]),
  };
}
