import { panelsOf } from '../../src/core/rule/electorate.ts';
import type { Json, Rule } from '../../src/core/types.ts';
import { pick, randomFrom } from '../harness/random.ts';
import { settingsOf } from '../harness/test-group.ts';

/** A round of many under a random rule, made so that whoever looks at all for each of many is found out. */
export interface Crowd {
  readonly body: Json;
  readonly rule: Rule;
  readonly agents: readonly string[];
  /** Who leaves before anybody proposes. */
  readonly away: readonly string[];
  /** Who proposes last. */
  readonly last: readonly string[];
  /** What the agent at a place proposes; undefined: it abstains. */
  readonly proposes: (place: number) => Json | undefined;
  /** Proposals, each once for each panel: what the steps are held against. */
  readonly size: number;
}

/** `size` agents; texts are `length` characters long. */
export function crowd(seed: number, size: number, length: number): Crowd {
  const random = randomFrom(seed);
  const some = <T>(...options: T[]): T => pick(random, options);
  const agents = Array.from({ length: size }, (_, i) => `a${i}`);
  const part = (share: number): string[] => agents.filter(() => random() < share);
  const equality = some<Json>('exact', 'text', 'text', { tolerance: 1 });
  const mixed = typeof equality === 'string' && random() < 0.5;
  const proposes = values(some('same', 'apart', 'pairs', 'levels', 'veto', 'camps'), size, length, equality);
  const listed = Array.from({ length: 64 }, (_, i) => proposes(i * 3)).filter((value) => value !== undefined);
  const names = mixed
    ? panels(random, agents)
    : some<Json>({ agents }, { size }, { live: { min: size, max: size } });
  const close = some('all', 'early', 'early');
  const rule: { [name: string]: Json } = {
    electorate: names,
    equality,
    close,
    of: some('eligible', 'present', 'cast'),
    tie: some<Json>('fail', 'seeded', { priority: listed }),
    reveal: 'live',
    next: 'manual',
    revote: true,
    minWait: 1,
    floor: some(1, 2, size >> 1),
    veto: some(
      () => part(0.5),
      () => [],
    )(),
    required: some(
      () => part(0.3),
      () => [],
      () => [],
    )(),
  };
  if (!mixed) {
    rule.threshold = some<Json>(1, 2, 'majority', 'two-thirds', 'unanimous', size >> 1);
    if ('agents' in (names as object) && random() < 0.5)
      rule.weights = Object.fromEntries(agents.map((agent) => [agent, 1 + Math.floor(random() * 1000)]));
    rule.absent = some('counts-against', 'excluded');
  }
  const missing = agents.slice(-Math.min(50, size >> 2));
  const body = { rule } as Json;
  const parsed = settingsOf(body).rule;
  const count = mixed ? panelsOf(parsed.electorate as never).length : 1;
  return {
    body,
    rule: parsed,
    agents: agents.slice(0, -missing.length),
    away: missing.slice(0, missing.length >> 1),
    last: missing,
    proposes,
    size: size * count,
  };
}

/** Who proposes what: equal values, all different ones, or such that many are level, or nearly. */
function values(
  how: 'same' | 'apart' | 'pairs' | 'levels' | 'veto' | 'camps',
  size: number,
  length: number,
  equality: Json,
): (place: number) => Json | undefined {
  const numberOf = (place: number): number => {
    if (how === 'same') return 7;
    if (how === 'apart') return place * 3;
    if (how === 'pairs') return (place >> 1) * 1.5;
    // A third of the values once, the others twice: those level with the leader are as many as those one below.
    if (how === 'levels') return place < size / 3 ? place : size + (place >> 1);
    return how === 'camps' ? (place % 5) * 10 : place >> 2;
  };
  if (typeof equality === 'object') return numberOf;
  return (place) => {
    if (how === 'veto' && place < 6) return false;
    if (place % 50 === 49) return undefined;
    return `É${numberOf(place)} `.padEnd(length, 'Éa ß');
  };
}

/** Up to eight panels that share agents, with or without `else`. */
function panels(random: () => number, agents: readonly string[]): Json {
  const count = 1 + Math.floor(random() * 7);
  const most = Math.floor(8000 / count);
  const panel = (at: number): Json => ({
    role: `r${at}`,
    agents: agents.filter((_, i) => i % count === at || random() < 0.1).slice(0, most),
    threshold: pick<Json>(random, [1, 2, 'majority', { num: 1, den: 3, strict: false }, 'unanimous']),
  });
  const all = Array.from({ length: count }, (_, at) => panel(at));
  const some = pick<{ [name: string]: Json }>(random, [
    { any: all },
    { all },
    { atLeast: 1 + (count >> 1), of: all },
  ]);
  return random() < 0.7 ? { ...some, else: panel(0) } : some;
}
