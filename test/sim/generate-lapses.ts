import { serverFor } from './generate-server.ts';
import type { AgentPlan, Op, Plan } from './plan.ts';
import { Random, seedFor } from './random.ts';

/** Agents propose under tokens and fall silent; once their leases are over, others try their names in the same round. */
export function lapses(seed: number): Plan {
  const random = new Random(seedFor(seed, 'lapses'));
  const servers = random.between(1, 3);
  const names = ['a0', 'a1', 'a2', 'a3'];
  const values = ['zzlapse0', 'zzlapse1'];
  const rule = { electorate: { agents: names }, threshold: 'unanimous', revote: random.chance(0.5) };
  const group = 'g0';
  const silent = (): Op[] => [
    { at: random.below(50), group, do: 'join', ttl: 1000, role: 'voter' },
    {
      at: random.between(50, 200),
      group,
      do: 'propose',
      round: 0,
      value: random.pick(values),
      abstain: false,
      numbered: false,
      wait: 0,
    },
  ];
  const curious = (): Op[] =>
    Array.from({ length: random.between(2, 5) }, (_, i) => ({
      at: 1300 + i * random.below(300),
      group,
      do: 'pretend',
      as: random.pick(['a0', 'a1']),
      value: random.pick(values),
    }));
  const agent = (id: string, i: number): AgentPlan => ({
    id,
    home: random.below(servers),
    ops: i < 2 ? silent() : curious(),
  });
  return {
    seed,
    exclusive: false,
    plain: false,
    healAt: 2500,
    stretch: null,
    elects: false,
    servers: Array.from({ length: servers }, () => serverFor(random, false)),
    groups: [{ name: group, settings: { rule }, values }],
    agents: names.map(agent),
    faults: [],
  };
}
