import type { Group } from '../../client/group.ts';
import type { Kept } from './ballot.ts';

/** Proposals that are looked through for one's own: more would take longer than anybody looks. */
const most = 2000;

/** What the server has counted of this agent in a round, asked with its token; null when nothing was found. [Q5.17] */
export async function ownBallot(group: Group, agent: string, round: number): Promise<Kept | null> {
  for await (const proposal of group.proposals(round, { limit: most })) {
    if (proposal.agent !== agent) continue;
    const { value, abstain, seq = null, note, index } = proposal;
    if (value === undefined && abstain !== true) return null;
    const said = abstain === true ? {} : { value: value ?? null };
    const key = `counted at ${index}`;
    return { ballot: { round, ...said, note: note ?? '', seq, key }, index: index ?? 0 };
  }
  return null;
}
