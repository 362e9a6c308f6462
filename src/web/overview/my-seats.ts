import { identityIn } from '../identity.ts';
import { type Store, store } from '../store.ts';
import { roundVoted } from '../vote/keeping.ts';
import type { MySeat, SeatIn } from './rows.ts';

/** What this browser knows of its own seats, looked up once for each group until `forget` is called: there may be 10,000 of them. */
export function mySeats(from: Store = store): { readonly seatIn: SeatIn; readonly forget: () => void } {
  const known = new Map<string, MySeat | null>();
  const seatIn = (group: string): MySeat | null => {
    const found = known.get(group);
    if (found !== undefined) return found;
    const agent = identityIn(group, from)?.agent;
    const seat = agent === undefined ? null : { agent, votedIn: roundVoted(from, group, agent) };
    known.set(group, seat);
    return seat;
  };
  return { seatIn, forget: () => known.clear() };
}
