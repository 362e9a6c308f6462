import { nearOf } from '../equality/equality.ts';
import { castFloor, isMixed, presentFloor } from '../rule/electorate.ts';
import type { Rule } from '../types.ts';
import type { Top, Valued } from './count.ts';
import { type Answer, type Count, type Counted, everybody, type Final, lost, open } from './count.ts';
import { EqualCount } from './equal-values.ts';
import { MixedCount } from './mixed.ts';
import { MixedNearCount } from './mixed-near.ts';
import { NearCount } from './near-values.ts';
import { type Eligible, RollCall } from './roll-call.ts';

/** The tally of one round: the proposals so far, and whether the round is won, lost or open. It follows from their set alone. [Q4.9] */
export class Tally {
  private readonly rule: Rule;
  private readonly rollCall: RollCall;
  private readonly values: Count;

  /** `electors` is null for an electorate of a size. `seed` is that of a draw that breaks a tie. */
  constructor(rule: Rule, seed: number, electors: ReadonlySet<string> | null) {
    this.rule = rule;
    this.rollCall = new RollCall(rule, seed, electors);
    this.values = countFor(rule);
  }

  /** Won or lost, if no more proposals come. */
  final(eligible: Eligible): Final {
    if (this.vetoed) return lost('veto');
    if (!this.isFloorMet) return lost('floor');
    // Of equal values the heaviest wins if it reaches the threshold: see equal-values.ts. Near values and panels count otherwise.
    return this.values.final(this.rollCall.turnout(eligible));
  }

  /** Won or lost whatever the missing still do, each of whom may propose any value or abstain; else open. [Q4.12] */
  certain(eligible: Eligible): Answer {
    const { rule, rollCall } = this;
    if (this.vetoed) return lost('veto');
    // While the absent are taken out of the electorate, every number may still change.
    if (rule.absent === 'excluded') return open;
    if (!this.canMeetFloor(eligible)) return lost('floor');
    const turnout = rollCall.turnout(eligible);
    const answer = this.values.certain(turnout);
    if (turnout.missing === 0) return answer;
    // Where a value can still get enough, what is certain is that the required agents will not all stand behind it.
    if (answer.is === 'lost' || rollCall.lacksRequired(eligible))
      return lost(this.values.isReachable(turnout) ? 'required' : 'no-agreement');
    const mayStillFail = !this.isFloorMet || rollCall.mayBeVetoed();
    return answer.is === 'won' && mayStillFail ? open : answer;
  }

  /** Counts a proposal: O(1) for equal values. [Q4.10] */
  add(proposal: Counted): void {
    this.countIn(proposal, 1);
  }

  /** Takes an elector who has not proposed out of the electorate; `eligible` no longer counts it. [Q4.37] */
  waive(agent: string): void {
    this.rollCall.waive(agent);
    this.values.waive?.(agent);
  }

  /** Takes back a proposal that its agent is about to replace. */
  remove(proposal: Counted): void {
    this.countIn(proposal, -1);
  }

  /** How many agents have proposed a value or abstained. */
  get present(): number {
    return this.rollCall.present;
  }

  /** Whether enough agents have proposed, and enough of them a value. [Q4.7] */
  get isFloorMet(): boolean {
    const { present, cast } = this.rollCall;
    const { floor } = this.rule;
    return present >= presentFloor(floor) && cast >= castFloor(floor);
  }

  /** Whether an agent with the right to has vetoed: nothing can win, whatever else comes. [Q4.17] */
  get vetoed(): boolean {
    return this.rollCall.vetoes > 0;
  }

  /** The certain answer if this proposal came next. */
  certainAfter(proposal: Counted, eligible: Eligible): Answer {
    this.add(proposal);
    const answer = this.certain(eligible);
    this.remove(proposal);
    return answer;
  }

  /** Names the kind of an agent: the same proposal has the same effect from every agent of one kind. */
  kindOf(agent: string): string {
    const { weight, required } = this.rollCall.ballot({ agent, value: null, classText: null });
    const panels = isMixed(this.rule.electorate) ? agent : '';
    return [weight, required, this.rollCall.hasVeto(agent), panels].join(' ');
  }

  /** Whether a value that somebody has proposed can still win: at best all the missing join it. */
  canWin(valued: Valued, eligible: Eligible): boolean {
    const { rollCall } = this;
    if (this.vetoed || rollCall.lacksRequired(eligible) || !this.canMeetFloor(eligible)) return false;
    return this.values.canWin(valued, rollCall.turnout(eligible));
  }

  /** The most weight behind a value, and how many values have it. */
  top(eligible: Eligible): Top {
    return this.values.top(this.rollCall.turnout(eligible));
  }

  /** Says of each elector whether a proposal of its is asked for now. Whose veto or support matters is always asked. */
  asked(eligible: Eligible, absent: ReadonlySet<string>): (agent: string) => boolean {
    const { rollCall } = this;
    if (!this.isFloorMet) return everybody;
    const asked = this.values.asked?.(rollCall.turnout(eligible, absent)) ?? everybody;
    return (agent) => rollCall.hasVeto(agent) || rollCall.isRequired(agent) || asked(agent);
  }

  /** Whether the floor is met if all the missing propose a value. */
  private canMeetFloor({ count }: Eligible): boolean {
    const { present, cast } = this.rollCall;
    const { floor } = this.rule;
    return count >= presentFloor(floor) && cast + count - present >= castFloor(floor);
  }

  private countIn(proposal: Counted, sign: 1 | -1): void {
    const ballot = this.rollCall.ballot(proposal);
    this.rollCall.count(ballot, sign);
    this.values.count(ballot, sign);
  }
}

function countFor(rule: Rule): Count {
  const { electorate } = rule;
  const near = nearOf(rule.equality);
  if (isMixed(electorate))
    return near === null ? new MixedCount(rule, electorate) : new MixedNearCount(rule, near, electorate);
  return near === null ? new EqualCount(rule) : new NearCount(rule, near);
}
