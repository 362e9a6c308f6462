import type { Command } from '../../src/core/entry.ts';
import type { Group } from '../../src/core/group/state.ts';
import type { AgentKind, Canonical, Outcome, Rule, Settings } from '../../src/core/types.ts';
import type { Ballot, Verdict } from '../judge/types.ts';
import type { ModelStream } from './items.ts';

/** What the model keeps: what was said and when. Everything else it works out again each time it is asked. */

export interface Said extends Ballot {
  readonly seq: number | null;
  readonly token: string | null;
  /** When its agent first proposed in the round. */
  readonly at: number;
  readonly note: string | null;
}

/** That an elector was taken out of the round. [Q4.37] */
export interface ModelWaiver {
  readonly by: string | null;
  readonly reason: string;
  readonly time: number;
}

/** A deadline that somebody set; `at`: null where there is none any more. [Q4.36] */
interface SetDeadline {
  readonly at: number | null;
  readonly by: string | null;
  readonly time: number;
  readonly times: number;
}

export interface ModelRound {
  readonly number: number;
  readonly rule: Rule;
  readonly subject: string | null;
  /** When its clock started: for a live electorate once enough agents were live. */
  openedAt: number;
  /** Named electors; null where there is only a size, or while a live electorate gathers. */
  electors: readonly string[] | null;
  gathering: boolean;
  said: Said[];
  /** Electors who left, or whose lease ran out, and who have not been back. */
  gone: Set<string>;
  readonly waived: Map<string, ModelWaiver>;
  deadlineSet: SetDeadline | null;
  /** Since when the floor has been met without a break. */
  floorMetAt: number | null;
  minWaitLooked: boolean;
  ended: Ended | null;
}

interface Ended {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly at: number;
  /** Of the entry that ended it. */
  readonly index: number;
  readonly eligible: number;
  /** When it would have ended by its deadline. */
  readonly deadlineAt: number | null;
}

export interface ModelMember {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  token: string;
  /** What it is shown as. */
  name: string | null;
  /** What it is, as it says itself. */
  kind: AgentKind | null;
  ttl: number;
  expiresAt: number;
  live: boolean;
  /** The offset of its join; 0 before it has joined. [Q9.4] */
  incarnation: number;
}

/** That somebody may take part under a name. [Q5.14] */
export interface ModelInvite {
  readonly secret: string;
  readonly name: string | null;
  readonly kind: AgentKind | null;
  readonly role: 'voter' | 'observer';
  state: 'open' | 'redeemed' | 'revoked';
  /** What the secret was exchanged for. */
  token: string | null;
}

export interface ModelGroup {
  readonly name: string;
  settings: Settings;
  rounds: ModelRound[];
  status: Group['status'];
  members: Map<string, ModelMember>;
  told: Set<string>;
  /** Round and name of those who have been told of a round of their own. */
  toldOwn: Set<string>;
  keys: Map<string, KeyUse>;
  joinKey: string | null;
  readonly invites: Map<string, ModelInvite>;
  readonly stream: ModelStream;
  /** What was done about decisions: claims, what their holders did, and, without a command, leases of claims that ran out. */
  readonly acts: Act[];
  /** The revision it was seen to have last, and since when. */
  seen: { revision: number; since: number };
}

interface Act {
  readonly round: number;
  readonly command: Extract<
    Command,
    { type: 'claim' | 'renew-claim' | 'spend-claim' | 'give-back-claim' }
  > | null;
  readonly index: number;
  readonly at: number;
}

/** Why a round may fail by its proposals. */
export const failing: readonly string[] = ['no-agreement', 'tie', 'veto', 'required', 'floor'];

/** The request that an Idempotency-Key of an agent came with first. */
export interface KeyUse {
  readonly round: number;
  readonly seat: string;
  readonly value: Canonical | null;
}

export function sameBallots(view: { readonly proposals: Outcome['proposals'] }, round: ModelRound): boolean {
  const text = (ballots: Iterable<Ballot & { readonly note?: string | null }>) =>
    [...ballots]
      .map(({ agent, value, note }) => `${agent}=${value} ${note ?? ''}`)
      .sort()
      .join();
  return text(view.proposals.values()) === text(round.said);
}
