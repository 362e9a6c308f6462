import type { Canonical, Json } from '../../src/core/types.ts';
import { type Choice, campsOf, heaviest } from './camps.ts';
import { chooseMixed } from './panels.ts';
import { canWin, countedValue, isVetoBy, nearOf } from './sameness.ts';
import { enough, meetsFloor, wholeOf } from './threshold.ts';
import type { Ballot, Body, JudgedRule, Verdict, Why } from './types.ts';
import { heaviestWindow, placed, windowFrom, windowOf } from './windows.ts';

/**
 * What a rule makes of a set of proposals, worked out by the letter of the protocol and from nothing else: no
 * increments, no cleverness, no line shared with the code it judges.
 */

const failed = (why: Why): Verdict => ({ state: 'FAILED', why });

export function judge(rule: JudgedRule, body: Body, proposals: readonly Ballot[]): Verdict {
  const ballots = proposals.map(({ agent, value }) => ({ agent, value: countedValue(rule, value) }));
  if (ballots.some(({ agent, value }) => isVetoBy(rule, agent, value))) return failed('veto');
  if (!meetsFloor(rule, ballots)) return failed('floor');
  const chosen = choose(rule, body, ballots);
  if (typeof chosen === 'string') return failed(chosen);
  const backed = chosen.filter((camp) => rule.required.every((agent) => camp.agents.has(agent)));
  if (backed.length === 0) return failed('required');
  return {
    state: 'SUCCESS',
    among: backed.map(({ value }) => value),
    mayFail: backed.length < chosen.length,
  };
}

function choose(rule: JudgedRule, body: Body, ballots: readonly Ballot[]): Choice {
  const { electorate } = rule;
  if (!('size' in electorate || 'agents' in electorate || 'live' in electorate))
    return chooseMixed(rule, electorate, body, ballots);
  const whole = wholeOf(rule, body.weight, ballots);
  const reaches = ({ weight }: { readonly weight: number }) => enough(rule.threshold, weight, whole);
  const near = nearOf(rule);
  if (near === null) {
    const winning = campsOf(rule, ballots).filter(({ value }) => canWin(rule, value));
    return heaviest(rule, winning.filter(reaches));
  }
  const sorted = placed(rule, ballots);
  const starts = [...new Set(sorted.map(({ at }) => at))];
  const windows = starts.map((start) => windowOf(rule, windowFrom(near, start, sorted)));
  return heaviestWindow(rule, windows.filter(reaches));
}

/** The verdict once a draw has fallen: `draw` picks one of the values that are level, each as its tie names it. */
export function judgeDrawn(
  rule: JudgedRule,
  body: Body,
  ballots: readonly Ballot[],
  draw: (level: readonly Canonical[]) => Canonical,
): Verdict {
  if (rule.tie !== 'seeded') return judge(rule, body, ballots);
  // A tie is drawn among values, or lower medians, whatever is decided in their place.
  const { decide: _, ...plain } = rule;
  const open = judge({ ...plain, required: [] }, body, ballots);
  if (open.state === 'FAILED') return open;
  // A list that begins with what was drawn gives the same as the draw.
  const priority = [JSON.parse(draw([...new Set(open.among)])) as Json];
  return judge({ ...rule, tie: { priority } }, body, ballots);
}

/** Whether a round may end so by this verdict; null is a failure. */
export function allows(verdict: Verdict, value: Canonical | null): boolean {
  if (verdict.state === 'FAILED') return value === null;
  return value === null ? verdict.mayFail : verdict.among.includes(value);
}
