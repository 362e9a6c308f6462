import { canonical } from '../json.ts';
import type { Rule } from '../types.ts';
import { classOf } from './equality.ts';

/**
 * Which of several equally heavy classes wins, or null for none. Never by arrival: by the rule's list, or by a
 * draw whose seed was fixed before the round opened. Who asks often gives what `listedIn` says. [Q4.15]
 */
export function breakTie(
  rule: Rule,
  seed: number,
  tied: readonly string[],
  listed: readonly string[] = listedIn(rule),
): string | null {
  if (tied.length === 1) return tied[0] as string;
  if (rule.tie === 'fail') return null;
  if (rule.tie === 'seeded') return [...tied].sort()[draw(seed, tied.length)] as string;
  const level = new Set(tied);
  return listed.find((preferred) => level.has(preferred)) ?? null;
}

/** The classes that the rule prefers in a tie, the first before the others; none where it lists none. */
export function listedIn({ tie, equality }: Rule): string[] {
  return typeof tie === 'object' ? tie.priority.map((value) => classOf(equality, canonical(value))) : [];
}

/** A whole number below `sides` from a seed: 32-bit integer mixing, the same in every engine. */
export function draw(seed: number, sides: number): number {
  let x = (seed ^ (sides * 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) % sides;
}
