import type { Electorate, Panel, Part } from '../../core/types.ts';
import type { ProposalJson, RoundJson } from '../../core/view/json-types.ts';
import { type Bar, type BarRule, type Bars, mostBlocks } from './bars.ts';
import { leastOf, panelsOf } from './roster.ts';

/** The panels of a mixed electorate: each has its own bars and its own line. */
export interface PartBars {
  readonly role: string;
  /** Whether it decides only where the others cannot agree. */
  readonly isElse: boolean;
  /** How many of it have proposed or abstained, of how many. */
  readonly present: number;
  readonly of: number;
  readonly bars: Bars;
  /** Whether one of its bars that won has reached its line; null: none has yet, or nobody can tell. */
  readonly hasReached: boolean | null;
}

/** Each panel of the electorate, with whether it comes after `else`; none where the electorate has no parts. */
function partsIn(electorate: Electorate): { readonly panel: Panel; readonly isElse: boolean }[] {
  if ('size' in electorate || 'live' in electorate || 'agents' in electorate) return [];
  const last = electorate.else === undefined ? [] : panelsOf(electorate.else);
  return panelsOf(electorate).map((panel) => ({ panel, isElse: last.includes(panel) }));
}

/** The parts that each agent of a mixed electorate belongs to. */
export function rolesIn(electorate: Electorate): ReadonlyMap<string, readonly string[]> {
  const roles = new Map<string, string[]>();
  for (const { panel } of partsIn(electorate))
    for (const agent of panel.agents) roles.set(agent, [...(roles.get(agent) ?? []), panel.role]);
  return roles;
}

/** The agents whom a round has not asked, because they decide only where those before them cannot agree. */
export function unaskedIn(
  { state, missing }: Pick<RoundJson, 'state' | 'missing'>,
  electorate: Electorate,
): string[] {
  const parts = partsIn(electorate);
  const first = new Set(parts.filter(({ isElse }) => !isElse).flatMap(({ panel }) => panel.agents));
  const last = [...rolesIn(electorate).keys()].filter((agent) => !first.has(agent));
  // While a round is open, whoever is waited for is asked; when it has closed, nobody can tell but from who came.
  const isAsked = state === 'WAITING' ? last.some((agent) => missing.includes(agent)) : state === 'FAILED';
  return isAsked || !last.every((agent) => state === 'WAITING' || missing.includes(agent)) ? [] : last;
}

/** The part of a mixed electorate before its `else`. */
export function mainPart(electorate: Electorate): Part | null {
  return 'size' in electorate || 'live' in electorate || 'agents' in electorate ? null : electorate;
}

/** The bars of each panel; none where there are no panels, or where who proposed what is not all known. */
export function partBarsOf(
  round: RoundJson,
  rule: BarRule,
  bars: Bars,
  proposals: readonly ProposalJson[],
): PartBars[] {
  if (rule.reveal === 'never' || bars.moreValues > 0 || bars.rows.some(({ more }) => more > 0)) return [];
  const waived = new Set(round.waived.map(({ agent }) => agent));
  const came = new Set([
    ...bars.rows.flatMap(({ agents }) => agents),
    ...proposals.map(({ agent }) => agent),
  ]);
  return partsIn(rule.electorate).map(({ panel, isElse }): PartBars => {
    const seats = new Set(panel.agents.filter((agent) => !waived.has(agent)));
    const rows = bars.rows
      .map((row) => rowWithin(row, seats))
      .filter(({ weight }) => weight > 0)
      .sort((one, other) => Number(other.won) - Number(one.won) || other.weight - one.weight);
    const present = [...seats].filter((agent) => came.has(agent)).length;
    const cast = rows.reduce((all, { weight }) => all + weight, 0);
    const whole = { eligible: seats.size, present, cast }[rule.of];
    const need = whole === 0 ? null : leastOf(panel.threshold, whole);
    const of = Math.max(1, whole, need ?? 0);
    const won = rows.find((row) => row.won);
    return {
      role: panel.role,
      isElse,
      present,
      of: seats.size,
      bars: { rows, of, need, bySeat: of <= mostBlocks, isWeighed: false, moreValues: 0 },
      hasReached: round.state !== 'SUCCESS' || need === null ? null : won !== undefined && won.weight >= need,
    };
  });
}

function rowWithin(row: Bar, seats: ReadonlySet<string>): Bar {
  const agents = row.agents.filter((agent) => seats.has(agent));
  return {
    ...row,
    agents,
    weight: agents.length,
    blocks: agents.map((agent) => ({ agent, weight: 1 })),
    vetoed: row.vetoed.filter((agent) => seats.has(agent)),
  };
}
