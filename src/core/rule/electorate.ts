import type { Combination, Electorate, Mixed, Panel, Part, Rule } from '../types.ts';

/** Who an electorate names, in what panels, and with what weight. */

/** Agents a fixed electorate names, or null where it names none (size, live). */
export function rosterOf(electorate: Electorate): readonly string[] | null {
  return 'size' in electorate || 'live' in electorate ? null : namesIn(electorate);
}

type Named = Exclude<Electorate, { readonly size: number } | { readonly live: object }>;

function namesIn(electorate: Named): readonly string[] {
  if ('agents' in electorate) return electorate.agents;
  const names = new Set<string>();
  for (const panel of panelsOf(electorate)) for (const agent of panel.agents) names.add(agent);
  return [...names];
}

/** Every panel of a mixed electorate, the one after `else` included. */
export function panelsOf(part: Part | Mixed): readonly Panel[] {
  if ('role' in part) return [part];
  const inner = partsOf(part).flatMap(panelsOf);
  return 'else' in part && part.else !== undefined ? [...inner, ...panelsOf(part.else)] : inner;
}

export function partsOf(combination: Combination): readonly Part[] {
  if ('all' in combination) return combination.all;
  return 'any' in combination ? combination.any : combination.of;
}

/** The largest number of agents that can propose in one round. */
export function mostElectors(electorate: Electorate): number {
  if ('size' in electorate) return electorate.size;
  if ('live' in electorate) return electorate.live.max;
  return namesIn(electorate).length;
}

export function isMixed(electorate: Electorate): electorate is Mixed {
  return !('size' in electorate || 'agents' in electorate || 'live' in electorate);
}

/** An agent's weight; 1 where none is set. */
export function weightOf(weights: Rule['weights'], agent: string): number {
  return weights !== null && Object.hasOwn(weights, agent) ? (weights[agent] as number) : 1;
}

/** How many agents must have proposed or abstained. [Q4.7] */
export function presentFloor(floor: Rule['floor']): number {
  return typeof floor === 'number' ? floor : floor.present;
}

/** How many agents must have proposed a value. */
export function castFloor(floor: Rule['floor']): number {
  return typeof floor === 'number' ? 0 : floor.cast;
}
