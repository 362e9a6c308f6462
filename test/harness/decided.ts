import type { Result } from '../../src/core/result.ts';
import type { Json } from '../../src/core/types.ts';
import { viewClaim } from '../../src/core/view/claim.ts';
import type { ClaimJson } from '../../src/core/view/json-types.ts';
import { TestGroup, word } from './test-group.ts';

/** Groups that have decided, for tests of claims. */

type Body = { readonly [name: string]: Json };

/** A group of one agent, which has decided 7 in round 1. */
export function decided(rule: Body = {}, besides: Body = {}): TestGroup {
  const room = new TestGroup({ rule: { electorate: { size: 1 }, next: 'manual', ...rule }, ...besides });
  room.propose('a', 7);
  return room;
}

/** Has it decide once more. */
export function decide(room: TestGroup, value: Json = 7): void {
  if (room.group.open === null) room.openRound();
  room.propose('a', value);
}

/** The fence of a claim that was taken. */
export function fenceOf(result: Result): number {
  if (!('fence' in result)) throw new Error(`no claim: ${word(result)}`);
  return result.fence;
}

/** The claim as readers see it. */
export function claimNow(room: TestGroup, round = 1): ClaimJson | null {
  return viewClaim(room.group, round, room.state.index);
}
