import { isVeto } from '../equality/veto.ts';
import { weightOf } from '../rule/electorate.ts';
import type { Rule } from '../types.ts';
import type { Ballot, Counted, Turnout } from './count.ts';

/** Everybody who may propose in a round, by number and by weight. */
export interface Eligible {
  readonly count: number;
  readonly weight: number;
}

const nobody: ReadonlySet<string> = new Set();

/** Who has proposed so far, whatever the value: their number and weight, the vetoes, and the required agents among them. */
export class RollCall {
  /** Agents who proposed a value or abstained. */
  present = 0;
  /** Those of them who proposed a value. */
  cast = 0;
  /** Vetoes so far. [Q4.17] */
  vetoes = 0;
  private readonly rule: Rule;
  private readonly seed: number;
  private presentWeight = 0;
  private castWeight = 0;
  private vetoHoldersIn = 0;
  private requiredIn = 0;
  private requiredAbstentions = 0;
  private readonly required: ReadonlySet<string>;
  private readonly veto: ReadonlySet<string>;
  /** How many electors hold a veto; null where nobody knows yet who takes the seats. */
  private vetoHolders: number | null;
  private readonly requiredVetoes: boolean;
  /** Whether a required agent is not among the electors; null where nobody knows yet who they are. */
  private readonly requiredOutside: boolean | null;

  /** `electors` is null for an electorate of a size. */
  constructor(rule: Rule, seed: number, electors: ReadonlySet<string> | null) {
    this.rule = rule;
    this.seed = seed;
    this.required = setOf(rule.required);
    this.veto = setOf(rule.veto);
    this.vetoHolders = electors === null ? null : rule.veto.filter((agent) => electors.has(agent)).length;
    this.requiredVetoes = rule.required.some((agent) => this.veto.has(agent));
    this.requiredOutside = electors && rule.required.some((agent) => !electors.has(agent));
  }

  /** The proposal with the weight of its agent, and whether the winner needs it. */
  ballot({ agent, value, classText }: Counted): Ballot {
    const { rule, required } = this;
    return {
      agent,
      value,
      classText,
      weight: weightOf(rule.weights, agent),
      required: required.has(agent),
    };
  }

  /** Counts a ballot in, or with -1 out again. */
  count({ agent, value, classText, weight, required }: Ballot, sign: 1 | -1): void {
    this.present += sign;
    this.presentWeight += sign * weight;
    if (value !== null) {
      this.cast += sign;
      this.castWeight += sign * weight;
    }
    if (required) {
      this.requiredIn += sign;
      if (value === null) this.requiredAbstentions += sign;
    }
    if (!this.veto.has(agent)) return;
    this.vetoHoldersIn += sign;
    if (isVeto(classText)) this.vetoes += sign;
  }

  /** Takes out an elector who has not proposed and is not required. */
  waive(agent: string): void {
    if (this.veto.has(agent)) this.vetoHolders = (this.vetoHolders as number) - 1;
  }

  hasVeto(agent: string): boolean {
    return this.veto.has(agent);
  }

  isRequired(agent: string): boolean {
    return this.required.has(agent);
  }

  /** Whether the support of a required agent can no longer come. */
  lacksRequired(eligible: Eligible): boolean {
    if (this.requiredAbstentions > 0) return true;
    if (this.requiredOutside !== null) return this.requiredOutside;
    return this.required.size - this.requiredIn > eligible.count - this.present;
  }

  /** Whether an agent who has not proposed may still veto. Where seats have no names, any holder of a veto may take one. */
  mayBeVetoed(): boolean {
    return this.vetoHoldersIn < (this.vetoHolders ?? this.rule.veto.length);
  }

  turnout(eligible: Eligible, absent: ReadonlySet<string> = nobody): Turnout {
    return {
      seed: this.seed,
      eligibleWeight: eligible.weight,
      presentWeight: this.presentWeight,
      castWeight: this.castWeight,
      missing: eligible.count - this.present,
      missingWeight: eligible.weight - this.presentWeight,
      requiredVetoes: this.requiredVetoes,
      absent,
    };
  }
}

function setOf(agents: readonly string[]): ReadonlySet<string> {
  return agents.length === 0 ? nobody : new Set(agents);
}
