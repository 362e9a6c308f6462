import { isMixed, panelsOf } from './electorate.ts';
import { missingOf } from './round.ts';
import type { TallyShape } from './shapes.ts';
import type { Group, Round } from './state.ts';
import type { Outcome, Rule, Threshold } from './types.ts';

/** One sentence on where a round stands or why it ended so. Of an open blind round it tells no more than who is missing. [Q4.26] */

export function explainOpen(_group: Group, round: Round): string {
  const { rule } = round;
  if ('live' in rule.electorate && round.electors === null) {
    return `waiting for agents to join: the round counts once ${rule.electorate.live.min} are live`;
  }
  return `waiting for ${waitingFor(round)}; ${decides(rule, round.eligible)}`;
}

export function explainClosed(outcome: Outcome, tally: readonly TallyShape[]): string {
  const { rule, reason, eligible } = outcome;
  const present = outcome.proposals.size;
  const most = tally[0]?.weight ?? 0;
  const needed = decides(rule, eligible);
  const turnout = `${present} of ${eligible} proposed`;
  const weighing = rule.weights === null ? `${most} of ${eligible}` : `agents weighing ${most}`;
  if (outcome.state === 'SUCCESS') {
    const when = reason === 'agreed' ? '' : `${whenClosed(reason)}: `;
    if (reason === 'deadline' && typeof rule.onDeadline === 'object')
      return `${when}the rule's default was taken, ${turnout}`;
    if (typeof rule.equality === 'object')
      return `${when}enough values lie within ${rule.equality.tolerance}, ${turnout}; ${needed}`;
    return `${when}${weighing} proposed the same value; ${needed}`;
  }
  const best = typeof rule.equality === 'object' ? turnout : `at most ${weighing} proposed the same value`;
  switch (reason) {
    case 'tie':
      return `a tie: the heaviest values weigh ${most} each, and the rule breaks no tie`;
    case 'veto':
      return rule.reveal === 'never' ? 'vetoed' : `vetoed by ${vetoers(outcome).join(' and ')}`;
    case 'required':
      return `${rule.required.join(' and ')} must stand behind the value, and did not`;
    case 'floor':
      return `${turnout}, fewer than the floor of ${rule.floor}`;
    case 'subject-changed':
      return 'the subject changed: what was proposed for the old one does not count for the new';
    case 'rule-changed':
      return 'the classroom got another shape: the next round begins in it';
    case 'group-deleted':
      return 'the group was deleted';
    case 'no-agreement':
      return `no value can have enough: ${best}; ${needed}`;
    default:
      return `${whenClosed(reason)} without agreement: ${best}; ${needed}`;
  }
}

/** "2 equal of 3 decide": what the rule asks for, in words. */
export function decides(rule: Rule, eligible: number): string {
  if (isMixed(rule.electorate))
    return `${panelsOf(rule.electorate)
      .map((panel) => panel.role)
      .join(', ')} decide, each by its own threshold`;
  const equal = typeof rule.equality === 'object' ? `within ${rule.equality.tolerance}` : 'equal';
  const of = rule.of === 'eligible' ? `${eligible}` : `those ${rule.of}`;
  return `${enough(rule.threshold)} ${equal} of ${of} decide`;
}

function enough(threshold: Threshold): string {
  if (typeof threshold === 'number') return String(threshold);
  if (threshold === 'majority') return 'more than half';
  if (threshold === 'two-thirds') return 'two thirds';
  if (threshold === 'unanimous') return 'all';
  return `${threshold.strict ? 'more than' : 'at least'} ${threshold.num}/${threshold.den}`;
}

function waitingFor(round: Round): string {
  if (round.electors === null) {
    const more = round.eligible - round.proposals.size;
    if (more === 0) return 'the minimum wait to pass';
    return `${more} more of ${round.eligible}`;
  }
  const missing = missingOf(round);
  if (missing.length === 0) return 'the minimum wait to pass';
  if (missing.length > 5) return `${missing.slice(0, 4).join(', ')} and ${missing.length - 4} more`;
  return missing.length === 1
    ? (missing[0] as string)
    : `${missing.slice(0, -1).join(', ')} and ${missing.at(-1)}`;
}

function whenClosed(reason: Outcome['reason']): string {
  if (reason === 'deadline') return 'the deadline passed';
  return reason === 'last-call' ? 'the last call passed' : 'the round was closed by hand';
}

function vetoers(outcome: Outcome): string[] {
  return outcome.rule.veto.filter((agent) => {
    const value = outcome.proposals.get(agent)?.value;
    return value === 'false' || value === '"veto"';
  });
}
