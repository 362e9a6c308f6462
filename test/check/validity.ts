import type { Outcome } from '../../src/core/types.ts';
import { judge } from '../judge/judge.ts';
import { isVetoBy } from '../judge/sameness.ts';
import { weightIn } from '../judge/threshold.ts';
import type { Body } from '../judge/types.ts';

/** Why an outcome is not what its rule and proposals give, or null. */
export function misjudged(outcome: Outcome): string | null {
  const { rule, reason, state, value } = outcome;
  if ((state === 'SUCCESS') !== (value !== null)) return `${state} with value ${value}`;
  const nothing: readonly string[] = ['subject-changed', 'rule-changed', 'group-deleted'];
  const unasked = nothing.includes(reason) || (reason === 'deadline' && rule.onDeadline === 'fail');
  if (unasked) return state === 'FAILED' ? null : `${reason} gave ${value}`;
  const vetoed = [...outcome.proposals.values()].some(({ agent, value: said }) =>
    isVetoBy(rule, agent, said),
  );
  if (reason === 'deadline' && vetoed) return state === 'FAILED' ? null : `a veto did not keep ${value} away`;
  if (reason === 'deadline' && typeof rule.onDeadline === 'object')
    return value === JSON.stringify(rule.onDeadline.default) ? null : `the default became ${value}`;
  const { electors, waived, eligible } = outcome;
  const left = (electors?.size ?? 0) - waived.size;
  if (electors !== null && (rule.absent === 'excluded' ? eligible > left : eligible !== left))
    return `${eligible} were eligible, ${left} electors were left`;
  const complaints = bodiesOf(outcome).map((body) => unlike(outcome, body));
  return complaints.includes(null) ? null : (complaints[0] ?? null);
}

/** The electorates that the outcome may have been judged by: its record does not name who was taken out of it. */
function bodiesOf({ rule, electors, proposals, eligible, waived: taken }: Outcome): Body[] {
  const waived = [...taken.keys()];
  if (electors === null || rule.weights === null) return [{ count: eligible, weight: eligible, waived }];
  const weigh = (agents: readonly string[]) => agents.reduce((sum, agent) => sum + weightIn(rule, agent), 0);
  const missing = [...electors].filter((agent) => !proposals.has(agent) && !taken.has(agent));
  let stayed: string[][] = [[]];
  for (const agent of missing) stayed = stayed.concat(stayed.map((some) => [...some, agent]));
  const present = weigh([...proposals.keys()]);
  return stayed
    .filter((some) => some.length === eligible - proposals.size)
    .map((some) => ({ count: eligible, weight: present + weigh(some), waived }));
}

function unlike({ rule, reason, state, value, ...outcome }: Outcome, body: Body): string | null {
  const ballots = [...outcome.proposals.values()];
  const due = judge(rule, body, ballots);
  if (due.state === 'FAILED') return state === 'FAILED' ? null : `decided ${value}, should fail: ${due.why}`;
  // Abstentions of the missing would have raised this denominator: what fails for sure may do so before they come.
  const early = rule.close === 'early' && rule.of === 'present' && ballots.length < outcome.eligible;
  if (state === 'FAILED' && early && !['last-call', 'deadline', 'closed-by-hand'].includes(reason))
    return null;
  if (state === 'FAILED')
    return due.mayFail ? null : `failed (${reason}), should decide ${due.among.join(' or ')}`;
  return due.among.includes(value as string)
    ? null
    : `decided ${value}, should decide ${due.among.join(' or ')}`;
}
