import type { Claim, Claims } from '../group/claim-list.ts';

/** The claims of a group as records and back. A claim is replaced when it changes, so that a list of them stays as it is. */

export type ClaimRecord = [
  round: number,
  holder: string,
  by: string | null,
  tokenHash: string | null,
  fence: number,
  lease: number,
  until: number,
  state: Claim['state'],
  result: string | null,
  revision: number,
];

export function claimRecords(claims: Claims): ClaimRecord[] | null {
  if (claims.size === 0) return null;
  return Array.from(
    claims.values(),
    ({ round, holder, by, tokenHash, fence, lease, until, state, result, revision }) => [
      round,
      holder,
      by,
      tokenHash,
      fence,
      lease,
      until,
      state,
      result,
      revision,
    ],
  );
}

export function claimOf(record: ClaimRecord): Claim {
  const [round, holder, by, tokenHash, fence, lease, until, state, result, revision] = record;
  return { round, holder, by, tokenHash, fence, lease, until, state, result, revision };
}
