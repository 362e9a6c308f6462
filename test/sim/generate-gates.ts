import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json } from '../../src/core/types.ts';
import { serverFor } from './generate-server.ts';
import type { AgentPlan, GroupPlan, Op, Plan } from './plan.ts';
import { Random, seedFor } from './random.ts';

/**
 * A few agents decide under rules with options and winners, floors of values, deadlines that run from the first proposal and
 * are moved, and some of them are waived. All know what the rule asks for, and some keep to it.
 */
export function gates(seed: number): Plan {
  const random = new Random(seedFor(seed, 'gates'));
  const servers = random.between(1, 3);
  const names = ['a0', 'a1', 'a2', 'a3', 'a4'].slice(0, random.between(3, 5));
  const groups = ['g0', 'g1', 'g2'].map((name) => groupFor(random, name, names));
  const agent = (id: string): AgentPlan => ({
    id,
    home: random.below(servers),
    ops: groups
      .flatMap((group) => [...ballotsOf(random, group), ...byHand(random, names, group.name)])
      .sort((one, other) => one.at - other.at),
  });
  return {
    seed,
    exclusive: false,
    plain: false,
    healAt: 2500,
    stretch: null,
    elects: false,
    servers: Array.from({ length: servers }, () => serverFor(random, false)),
    groups,
    agents: names.map(agent),
    faults: [],
  };
}

/**
 * How values compare, and which are put forward; the first are the options where there are any. No number is the mean, the median
 * or the spread of others: figures of a round would seem to tell it.
 */
interface Kind {
  readonly equality?: Json;
  readonly decide?: Json;
  readonly cards: readonly Json[];
  readonly others: readonly Json[];
}

const kinds: readonly Kind[] = [
  { cards: ['zzgate-approve', 'zzgate-reject', 'zzgate-later'], others: ['zzgate-no-card'] },
  {
    equality: 'text',
    cards: ['zzgate approve', 'zzgate reject'],
    others: ['zzgate  APPROVE ', 'Zzgate Approve', 'ZZGATE REJECT'],
  },
  { equality: { set: true }, cards: [['zzset-a', 2], ['zzset-b']], others: [[2, 'zzset-a', 2], 'zzset-b'] },
  {
    equality: { field: '/answer', by: 'exact' },
    cards: [{ answer: 'zzfield-4' }, { answer: 'zzfield-5' }],
    others: [
      { answer: 'zzfield-4', why: 'zzfield-q' },
      { answer: 'zzfield-4', why: 'zzfield-p' },
      { why: 'zzfield-z' },
    ],
  },
  {
    equality: { tolerance: 200 },
    decide: 'mean',
    cards: [700000.101, 700000.205, 700000.307],
    others: [700199.704, 950000],
  },
  { equality: { tolerance: 2 }, decide: 'median', cards: [800001, 800003], others: [800010, 800012] },
  { equality: { relative: { num: 1, den: 10 } }, cards: [900001, 1000003, 1100007], others: [-910009] },
];

/** Rules as they are in use, in which it is known what goes wrong: the rest of each is drawn like any other. */
const wellKnown: readonly {
  readonly kind: number;
  readonly rule: (cards: readonly Json[]) => { readonly [name: string]: Json };
}[] = [
  {
    kind: 0,
    rule: (cards) => ({
      options: [...cards],
      wins: [cards[0] as Json],
      threshold: 2,
      close: 'early',
      tie: 'fail',
    }),
  },
  {
    kind: 0,
    rule: (cards) => ({
      options: [...cards],
      wins: [cards[0] as Json],
      threshold: 1,
      of: 'cast',
      tie: 'fail',
    }),
  },
  {
    kind: 0,
    rule: () => ({ threshold: 1, floor: { present: 2, cast: 2 }, onDeadline: 'decide', deadline: 900 }),
  },
  {
    kind: 3,
    rule: () => ({ threshold: 2, close: 'early', tie: 'fail', floor: 1, absent: 'counts-against' }),
  },
  { kind: 1, rule: (cards) => ({ options: [...cards], threshold: 'unanimous', deadline: 900 }) },
];

function groupFor(random: Random, name: string, names: readonly string[]): GroupPlan {
  for (;;) {
    const group = drawGroup(random, name, names);
    if (parseSettings(group.settings as Json).ok) return group;
  }
}

function drawGroup(random: Random, name: string, names: readonly string[]): GroupPlan {
  const known = random.chance(0.5) ? random.pick(wellKnown) : null;
  const { equality, decide, cards, others } =
    known === null ? random.pick(kinds) : (kinds[known.kind] as Kind);
  const rule: { [name: string]: Json } = {
    electorate: { agents: [...names] },
    next: random.pick(['until-success', 'continuous', 'manual']),
  };
  const maybe = (chance: number, more: { readonly [name: string]: Json | undefined }): void => {
    if (!random.chance(chance)) return;
    for (const [name, value] of Object.entries(more)) if (value !== undefined) rule[name] = value;
  };
  maybe(1, { equality });
  maybe(0.7, { decide });
  const isNear = decide !== undefined || typeof cards[0] === 'number';
  maybe(0.6, { options: [...cards] });
  if (rule.options !== undefined && !isNear) maybe(0.6, { wins: cards.slice(0, random.between(1, 2)) });
  maybe(0.6, { close: 'early' });
  maybe(0.7, { threshold: random.pick<Json>([1, 2, 2, 'majority', 'unanimous']) });
  maybe(0.4, { floor: random.pick<Json>([{ cast: 2 }, { present: 2, cast: 2 }, { present: 3, cast: 1 }]) });
  maybe(0.6, {
    deadline: random.pick([400, 900, 1500]),
    deadlineFrom: random.pick(['first-proposal', undefined]),
  });
  if (rule.deadline !== undefined) maybe(0.5, { onDeadline: 'decide' });
  maybe(0.25, { lastCall: random.pick([200, 600]) });
  maybe(0.3, { of: random.pick(['present', 'cast']) });
  if (rule.wins === undefined || (rule.wins as Json[]).length > 1)
    maybe(0.4, { tie: random.pick<Json>(['seeded', { priority: [cards[1] as Json] }]) });
  maybe(0.3, { absent: 'excluded' });
  maybe(0.3, { reveal: random.pick(['live', 'never']) });
  maybe(0.2, { weights: { a0: 2 } });
  maybe(0.2, { veto: ['a1'] });
  if (rule.close === undefined) maybe(0.3, { revote: true });
  if (known !== null) Object.assign(rule, known.rule(cards));
  const notes = ['zznote-because', 'zznote-perhaps'];
  return {
    name,
    settings: { rule, mayWaive: ['a0'], maySpend: 'agents' },
    values: [...cards, ...others, 'veto'],
    notes,
  };
}

function ballotsOf(random: Random, { name: group, values, notes = [] }: GroupPlan): Op[] {
  const ops: Op[] = [];
  let at = random.below(700);
  if (random.chance(0.4)) ops.push({ at, group, do: 'join', ttl: random.pick([1000, 2000]), role: 'voter' });
  for (let i = random.between(1, 3); i > 0; i -= 1) {
    at += random.below(random.pick([50, 400, 900]));
    const note = random.chance(0.4) ? { note: random.pick(notes) } : {};
    const value = random.chance(0.4) ? (values[0] as Json) : random.pick(values);
    const abstain = random.chance(0.15);
    const numbered = random.chance(0.3);
    const round = random.pick([0, 0, 0, -1]);
    ops.push({ at, group, do: 'propose', round, value, abstain, numbered, wait: 0, ...note });
  }
  if (random.chance(0.2)) ops.push({ at: at + 200, group, do: 'leave' });
  return ops;
}

/** Somebody is waived, the deadline is moved, the round is closed, or nothing of this. */
export function byHand(random: Random, names: readonly string[], group: string): Op[] {
  const ops: Op[] = [];
  const at = (): number => random.between(20, 1500);
  if (random.chance(0.5))
    ops.push({ at: at(), group, do: 'waive', as: random.pick(names), reason: 'on holiday' });
  if (random.chance(0.4)) {
    const moment = random.between(300, 2500);
    const to = random.pick([{ after: 300 }, { after: 900 }, { moment }, { moment }, null]);
    ops.push({ at: at(), group, do: 'deadline', to });
  }
  if (random.chance(0.2)) ops.push({ at: at(), group, do: random.pick(['close', 'open']) });
  // Often longer than the lease, so that another takes over.
  const acting = random.aside();
  for (let runs = acting.between(1, 2); runs > 0; runs -= 1) {
    const then = acting.pick(['done', 'done', 'back', 'renew', 'stop'] as const);
    const pause = acting.pick([0, 100, 900, 1500]);
    ops.push({ at: acting.between(300, 3000), group, do: 'act', lease: 1000, pause, then });
  }
  return ops;
}
