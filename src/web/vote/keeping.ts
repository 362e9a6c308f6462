import type { Store } from '../store.ts';
import { type Ballot, type Kept, keptIn, pendingIn, resumed, unsent, type Vote } from './ballot.ts';

/** The ballot of an agent as a browser keeps it, so that neither a reload nor a long sleep loses it or makes it twice. */

interface BallotKept {
  /** When the group was created: a group made again under the name is another one. [Q3.15] */
  readonly createdAt: string;
  readonly round: number;
  readonly pending: Ballot | null;
  readonly kept: Kept | null;
}

/** Whose ballot it is. */
export interface Owner {
  readonly group: string;
  readonly createdAt: string;
  readonly agent: string;
}

/** Where the ballot is kept: tabs are told when it changes there. */
export const ballotPlace = ({ group, agent }: Pick<Owner, 'group' | 'agent'>): string =>
  `quorate.ballot.${group} ${agent}`;

/** The vote in this round, as it was left. */
export function voteKept(store: Store, owner: Owner, round: number): Vote {
  const found = read(store, owner);
  return found?.round === round ? resumed(found.pending, found.kept) : unsent;
}

/** The ballot of an earlier round of which no answer has come; null when there is none. */
export function lateBallot(store: Store, owner: Owner, round: number): Ballot | null {
  const found = read(store, owner);
  return found !== null && found.round < round ? found.pending : null;
}

/** The round in which this agent has voted last from this browser; null: none that it knows of. */
export function roundVoted(store: Store, group: string, agent: string): number | null {
  return parsed(store.getItem(ballotPlace({ group, agent })))?.round ?? null;
}

/** Keeps what is on its way and what counts. Called before anything is sent. */
export function keepVote(store: Store, owner: Owner, round: number, vote: Vote): void {
  const [pending, kept] = [pendingIn(vote), keptIn(vote)];
  const found: BallotKept = { createdAt: owner.createdAt, round, pending, kept };
  if (pending === null && kept === null) store.removeItem(ballotPlace(owner));
  else store.setItem(ballotPlace(owner), JSON.stringify(found));
}

function read(store: Store, owner: Owner): BallotKept | null {
  const found = parsed(store.getItem(ballotPlace(owner)));
  return found?.createdAt === owner.createdAt ? found : null;
}

function parsed(text: string | null): BallotKept | null {
  try {
    return JSON.parse(text ?? 'null') as BallotKept | null;
  } catch {
    return null;
  }
}
