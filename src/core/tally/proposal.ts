import type { Canonical, Equality, Proposal } from '../types.ts';
import { classOf } from './equality.ts';

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

/** Whether values of this class are vetoes, where the agent has the right: false, or the text "veto". [Q4.17] */
export function isVeto(classText: string | null): boolean {
  return classText === 'false' || classText === '"veto"';
}

/** Whether this value is a veto under this equality, where the agent has the right. [Q4.17] */
export function isVetoIn(equality: Equality, value: Canonical): boolean {
  return isVeto(equality === 'text' ? classOf(equality, value) : value);
}
