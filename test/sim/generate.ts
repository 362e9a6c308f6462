import type { Json } from '../../src/core/types.ts';
import type { ByHandOp } from './calls-by-hand.ts';
import { farClock, faultsFor, replacement, restarts, slowToHear } from './generate-faults.ts';
import { byHand, gates } from './generate-gates.ts';
import { classroomGroup, groupFor, groupsFor, plainGroup } from './generate-groups.ts';
import { guests } from './generate-guests.ts';
import { lapses } from './generate-lapses.ts';
import { addRetention, goesIdle, makingItAgain } from './generate-retention.ts';
import { serverFor } from './generate-server.ts';
import { sessionsInARow } from './generate-sessions.ts';
import { memberOps, talks } from './generate-talks.ts';
import type { AgentPlan, GroupPlan, Op, Plan, TalkOp } from './plan.ts';
import { Random, seedFor } from './random.ts';

/**
 * A history from a seed. Each seed leaves out a part of what may be done and of what may go wrong, at random: what
 * never happens beside everything else happens here alone. (Swarm testing.)
 */
export function generate(seed: number): Plan {
  const kind = new Random(seedFor(seed, 'rows')).fraction();
  if (kind < 0.05) return sessionsInARow(seed);
  if (kind < 0.07) return lapses(seed);
  if (kind < 0.19) return gates(seed);
  if (kind < 0.24) return guests(seed);
  return kind < 0.36 ? talks(seed) : withWebhooks(seed, generateAny(seed));
}

/** With webhooks, in some of the histories in which servers crash. */
function withWebhooks(seed: number, plan: Plan): Plan {
  const random = new Random(seedFor(seed, 'webhooks'));
  if (plan.plain || !random.chance(0.15)) return plan;
  return { ...plan, told: random.pick(plan.groups).name };
}

function generateAny(seed: number): Plan {
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
    addRetention(keeper, groups);
  }
  const cluster = new Random(seedFor(seed, 'cluster'));
  const talking = new Random(seedFor(seed, 'talking'));
  const heard = storm || plain || lesson || !talking.chance(0.25) ? undefined : talking.pick(groups);
  const idle = groups.find(goesIdle);
  const hands = new Random(seedFor(seed, 'hands'));
  const kinds = lesson ? lessonOps : drawn;
  const pace = storm ? writing : lesson ? learning : long ? unhurried : brisk;
  const faults = storm ? [slowToHear(lasts)] : faultsFor(random, servers, exclusive, lasts, long);
  if (!plain && !storm && servers > 1 && cluster.chance(0.08))
    faults.push(...replacement(cluster, servers, lasts));
  // Servers that restart again and again from checkpoints that were written while entries came in.
  const restarting = !plain && !storm && servers > 1 && cluster.chance(0.25);
  if (restarting) faults.push(...restarts(cluster, servers, lasts));
  // One clock that is an hour ahead, or for a while years: nothing else is wrong with any.
  const far = cluster.chance(0.1);
  if (far) {
    const others = faults.filter(({ kind }) => kind !== 'clock');
    faults.splice(0, faults.length, ...others, ...farClock(cluster, servers, lasts));
  }
  const compares = servers > 1 && (restarting || cluster.chance(0.3));
  const stretch = compares ? cluster.pick(restarting ? [2] : [2, 3, 8]) : null;
  return {
    seed,
    exclusive,
    plain,
    healAt: lasts,
    stretch,
    elects: stretch !== null && cluster.chance(0.5),
    servers: Array.from({ length: servers }, () => serverFor(random, exclusive)).map((one) =>
      restarting ? { ...one, checkpointEntries: 3, checkpointPace: 200 } : one,
    ),
    groups,
    agents: names.map((id, i) => {
      const agent =
        storm && i > 1
          ? agentFor(random, id, 0, groups, ['read'], lasts, reading)
          : agentFor(random, id, storm ? 1 : random.below(servers), groups, kinds, lasts, pace);
      const ops = storm || plain || !hands.chance(0.2) ? agent.ops : withHands(hands, agent.ops, names);
      const all =
        heard === undefined || heard.name === 'default'
          ? ops
          : withTalk(talking, ops, id, names, heard, lasts);
      return makingItAgain(keeper, { ...agent, ops: all }, idle, lasts);
    }),
    // Judged without the index, a history must have no requests that nobody recorded.
    faults: faults.map((f) => (f.kind === 'net' && plain ? { ...f, twice: 0 } : f)),
  };
}

/** With what is done to a round by hand, in the group that the agent is in first. */
function withHands(random: Random, ops: readonly Op[], names: readonly string[]): Op[] {
  const named = ops.find(({ group }) => group !== 'default')?.group;
  if (named === undefined) return [...ops];
  return [...ops, ...byHand(random, names, named)].sort((one, other) => one.at - other.at);
}

/** With what it says and hears in the group beside everything else. */
function withTalk(
  random: Random,
  ops: readonly Op[],
  id: string,
  names: readonly string[],
  group: GroupPlan,
  lasts: number,
): Op[] {
  const said = random.chance(0.7) ? memberOps(random, id, names, group, lasts) : [];
  return [...ops, ...said].sort((one, other) => one.at - other.at);
}

type Kind = Exclude<Op['do'], 'session' | 'act' | (ByHandOp | TalkOp)['do']>;

const allOps: readonly Kind[] = [
  'agree',
  'agree',
  'propose',
  'propose',
  'keyed',
  'pretend',
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
      return {
        at,
        group,
        do: kind,
        value: value(),
        again: random.between(0, 2),
        other: random.chance(0.15),
        shared: random.chance(0.4),
      };
    case 'pretend':
      return { at, group, do: kind, as: `a${random.below(5)}`, value: value() };
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
