import { parseSettings } from '../../src/core/rules.ts';
import type { Json } from '../../src/core/types.ts';
import { comingBack, goesIdle, letGo } from './let-go.ts';
import type { AgentPlan, Fault, GroupPlan, Op, Plan, ServerPlan } from './plan.ts';
import { Random, seedFor } from './random.ts';

/**
 * A history from a seed. Each seed leaves out a part of what may be done and of what may go wrong, at random: what
 * never happens beside everything else happens here alone. (Swarm testing.)
 */
export function generate(seed: number): Plan {
  const random = new Random(seedFor(seed, 'plan'));
  const plain = random.chance(0.2);
  const exclusive = !plain && random.chance(0.12);
  const servers = exclusive ? 1 : random.pick([1, 2, 3, 3, 3]);
  const names = Array.from({ length: random.between(5, 9) }, (_, i) => `a${i}`);
  const groups = plain ? [plainGroup(random, names)] : groupsFor(random, names);
  const long = random.chance(1 / 16);
  const lasts = long ? random.between(2500, 6000) : random.between(500, 1600);
  // Many read from a server that is slow to hear of what two write elsewhere.
  const storm = servers > 1 && random.chance(0.25);
  const drawn = storm ? stormOps : plain ? plainOps : random.some(allOps, 4);
  // Nothing but the classroom, which is told of rounds that nobody took part in under a name.
  const apart = new Random(seedFor(seed, 'lesson'));
  const lesson = !storm && !plain && apart.chance(0.08);
  if (lesson && !groups.some(({ name }) => name === 'default')) groups.push(classroomGroup(apart));
  const keeper = new Random(seedFor(seed, 'retention'));
  if (!storm && !plain && !lesson) {
    const isWanted = keeper.chance(0.3) && !groups.some(({ name }) => name === 'temp');
    if (isWanted) groups.push(groupFor(keeper, 'temp', names));
    letGo(keeper, groups);
  }
  const idle = groups.find(goesIdle);
  const kinds = lesson ? lessonOps : drawn;
  const pace = storm ? writing : lesson ? learning : long ? unhurried : brisk;
  return {
    seed,
    exclusive,
    plain,
    healAt: lasts,
    servers: Array.from({ length: servers }, () => serverFor(random, exclusive)),
    groups,
    agents: names.map((id, i) => {
      const agent =
        storm && i > 1
          ? agentFor(random, id, 0, groups, ['read'], lasts, reading)
          : agentFor(random, id, storm ? 1 : random.below(servers), groups, kinds, lasts, pace);
      return idle === undefined ? agent : comingBack(keeper, agent, idle, lasts);
    }),
    // Judged without the index, a history must have no requests that nobody recorded.
    faults: (storm ? [slowToHear(lasts)] : faultsFor(random, servers, exclusive, lasts, long)).map((f) =>
      f.kind === 'net' && plain ? { ...f, twice: 0 } : f,
    ),
  };
}

function serverFor(random: Random, exclusive: boolean): ServerPlan {
  const skewed = random.chance(0.5);
  return {
    offset: skewed ? random.between(-3000, 3000) : 0,
    rate: skewed && !exclusive ? random.pick([0.97, 1, 1.03]) : 1,
    queuedCommands: random.pick([2, 3, 50, 1000]),
    commandsPerEntry: random.pick([1, 2, 5, 100]),
    checkpointEntries: random.pick([5, 12, 30, 100_000]),
    stragglers: random.pick([0, 0, 0.05, 0.3]),
  };
}

// No other text looks like this, so that one of these in an answer is a leak.
function secrets(random: Random, group: string): string[] {
  return Array.from(
    { length: random.between(2, 3) },
    (_, i) => `zz${group}${i}${random.below(1e9).toString(36)}`,
  );
}

function plainGroup(random: Random, names: readonly string[]): GroupPlan {
  const size = random.between(2, Math.min(4, names.length));
  const rule = {
    electorate: { size },
    threshold: random.between(Math.floor(size / 2) + 1, size),
    next: random.pick(['until-success', 'continuous']),
  };
  return { name: 'plain', settings: { rule }, values: secrets(random, 'plain') };
}

function groupsFor(random: Random, names: readonly string[]): GroupPlan[] {
  const count = random.between(1, 3);
  const groups = Array.from({ length: count }, (_, i) => groupFor(random, `g${i}`, names));
  if (random.chance(0.35)) {
    groups.push(classroomGroup(random));
  }
  if (random.chance(0.2)) groups.push(groupFor(random, 'temp', names));
  return groups;
}

function classroomGroup(random: Random): GroupPlan {
  const rule = { electorate: { size: random.between(2, 3) }, threshold: 2 };
  return { name: 'default', settings: { preset: 'classroom', rule }, values: [1, 2] };
}

function groupFor(random: Random, name: string, names: readonly string[]): GroupPlan {
  for (let tries = 0; tries < 8; tries += 1) {
    const tolerant = random.chance(0.15);
    const values: Json[] = tolerant
      ? Array.from({ length: 3 }, () => 100_000_000 + random.below(900_000_000))
      : secrets(random, name);
    const rule = ruleFor(random, names, values, tolerant);
    const mayClose = random.pick(['admin', 'agents']);
    if (parseSettings({ rule, mayClose }).ok) return { name, settings: { rule, mayClose }, values };
  }
  return { name, settings: {}, values: secrets(random, name) };
}

function ruleFor(
  random: Random,
  names: readonly string[],
  values: readonly Json[],
  tolerant: boolean,
): Json & object {
  const rule: { [name: string]: Json } = { electorate: electorateFor(random, names) };
  const roster = (rule.electorate as { agents?: string[] }).agents ?? null;
  const maybe = (chance: number, name: string, value: () => Json): void => {
    if (random.chance(chance)) rule[name] = value();
  };
  maybe(0.7, 'threshold', () =>
    random.pick<Json>([1, 2, 2, 3, 'majority', 'two-thirds', 'unanimous', { num: 2, den: 5, strict: true }]),
  );
  maybe(0.3, 'of', () => random.pick(['present', 'cast']));
  maybe(0.2, 'floor', () => 2);
  if (tolerant) rule.equality = { tolerance: random.pick([0, 1000, 500_000_000]) };
  else maybe(0.15, 'equality', () => 'text');
  if (roster !== null) {
    maybe(0.25, 'weights', () => Object.fromEntries(roster.map((name) => [name, random.between(1, 3)])));
    maybe(0.15, 'veto', () => [random.pick(roster)]);
    maybe(0.15, 'required', () => [random.pick(roster)]);
  }
  maybe(0.5, 'close', () => 'early');
  maybe(0.3, 'tie', () => random.pick<Json>(['seeded', { priority: [values[0] as Json] }]));
  maybe(0.15, 'minWait', () => random.pick([0, 50, 400]));
  maybe(0.2, 'lastCall', () => random.pick([0, 100, 600]));
  maybe(0.5, 'deadline', () => random.pick([300, 800, 1500, 2500]));
  if (rule.deadline !== undefined)
    maybe(0.6, 'onDeadline', () => random.pick<Json>(['decide', { default: 0 }]));
  maybe(0.3, 'absent', () => 'excluded');
  maybe(0.3, 'reveal', () => random.pick(['live', 'never']));
  maybe(0.2, 'revote', () => true);
  maybe(0.6, 'next', () => random.pick(['continuous', 'manual']));
  maybe(0.3, 'maxRounds', () => random.between(1, 6));
  return rule;
}

function electorateFor(random: Random, names: readonly string[]): Json {
  const few = (): string[] => {
    const from = random.below(names.length - 2);
    return names.slice(from, from + random.between(2, 4));
  };
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return { size: random.between(2, 4) };
    case 3:
    case 4:
      return { agents: few() };
    case 5:
    case 6:
      return { live: { min: random.between(1, 2), max: random.between(2, 4) } };
    default: {
      const parts = [few(), few()].map((agents, i) => ({ role: `r${i}`, agents, threshold: 1 }));
      return random.chance(0.5) ? { all: parts } : { any: parts };
    }
  }
}

type Kind = Op['do'];

const allOps: readonly Kind[] = [
  'agree',
  'agree',
  'propose',
  'propose',
  'keyed',
  'read',
  'rounds',
  'show',
  'open',
  'close',
  'join',
  'renew',
  'leave',
  'watch',
  'update',
  'post',
  'told',
  'classroom',
  'delete',
];
const plainOps: readonly Kind[] = ['propose', 'propose', 'propose', 'read', 'keyed'];
const stormOps: readonly Kind[] = ['propose'];
const lessonOps: readonly Kind[] = ['post', 'post', 'told', 'told', 'told'];

/** How many operations an agent has, and within how many ms the next may follow. */
interface Pace {
  readonly ops: readonly [least: number, most: number];
  readonly gaps: readonly number[];
  readonly waits: boolean;
}

const unhurried: Pace = { ops: [5, 10], gaps: [30, 300, 900], waits: true };
const brisk: Pace = { ops: [1, 3], gaps: [10, 60, 300], waits: true };
const reading: Pace = { ops: [2, 5], gaps: [60, 160], waits: false };
const learning: Pace = { ops: [3, 6], gaps: [10, 60], waits: true };
const writing: Pace = { ops: [8, 12], gaps: [40], waits: false };

function agentFor(
  random: Random,
  id: string,
  home: number,
  groups: readonly GroupPlan[],
  kinds: readonly Kind[],
  lasts: number,
  pace: Pace,
): AgentPlan {
  const ops: Op[] = [];
  const named = groups.filter((one) => one.name !== 'default');
  let at = random.below(100);
  if (random.chance(0.4) && kinds.includes('join'))
    ops.push({
      at,
      group: named[0]?.name ?? 'g0',
      do: 'join',
      ttl: random.pick([1000, 1500, 4000]),
      role: 'voter',
    });
  const count = random.between(...pace.ops);
  for (let i = 0; i < count && at < lasts; i += 1) {
    const op = opFor(random, at, random.pick(kinds), named, groups, pace.waits);
    if (op !== null) ops.push(op);
    at += random.below(random.pick(pace.gaps));
  }
  return { id, home, ops };
}

function opFor(
  random: Random,
  at: number,
  kind: Kind,
  named: readonly GroupPlan[],
  groups: readonly GroupPlan[],
  waits: boolean,
): Op | null {
  const target = random.pick(named);
  const group = target.name;
  const value = (): Json => random.pick(target.values);
  const classroomOnly = kind === 'post' || kind === 'told' || kind === 'classroom';
  if (classroomOnly && !groups.some(({ name }) => name === 'default')) return null;
  switch (kind) {
    case 'agree':
      return {
        at,
        group,
        do: kind,
        values: [value(), value(), target.values[0] as Json],
        deadline: random.between(500, 3000),
      };
    case 'propose':
      return {
        at,
        group,
        do: kind,
        round: random.pick([0, 0, 0, 0, 0, -1, 1]),
        value: value(),
        abstain: random.chance(0.07),
        numbered: random.chance(0.2),
        wait: waits ? random.pick([0, 0, 200, 1500]) : 0,
      };
    case 'keyed':
      if (typeof target.values[0] !== 'string') return null;
      return { at, group, do: kind, value: value(), again: random.between(0, 2), other: random.chance(0.15) };
    case 'read':
      return {
        at,
        group,
        do: kind,
        which: random.pick(['open', 'latest', 'latest', 1]),
        cursor: random.chance(0.5),
        wait: waits ? random.pick([0, 0, 300, 1500]) : 0,
      };
    case 'join':
      return {
        at,
        group,
        do: kind,
        ttl: random.pick([1000, 2000]),
        role: random.pick(['voter', 'voter', 'observer']),
      };
    case 'watch':
      return { at, group, do: kind, for: random.between(300, 2500) };
    case 'update': {
      const before = target.settings.rule as { [name: string]: Json } | undefined;
      const settings = random.chance(0.5)
        ? { ...target.settings, subjectHash: random.pick(['s1', 's2']) }
        : { ...target.settings, rule: { ...before, maxRounds: random.between(3, 9) } };
      return { at, group, do: kind, settings };
    }
    case 'post':
      return { at, group: 'default', do: kind, number: random.between(1, 3), identified: random.chance(0.3) };
    case 'told':
      return { at, group: 'default', do: kind };
    case 'classroom': {
      const numbers = Array.from({ length: 3 }, () => random.between(1, 3));
      return { at, group: 'default', do: kind, numbers, for: random.between(500, 3000) };
    }
    case 'delete':
      return { at, group: 'temp', do: kind };
    default:
      return { at, group, do: kind };
  }
}

function faultsFor(
  random: Random,
  servers: number,
  exclusive: boolean,
  lasts: number,
  long: boolean,
): Fault[] {
  const everywhere: Fault['kind'][] = ['crash', 'crash', 'drain', 'clock', 'net', 'slow'];
  const shared: Fault['kind'][] = ['cut', 'lossy', 'lossy', 'scramble', 'scramble', 'refuse'];
  const kinds = random.some([...everywhere, ...(exclusive ? [] : shared)], 2);
  if (random.chance(0.06)) return [];
  return Array.from({ length: random.between(long ? 2 : 1, long ? 8 : 4) }, () => {
    const at = random.below(long ? lasts - 1000 : lasts - 300);
    const during = Math.min(long ? random.between(100, 1800) : random.between(40, 900), lasts - at);
    return faultFor(random, random.pick(kinds), at, during, random.below(servers));
  });
}

/** From when it has started and the groups are made, so that agents turn to it. */
function slowToHear(lasts: number): Fault {
  return { kind: 'slow', at: 60, lasts, server: 0, by: 140 };
}

function faultFor(random: Random, kind: Fault['kind'], at: number, lasts: number, server: number): Fault {
  switch (kind) {
    case 'crash':
    case 'drain':
      return { kind, at, lasts: Math.min(lasts, random.between(20, 900)), server };
    case 'cut':
      return { kind, at, lasts, server };
    case 'lossy':
      return {
        kind,
        at,
        lasts,
        server,
        request: random.pick([0, 0.2, 0.5]),
        reply: random.pick([0.1, 0.4, 0.8]),
      };
    case 'slow':
      return { kind, at, lasts, server, by: random.pick([20, 100, 400]) };
    case 'scramble':
      return { kind, at, lasts, server, chance: random.pick([0.2, 0.6, 1]) };
    case 'refuse':
      return { kind, at, lasts };
    case 'clock':
      return { kind, at, lasts: 0, server, by: random.pick([-20_000, -800, 700, 3000, 20_000]) };
    case 'net':
      return {
        kind,
        at,
        lasts,
        request: random.pick([0, 0.1, 0.4]),
        reply: random.pick([0, 0.2, 0.5]),
        twice: random.pick([0, 0.3]),
      };
  }
}
