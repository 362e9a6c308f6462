import { classOf } from '../equality/equality.ts';
import { canonical } from '../json.ts';
import type { Rule } from '../types.ts';

/**
 * The class that wins among equally heavy ones; null for none. Never by order of arrival: by the rule's list, or by a
 * draw whose seed was fixed when the round opened. A caller that asks often keeps `priority`. [Q4.15]
 */
export function breakTie(
  rule: Rule,
  seed: number,
  tied: readonly string[],
  priority: readonly string[] = priorityOf(rule),
): string | null {
  if (tied.length === 1) return tied[0] as string;
  if (rule.tie === 'fail') return null;
  if (rule.tie === 'seeded') return atPlace(tied, draw(seed, tied.length), seed);
  const among = new Set(tied);
  return priority.find((preferred) => among.has(preferred)) ?? null;
}

/** Of different texts, the one at this place in text order, from 0; O(n) on average, by a seed that nobody knew who chose the texts. */
function atPlace(texts: readonly string[], place: number, seed: number): string {
  let among = texts;
  let before = 0;
  while (among.length > 50) {
    const pivot = among[draw(seed ^ among.length, among.length)] as string;
    const less = among.filter((text) => text < pivot);
    const at = place - before - less.length;
    if (at === 0) return pivot;
    if (at > 0) {
      among = among.filter((text) => text > pivot);
      before += less.length + 1;
    } else among = less;
  }
  return [...among].sort()[place - before] as string;
}

/** The classes that the rule prefers in a tie, the first before the others; none when it lists none. */
export function priorityOf({ tie, equality }: Rule): string[] {
  return typeof tie === 'object' ? tie.priority.map((value) => classOf(equality, canonical(value))) : [];
}

/** A whole number from 0 to below `sides`, from a seed: 32-bit integer mixing, the same in every engine. */
export function draw(seed: number, sides: number): number {
  let x = (seed ^ (sides * 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) % sides;
}
