import type { Json } from '../../src/core/types.ts';
import { faultsFor, restarts } from './generate-faults.ts';
import { serverFor } from './generate-server.ts';
import {
  type AgentPlan,
  type Fault,
  type GroupPlan,
  joinKey,
  type Op,
  observerKey,
  type Plan,
  type TalkOp,
} from './plan.ts';
import { Random, seedFor } from './random.ts';

/**
 * Members of a group that admits by its join key come and go, say things to all or to some, ask for acknowledgements, listen at
 * one server or another, and say how far they have come; some fall silent until their leases are over and come back, and some
 * take the name of who has gone. The group keeps few messages, and may be deleted and made again.
 */
export function talks(seed: number): Plan {
  const random = new Random(seedFor(seed, 'talks'));
  const exclusive = random.chance(0.1);
  const servers = exclusive ? 1 : random.pick([1, 2, 3, 3]);
  const names = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'].slice(0, random.between(3, 6));
  const lasts = random.between(1200, 3500);
  const remade = random.chance(0.35);
  // What is checked of groups that may be deleted is known by that name.
  const group = remade ? 'temp' : 'g0';
  const values = ['zztalk-yes', 'zztalk-no'];
  const rule = {
    electorate: random.pick([{ size: 2 }, { live: { min: 2, max: 4 } }, { agents: names }]),
    threshold: 'majority',
    close: 'early',
    next: random.pick(['continuous', 'until-success']),
  };
  const retention = random.chance(0.6) ? { retention: { messages: random.pick([2, 4, 8]) } } : {};
  const settings = { rule, admission: 'key', joinKey, observerKey, ...retention };
  const restarting = servers > 1 && random.chance(0.5);
  const faults: Fault[] = faultsFor(random, servers, exclusive, lasts, false);
  if (restarting) faults.push(...restarts(random, servers, lasts));
  const replies: Fault = { kind: 'net', at: 100, lasts, request: 0.1, reply: 0.3, twice: 0.2 };
  if (random.chance(0.4)) faults.push(replies);
  const talk = (id: string, i: number): AgentPlan => ({
    id,
    home: random.below(servers),
    ops: [
      ...memberOps(random, id, names, { name: group, settings, values }, lasts),
      ...(remade && i === 0 ? again(random, group, settings, lasts) : []),
    ].sort((one, other) => one.at - other.at),
  });
  return {
    seed,
    exclusive,
    plain: false,
    healAt: lasts,
    stretch: restarting ? 2 : null,
    elects: random.chance(0.5),
    servers: Array.from({ length: servers }, () => serverFor(random, exclusive)).map((one) =>
      restarting ? { ...one, checkpointEntries: 4, checkpointPace: 100 } : one,
    ),
    groups: [{ name: group, settings, values }],
    agents: [...names.map(talk), ...names.slice(0, 3).map((id) => earOf(random, id, group, lasts, servers))],
    faults,
  };
}

function again(
  random: Random,
  group: string,
  settings: Plan['groups'][number]['settings'],
  lasts: number,
): Op[] {
  const at = random.between(300, lasts);
  const enter = { do: 'enter', ttl: 4000, role: 'voter' } as const;
  return [
    { at, group, do: 'remake', settings },
    { at: at + 1, group, ...enter },
  ];
}

/** What a member does; `names`: of all. */
export function memberOps(
  random: Random,
  id: string,
  names: readonly string[],
  { name: group, values }: GroupPlan,
  lasts: number,
): Op[] {
  const ops: Op[] = [];
  // Who says nothing for long enough has lapsed when it says something again.
  const ttl = random.pick([1000, 1000, 1500, 5000]);
  const enter = (as?: string): TalkOp => ({
    do: 'enter',
    ttl,
    role: random.chance(0.15) ? 'observer' : 'voter',
    ...(as === undefined ? {} : { as }),
    ...(random.chance(0.3) ? { name: random.pick(['Ann', 'Bob']) } : {}),
  });
  let at = random.below(random.pick([50, 50, 800]));
  ops.push({ at, group, ...enter() });
  for (let i = random.between(4, 12); i > 0 && at < lasts; i -= 1) {
    at += random.below(random.pick([20, 150, 150, 1300]));
    ops.push({ at, group, ...opFor(random, id, names, values, i, enter) });
  }
  const last = random.pick(['silence', 'coming back', 'coming back', 'taking over', 'taking over'] as const);
  if (last === 'coming back') ops.push(...comingBack(random, at, group, enter()));
  if (last === 'taking over') ops.push(...takingOver(random, at, group, enter(random.pick(names))));
  return ops;
}

/** Handles what it has heard, falls silent until its lease is over, comes back, and handles what it has missed. */
function comingBack(random: Random, from: number, group: string, enter: TalkOp): Op[] {
  const at = from + random.between(900, 1800);
  return [
    { at: from, group, ...listening(random), for: 100, messagesOnly: false },
    { at: from + 100, group, do: 'handle', to: 'heard' },
    { at, group, ...enter },
    { at: at + 1, group, ...listening(random), for: 200, messagesOnly: false },
    { at: at + 250, group, do: 'handle', to: 'heard' },
    { at: at + 250, group, do: 'handle', to: 'lower' },
    { at: at + 251, group, do: 'stability', wait: 0, which: 'last' },
  ];
}

/** Takes the name of somebody who may have gone, and reads what is kept. */
function takingOver(random: Random, from: number, group: string, enter: TalkOp): Op[] {
  const at = from + random.between(300, 1800);
  return [
    { at, group, ...enter },
    { at: at + 1, group, ...listening(random), for: 200, messagesOnly: random.chance(0.3), from: 'oldest' },
  ];
}

function listening(random: Random): Extract<TalkOp, { do: 'listen' }> {
  return {
    do: 'listen',
    for: random.between(50, 700),
    limit: random.pick([1, 2, 100]),
    local: random.chance(0.4),
    messagesOnly: random.chance(0.2),
    from: random.chance(0.2) ? 'oldest' : 'heard',
    as: 'member',
  };
}

function opFor(
  random: Random,
  id: string,
  names: readonly string[],
  values: readonly Json[],
  nth: number,
  enter: (as?: string) => TalkOp,
): TalkOp {
  const kind = random.below(21);
  if (kind < 8) return sayFor(random, id, names, nth);
  if (kind < 10) return listening(random);
  if (kind === 10) return { do: 'follow', for: random.between(100, 1500) };
  if (kind < 14) return { do: 'handle', to: random.pick(['heard', 'heard', 'heard', 'lower', 'beyond']) };
  if (kind < 16)
    return {
      do: 'stability',
      wait: random.pick([0, 0, 600, 2000]),
      which: random.pick(['last', 'last', 'first']),
    };
  if (kind === 16) return { do: 'view', limit: random.pick([1, 3, 100]) };
  if (kind === 17) return { do: random.pick(['exit', 'exit', 'stay']) };
  if (kind === 18) return { do: 'vote', value: random.pick(values) };
  return enter(random.chance(0.25) ? random.pick(names) : undefined);
}

function sayFor(random: Random, id: string, names: readonly string[], nth: number): TalkOp {
  const to = random.some(names);
  const isAddressed = random.chance(0.35);
  const again = random.pick([0, 0, 1, 2]);
  return {
    do: 'say',
    // No other text looks like this, so that one of these in an answer is a leak.
    text: `zzsay${id}x${nth}x${random.below(1e9).toString(36)}`,
    ...(isAddressed ? { to: to.length > 0 ? to : [random.pick(names)] } : {}),
    ...(random.chance(0.5) ? { ackBy: random.pick([1, 2, 3, 'majority', 'all'] as const) } : {}),
    replies: random.chance(0.25),
    ...(random.chance(0.2) ? { inView: random.pick(['heard', 'heard', 'old'] as const) } : {}),
    wait: random.pick([0, 0, 0, 500]),
    again,
    other: again > 0 && random.chance(0.2),
  };
}

/** Somebody with a key of the group, who only listens. */
function earOf(random: Random, id: string, group: string, lasts: number, servers: number): AgentPlan {
  const listen = (): Op => ({
    at: random.below(400),
    group,
    do: 'listen',
    for: random.between(300, lasts),
    limit: random.pick([1, 5, 100]),
    local: random.chance(0.5),
    messagesOnly: random.chance(0.3),
    from: 'oldest',
    as: random.pick(['manager', 'observer']),
  });
  return { id: `ear-of-${id}`, home: random.below(servers), ops: [listen(), listen()] };
}
