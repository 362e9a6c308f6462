import type { Round } from '../../src/core/group/state.ts';
import type { Outcome, Rule } from '../../src/core/types.ts';
import { bodyOf, castings, endings, mayFailLater, missingIn } from '../judge/completions.ts';
import { allows } from '../judge/judge.ts';
import { nearOf } from '../judge/sameness.ts';
import { meetsFloor } from '../judge/threshold.ts';

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
  const waived = [...outcome.waived.keys()];
  const left = [...(outcome.electors ?? [])].filter((agent) => !outcome.waived.has(agent));
  const electors = outcome.electors === null ? null : left;
  const missing = missingIn({ rule, electors, said, absent: [] });
  const absent = electors === null ? [] : missing.filter((agent) => !isThere(agent));
  // Whom a part after `else` asks shows in no record.
  if (missing.length === absent.length || missing.length > mostTried || 'else' in rule.electorate)
    return null;
  // How many will count is not known before the end; that a veto stands is. [Q4.27]
  if (rule.absent === 'excluded' && outcome.reason !== 'veto') return 'ended early though n may shrink';
  const key = JSON.stringify([value, electors, absent, waived, said]);
  const found = known.get(rule) ?? new Map<string, string | null>();
  known.set(rule, found);
  let complaint = found.get(key);
  if (complaint === undefined) {
    const round = { rule, electors, said, absent, waived };
    const other = castings(round)
      .flatMap((coming) => endings(round, bodyOf(round), coming))
      .find((ending) => !allows(ending, value));
    complaint =
      other === undefined ? null : `ended early on ${value}, could have come to ${JSON.stringify(other)}`;
    found.set(key, complaint);
  }
  return complaint;
}

/** More missing than this are not tried while a round is open: that is asked at every step. */
const mostMissing = 2;

/**
 * What an open round should have ended on by now, since it cannot come to anything else; null where it still can, or need
 * not end at the first moment: near numbers and mixed electorates may take longer. [Q4.13]
 */
export function overdue(open: Round): string | null {
  const { rule, proposals, minWaitOver } = open;
  const { electorate } = rule;
  const isPlain = 'size' in electorate || 'agents' in electorate || open.electors !== null;
  const isMixed = !('size' in electorate || 'agents' in electorate || 'live' in electorate);
  if (rule.close !== 'early' || !minWaitOver || proposals.size === 0 || !isPlain || isMixed) return null;
  // How many will count, and how a draw falls, is not known before the end.
  if (rule.absent === 'excluded' || rule.tie === 'seeded' || nearOf(rule) !== null) return null;
  const said = [...proposals.values()].map(({ agent, value }) => ({ agent, value }));
  const waived = [...open.waived.keys()];
  const left = [...(open.electors ?? [])].filter((agent) => !open.waived.has(agent));
  const electors = open.electors === null ? null : left;
  const all = { rule, electors, said, absent: [], waived };
  const missing = missingIn(all);
  if (missing.length > mostMissing) return null;
  return remembered(rule, JSON.stringify([electors, waived, said]), () => {
    const round = { ...all, absent: electors === null ? [] : missing };
    const found = castings(round).flatMap((coming) => endings(round, bodyOf(round), coming, 2));
    const kinds = new Set(found.map((ending) => JSON.stringify(ending)));
    const [only] = found;
    if (mayFailLater(rule, said, missing)) return null;
    if (kinds.size !== 1 || only === undefined || (only.state === 'SUCCESS' && !meetsFloor(rule, said)))
      return null;
    return `is open, and can only come to ${JSON.stringify(only)}`;
  });
}

const knownOpen = new WeakMap<Rule, Map<string, string | null>>();

/** Works the answer out once for each set of proposals. */
function remembered(rule: Rule, key: string, work: () => string | null): string | null {
  const found = knownOpen.get(rule) ?? new Map<string, string | null>();
  knownOpen.set(rule, found);
  const before = found.get(key);
  if (before !== undefined) return before;
  const answer = work();
  found.set(key, answer);
  return answer;
}
