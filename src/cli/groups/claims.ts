import { hasCode } from '../../client/errors.ts';
import type { ClaimJson, Group, RoundJson } from '../../client/index.ts';
import { oneLine, valueText } from '../output.ts';

/** How the command line shows the claims on decisions: who acts on them, or has. [Q10.9] */

/** In a few words; empty where nobody has ever claimed the decision. */
export function claimText(claim: ClaimJson | undefined): string {
  if (claim === undefined || claim.fence === null) return '';
  const { state, holder, fence, until, result } = claim;
  const who = oneLine(holder ?? '');
  if (state === 'held') return `held by ${who} until ${until}, fence ${fence}`;
  if (state === 'spent')
    return `spent by ${who}, fence ${fence}${result === null ? '' : `: ${valueText(result)}`}`;
  return `free again, last fence ${fence}`;
}

export function claimLine(claim: ClaimJson): string {
  return `round ${claim.round}  claim ${claimText(claim)}`;
}

/** Requests at a time. */
const atOnce = 8;

/** The claims that somebody has taken on these rounds, by round. */
export async function claimsOn(
  group: Group,
  rounds: readonly RoundJson[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, ClaimJson>> {
  const claims = new Map<number, ClaimJson>();
  const decided = rounds.filter(({ state }) => state === 'SUCCESS');
  for (let at = 0; at < decided.length; at += atOnce)
    await Promise.all(
      decided.slice(at, at + atOnce).map(async ({ round }) => {
        const claim = await group.readClaim(round, { signal }).catch(gone);
        if (claim !== null && claim.fence !== null) claims.set(round, claim);
      }),
    );
  return claims;
}

/** Meanwhile the round may have been let go. */
function gone(error: unknown): null {
  if (hasCode(error, 'round-not-kept', 'no-decision', 'group-not-found')) return null;
  throw error;
}

/** The claims of a group: that of the decision it stands at, if somebody has taken it, then each that changes. */
export async function* claimsOf(group: Group, signal: AbortSignal): AsyncGenerator<ClaimJson, void, void> {
  for await (const { type, round, claim } of group.events({ signal })) {
    if (claim !== undefined) yield claim;
    else if ((type === 'snapshot' || type === 'resync') && round !== null)
      yield* (await claimsOn(group, [round], signal)).values();
  }
}
