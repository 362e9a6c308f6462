import type { Command } from '../entry.ts';
import { sameUnder } from '../equality/equality.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import type { Outcome } from '../types.ts';
import { type Claim, Claims, noClaims } from './claim-list.ts';
import { type Context, markChanged, recordEvent } from './context.ts';
import { inviteRefusal } from './invites.ts';
import { prolong, tokenRefusal, touch } from './members.ts';
import { notYetOpen, refuse } from './refuse.ts';
import type { Group } from './state.ts';

/** A decision is spent once: who may act on it takes the claim, acts with its fence, and says that it is done. */

type Take = Extract<Command, { type: 'claim' }>;
type Use = Extract<Command, { type: 'renew-claim' | 'spend-claim' | 'give-back-claim' }>;
type Spend = Extract<Command, { type: 'spend-claim' }>;

/** Takes the claim on the decision of a round, where nobody holds it; again by its holder it is the same claim. [Q10.1] [Q10.2] */
export function takeClaim(context: Context, group: Group, command: Take): Result {
  const { round, by, holder, lease } = command;
  const wrong = spenderRefusal(context, group, command);
  if (wrong !== null) return wrong;
  if (round > group.round) return notYetOpen(round, group.round);
  const outcome = group.closed.get(round);
  const claim = group.claims.get(round);
  const otherwise = meantOtherwise(context, outcome, command);
  if (otherwise !== null) return otherwise;
  if (claim?.state === 'spent') return isSpent(claim);
  if (claim?.state === 'held') return isHolder(claim, command) ? taken(claim, false) : isClaimed(claim);
  const refusal = decisionRefusal(context, group, round, outcome);
  if (refusal !== null) return refusal;
  if (group.claims.held >= limits.claimsHeld)
    return refuse('limit-reached', `${limits.claimsHeld} claims of group ${group.name} are held already`);
  const tokenHash = by === null ? null : command.tokenHash;
  const until = context.now + lease;
  const plain = { state: 'held', result: null, revision: 0 } as const;
  const fence = context.index;
  return taken(
    change(context, group, 'claimed', { round, holder, by, tokenHash, fence, lease, until, ...plain }),
    true,
  );
}

/** Makes the lease of a claim as long again. [Q10.5] */
export function renewClaim(context: Context, group: Group, command: Use): Result {
  const claim = usedClaim(context, group, command);
  if ('code' in claim) return claim;
  const mayNot = maySpendRefusal(group, command.by);
  if (mayNot !== null) return mayNot;
  if (claim.state !== 'held') return stale(claim, 'it is not held any more');
  const renewed = { ...claim, until: Math.max(claim.until, context.now + claim.lease) };
  group.claims.set(renewed);
  markChanged(context, group);
  return { ok: true, did: 'claim-renewed', round: claim.round };
}

/** Spends a decision, for good. Taken late as long as nobody else has claimed. [Q10.5] [Q10.7] */
export function spendClaim(context: Context, group: Group, command: Spend): Result {
  const claim = usedClaim(context, group, command);
  if ('code' in claim) return claim;
  const { round, state } = claim;
  const { result } = command;
  if (state === 'spent')
    return claim.result === result ? { ok: true, did: 'spent-before', round } : isSpent(claim);
  if (state === 'given-back') return stale(claim, 'it was given back');
  change(context, group, 'spent', { ...claim, state: 'spent', result });
  return { ok: true, did: 'spent', round };
}

/** Gives a claim back, so that another may take it at once. [Q10.5] */
export function giveBackClaim(context: Context, group: Group, command: Use): Result {
  const claim = usedClaim(context, group, command);
  if ('code' in claim) return claim;
  const { round, state } = claim;
  if (state === 'spent') return stale(claim, 'it is spent');
  if (state === 'given-back') return { ok: true, did: 'claim-given-back', round };
  change(context, group, 'claim-released', { ...claim, state: 'given-back' });
  return { ok: true, did: 'claim-given-back', round };
}

/** Lets the claim whose lease ends first run out, at a moment that has passed. [Q10.6] */
export function lapseClaim(context: Context, group: Group): void {
  change(context, group, 'claim-lapsed', { ...group.claims.first(), state: 'lapsed' });
}

/** Writes a change of a claim, and returns the claim as it is then. */
function change(
  context: Context,
  group: Group,
  type: 'claimed' | 'spent' | 'claim-released' | 'claim-lapsed',
  changed: Claim,
): Claim {
  if (group.claims === noClaims) group.claims = new Claims();
  recordEvent(context, group, type, changed.round, changed.by);
  const claim = { ...changed, revision: group.revision };
  group.claims.set(claim);
  group.claims.shorten((round) => group.closed.has(round));
  return claim;
}

/** The refusal of a caller who may not take claims of this group, or null. [Q10.8] */
function spenderRefusal(context: Context, group: Group, { by, tokenHash }: Take): Refusal | null {
  if (by === null) return null;
  const wrong = tokenRefusal(group, by, tokenHash);
  if (wrong !== null) return wrong;
  touch(context, group, by);
  return maySpendRefusal(group, by);
}

function maySpendRefusal({ name, settings }: Group, by: string | null): Refusal | null {
  const { maySpend } = settings;
  if (by === null || maySpend === 'agents' || maySpend?.includes(by) === true) return null;
  return refuse('may-not-spend', `agent ${by} may not spend decisions of group ${name}`);
}

/** The refusal of a caller who meant another decision, or null. What is no longer kept cannot be compared. [Q10.4] */
function meantOtherwise({ state }: Context, outcome: Outcome | undefined, command: Take): Refusal | null {
  if (outcome === undefined || outcome.value === null) return null;
  const { rule, round } = outcome;
  const { value, subjectHash } = command;
  const meant = value === undefined ? outcome.value : (state.interned.options(rule)?.spelt(value) ?? value);
  if (!sameUnder(rule.equality, meant, outcome.value))
    return refuse('superseded', `round ${round} has decided another value than was meant`, round);
  if (subjectHash === undefined || subjectHash === outcome.subjectHash) return null;
  return refuse('superseded', `round ${round} has decided about another subject than was meant`, round);
}

/** Why nobody can take the claim on this round, or null. */
function decisionRefusal(
  { index }: Context,
  group: Group,
  round: number,
  outcome: Outcome | undefined,
): Refusal | null {
  if (group.open?.number === round) return refuse('no-decision', `round ${round} is still open`, round);
  if (outcome === undefined) return refuse('round-not-kept', `round ${round} is no longer kept`);
  if (outcome.state === 'FAILED') return refuse('no-decision', `round ${round} has failed`, round);
  // Nobody has read it, and a group of the same name, deleted in this entry, may have given its index as a fence.
  if (outcome.index === index) return refuse('no-decision', `round ${round} ends only now`, round);
  const why = supersededBy(group, outcome);
  return why === null
    ? null
    : refuse('superseded', `the decision of round ${round} no longer stands: ${why}`, round);
}

/** Why a decision no longer stands, or null. All rounds after one that is kept are kept. [Q10.4] */
function supersededBy({ settings, open, closed, round: latest }: Group, outcome: Outcome): string | null {
  const { round, subjectHash, rule } = outcome;
  if (settings.subjectHash !== subjectHash) return 'the group has another subject now';
  if (rule.next !== 'continuous' && latest > round) return `round ${latest} was opened after it`;
  for (let number = round + 1; number <= latest; number += 1) {
    const later = closed.get(number);
    if ((later ?? open)?.subjectHash !== subjectHash) return `round ${number} was about another subject`;
    if (later?.state === 'SUCCESS') return `round ${number} has decided since`;
  }
  return null;
}

/** The claim that a fence is of, for whom it answers to; or the refusal. [Q10.7] [Q10.8] */
function usedClaim(context: Context, group: Group, { round, fence, by, tokenHash }: Use): Claim | Refusal {
  if (round > group.round) return notYetOpen(round, group.round);
  const claim = group.claims.get(round);
  if (claim === undefined) return refuse('stale-fence', `no claim on round ${round} is known`, round);
  const wrong = by === null ? null : strangerRefusal(context, group, claim, by, tokenHash);
  if (wrong !== null) return wrong;
  if (claim.fence !== fence) return stale(claim, `the latest is ${claim.fence}`);
  return fence === context.index ? stale(claim, 'nobody has been told it yet') : claim;
}

/** The refusal of a caller to whom the claim does not answer, or null. It does also once the lease of its agent has ended. */
function strangerRefusal(
  context: Context,
  group: Group,
  claim: Claim,
  by: string,
  tokenHash: string | null,
): Refusal | null {
  if (claim.by !== by || claim.tokenHash !== tokenHash)
    return refuse(
      'token-wrong',
      `only the token under which round ${claim.round} was claimed speaks for its claim`,
    );
  const member = group.members.get(by);
  if (member?.live === true && member.tokenHash === tokenHash) prolong(context, group, member);
  else if (group.settings.admission === 'invite') return inviteRefusal(group, by, tokenHash);
  return null;
}

/** Whether this is the request that took the claim, sent again. [Q10.2] */
function isHolder(claim: Claim, { holder, by, tokenHash }: Take): boolean {
  return claim.holder === holder && claim.by === by && (by === null || claim.tokenHash === tokenHash);
}

function taken({ round, fence }: Claim, isNew: boolean): Result {
  return { ok: true, did: isNew ? 'claimed' : 'claimed-before', round, fence };
}

function isClaimed({ round, holder, until }: Claim): Refusal {
  const detail = `${JSON.stringify(holder)} holds the claim on round ${round} until ${new Date(until).toISOString()}`;
  return { ...refuse('claimed', detail), claimOf: round };
}

function isSpent({ round, holder }: Claim): Refusal {
  return {
    ...refuse('spent', `the decision of round ${round} was spent by ${JSON.stringify(holder)}`),
    claimOf: round,
  };
}

function stale({ round }: Claim, why: string): Refusal {
  return {
    ...refuse('stale-fence', `this is not the fence of a claim on round ${round}: ${why}`),
    claimOf: round,
  };
}
