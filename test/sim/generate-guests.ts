import { byHand } from './generate-gates.ts';
import { serverFor } from './generate-server.ts';
import { type AgentPlan, joinKey, type Op, observerKey, type Plan } from './plan.ts';
import { Random, seedFor } from './random.ts';

/**
 * A group that admits by invite: one invites the others, at times anew, or takes an invite back; they exchange their secrets,
 * some twice, and propose; and one tries the secrets of others.
 */
export function guests(seed: number): Plan {
  const random = new Random(seedFor(seed, 'guests'));
  const servers = random.between(1, 3);
  const names = ['a1', 'a2', 'a3'];
  const values = ['zzguest-yes', 'zzguest-no'];
  const rule = {
    electorate: random.chance(0.7) ? { agents: names } : { size: 3 },
    threshold: 2,
    close: random.pick(['all', 'early']),
    next: random.pick(['until-success', 'continuous']),
    options: values,
    deadline: 1500,
  };
  const keys = { joinKey, observerKey };
  const settings = { rule, admission: 'invite', ...keys };
  const secretOf = (agent: string, nth = 0): string => `secret-${nth}-of-${agent}-0000`;
  const group = 'g0';
  const host = (): Op[] => [
    ...names.map((as): Op => {
      const role = random.chance(0.1) ? 'observer' : 'voter';
      return { at: random.below(200), group, do: 'invite', as, secret: secretOf(as), role };
    }),
    ...names.flatMap((as): Op[] => {
      const at = random.between(300, 1500);
      if (random.chance(0.15)) return [{ at, group, do: 'revoke', as }];
      return random.chance(0.3)
        ? [{ at, group, do: 'invite', as, secret: secretOf(as, 1), role: 'voter' }]
        : [];
    }),
    ...byHand(random, names, group),
  ];
  const guest = (id: string): Op[] => {
    const redeem = (): Op => {
      const secret = secretOf(id, random.chance(0.25) ? 1 : 0);
      return { at: random.between(100, 1600), group, do: 'redeem', as: id, secret };
    };
    const propose = (): Op => ({
      at: random.between(200, 2000),
      group,
      do: 'propose',
      round: 0,
      value: random.pick(values),
      abstain: false,
      numbered: false,
      wait: 0,
    });
    const some = [redeem(), redeem(), propose(), propose(), propose()].slice(0, random.between(3, 5));
    return random.chance(0.3)
      ? [...some, { at: 1700, group, do: 'pretend', as: 'a1', value: 'zzguest-no' }]
      : some;
  };
  const thief = (): Op[] =>
    names.map((as) => ({ at: random.between(50, 1600), group, do: 'redeem', as, secret: secretOf(as) }));
  const opsOf = (id: string): Op[] => (id === 'a0' ? host() : id === 'a4' ? thief() : guest(id));
  return {
    seed,
    exclusive: false,
    plain: false,
    healAt: 2500,
    stretch: null,
    elects: false,
    servers: Array.from({ length: servers }, () => serverFor(random, false)),
    groups: [{ name: group, settings, values }],
    agents: ['a0', ...names, 'a4'].map(
      (id): AgentPlan => ({
        id,
        home: random.below(servers),
        ops: opsOf(id).sort((one, other) => one.at - other.at),
      }),
    ),
    faults: random.chance(0.5)
      ? [{ kind: 'net', at: 100, lasts: 1500, request: 0.1, reply: 0.2, twice: 0.1 }]
      : [],
  };
}
