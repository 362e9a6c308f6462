import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json } from '../../src/core/types.ts';
import type { GroupPlan } from './plan.ts';
import type { Random } from './random.ts';

/** Groups of a history: their rules, and what agents put forward in them. */

// No other text looks like this, so that one of these in an answer is a leak.
function secrets(random: Random, group: string): string[] {
  return Array.from(
    { length: random.between(2, 3) },
    (_, i) => `zz${group}${i}${random.below(1e9).toString(36)}`,
  );
}

export function plainGroup(random: Random, names: readonly string[]): GroupPlan {
  const size = random.between(2, Math.min(4, names.length));
  const rule = {
    electorate: { size },
    threshold: random.between(Math.floor(size / 2) + 1, size),
    next: random.pick(['until-success', 'continuous']),
  };
  return { name: 'plain', settings: { rule }, values: secrets(random, 'plain') };
}

export function groupsFor(random: Random, names: readonly string[]): GroupPlan[] {
  const count = random.between(1, 3);
  const groups = Array.from({ length: count }, (_, i) => groupFor(random, `g${i}`, names));
  if (random.chance(0.35)) {
    groups.push(classroomGroup(random));
  }
  if (random.chance(0.2)) groups.push(groupFor(random, 'temp', names));
  return groups;
}

export function classroomGroup(random: Random): GroupPlan {
  const rule = { electorate: { size: random.between(2, 3) }, threshold: 2 };
  return { name: 'default', settings: { preset: 'classroom', rule }, values: [1, 2] };
}

export function groupFor(random: Random, name: string, names: readonly string[]): GroupPlan {
  for (let tries = 0; tries < 8; tries += 1) {
    const kind = random.pick<Kind>([
      'exact',
      'exact',
      'exact',
      'exact',
      'text',
      'near',
      'decimal',
      'decimal',
    ]);
    const rule = ruleFor(random, names, kind);
    const values = valuesFor(random, name, kind, rule.veto !== undefined);
    if (random.chance(0.3)) rule.tie = random.pick<Json>(['seeded', { priority: [values[0] as Json] }]);
    const mayClose = random.pick(['admin', 'agents']);
    if (parseSettings({ rule, mayClose }).ok) return { name, settings: { rule, mayClose }, values };
  }
  return { name, settings: {}, values: secrets(random, name) };
}

/** How values compare: exactly, as texts, as numbers, as numbers exactly the tolerance apart. */
type Kind = 'exact' | 'text' | 'near' | 'decimal';

function valuesFor(random: Random, group: string, kind: Kind, vetoes: boolean): Json[] {
  const large = (): number => 100_000_000 + random.below(900_000_000);
  if (kind === 'near') return [large(), large(), large()];
  if (kind === 'decimal') {
    // Exactly the tolerance apart, as doubles a little more.
    let whole = large();
    while (Number(`${whole}.2`) - Number(`${whole}.1`) <= 0.1) whole = large();
    return [Number(`${whole}.1`), Number(`${whole}.2`)];
  }
  const values = secrets(random, group);
  const refusals: Json[] = vetoes ? [random.pick<Json>(['veto', false])] : [];
  if (kind === 'exact') return [...values, ...refusals];
  // Spellings of one text; none is a part of another, so that each can be told from the others where it leaks.
  const spelt = [`${values[0]} yes`, `${values[0]?.toUpperCase()} YES`, `${values[0]}  Yes `];
  return [...spelt, values[1] as string, ...(vetoes ? ['Veto', ' VETO'] : [])];
}

function ruleFor(random: Random, names: readonly string[], kind: Kind): { [name: string]: Json } {
  // Who may veto must be named.
  const named = kind === 'text' && random.chance(0.6);
  const electorate = named ? { agents: names.slice(0, 3) } : electorateFor(random, names);
  const rule: { [name: string]: Json } = { electorate };
  const roster = (rule.electorate as { agents?: string[] }).agents ?? null;
  const maybe = (chance: number, name: string, value: () => Json): void => {
    if (random.chance(chance)) rule[name] = value();
  };
  maybe(0.7, 'threshold', () =>
    random.pick<Json>([1, 2, 2, 3, 'majority', 'two-thirds', 'unanimous', { num: 2, den: 5, strict: true }]),
  );
  maybe(0.3, 'of', () => random.pick(['present', 'cast']));
  maybe(0.2, 'floor', () => 2);
  if (kind === 'near') rule.equality = { tolerance: random.pick([0, 1000, 500_000_000]) };
  if (kind === 'decimal') rule.equality = { tolerance: 0.1 };
  if (kind === 'text') rule.equality = 'text';
  if (roster !== null) {
    maybe(0.25, 'weights', () => Object.fromEntries(roster.map((name) => [name, random.between(1, 3)])));
    maybe(kind === 'text' ? 0.7 : 0.15, 'veto', () => [random.pick(roster)]);
    maybe(0.15, 'required', () => [random.pick(roster)]);
  }
  maybe(0.5, 'close', () => 'early');
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
