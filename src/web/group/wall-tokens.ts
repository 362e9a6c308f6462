import type { RoundJson } from '../../core/view/json-types.ts';
import { valueText } from '../value.ts';
import { type Bars, barsOf } from './bars.ts';
import type { Seat, Seating } from './seats.ts';

/** What stands on the wall in the place of seats: large enough for the back row, and never more than fit. */

export type Token = SeatToken | ValueToken | CountToken;

interface SeatToken {
  readonly what: 'seat';
  readonly agent: string;
  readonly name: string;
  readonly state: Seat['state'];
  /** Null where not everybody may see it. */
  readonly value: string | null;
  readonly abstained: boolean;
  /** Whether it stands behind the value that was decided; null while the round is open. */
  readonly won: boolean | null;
}

/** Seats that nobody has a name on yet, or missing agents for whose names there is no room. */
interface CountToken {
  readonly what: 'free' | 'others';
  readonly n: number;
}

interface ValueToken {
  readonly what: 'value';
  /** As those of a `Bar`. */
  readonly texts: readonly string[];
  readonly weight: number;
  readonly of: number;
  readonly won: boolean;
}

type Rule = Parameters<typeof barsOf>[1];

/** Seats above which those who are in are only counted. */
const mostSeats = 24;
/** Values of a large round that has closed. */
const mostValues = 6;

/**
 * A token a seat; above 24 seats one for each that is missing, and of a closed round one for each value. `dissent` as in `barsOf`.
 * A value is there only where everybody may see it.
 */
export function tokensOf(
  round: RoundJson,
  rule: Rule,
  { seats, free }: Seating,
  dissent: Parameters<typeof barsOf>[2],
): readonly Token[] {
  const isOpen = round.state === 'WAITING';
  const bars = isOpen ? null : barsOf(round, rule, dissent);
  const winners = new Set(bars?.rows.filter(({ won }) => won).flatMap(({ agents }) => agents));
  const token = (seat: Seat): SeatToken => seatToken(seat, round, rule, winners);
  if (seats.length + free <= mostSeats)
    return [...seats.map(token), ...Array.from({ length: free }, () => ({ what: 'free', n: 1 }) as const)];
  if (!isOpen) return bars === null ? [] : valueTokens(bars);
  const missing = seats.filter(({ state }) => state === 'missing' || state === 'absent');
  const named = missing.slice(0, missing.length > mostSeats ? mostSeats - 1 : mostSeats);
  const others = missing.length - named.length;
  return [
    ...named.map(token),
    ...(others > 0 ? [{ what: 'others', n: others } as const] : []),
    ...(free > 0 ? [{ what: 'free', n: free } as const] : []),
  ];
}

function seatToken(seat: Seat, round: RoundJson, rule: Rule, winners: ReadonlySet<string>): SeatToken {
  const { agent, name, state, proposal } = seat;
  // The server shows readers their own vote, which is not for the room.
  const isSecret = rule.reveal === 'never' || (rule.reveal === 'close' && round.state === 'WAITING');
  // The tally of a round comes with its close, its proposals a moment later.
  const value = proposal?.value ?? round.tally?.find(({ agents }) => agents.includes(agent))?.value;
  return {
    what: 'seat',
    agent,
    name,
    state,
    value: value === undefined || isSecret || state !== 'in' ? null : valueText(value, round.options, 12),
    abstained: !isSecret && proposal?.abstain === true,
    won: round.state === 'WAITING' ? null : winners.has(agent),
  };
}

function valueTokens({ rows, of }: Bars): ValueToken[] {
  return rows
    .slice(0, mostValues)
    .map(({ texts, weight, won }) => ({ what: 'value', texts, weight, of, won }));
}
