import { nearOf } from '../equality/equality.ts';
import { isVeto } from '../equality/veto.ts';
import { eligibleNow } from '../group/round.ts';
import type { Round } from '../group/state.ts';
import { canonical } from '../json.ts';
import { castFloor, isMixed, panelsOf, presentFloor } from '../rule/electorate.ts';
import type { Eligible } from '../tally/roll-call.ts';
import type { Json, Near, Outcome, Rule, Threshold } from '../types.ts';

/** One sentence on where a round stands or why it ended so. Of an open blind round it says no more than who is missing. [Q4.26] */

/** What the sentence on an open round is about. */
export interface Standing extends Pick<Round, 'rule' | 'electors' | 'eligible' | 'waived'> {
  readonly present: number;
  /** As the rule counts those who may propose now. */
  readonly now: Eligible;
}

/** Where an open round stands now: nothing that is done to it later changes this. */
export function standingOf(round: Round): Standing {
  const { rule, electors, eligible, waived, proposals } = round;
  return { rule, electors, eligible, waived, present: proposals.size, now: eligibleNow(round) };
}

/** `missing` names the electors who are waited for, or the first of so many. */
export function explainOpen(round: Standing, missing: readonly string[], count = missing.length): string {
  const { rule } = round;
  if ('live' in rule.electorate && round.electors === null) {
    return `waiting for agents to join: the round counts once ${rule.electorate.live.min} are live`;
  }
  const more = round.eligible - round.present;
  const unnamed = more === 0 ? [] : [`${more} more of ${round.eligible}`];
  const who =
    (round.electors === null ? listed(unnamed) : listed(missing, count)) || 'the minimum wait to pass';
  return `waiting for ${who}; ${decides(rule, round.now)}${without(round)}`;
}

/** Names whatever decided: the weights, the threshold, a tie and its draw, a veto, a floor, whose support is missing. */
export function explainClosed(outcome: Outcome): string {
  const { reason, state } = outcome;
  if (reason === 'subject-changed')
    return 'the subject changed: what was proposed for the old one does not count for the new';
  if (reason === 'rule-changed') return 'the classroom got another shape: the next round begins in it';
  if (reason === 'group-deleted') return 'the group was deleted';
  const when = whenClosed(reason);
  const why =
    state === 'SUCCESS' ? (when === null ? '' : `${when}: `) + whyWon(outcome) : whyFailed(outcome, when);
  return why + without(outcome);
}

/** "; ann and bob are waived": who is not in the numbers before it. */
function without({ waived }: Pick<Round, 'waived'>): string {
  if (waived.size === 0) return '';
  return `; ${listed([...waived.keys()])} ${waived.size === 1 ? 'is' : 'are'} waived`;
}

/** Whether the rule's default was taken, and nothing that was proposed. */
export function isDefault({ state, reason, rule }: Outcome): boolean {
  return state === 'SUCCESS' && reason === 'deadline' && typeof rule.onDeadline === 'object';
}

function whyWon(outcome: Outcome): string {
  const { rule, seed, verdict } = outcome;
  if (isDefault(outcome)) return `the rule's default was taken, ${turnout(outcome)}`;
  const won = `${behind(outcome)}; ${asked(outcome)}`;
  const decided = rule.decide === undefined ? '' : `; the ${rule.decide} of them is decided`;
  if (verdict.tied === 1) return won + decided;
  const chosen = rule.tie === 'seeded' ? `a draw with seed ${seed}` : "the rule's list";
  return `${won}; of ${verdict.tied} ${values(rule)} with as much, ${chosen} chose this one${decided}`;
}

function whyFailed(outcome: Outcome, when: string | null): string {
  const { rule, verdict } = outcome;
  const then = when === null ? '' : `${when}: `;
  switch (verdict.failed) {
    case null:
      return `${then}${turnout(outcome)}, and the rule fails what is undecided by then`;
    case 'no-agreement':
      return `${when === null ? 'no value can have enough' : `${when} without agreement`}: at most ${behind(outcome)}; ${asked(outcome)}`;
    case 'tie': {
      const why = rule.tie === 'fail' ? 'breaks no tie' : 'lists none of them';
      return `${then}a tie: the ${verdict.tied} heaviest ${values(rule)} weigh ${verdict.most} each, and the rule ${why}`;
    }
    case 'veto':
      return `${then}vetoed${rule.reveal === 'never' ? '' : ` by ${listed(vetoers(outcome))}`}`;
    case 'required': {
      const all = rule.required.length === 1 ? 'does not' : 'not all do';
      return `${then}${listed(rule.required)} must stand behind the value, and ${all}`;
    }
    case 'floor':
      return `${then}${belowFloor(outcome)}`;
  }
}

/** "2 of 3 proposed the same value". */
function behind({ rule, eligible, verdict }: Outcome): string {
  const { most, eligibleWeight } = verdict;
  const who =
    rule.weights === null ? `${most} of ${eligible}` : `agents weighing ${most} of ${eligibleWeight}`;
  return `${who} proposed ${alike(rule)}${at(rule)}`;
}

/** "the same value": what those behind a winner have in common. */
function alike(rule: Rule): string {
  if (nearOf(rule.equality) !== null) return `values ${within(rule)}`;
  const [only, ...others] = rule.wins ?? [];
  if (only === undefined) return 'the same value';
  return others.length === 0 ? calledIn(rule)(only) : 'the same value that can win';
}

/** What the rule calls a value: the label of the option, or the value itself. */
function calledIn({ options = [] }: Rule): (value: Json) => string {
  const labels = new Map(options.map(({ value, label }) => [canonical(value), label]));
  return (value) => labels.get(canonical(value)) ?? shortened(canonical(value));
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** "2 of 3 proposed". */
function turnout({ proposals, eligible }: Outcome): string {
  return `${proposals.size} of ${eligible} proposed`;
}

/** "1 of 3 proposed, fewer than the floor of 2": what of the floor is not met, its values where all came. */
function belowFloor(outcome: Outcome): string {
  const { floor } = outcome.rule;
  const present = presentFloor(floor);
  if (outcome.proposals.size < present) return `${turnout(outcome)}, fewer than the floor of ${present}`;
  let cast = 0;
  for (const { value } of outcome.proposals.values()) if (value !== null) cast += 1;
  return `${turnout(outcome)}, ${cast} of them a value, fewer than the floor of ${castFloor(floor)}`;
}

function asked({ rule, eligible, verdict }: Outcome): string {
  return decides(rule, { count: eligible, weight: verdict.eligibleWeight });
}

/** "2 equal of 3 decide": what the rule asks for, in words. */
function decides(rule: Rule, { count, weight }: Eligible): string {
  const wins = rule.wins === undefined ? '' : `, and only ${listed(rule.wins.map(calledIn(rule)))} can win`;
  if (isMixed(rule.electorate)) {
    const roles = panelsOf(rule.electorate).map(({ role }) => role);
    return `${roles.join(', ')} decide, each by its own threshold${wins}`;
  }
  const equal = nearOf(rule.equality) === null ? 'equal' : within(rule);
  const whole = rule.of === 'eligible' ? `${rule.weights === null ? count : weight}` : `those ${rule.of}`;
  return `${enough(rule.threshold)} ${equal} of ${rule.weights === null ? '' : 'the weight of '}${whole} decide${wins}`;
}

/** "within 0.5", "within 0.5 or 1/10": how near numbers must be. */
function within({ equality }: Rule): string {
  const { tolerance, relative } = nearOf(equality) as Near;
  const share = relative && `${relative.num}/${relative.den}`;
  const parts = share !== undefined && tolerance === 0 ? [share] : [tolerance, share];
  return `within ${parts.filter((part) => part !== undefined).join(' or ')}`;
}

/** " at /answer": the part that is compared, where that is not the whole value. */
function at({ equality }: Rule): string {
  return typeof equality === 'object' && 'field' in equality ? ` at ${equality.field}` : '';
}

function enough(threshold: Threshold): string {
  if (typeof threshold === 'number') return String(threshold);
  if (threshold === 'majority') return 'more than half';
  if (threshold === 'two-thirds') return 'two thirds';
  if (threshold === 'unanimous') return 'all';
  return `${threshold.strict ? 'more than' : 'at least'} ${threshold.num}/${threshold.den}`;
}

/** What ended the round, where it was not a proposal. */
function whenClosed(reason: Outcome['reason']): string | null {
  if (reason === 'deadline') return 'the deadline passed';
  if (reason === 'last-call') return 'the last call passed';
  return reason === 'closed-by-hand' ? 'the round was closed by hand' : null;
}

function vetoers({ rule, proposals }: Outcome): string[] {
  return rule.veto.filter((agent) => isVeto(proposals.get(agent)?.classText ?? null));
}

/** What the rule compares, in the plural. */
function values(rule: Rule): string {
  return nearOf(rule.equality) === null ? 'values' : 'windows';
}

/** "ann, bob and cyd"; of many the first four and how many more. */
function listed(names: readonly string[], count = names.length): string {
  if (count > 5) return `${names.slice(0, 4).join(', ')} and ${count - 4} more`;
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((text) => text !== '').join(' and ');
}
