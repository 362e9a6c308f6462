import { isMixed, weightOf } from '../rule/electorate.ts';
import type { Rule } from '../types.ts';
import {
  type Answer,
  type Ballot,
  type Count,
  type Counted,
  everybody,
  type Final,
  stillOpen,
  type Top,
  type Turnout,
  type Valued,
} from './count.ts';
import { ClassCount } from './equal-values.ts';
import { MixedCount } from './mixed.ts';
import { WindowCount } from './near-values.ts';
import { isVeto } from './proposal.ts';

/** Everybody who may propose in a round, by number and by weight. */
export interface Eligible {
  readonly count: number;
  readonly weight: number;
}

const nobody: ReadonlySet<string> = new Set();

/** The tally of one round: the proposals counted so far, and what they amount to. O(1) each for equal values. [Q4.10] */
export class Tally {
  /** Agents who proposed a value or abstained. */
  present = 0;
  private readonly rule: Rule;
  private readonly seed: number;
  private readonly count: Count;
  private presentWeight = 0;
  private castWeight = 0;
  private vetoes = 0;
  private vetoersIn = 0;
  private vetoWeightIn = 0;
  private requiredAbstentions = 0;
  private requiredIn = 0;
  private readonly required: ReadonlySet<string>;
  private readonly veto: ReadonlySet<string>;
  /** Holders of a veto who may propose here, and their weight; null where nobody knows who will take the seats. */
  private readonly vetoers: Eligible | null;
  private readonly requiredVetoes: boolean;
  /** Whether an agent whose support is needed is not among the electors; null where nobody knows who will be. */
  private readonly requiredOutside: boolean | null;

  /** `electors` is null for an electorate of a size. */
  constructor(rule: Rule, seed: number, electors: ReadonlySet<string> | null) {
    this.rule = rule;
    this.seed = seed;
    this.count = countFor(rule);
    this.required = setOf(rule.required);
    this.veto = setOf(rule.veto);
    this.vetoers = electors === null && rule.veto.length > 0 ? null : vetoersIn(rule, electors ?? nobody);
    this.requiredVetoes = rule.required.some((agent) => this.veto.has(agent));
    this.requiredOutside = electors && rule.required.some((agent) => !electors.has(agent));
  }

  add(proposal: Counted): void {
    const ballot = this.ballot(proposal);
    this.enter(ballot, 1);
    this.count.add(ballot);
  }

  /** Takes back a proposal that its agent is about to replace. */
  remove(proposal: Counted): void {
    const ballot = this.ballot(proposal);
    this.enter(ballot, -1);
    this.count.remove(ballot);
  }

  /** The answer of the proposals at hand, taken as all there will be. */
  final(eligible: Eligible): Final {
    if (this.vetoes > 0) return { is: 'impossible', reason: 'veto' };
    if (this.present < this.rule.floor) return { is: 'impossible', reason: 'floor' };
    return this.count.final(this.turnout(eligible, nobody));
  }

  /**
   * The answer that every completion gives: each missing agent proposes any value or abstains. [Q4.12]
   * A veto by one who has not spoken keeps success uncertain; an electorate that may still shrink keeps all so.
   */
  certain(eligible: Eligible): Answer {
    if (this.vetoes > 0) return { is: 'impossible', reason: 'veto' };
    if (this.rule.absent === 'excluded') return stillOpen;
    if (this.lacksRequired(eligible)) return { is: 'impossible', reason: 'required' };
    if (eligible.count < this.rule.floor) return { is: 'impossible', reason: 'floor' };
    const answer = this.count.certain(this.turnout(eligible, nobody));
    if (answer.is !== 'decided') return answer;
    // Where seats have no names, any holder of a veto who has not spoken may still take one.
    const vetoers = this.vetoers?.count ?? this.rule.veto.length;
    return this.present >= this.rule.floor && this.vetoersIn === vetoers ? answer : stillOpen;
  }

  /** The certain answer if this proposal came next. */
  certainAfter(proposal: Counted, eligible: Eligible): Answer {
    this.add(proposal);
    const answer = this.certain(eligible);
    this.remove(proposal);
    return answer;
  }

  /** What the rule sees of an agent: the same proposal by agents of one kind has the same effect. */
  kindOf(agent: string): string {
    const { weight, required } = this.standing(agent);
    const panels = isMixed(this.rule.electorate) ? agent : '';
    return [weight, required, this.veto.has(agent), panels].join(' ');
  }

  /** Whether the value of a proposal that is in can still be decided: at best all the missing join it. */
  canWin(valued: Valued, eligible: Eligible): boolean {
    if (this.vetoes > 0 || this.lacksRequired(eligible) || eligible.count < this.rule.floor) return false;
    return this.count.canWin(valued, this.turnout(eligible, nobody));
  }

  /** The most weight behind a value at hand, and how many values have it. */
  top(eligible: Eligible): Top {
    return this.count.top(this.turnout(eligible, nobody));
  }

  /** Whether somebody with the right to has vetoed: success is impossible, whatever else comes. */
  get vetoed(): boolean {
    return this.vetoes > 0;
  }

  /** Tells which electors are asked for a proposal now: whose word may still matter is, whatever the others said. */
  asked(eligible: Eligible, absent: ReadonlySet<string>): (agent: string) => boolean {
    if (this.present < this.rule.floor) return everybody;
    const asked = this.count.asked(this.turnout(eligible, absent));
    return (agent) => this.veto.has(agent) || this.required.has(agent) || asked(agent);
  }

  /** Whether the support of somebody who is needed can no longer come. */
  private lacksRequired(eligible: Eligible): boolean {
    if (this.requiredAbstentions > 0) return true;
    if (this.requiredOutside !== null) return this.requiredOutside;
    return this.required.size - this.requiredIn > eligible.count - this.present;
  }

  private turnout(eligible: Eligible, absent: ReadonlySet<string>): Turnout {
    const missingWeight = eligible.weight - this.presentWeight;
    return {
      seed: this.seed,
      eligibleWeight: eligible.weight,
      presentWeight: this.presentWeight,
      castWeight: this.castWeight,
      missing: eligible.count - this.present,
      missingWeight,
      missingVetoWeight: this.vetoers === null ? 0 : this.vetoers.weight - this.vetoWeightIn,
      requiredVetoes: this.requiredVetoes,
      absent,
    };
  }

  private ballot(proposal: Counted): Ballot {
    const { agent, value, classText } = proposal;
    return { agent, value, classText, ...this.standing(agent) };
  }

  private standing(agent: string): Pick<Ballot, 'weight' | 'required'> {
    return { weight: weightOf(this.rule.weights, agent), required: this.required.has(agent) };
  }

  private enter({ agent, value, classText, weight, required }: Ballot, sign: 1 | -1): void {
    this.present += sign;
    this.presentWeight += sign * weight;
    if (value !== null) this.castWeight += sign * weight;
    if (required) {
      this.requiredIn += sign;
      if (value === null) this.requiredAbstentions += sign;
    }
    if (!this.veto.has(agent)) return;
    this.vetoersIn += sign;
    this.vetoWeightIn += sign * weight;
    if (isVeto(classText)) this.vetoes += sign;
  }
}

function vetoersIn({ veto, weights }: Rule, electors: ReadonlySet<string>): Eligible {
  let count = 0;
  let weight = 0;
  for (const agent of veto) {
    if (!electors.has(agent)) continue;
    count += 1;
    weight += weightOf(weights, agent);
  }
  return { count, weight };
}

function setOf(agents: readonly string[]): ReadonlySet<string> {
  return agents.length === 0 ? nobody : new Set(agents);
}

function countFor(rule: Rule): Count {
  if (typeof rule.equality === 'object') return new WindowCount(rule, rule.equality.tolerance);
  return isMixed(rule.electorate) ? new MixedCount(rule, rule.electorate) : new ClassCount(rule);
}
