import type { Electorate } from '../../core/types.ts';
import type { AgentJson, ProposalJson, RoundJson } from '../../core/view/json-types.ts';
import { rolesIn, unaskedIn } from './parts.ts';
import { rosterOf } from './roster.ts';

/** The seats of a round: who is in, who is missing, and who only watches. */

export interface Seat {
  readonly agent: string;
  /** What it is shown as. */
  readonly name: string;
  /** Person, program or model; null when it has not said. */
  readonly kind: string | null;
  /** The parts of a mixed electorate that it belongs to. */
  readonly roles: readonly string[];
  /** `absent`: without a proposal, and its lease is over. `later`: asked only where those before it cannot agree. */
  readonly state: 'in' | 'missing' | 'absent' | 'waived' | 'later';
  /** When its lease ends, RFC 3339; null: it holds none now. */
  readonly leaseUntil: string | null;
  /** Whether it has joined and its lease has run out since. */
  readonly ranOut: boolean;
  /** ms from the opening of the round to its proposal; null: none, or not known. */
  readonly after: number | null;
  readonly proposal: ProposalJson | null;
  /** Why it was waived; null: it was not. */
  readonly reason: string | null;
}

export interface Seating {
  readonly seats: readonly Seat[];
  /** Seats that nobody has a name on yet. */
  readonly free: number;
  /** Live agents without a seat in this round. */
  readonly watching: readonly AgentJson[];
}

/** What the seats are read from; `electorate` is that of the group's rule, and says their order. */
interface Read {
  readonly round: RoundJson;
  readonly electorate: Electorate;
  readonly proposals: readonly ProposalJson[];
  readonly agents: readonly AgentJson[];
}

/** The seats in the order of the electorate, else of the names: never by arrival. */
export function seatsOf(read: Read): Seating {
  const { round, electorate, agents } = read;
  const members = new Map(agents.map((agent) => [agent.agent, agent]));
  const proposals = new Map(read.proposals.map((proposal) => [proposal.agent, proposal]));
  const reasons = new Map(round.waived.map(({ agent, reason }) => [agent, reason]));
  const total = round.eligible + reasons.size;
  const roster = rosterOf(electorate);
  const named = new Set([...round.missing, ...reasons.keys(), ...proposals.keys()]);
  const roles = rolesIn(electorate);
  const unasked = new Set(unaskedIn(round, electorate).filter((agent) => !named.has(agent)));
  // Of a large round not every proposal is read: whom the rule names and nobody waits for is in.
  if (named.size < total && roster.length === total) for (const agent of roster) named.add(agent);
  const coming = comingTo(round, total - named.size, named, agents);
  const waitedFor = new Set([...round.missing, ...coming]);
  for (const agent of coming) named.add(agent);

  const seats = inOrder([...named], roster).map((agent): Seat => {
    const member = members.get(agent);
    const proposal = proposals.get(agent) ?? null;
    const reason = reasons.get(agent) ?? null;
    const ranOut = member?.live === false;
    const without = ranOut ? 'absent' : 'missing';
    return {
      agent,
      name: member?.name ?? proposal?.name ?? agent,
      kind: member?.kind ?? null,
      roles: roles.get(agent) ?? [],
      state:
        reason !== null ? 'waived' : waitedFor.has(agent) ? without : unasked.has(agent) ? 'later' : 'in',
      leaseUntil: member?.expiresAt ?? null,
      ranOut,
      after: proposal?.time == null ? null : Date.parse(proposal.time) - Date.parse(round.openedAt),
      proposal,
      reason,
    };
  });
  const watching = agents.filter(({ agent, live }) => live && !named.has(agent));
  return { seats, free: Math.max(0, total - seats.length), watching };
}

/** Live voters who would fill the free seats of an open round; none where there are more of them than seats. */
function comingTo(
  round: RoundJson,
  free: number,
  named: ReadonlySet<string>,
  agents: readonly AgentJson[],
): string[] {
  if (round.state !== 'WAITING') return [];
  const coming = agents
    .filter(({ agent, role, live }) => live && role === 'voter' && !named.has(agent))
    .map(({ agent }) => agent);
  return coming.length <= free ? coming : [];
}

/** As the roster has them, those it does not name behind, in text order. */
function inOrder(agents: string[], roster: readonly string[]): string[] {
  const places = new Map(roster.map((agent, place) => [agent, place]));
  const placeOf = (agent: string): number => places.get(agent) ?? roster.length;
  return agents.sort((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1));
}

/** Above this many seats those that are missing come first, and those that are in are folded. */
export const manySeats = 30;

/** The seats as the page lists them: `folded` are behind a line that says how many there are. */
export function listed(seats: readonly Seat[]): {
  readonly shown: readonly Seat[];
  readonly folded: readonly Seat[];
} {
  if (seats.length <= manySeats) return { shown: seats, folded: [] };
  return {
    shown: seats.filter(({ state }) => state !== 'in'),
    folded: seats.filter(({ state }) => state === 'in'),
  };
}
