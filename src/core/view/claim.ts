import type { Group } from '../group/state.ts';
import type { Event } from '../result.ts';
import type { Json } from '../types.ts';
import type { ClaimJson } from './json-types.ts';

/** What readers see of the claim on a decision. */

/** The claim on a round, free where nobody has taken it; null where the round has no decision, or is kept no longer. [Q10.9] */
export function viewClaim(group: Group, round: number, index: number): ClaimJson | null {
  const claim = group.claims.get(round);
  const outcome = group.closed.get(round);
  if (claim === undefined && outcome?.state !== 'SUCCESS') return null;
  const isFree = claim?.state !== 'held' && claim?.state !== 'spent';
  return {
    group: group.name,
    round,
    state: isFree ? 'free' : (claim.state as 'held' | 'spent'),
    holder: isFree ? null : claim.holder,
    by: isFree ? null : claim.by,
    fence: claim?.fence ?? null,
    until: claim?.state === 'held' ? new Date(claim.until).toISOString() : null,
    result: claim?.result == null ? null : (JSON.parse(claim.result) as Json),
    revision: claim?.revision ?? (outcome?.revision as number),
    index,
  };
}

const aboutClaims: ReadonlySet<Event['type']> = new Set([
  'claimed',
  'spent',
  'claim-released',
  'claim-lapsed',
]);

/** The claim that an event is about, as a part of what is shown of the event; empty for other events. */
export function claimOfEvent(group: Group, { type, round, index }: Event): { claim?: ClaimJson } {
  if (round === null || !aboutClaims.has(type)) return {};
  return { claim: viewClaim(group, round, index) as ClaimJson };
}
