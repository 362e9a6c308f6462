import { classOf } from '../equality/equality.ts';
import type { Canonical, Equality, Proposal } from '../types.ts';

/**
 * A proposal as a round under this equality holds it. What it is equal to is worked out here, once: that costs as much as
 * the value is long, and counting, vetoes and every view ask for it. [Q4.10]
 */
export function proposalOf(
  equality: Equality,
  agent: string,
  value: Canonical | null,
  { seq, tokenHash, after, index }: Details = none,
): Proposal {
  const classText = value === null ? null : classOf(equality, value);
  return { agent, value, classText, seq, tokenHash, after, index };
}

/** What does not count. */
type Details = Pick<Proposal, 'seq' | 'tokenHash' | 'after' | 'index'>;

const none: Details = { seq: null, tokenHash: null, after: null, index: null };
