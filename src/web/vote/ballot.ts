import type { Json } from '../../core/types.ts';

/**
 * The life of one person's vote in one round: not sent, sending, durable, being changed, refused. Pure: what is sent, kept and shown
 * follows from the state, and a ballot is never made twice, because a repeat is the same ballot.
 */

/** What somebody chose: a value or an abstention, and why. */
export interface Choice {
  /** Left out for an abstention. */
  readonly value?: Json;
  readonly note: string;
}

/** A choice as it is sent. Sent again it is the same: the server counts it once. */
export interface Ballot extends Choice {
  readonly round: number;
  /** Grows with each change of mind; null where the rule allows none. */
  readonly seq: number | null;
  /** Its Idempotency-Key. */
  readonly key: string;
}

/** A ballot that the server has counted, and the log index that says so. */
export interface Kept {
  readonly ballot: Ballot;
  readonly index: number;
}

/** Why a ballot was not counted, in the server's words. */
interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
  /** When the round had closed, for a ballot that came too late; RFC 3339. */
  readonly closedAt: string | null;
}

export type Vote =
  | { readonly state: 'unsent' }
  | {
      readonly state: 'sending';
      readonly ballot: Ballot;
      /** What counts until this one does. */
      readonly before: Kept | null;
      /** How many attempts have had no answer. */
      readonly failures: number;
      /** When the next attempt starts, by the clock of the page; null while one runs. */
      readonly retryAt: number | null;
    }
  | { readonly state: 'durable'; readonly kept: Kept; readonly elsewhere: boolean }
  | { readonly state: 'changing'; readonly kept: Kept }
  | {
      readonly state: 'refused';
      readonly ballot: Ballot;
      readonly refusal: Refusal;
      /** What counts all the same. */
      readonly before: Kept | null;
    };

export type VoteEvent =
  | { readonly type: 'send'; readonly ballot: Ballot }
  | { readonly type: 'counted'; readonly key: string; readonly index: number }
  | { readonly type: 'no-answer'; readonly key: string; readonly retryAt: number }
  | { readonly type: 'try-now' }
  | { readonly type: 'refused'; readonly key: string; readonly refusal: Refusal }
  /** Another tab, or the server, says what counts. */
  | { readonly type: 'found'; readonly kept: Kept }
  | { readonly type: 'change' }
  | { readonly type: 'keep' }
  /** The server has gone back to before the ballot that was counted. */
  | { readonly type: 'forgotten' };

export const unsent: Vote = { state: 'unsent' };

/** The vote after this event. What does not fit the state changes nothing: it is late, or for another ballot. */
export function step(vote: Vote, event: VoteEvent): Vote {
  switch (event.type) {
    case 'send':
      // One ballot is on its way at a time: a second press sends nothing.
      if (vote.state === 'sending' || vote.state === 'durable') return vote;
      return sending(event.ballot, keptIn(vote));
    case 'counted':
      if (vote.state !== 'sending' || vote.ballot.key !== event.key) return vote;
      return { state: 'durable', kept: { ballot: vote.ballot, index: event.index }, elsewhere: false };
    case 'no-answer':
      if (vote.state !== 'sending' || vote.ballot.key !== event.key) return vote;
      return { ...vote, failures: vote.failures + 1, retryAt: event.retryAt };
    case 'try-now':
      return vote.state === 'sending' && vote.retryAt !== null ? { ...vote, retryAt: null } : vote;
    case 'refused':
      if (vote.state !== 'sending' || vote.ballot.key !== event.key) return vote;
      return { state: 'refused', ballot: vote.ballot, refusal: event.refusal, before: vote.before };
    case 'found':
      return found(vote, event.kept);
    case 'change':
      return vote.state === 'durable' ? { state: 'changing', kept: vote.kept } : vote;
    case 'keep':
      return vote.state === 'changing' ? { state: 'durable', kept: vote.kept, elsewhere: false } : vote;
    case 'forgotten':
      return vote.state === 'durable' || vote.state === 'changing' ? sending(vote.kept.ballot, null) : vote;
  }
}

/** What counts now; null when nothing does, as far as this page knows. */
export function keptIn(vote: Vote): Kept | null {
  if (vote.state === 'durable' || vote.state === 'changing') return vote.kept;
  return vote.state === 'unsent' ? null : vote.before;
}

/** The ballot that is on its way; null when none is. */
export function pendingIn(vote: Vote): Ballot | null {
  return vote.state === 'sending' ? vote.ballot : null;
}

/** The vote of somebody who comes back: what was on its way is sent again, as it was. */
export function resumed(pending: Ballot | null, kept: Kept | null): Vote {
  if (pending !== null) return sending(pending, kept);
  return kept === null ? unsent : { state: 'durable', kept, elsewhere: false };
}

/** The number for the next ballot of a rule that allows changes. */
export function nextSeq(vote: Vote): number {
  const sent = vote.state === 'refused' ? vote.ballot.seq : null;
  return Math.max(keptIn(vote)?.ballot.seq ?? 0, sent ?? 0) + 1;
}

/** ms until the attempt after so many failures: soon at first, and never longer than somebody waits who looks at it. */
export function pauseAfter(failures: number): number {
  return Math.min(2000 * 1.5 ** failures, 15_000);
}

function sending(ballot: Ballot, before: Kept | null): Vote {
  return { state: 'sending', ballot, before, failures: 0, retryAt: null };
}

function found(vote: Vote, kept: Kept): Vote {
  if (vote.state === 'sending' && vote.ballot.key === kept.ballot.key)
    return { state: 'durable', kept, elsewhere: false };
  // Of two ballots the one with the greater seq counts: an older one is no news.
  const known = vote.state === 'sending' ? vote.ballot : keptIn(vote)?.ballot;
  if (known !== undefined && (known.key === kept.ballot.key || (known.seq ?? 0) > (kept.ballot.seq ?? 0)))
    return vote;
  return { state: 'durable', kept, elsewhere: true };
}
