import {
  type Answer,
  breakTie,
  type Count,
  type Final,
  isVeto,
  reaches,
  stillOpen,
  type Turnout,
  wholeOf,
  wholeWhenAllCast,
} from './answer.ts';
import { classOf } from './equality.ts';
import { canonical } from './json.ts';
import { Spellings } from './spellings.ts';
import type { Canonical, Json, Rule } from './types.ts';
import { Weights } from './weights.ts';

/**
 * Counts equal values: the heaviest class that reaches the threshold wins. [Q4.11]
 */
export class ClassCount implements Count {
  private readonly rule: Rule;
  private readonly weights = new Weights();
  private readonly spellings: Spellings;
  /** The class that each required agent stands behind. */
  private readonly required = new Map<string, string>();

  constructor(rule: Rule) {
    this.rule = rule;
    this.spellings = new Spellings(rule.equality);
  }

  add(agent: string, value: Canonical, weight: number): void {
    const key = classOf(this.rule.equality, value);
    this.weights.add(key, weight);
    this.spellings.add(key, value);
    if (this.rule.required.includes(agent)) this.required.set(agent, key);
  }

  remove(agent: string, value: Canonical, weight: number): void {
    const key = classOf(this.rule.equality, value);
    this.weights.remove(key, weight);
    this.spellings.remove(key, value);
    this.required.delete(agent);
  }

  abstain(): void {}

  final(turnout: Turnout): Final {
    const { leader, lead, rival } = this.weights;
    const whole = wholeOf(this.rule.of, turnout);
    if (leader === null || !reaches(this.rule.threshold, lead, whole)) {
      return { is: 'impossible', reason: 'no-agreement' };
    }
    const winner = rival === lead ? breakTie(this.rule, turnout.seed, this.weights.weighing(lead)) : leader;
    if (winner === null) return { is: 'impossible', reason: 'tie' };
    const backed = this.rule.required.every((agent) => this.required.get(agent) === winner);
    return backed ? this.decided(winner) : { is: 'impossible', reason: 'required' };
  }

  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    const { leader } = this.weights;
    if (leader !== null && this.cannotBeCaught(leader, turnout))
      return this.spellings.isCertain(leader, turnout.missing) ? this.decided(leader) : stillOpen;
    return this.canStillWin(turnout) ? stillOpen : { is: 'impossible', reason: 'no-agreement' };
  }

  asks(): boolean {
    return true;
  }

  /** Whether the leader wins however the missing vote: all for one rival is the worst they can do. [Q4.13] */
  private cannotBeCaught(leader: string, turnout: Turnout): boolean {
    const { rule } = this;
    const { lead, rival } = this.weights;
    if (!reaches(rule.threshold, lead, wholeWhenAllCast(rule.of, turnout))) return false;
    if (rule.required.some((agent) => this.required.get(agent) !== leader)) return false;
    const most = rival + turnout.missingWeight;
    if (most !== lead) return most < lead;
    return this.winsEveryTie(leader, turnout);
  }

  /** Whether the leader wins each tie that the missing could bring about by all joining one rival. */
  private winsEveryTie(leader: string, turnout: Turnout): boolean {
    const { rule } = this;
    const { rival } = this.weights;
    if (rule.tie === 'fail') return false;
    // Against nobody yet, the tie would be with a value that nobody has named: any value at all.
    if (rival === 0)
      return typeof rule.tie === 'object' && classOf(rule.equality, firstOf(rule.tie.priority)) === leader;
    const level = this.weights.weighing(rival).filter((key) => key !== leader);
    return level.every((key) => breakTie(rule, turnout.seed, [leader, key]) === leader);
  }

  /** Whether some value can still win: at best all the missing join it. [Q4.14] */
  private canStillWin(turnout: Turnout): boolean {
    const bound = this.boundClass();
    if (bound === 'torn') return false;
    if (bound !== null) return this.canWin(bound, turnout);
    const { leader } = this.weights;
    if (leader === null || !isVeto(leader)) return this.canWin(leader, turnout);
    // Holders of a veto cannot join a value that is itself a veto, so a lighter value may have better chances.
    for (const key of this.weights.names()) if (this.canWin(key, turnout)) return true;
    return this.canWin(null, turnout);
  }

  /** Whether this class (null: one that nobody has named yet) wins if all the missing who can join it do. */
  private canWin(key: string | null, turnout: Turnout): boolean {
    const { rule } = this;
    // Somebody who must stand behind the winner would veto by doing so.
    if (isVeto(key) && rule.required.some((agent) => rule.veto.includes(agent))) return false;
    const joining = turnout.missingWeight - (isVeto(key) ? turnout.missingVetoWeight : 0);
    const best = (key === null ? 0 : this.weights.of(key)) + joining;
    const whole =
      wholeWhenAllCast(rule.of, turnout) - (rule.of === 'cast' ? turnout.missingWeight - joining : 0);
    if (!reaches(rule.threshold, best, whole)) return false;
    const { leader, lead, rival } = this.weights;
    const other = key !== null && key === leader ? rival : lead;
    if (best !== other) return best > other;
    if (key === null) return rule.tie !== 'fail';
    const level = this.weights.weighing(other).filter((name) => name !== key);
    return breakTie(rule, turnout.seed, [key, ...level]) === key;
  }

  /** The one class that required agents allow: null while none has spoken, torn when they differ. */
  private boundClass(): string | 'torn' | null {
    const classes = new Set(this.required.values());
    if (classes.size > 1) return 'torn';
    for (const only of classes) return only;
    return null;
  }

  private decided(key: string): Final {
    return { is: 'decided', value: this.spellings.decided(key) };
  }
}

function firstOf(priority: readonly Json[]): Canonical {
  return canonical(priority[0] as Json);
}
