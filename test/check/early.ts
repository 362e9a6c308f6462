import type { Outcome } from '../../src/core/types.ts';
import { bodyOf, castings, endings, missingIn } from '../judge/completions.ts';
import { allows } from '../judge/judge.ts';

/** More missing than this have too many ways to go on to try them all. */
const mostTried = 3;

/** What has been found before, since the same rounds come again and again. */
const known = new WeakMap<Outcome['rule'], Map<string, string | null>>();

/**
 * How an outcome could have come to something else after all, had the others answered; null where it could not, or where
 * everybody who was there had answered. `isThere`: whether an elector was waited for.
 */
export function uncertain(outcome: Outcome, isThere: (agent: string) => boolean): string | null {
  const { rule, value } = outcome;
  const said = [...outcome.proposals.values()].map(({ agent, value: own }) => ({ agent, value: own }));
  const electors = outcome.electors === null ? null : [...outcome.electors];
  const missing = missingIn({ rule, electors, said, absent: [] });
  const absent = electors === null ? [] : missing.filter((agent) => !isThere(agent));
  // Whom a part after `else` asks shows in no record.
  if (missing.length === absent.length || missing.length > mostTried || 'else' in rule.electorate)
    return null;
  // How many will count is not known before the end; that a veto stands is. [Q4.27]
  if (rule.absent === 'excluded' && outcome.reason !== 'veto') return 'ended early though n may shrink';
  const key = JSON.stringify([value, electors, absent, said]);
  const found = known.get(rule) ?? new Map<string, string | null>();
  known.set(rule, found);
  let complaint = found.get(key);
  if (complaint === undefined) {
    const round = { rule, electors, said, absent };
    const other = castings(round)
      .flatMap((coming) => endings(round, bodyOf(round), coming))
      .find((ending) => !allows(ending, value));
    complaint =
      other === undefined ? null : `ended early on ${value}, could have come to ${JSON.stringify(other)}`;
    found.set(key, complaint);
  }
  return complaint;
}
