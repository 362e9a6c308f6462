import { type Answer, type Count, type Final, isVeto, stillOpen, type Turnout } from './answer.ts';
import { ClassCount } from './classes.ts';
import { isMixed, weightOf } from './electorate.ts';
import { MixedCount } from './mixed.ts';
import type { Canonical, Rule } from './types.ts';
import { WindowCount } from './window.ts';

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
  /** Holders of a veto who may propose here; null where nobody knows who will take the seats. */
  private readonly vetoers: readonly string[] | null;
  private readonly vetoWeight: number;
  /** Whether an agent whose support is needed is not among the electors; null where nobody knows who will be. */
  private readonly requiredOutside: boolean | null;

  /** `electors` is null for an electorate of a size. */
  constructor(rule: Rule, seed: number, electors: ReadonlySet<string> | null) {
    this.rule = rule;
    this.seed = seed;
    this.count = countFor(rule);
    this.vetoers =
      electors === null && rule.veto.length > 0 ? null : rule.veto.filter((agent) => electors?.has(agent));
    this.vetoWeight = (this.vetoers ?? []).reduce((sum, agent) => sum + weightOf(rule.weights, agent), 0);
    this.requiredOutside = electors && rule.required.some((agent) => !electors.has(agent));
  }

  add(agent: string, value: Canonical | null): void {
    this.enter(agent, value, 1);
    if (value === null) this.count.abstain(agent);
    else this.count.add(agent, value, weightOf(this.rule.weights, agent));
  }

  /** Takes back a proposal that its agent is about to replace. */
  remove(agent: string, value: Canonical | null): void {
    this.enter(agent, value, -1);
    if (value !== null) this.count.remove(agent, value, weightOf(this.rule.weights, agent));
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
    if (this.requiredAbstentions > 0 || this.lacksRequired(eligible))
      return { is: 'impossible', reason: 'required' };
    if (eligible.count < this.rule.floor) return { is: 'impossible', reason: 'floor' };
    const answer = this.count.certain(this.turnout(eligible, nobody));
    if (answer.is !== 'decided') return answer;
    // Where seats have no names, any holder of a veto who has not spoken may still take one.
    const vetoers = this.vetoers ?? this.rule.veto;
    return this.present >= this.rule.floor && this.vetoersIn === vetoers.length ? answer : stillOpen;
  }

  /** Whether somebody with the right to has vetoed: success is impossible, whatever else comes. */
  get vetoed(): boolean {
    return this.vetoes > 0;
  }

  /** Whether this elector is asked for a proposal now: whose word may still matter is, whatever the others said. */
  asks(agent: string, eligible: Eligible, absent: ReadonlySet<string>): boolean {
    if (this.present < this.rule.floor || this.rule.veto.includes(agent)) return true;
    return this.count.asks(agent, this.turnout(eligible, absent));
  }

  /** Whether the support of somebody who is needed can no longer come. */
  private lacksRequired(eligible: Eligible): boolean {
    if (this.requiredOutside !== null) return this.requiredOutside;
    return this.rule.required.length - this.requiredIn > eligible.count - this.present;
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
      missingVetoWeight: this.vetoers === null ? 0 : this.vetoWeight - this.vetoWeightIn,
      absent,
    };
  }

  private enter(agent: string, value: Canonical | null, sign: 1 | -1): void {
    const { rule } = this;
    const weight = weightOf(rule.weights, agent) * sign;
    this.present += sign;
    this.presentWeight += weight;
    if (value !== null) this.castWeight += weight;
    if (rule.required.includes(agent)) {
      this.requiredIn += sign;
      if (value === null) this.requiredAbstentions += sign;
    }
    if (!rule.veto.includes(agent)) return;
    this.vetoersIn += sign;
    this.vetoWeightIn += weight;
    if (isVeto(value)) this.vetoes += sign;
  }
}

function countFor(rule: Rule): Count {
  if (typeof rule.equality === 'object') return new WindowCount(rule, rule.equality.tolerance);
  return isMixed(rule.electorate) ? new MixedCount(rule, rule.electorate) : new ClassCount(rule);
}
