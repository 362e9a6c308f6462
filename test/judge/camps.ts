import type { Canonical } from '../../src/core/types.ts';
import { asSet, canonicalText, sameness } from './sameness.ts';
import { weightIn } from './threshold.ts';
import type { Ballot, JudgedRule } from './types.ts';

/** Proposals that stand together, and the value they would decide. */
export interface Camp {
  /** Names the class of equal values, or a window by its lower median: ties are settled by it. */
  readonly name: string;
  readonly value: Canonical;
  readonly agents: ReadonlySet<string>;
  readonly weight: number;
}

export type Choice = readonly Camp[] | 'tie' | 'no-agreement';

/** The classes of equal values. */
export function campsOf(rule: JudgedRule, ballots: readonly Ballot[]): Camp[] {
  const nameOf = ({ value }: Ballot): string | null => (value === null ? null : sameness(rule, value));
  const names = [...new Set(ballots.map(nameOf))].filter((name) => name !== null);
  return names.map((name) => {
    const inside = ballots.filter((ballot) => nameOf(ballot) === name);
    return campFor(rule, name, spelling(rule, inside), inside);
  });
}

export function campFor(rule: JudgedRule, name: string, value: Canonical, inside: readonly Ballot[]): Camp {
  const agents = new Set(inside.map(({ agent }) => agent));
  return { name, value, agents, weight: inside.reduce((sum, { agent }) => sum + weightIn(rule, agent), 0) };
}

/** How a class is written when it is decided: a set in its one form, else as it was proposed most often. */
function spelling(rule: JudgedRule, inside: readonly Ballot[]): Canonical {
  const often = mostOften(inside);
  const isSet = typeof rule.equality === 'object' && 'set' in rule.equality;
  return isSet && rule.options === undefined ? asSet(often) : often;
}

/** The value proposed most often, of equals the first in text order. */
export function mostOften(ballots: readonly Ballot[]): Canonical {
  const values = [...new Set(ballots.map(({ value }) => value as Canonical))].sort();
  const times = (text: string) => ballots.filter(({ value }) => value === text).length;
  return values.reduce((best, next) => (times(next) > times(best) ? next : best));
}

/** The heaviest of those that reach the threshold; several where a draw may give any of them. */
export function heaviest(rule: JudgedRule, reaching: readonly Camp[]): Choice {
  if (reaching.length === 0) return 'no-agreement';
  const most = Math.max(...reaching.map(({ weight }) => weight));
  const leaders = reaching.filter(({ weight }) => weight === most);
  return leaders.length === 1 ? leaders : settleTie(rule, leaders);
}

export function settleTie(rule: JudgedRule, tied: readonly Camp[]): Choice {
  if (rule.tie === 'fail') return 'tie';
  if (rule.tie === 'seeded') return tied;
  for (const preferred of rule.tie.priority) {
    const name = sameness(rule, canonicalText(preferred));
    const winner = tied.find((camp) => camp.name === name);
    if (winner !== undefined) return [winner];
  }
  return 'tie';
}
