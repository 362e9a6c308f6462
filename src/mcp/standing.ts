import type { Group, RoundJson } from '../client/index.ts';
import type { Standing } from './schemas.ts';

const mostMissing = 100;

/** A round as the tools show it. `next` says what to do now. */
export function show(round: RoundJson, next: string): Standing {
  const { group, state, reason, value, revision, eligible, present, missing, explain } = round;
  const some = missing.slice(0, mostMissing);
  return {
    ...{ group, round: round.round, state, reason, value, revision, eligible, present },
    ...{ missing: [...some], explain, next },
  };
}

/** The call that waits for a round, as a model would write it. */
export function waitCall({ group, round }: Pick<RoundJson, 'group' | 'round'>): string {
  return `call wait with ${JSON.stringify({ group, round })}`;
}

/** What to do about a round: wait for it, use its decision, or propose in the next one. */
export async function nextStep(group: Group, round: RoundJson, signal: AbortSignal): Promise<string> {
  if (round.state === 'WAITING')
    return `Not decided yet: if you have not proposed, propose in round ${round.round}; else ${waitCall(round)}.`;
  if (round.state === 'SUCCESS') return 'Decided: use the value.';
  const { status, round: last } = await group.show({ signal });
  if (status === 'open')
    return `Not agreed. Round ${last} is open: see the tally with outcome, then propose there.`;
  if (status === 'decided')
    return `Not agreed, but a later round was decided: ask for the outcome of round ${last}.`;
  if (status === 'exhausted') return 'Not agreed, and no round is left.';
  return 'Not agreed. Somebody has to open the next round: quorate open, or the page of the group.';
}
