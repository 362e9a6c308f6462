import type { Electorate, Mixed, Panel, Part, Rule, Threshold } from '../../core/types.ts';

/** Who an electorate names, and how much decides. */

/** The agents that an electorate names, in its order; none where it is a size, or whoever is live. */
export function rosterOf(electorate: Electorate): readonly string[] {
  if ('size' in electorate || 'live' in electorate) return [];
  if ('agents' in electorate) return electorate.agents;
  return [...new Set(panelsOf(electorate).flatMap(({ agents }) => agents))];
}

/** The panels of a mixed electorate, those after `else` last. */
export function panelsOf(part: Part | Mixed): readonly Panel[] {
  if ('role' in part) return [part];
  const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
  const inner = parts.flatMap(panelsOf);
  return 'else' in part && part.else !== undefined ? [...inner, ...panelsOf(part.else)] : inner;
}

/** The least weight that reaches a threshold of a whole. [Q4.5] */
export function leastOf(threshold: Threshold, whole: number): number {
  if (typeof threshold === 'number') return threshold;
  if (threshold === 'majority') return Math.floor(whole / 2) + 1;
  if (threshold === 'two-thirds') return Math.max(1, Math.ceil((2 * whole) / 3));
  if (threshold === 'unanimous') return Math.max(1, whole);
  const { num, den, strict } = threshold;
  const share = whole * num;
  return Math.max(1, strict ? Math.floor(share / den) + 1 : Math.ceil(share / den));
}

/** How many must have proposed or abstained. [Q4.7] */
export function presentFloor(floor: Rule['floor']): number {
  return typeof floor === 'number' ? floor : floor.present;
}

/** How many must have proposed a value. */
export function castFloor(floor: Rule['floor']): number {
  return typeof floor === 'number' ? 0 : floor.cast;
}
