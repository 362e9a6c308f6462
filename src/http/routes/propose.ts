import type { Command } from '../../core/entry.ts';
import type { Accepted } from '../../core/result.ts';
import type { Caller } from '../edge/access.ts';
import { type Fields, nameIn, preferredWait, proposalIn, waitIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Request, Response } from '../route.ts';

/** What all ways to propose have in common: one at a time, in the open round, many at once. */

/** The parts of one proposal, wherever they stand in the request. */
interface Parts {
  readonly group: unknown;
  readonly agent: unknown;
  /** null: the open one. */
  readonly round: number | null;
  /** Members `value` or `abstain`, `seq` and `note`. */
  readonly fields: Fields;
  readonly caller: Caller;
  readonly key: string | null;
}

/** The command that a proposal becomes. Throws a Problem for parts that cannot be used. */
export function proposal({ group, agent, round, fields, caller, key }: Parts) {
  return {
    type: 'propose',
    group: nameIn('group', group),
    round,
    agent: nameIn('agent', agent),
    ...proposalIn(fields),
    tokenHash: caller.hash,
    key,
  } as const satisfies Command;
}

/** The status that answers a proposal which was taken, and its round; 0 for one that the restored state holds already. */
export function taken(result: Accepted): { readonly status: 200 | 201; readonly number: number } {
  return { status: result.did === 'proposed' ? 201 : 200, number: 'round' in result ? result.round : 0 };
}

/** The round that a body names, which makes the call safe to repeat; null where it names none. */
export function roundNamed({ round }: Fields): number | null {
  if (round === undefined) return null;
  if (typeof round === 'number' && Number.isSafeInteger(round) && round >= 1) return round;
  throw new Problem('invalid-request', 'round must be the number of a round, from 1');
}

/** How long the caller wants to wait, ms; a preference that is followed is confirmed. RFC 7240 */
export function waitFor(request: Request, response: Response): number {
  const ms = waitIn(request);
  if (request.query.wait === undefined && preferredWait(request.headers.prefer) !== null)
    response.header('preference-applied', `wait=${ms / 1000}`);
  return ms;
}
