import type { Group } from '../../src/core/group/state.ts';
import type { Canonical, Outcome, Rule, Settings } from '../../src/core/types.ts';
import type { Ballot, Verdict } from '../judge/types.ts';

/** What the model keeps: what was said and when. Everything else it works out again each time it is asked. */

export interface Said extends Ballot {
  readonly seq: number | null;
  readonly token: string | null;
  readonly at: number;
}

export interface ModelRound {
  readonly number: number;
  readonly rule: Rule;
  /** When its clock started: for a live electorate once enough agents were live. */
  openedAt: number;
  /** Named electors; null where there is only a size, or while a live electorate gathers. */
  electors: readonly string[] | null;
  gathering: boolean;
  said: Said[];
  /** Electors who left, or whose lease ran out, and who have not been back. */
  gone: Set<string>;
  minWaitLooked: boolean;
  ended: Ended | null;
}

interface Ended {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly at: number;
  readonly eligible: number;
}

export interface ModelMember {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  token: string;
  ttl: number;
  expiresAt: number;
  live: boolean;
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
  /** The revision it was seen to have last, and since when. */
  seen: { revision: number; since: number };
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
  const text = (ballots: Iterable<Ballot>) =>
    [...ballots]
      .map(({ agent, value }) => `${agent}=${value}`)
      .sort()
      .join();
  return text(view.proposals.values()) === text(round.said);
}
