import type { Group, Round } from '../../src/core/group/state.ts';
import type { Outcome, OutcomeReason, Proposal } from '../../src/core/types.ts';
import { countedValue, objectionsTo } from '../judge/sameness.ts';
import { overdue, uncertain } from './early.ts';
import { everyGroup } from './every-group.ts';
import type { Invariant, Step } from './step.ts';
import { misjudged } from './validity.ts';

/** What must hold of how rounds count, and of when and how they end. */

/** [Q8.2] I2: a new outcome is what the rule makes of the proposals recorded in it. */
export const validity: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    for (const [number, outcome] of group.closed) {
      if (known.outcomes.has(number)) continue;
      const complaint = misjudged(outcome) ?? miscounted(step, group, outcome);
      if (complaint !== null) return `round ${number}: ${complaint}`;
    }
    return null;
  });

/**
 * [Q4.13] [Q4.14] I2: a round that ended before everybody who was there had answered could have come to nothing else,
 * whatever the others had said.
 */
export const earlyWasCertain: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    for (const [number, outcome] of group.closed) {
      if (known.outcomes.has(number) || outcome.rule.close !== 'early' || !byProposals.has(outcome.reason))
        continue;
      const complaint = uncertain(outcome, (agent) => isThere(group, agent, step));
      if (complaint !== null) return `round ${number}: ${complaint}`;
    }
    return null;
  });

/** [Q4.13] [Q4.14] A round that may end early does so at the first moment at which nothing can change. */
export const earlyInTime: Invariant = (step) =>
  everyGroup(step, ({ open }) => {
    const complaint = open === null ? null : overdue(open);
    return complaint === null ? null : `round ${open?.number} ${complaint}`;
  });

/** [Q4.32] What is counted is an option as the rule spells it, an abstention, or a veto by who has that right. */
export const optionsOnly: Invariant = (step) =>
  everyGroup(step, ({ open }) => {
    for (const { agent, value } of open?.proposals.values() ?? []) {
      const { rule, number } = open as Round;
      if (objectionsTo(rule, agent, value).length > 0) return `round ${number} counts ${value} by ${agent}`;
      if (countedValue(rule, value) !== value) return `round ${number} counts the spelling ${value}`;
    }
    return null;
  });

/** [Q8.5] G4: with no minimum wait, a round in which everybody has answered does not stay open. */
export const fullRoundsEnd: Invariant = (step) =>
  everyGroup(step, ({ open }) => {
    if (open === null || open.rule.minWait !== null) return null;
    const { electorate } = open.rule;
    const all = 'size' in electorate ? electorate.size : (open.electors?.size ?? 0) - open.waived.size;
    return open.proposals.size > 0 && open.proposals.size === all
      ? `round ${open.number} is full and open`
      : null;
  });

const byProposals: ReadonlySet<OutcomeReason> = new Set<OutcomeReason>([
  'agreed',
  'no-agreement',
  'tie',
  'veto',
  'required',
  'floor',
]);

/** [Q4.12] A round that is to wait for all does not end by its proposals before all who are there have answered. */
export const allAnswer: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    for (const [number, { rule, reason, electors, eligible, proposals, waived }] of group.closed) {
      const isNew = !known.outcomes.has(number);
      // Whom a part after `else` asks shows in no record.
      if (!isNew || rule.close !== 'all' || !byProposals.has(reason) || 'else' in rule.electorate) continue;
      if (electors === null && proposals.size !== eligible)
        return `round ${number} ended with ${proposals.size} of ${eligible}`;
      const unheard = [...(electors ?? [])].find(
        (agent) => !proposals.has(agent) && !waived.has(agent) && isThere(group, agent, step),
      );
      if (unheard !== undefined) return `round ${number} ended without ${unheard}`;
    }
    return null;
  });

/** [Q4.35] [Q4.36] An outcome stores its deadline as the rule gives it, unless somebody set another; it is not over before. */
export const deadlinesHold: Invariant = (step) =>
  everyGroup(step, (group, known) => {
    for (const [number, outcome] of group.closed) {
      if (known.outcomes.has(number)) continue;
      const { deadlineAt, deadlineSet, closedAt, reason } = outcome;
      const due = deadlineByRule(outcome);
      if (deadlineSet === null && deadlineAt !== due)
        return `round ${number} had its deadline at ${deadlineAt}, by its rule at ${due}`;
      const isOver = deadlineAt !== null && closedAt >= deadlineAt;
      if (reason === 'deadline' ? !isOver : reason === 'closed-by-hand' && isOver)
        return `round ${number} ended (${reason}) at ${closedAt}, its deadline was at ${deadlineAt}`;
    }
    return null;
  });

/** Null where none runs: no proposal that it would run from, or an electorate that still gathers. */
function deadlineByRule({ rule, openedAt, electors, proposals }: Outcome): number | null {
  const { deadline, deadlineFrom, electorate } = rule;
  if (deadline === null || ('live' in electorate && electors === null)) return null;
  if (deadlineFrom === undefined) return openedAt + deadline;
  const first = Math.min(...[...proposals.values()].map(firstAfter));
  return first === Infinity ? null : openedAt + first + deadline;
}

/** When the agent's first proposal was counted, ms after the round opened. */
function firstAfter({ after, changes = [] }: Proposal): number {
  return Math.min(...[after, ...changes.map((change) => change.after)].map((ms) => ms ?? Infinity));
}

/** Where the absent are taken out: those who were there all the time count, those who were away all the time do not. */
function miscounted(step: Step, group: Group, outcome: Outcome): string | null {
  const { rule, electors, waived, proposals, eligible } = outcome;
  if (electors === null || rule.absent !== 'excluded') return null;
  const missing = [...electors].filter((agent) => !proposals.has(agent) && !waived.has(agent));
  // Of one who never joined it is not known: who was invited to watch is away.
  const there = missing.filter((agent) => group.members.has(agent) && isThere(group, agent, step)).length;
  // Who was invited anew after it had gone is waited for again.
  const away = missing.filter(
    (agent) => isAway(group, agent) && !hasMoved(group, agent, step) && !group.invites.has(agent),
  ).length;
  if (eligible >= proposals.size + there && eligible <= proposals.size + missing.length - away) return null;
  return `${eligible} were eligible: ${proposals.size} proposed, ${there} others were there, ${away} away`;
}

/** Whether an elector was waited for throughout the step: it neither was away nor came or went. */
function isThere(group: Group, agent: string, step: Step): boolean {
  return !isAway(group, agent) && !hasMoved(group, agent, step);
}

function isAway({ members, invites }: Group, agent: string): boolean {
  const member = members.get(agent);
  const invite = invites.get(agent);
  if (invite?.state === 'revoked' || invite?.role === 'observer') return true;
  return member !== undefined && (!member.live || member.role === 'observer');
}

function hasMoved({ name }: Group, agent: string, { applied }: Step): boolean {
  return applied.events.some(
    (event) => event.group === name && event.agent === agent && event.type !== 'proposed',
  );
}
