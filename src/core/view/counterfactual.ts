import { hasSpellings, sameUnder } from '../equality/equality.ts';
import { canonical } from '../json.ts';
import { isMixed, rosterOf, weightOf } from '../rule/electorate.ts';
import type { Final } from '../tally/count.ts';
import { type Objection, objectionTo, optionsOf } from '../tally/options.ts';
import { proposalOf } from '../tally/proposal.ts';
import type { Eligible } from '../tally/roll-call.ts';
import { Tally } from '../tally/tally.ts';
import type { Canonical, Equality, Json, Rule } from '../types.ts';
import type { ProposalJson, RoundJson, TallyJson } from './json-types.ts';

/** How a recorded round would have ended under another rule, with the proposals that it had when it closed. */
export type Judged =
  | {
      readonly round: number;
      readonly state: 'SUCCESS' | 'FAILED';
      readonly reason: string;
      readonly value: Json;
    }
  /** Why nobody can tell. */
  | { readonly round: number; readonly state: null; readonly reason: Unknown; readonly value: null };

type Unknown =
  /** It is open, or ended by no rule: its subject changed or its group was deleted. */
  | 'not-judged'
  /** Its rule never shows who proposed what. */
  | 'secret'
  /** There are more proposals than its tally shows. [Q4.25] */
  | 'incomplete'
  /** The other rule keeps apart what the record counts together: spellings of one text, orders of one set, or more than a part. */
  | 'spellings'
  /** The other rule compares numbers or a part, and something else was proposed. */
  | 'not-a-number'
  | 'no-such-field'
  /** The other rule does not offer something that was proposed. [Q4.32] */
  | 'not-an-option'
  /** Other agents proposed than those the other rule asks. */
  | 'other-electors'
  /** A draw decides, and it is drawn when a round opens. */
  | 'draw';

interface Ballot {
  readonly agent: string;
  readonly value: Canonical | null;
}

/** What of the rule that a round had matters to how it is judged by another. */
type Recorded = Pick<Rule, 'electorate' | 'absent' | 'reveal'>;

/** Why rounds end that are not judged by their proposals. */
const unjudged: readonly string[] = ['subject-changed', 'rule-changed', 'group-deleted'];

/**
 * Judges a closed round, as readers see it, by another rule. Timers are not run again: a round that its deadline ended
 * is one that the deadline would have ended. `recorded` is the rule that the round had; `proposals` are all of the round, and
 * may be left out where its tally shows all.
 */
export function judgeAgain(
  round: RoundJson,
  recorded: Recorded,
  other: Rule,
  proposals: readonly ProposalJson[] | null = null,
): Judged {
  const unknown = (reason: Unknown): Judged => ({ round: round.round, state: null, reason, value: null });
  const known = (state: 'SUCCESS' | 'FAILED', reason: string, value: Json = null): Judged => ({
    round: round.round,
    state,
    reason,
    value,
  });
  const { reason, tally } = round;
  if (reason === null || unjudged.includes(reason)) return unknown('not-judged');
  if (tally === null || recorded.reveal === 'never') return unknown('secret');
  if (proposals === null && !namesAll(round)) return unknown('incomplete');
  // Of options there is one spelling each.
  const folds = round.options === null && foldsOtherwise(round.equality, other.equality);
  if (proposals === null && folds && tally.length > 0) return unknown('spellings');
  const ballots = countedBy(other, proposals?.map(ballotOf) ?? ballotsOf(round, tally, recorded));
  if (typeof ballots === 'string') return unknown(ballots);
  const electors = electorsOf(round, ballots, recorded, other);
  const eligible = eligibleOf(round, electors, recorded, other);
  if (ballots.some(({ agent }) => electors?.has(agent) === false) || ballots.length > eligible.count)
    return unknown('other-electors');
  const waived = waivedIn(round, electors);
  const judged = (rule: Rule): Final => tallied(rule, ballots, electors, waived).final(eligible);
  const tie: Rule = { ...other, tie: 'fail' };
  const untied = judged(tie);
  if (other.tie === 'seeded' && untied.is === 'lost' && untied.reason === 'tie') return unknown('draw');
  if (reason === 'deadline' && other.onDeadline !== 'decide') {
    const vetoed = tallied(other, ballots, electors, waived).vetoed;
    if (other.onDeadline === 'fail' || vetoed) return known('FAILED', 'deadline');
    return known('SUCCESS', 'deadline', other.onDeadline.default);
  }
  const answer = judged(other);
  if (answer.is === 'won') return known('SUCCESS', 'agreed', JSON.parse(answer.value) as Json);
  return known('FAILED', answer.reason);
}

/** Ballots as a rule counts them; or why it could not have taken one. */
function countedBy(rule: Rule, said: readonly Ballot[]): readonly Ballot[] | Objection {
  const options = optionsOf(rule);
  const counted: Ballot[] = [];
  for (const one of said) {
    const { agent, value } = one;
    const wrong = objectionTo(rule, options, agent, value);
    if (wrong !== null) return wrong;
    const option = value === null ? undefined : options?.spelt(value);
    counted.push(option === undefined ? one : { agent, value: option });
  }
  return counted;
}

/** Whether values that are equal by one of two rules may be different by the other. */
function foldsOtherwise(recorded: Equality, other: Equality): boolean {
  return hasSpellings(recorded) && canonical(recorded as Json) !== canonical(other as Json);
}

/** Whether the tally of a round shows all who proposed, and all that they proposed, as they spelt it. [Q4.25] */
export function showsAll(round: RoundJson): boolean {
  return (round.options !== null || !hasSpellings(round.equality)) && namesAll(round);
}

function namesAll({ tally, moreValues }: RoundJson): boolean {
  return moreValues === undefined && (tally ?? []).every(({ more }) => more === undefined);
}

function ballotOf({ agent, value }: ProposalJson): Ballot {
  return { agent, value: value === undefined ? null : canonical(value) };
}

/** Whether the round would have ended otherwise: with another state, or another value by the equality that the round had. */
export function differs(round: RoundJson, judged: Judged): boolean {
  if (judged.state === null) return false;
  if (judged.state !== round.state) return true;
  return !sameUnder(round.equality, canonical(judged.value), canonical(round.value));
}

function tallied(
  rule: Rule,
  ballots: readonly Ballot[],
  electors: ReadonlySet<string> | null,
  waived: readonly string[],
): Tally {
  const tally = new Tally(rule, 0, electors);
  for (const agent of waived) tally.waive(agent);
  for (const { agent, value } of ballots) tally.add(proposalOf(rule.equality, agent, value));
  return tally;
}

/** Who proposed what. Who abstained is not in a tally: of named electors it is the rest, of others some number. */
function ballotsOf(round: RoundJson, tally: readonly TallyJson[], recorded: Recorded): Ballot[] {
  const ballots: Ballot[] = tally.flatMap(({ value, agents }) =>
    agents.map((agent) => ({ agent, value: canonical(value) })),
  );
  const cast = new Set(ballots.map(({ agent }) => agent));
  const out = new Set([...round.missing, ...round.waived.map(({ agent }) => agent)]);
  const roster = rosterOf(recorded.electorate) ?? [];
  const silent = roster.filter((agent) => !cast.has(agent) && !out.has(agent));
  for (let i = 0; ballots.length < round.present; i += 1)
    ballots.push({ agent: silent[i] ?? `seat-abstained-${i}`, value: null });
  return ballots;
}

/** Who was taken out of the round, of these electors. */
function waivedIn({ waived }: RoundJson, electors: ReadonlySet<string> | null): string[] {
  return waived.map(({ agent }) => agent).filter((agent) => electors?.has(agent));
}

/** The electors by name, or null where seats have none. */
function electorsOf(
  round: RoundJson,
  ballots: readonly Ballot[],
  recorded: Recorded,
  { electorate }: Rule,
): ReadonlySet<string> | null {
  const roster = rosterOf(electorate);
  if (roster !== null) return new Set(roster);
  if ('size' in electorate || 'size' in recorded.electorate) return null;
  return new Set([...ballots.map(({ agent }) => agent), ...round.missing]);
}

function eligibleOf(
  round: RoundJson,
  electors: ReadonlySet<string> | null,
  recorded: Recorded,
  other: Rule,
): Eligible {
  if (electors === null) {
    const same = canonical(other.electorate as Json) === canonical(recorded.electorate as Json);
    const count = 'size' in other.electorate && !same ? other.electorate.size : round.eligible;
    return { count, weight: count };
  }
  // How many were taken out is on record, who is not: with weights nobody can be.
  const shrunk = other.absent === 'excluded' && recorded.absent === 'excluded' && other.weights === null;
  if (shrunk && !isMixed(other.electorate)) return { count: round.eligible, weight: round.eligible };
  const left = new Set(electors);
  for (const agent of waivedIn(round, electors)) left.delete(agent);
  let weight = 0;
  for (const agent of left) weight += weightOf(other.weights, agent);
  return { count: left.size, weight };
}
