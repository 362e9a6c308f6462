import type { RoundState } from './types.ts';

/** What comes of an entry: one result for each command, and the events that others see. */

export type RefusalCode =
  | 'group-not-found'
  | 'revision-mismatch'
  | 'no-open-round'
  | 'group-exhausted'
  | 'round-closed'
  | 'round-not-open'
  | 'round-open'
  | 'already-proposed'
  | 'stale-seq'
  | 'not-eligible'
  | 'not-a-voter'
  | 'round-full'
  | 'electorate-incomplete'
  | 'not-a-number'
  | 'note-too-long'
  | 'not-an-option'
  | 'too-large'
  | 'no-such-field'
  | 'key-reused'
  | 'agent-not-found'
  | 'agent-taken'
  | 'role-differs'
  | 'token-required'
  | 'token-wrong'
  | 'join-key-wrong'
  | 'no-keys'
  | 'no-invites'
  | 'not-invited'
  | 'invite-used'
  | 'invite-wrong'
  | 'may-not-close'
  | 'may-not-waive'
  | 'cannot-be-waived'
  | 'deadline-out-of-range'
  | 'not-in-view'
  | 'view-changed'
  | 'messages-not-kept'
  | 'message-not-found'
  | 'cursor-ahead'
  | 'ack-out-of-reach'
  | 'limit-reached'
  | 'no-decision'
  | 'superseded'
  | 'claimed'
  | 'spent'
  | 'stale-fence'
  | 'may-not-spend'
  | 'webhook-not-found'
  | 'webhook-disabled'
  | 'delivery-not-found'
  | 'round-not-kept'
  | 'reserved-name';

/** A refusal is an answer, not an exception: replaying the log reproduces it. */
export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  /** The sentence for this case, without any hidden value. */
  readonly detail: string;
  /** The round the refusal is about: readers show it or its outcome. */
  readonly round?: number;
  /** The round whose claim the refusal is about: readers show that. [Q10.3] */
  readonly claimOf?: number;
  /** When the present holder of an agent's name joined, or when an invite was redeemed, ms. */
  readonly since?: number;
  /** What the seq of a change of mind must be above. [Q4.24] */
  readonly seq?: number;
  /** The offset of the oldest item that is kept, where one before it is asked for. [Q9.8] */
  readonly oldest?: number;
  /** The view in force, where it matters. [Q9.5] */
  readonly view?: number;
}

export type Accepted =
  | {
      readonly ok: true;
      readonly did: 'created' | 'updated' | 'unchanged' | 'deleted';
      readonly revision: number;
    }
  | {
      readonly ok: true;
      readonly did: 'proposed' | 'repeated' | 'changed';
      readonly round: number;
      readonly agent: string;
    }
  | { readonly ok: true; readonly did: 'told'; readonly state: RoundState }
  | { readonly ok: true; readonly did: 'opened' | 'opened-before' | 'closed'; readonly round: number }
  | {
      readonly ok: true;
      readonly did: 'waived' | 'waived-before' | 'deadline-set' | 'deadline-set-before';
      readonly round: number;
    }
  | {
      readonly ok: true;
      readonly did: 'joined' | 'rejoined' | 'renewed' | 'left';
      readonly agent: string;
      readonly expiresAt: number | null;
    }
  | {
      readonly ok: true;
      readonly did: 'invited' | 'invited-before' | 'redeemed' | 'revoked';
      readonly agent: string;
    }
  | {
      readonly ok: true;
      readonly did: 'said' | 'said-before';
      readonly offset: number;
      readonly view: number;
      /** Of the entry that holds the message. */
      readonly index: number;
    }
  | { readonly ok: true; readonly did: 'cursor-set'; readonly agent: string; readonly offset: number }
  | {
      readonly ok: true;
      readonly did: 'claimed' | 'claimed-before';
      readonly round: number;
      readonly fence: number;
    }
  | {
      readonly ok: true;
      readonly did: 'claim-renewed' | 'spent' | 'spent-before' | 'claim-given-back';
      readonly round: number;
    }
  | {
      readonly ok: true;
      readonly did: 'webhook-made' | 'webhook-changed' | 'webhook-unchanged' | 'webhook-deleted';
      readonly id: string;
    }
  | {
      readonly ok: true;
      /** Ignored: what an attempt came to changes nothing, for it is known, or no longer of interest. */
      readonly did: 'delivery-queued' | 'delivery-queued-before' | 'attempt-noted' | 'attempt-ignored';
      readonly id: string;
      readonly number: number;
    }
  | {
      readonly ok: true;
      /** Held: by another server, which this one has to leave it to. */
      readonly did: 'deliveries-taken' | 'deliveries-held';
      readonly server: string;
      readonly fence: number;
      /** Log time, ms. */
      readonly until: number;
    }
  | { readonly ok: true; readonly did: 'ticked' }
  /** The state that was restored holds what this command did already. */
  | { readonly ok: true; readonly did: 'skipped' }
  | { readonly ok: true; readonly did: 'activated'; readonly version: number };

export type Result = Accepted | Refusal;

/** Something visible changed: one step of one group's revision. Carries no value of a hidden proposal. */
export interface Event {
  readonly group: string;
  readonly revision: number;
  readonly index: number;
  readonly time: number;
  readonly type:
    | 'group-created'
    | 'group-updated'
    | 'group-deleted'
    | 'keys-changed'
    | 'round-opened'
    | 'round-closed'
    | 'deadline-set'
    | 'waived'
    | 'proposed'
    | 'agent-joined'
    | 'agent-renamed'
    | 'agent-invited'
    | 'invite-redeemed'
    | 'invite-revoked'
    | 'agent-left'
    | 'agent-expired'
    | 'claimed'
    | 'spent'
    | 'claim-released'
    | 'claim-lapsed';
  readonly round: number | null;
  readonly agent: string | null;
}
