import type { AgentPlan, GroupPlan } from './plan.ts';
import type { Random } from './random.ts';

/** Some groups keep few rounds; and one goes when nobody uses it, to be made again by who changes its rule. [Q3.17] */
export function addRetention(random: Random, groups: GroupPlan[]): void {
  groups.forEach((group, i) => {
    const rounds = random.chance(0.3) ? { rounds: random.between(1, 3) } : {};
    const idle = group.name === 'temp' && random.chance(0.6) ? { idle: random.pick([50, 200, 600]) } : {};
    const retention = { ...rounds, ...idle };
    if (Object.keys(retention).length > 0)
      groups[i] = { ...group, settings: { ...group.settings, retention } };
  });
}

export function goesIdle({ settings }: GroupPlan): boolean {
  return (settings.retention as { readonly idle?: number } | undefined)?.idle !== undefined;
}

/** Makes the group again should it have gone, and takes part in it. */
export function makingItAgain(
  random: Random,
  agent: AgentPlan,
  idle: GroupPlan | undefined,
  lasts: number,
): AgentPlan {
  if (idle === undefined) return agent;
  const { name: group, settings, values } = idle;
  if (random.chance(0.6)) return agent;
  const at = Math.max(agent.ops.at(-1)?.at ?? 0, random.between(300, lasts));
  const value = random.pick(values);
  const propose = { do: 'propose', round: 0, value, abstain: false, numbered: false, wait: 0 } as const;
  return { ...agent, ops: [...agent.ops, { at, group, do: 'update', settings }, { at, group, ...propose }] };
}
