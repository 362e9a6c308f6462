import {
  type Answer,
  breakTie,
  type Count,
  isVeto,
  reaches,
  stillOpen,
  type Turnout,
  wholeOf,
  wholeWhenAllCast,
} from './answer.ts';
import { classOf } from './equality.ts';
import { canonical } from './json.ts';
import type { Canonical, Json, Rule } from './types.ts';

/**
 * Counts equal values: the heaviest class that reaches the threshold wins. [Q4.11]
 *
 * Keeps the heaviest class and the weight of its best rival, so that a proposal costs the same in a round of
 * 3 and of 100,000. Only a change of mind (revote) makes the next question look at every class again.
 */
export class ClassCount implements Count {
  private readonly rule: Rule;
  private readonly weights = new Map<string, number>();
  /** Text equality only: how often each spelling of a class was proposed. */
  private readonly spellings = new Map<string, Map<Canonical, number>>();
  /** The class that each required agent stands behind. */
  private readonly required = new Map<string, string>();
  private leader: string | null = null;
  private lead = 0;
  private rival = 0;
  private stale = false;

  constructor(rule: Rule) {
    this.rule = rule;
  }

  add(agent: string, value: Canonical, weight: number): void {
    const key = classOf(this.rule.equality, value);
    const total = (this.weights.get(key) ?? 0) + weight;
    this.weights.set(key, total);
    if (this.rule.equality === 'text') this.spell(key, value, 1);
    if (this.rule.required.includes(agent)) this.required.set(agent, key);
    if (key === this.leader) {
      this.lead = total;
    } else if (total > this.lead) {
      this.rival = this.lead;
      this.lead = total;
      this.leader = key;
    } else if (total > this.rival) {
      this.rival = total;
    }
  }

  remove(agent: string, value: Canonical, weight: number): void {
    const key = classOf(this.rule.equality, value);
    const total = (this.weights.get(key) ?? 0) - weight;
    if (total > 0) this.weights.set(key, total);
    else this.weights.delete(key);
    if (this.rule.equality === 'text') this.spell(key, value, -1);
    this.required.delete(agent);
    this.stale = true;
  }

  abstain(): void {}

  final(turnout: Turnout): Answer {
    this.refresh();
    const whole = wholeOf(this.rule.of, turnout);
    if (this.leader === null || !reaches(this.rule.threshold, this.lead, whole)) {
      return { is: 'impossible', reason: 'no-agreement' };
    }
    const winner =
      this.rival === this.lead ? breakTie(this.rule, turnout.seed, this.heaviest()) : this.leader;
    if (winner === null) return { is: 'impossible', reason: 'tie' };
    const backed = this.rule.required.every((agent) => this.required.get(agent) === winner);
    return backed ? this.decided(winner) : { is: 'impossible', reason: 'required' };
  }

  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    this.refresh();
    if (this.cannotBeCaught(turnout)) return this.decided(this.leader as string);
    return this.canStillWin(turnout) ? stillOpen : { is: 'impossible', reason: 'no-agreement' };
  }

  asks(): boolean {
    return true;
  }

  /** Whether the leader wins however the missing vote: all for one rival is the worst they can do. [Q4.13] */
  private cannotBeCaught(turnout: Turnout): boolean {
    const { leader, lead, rule } = this;
    if (leader === null || !reaches(rule.threshold, lead, wholeWhenAllCast(rule.of, turnout))) return false;
    if (rule.required.some((agent) => this.required.get(agent) !== leader)) return false;
    const most = this.rival + turnout.missingWeight;
    if (most !== lead) return most < lead;
    return this.winsEveryTie(leader, turnout);
  }

  /** Whether the leader wins each tie that the missing could bring about by all joining one rival. */
  private winsEveryTie(leader: string, turnout: Turnout): boolean {
    const { rule } = this;
    if (rule.tie === 'fail') return false;
    // Against nobody yet, the tie would be with a value that nobody has named: any value at all.
    if (this.rival === 0)
      return typeof rule.tie === 'object' && classOf(rule.equality, canonicalFirst(rule)) === leader;
    for (const [key, weight] of this.weights) {
      if (key === leader || weight !== this.rival) continue;
      if (breakTie(rule, turnout.seed, [leader, key]) !== leader) return false;
    }
    return true;
  }

  /** Whether some value can still win: at best all the missing join it. [Q4.14] */
  private canStillWin(turnout: Turnout): boolean {
    const bound = this.boundClass();
    if (bound === 'torn') return false;
    if (bound !== null) return this.canWin(bound, turnout);
    if (this.leader === null || !isVeto(this.leader)) return this.canWin(this.leader, turnout);
    // Holders of a veto cannot join a value that is itself a veto, so a lighter value may have better chances.
    for (const key of this.weights.keys()) if (this.canWin(key, turnout)) return true;
    return this.canWin(null, turnout);
  }

  /** Whether this class (null: one that nobody has named yet) wins if all the missing who can join it do. */
  private canWin(key: string | null, turnout: Turnout): boolean {
    const { rule } = this;
    const joining = turnout.missingWeight - (isVeto(key) ? turnout.missingVetoWeight : 0);
    const best = (key === null ? 0 : (this.weights.get(key) ?? 0)) + joining;
    const whole =
      wholeWhenAllCast(rule.of, turnout) - (rule.of === 'cast' ? turnout.missingWeight - joining : 0);
    if (!reaches(rule.threshold, best, whole)) return false;
    const other = key !== null && key === this.leader ? this.rival : this.lead;
    if (best !== other) return best > other;
    if (key === null) return rule.tie !== 'fail';
    const tied = [key];
    for (const [rival, weight] of this.weights) if (rival !== key && weight === other) tied.push(rival);
    return breakTie(rule, turnout.seed, tied) === key;
  }

  /** The one class that required agents allow: null while none has spoken, torn when they differ. */
  private boundClass(): string | 'torn' | null {
    const classes = new Set(this.required.values());
    if (classes.size > 1) return 'torn';
    for (const only of classes) return only;
    return null;
  }

  private decided(key: string): Answer {
    return { is: 'decided', value: this.spellingOf(key) };
  }

  /** The spelling most often proposed; among equals the first in text order. */
  private spellingOf(key: string): Canonical {
    let best: readonly [Canonical, number] = [key, 0];
    for (const [text, times] of this.spellings.get(key) ?? []) {
      if (times > best[1] || (times === best[1] && text < best[0])) best = [text, times];
    }
    return best[0];
  }

  private spell(key: string, value: Canonical, by: number): void {
    const spellings = this.spellings.get(key) ?? new Map<Canonical, number>();
    const times = (spellings.get(value) ?? 0) + by;
    if (times > 0) spellings.set(value, times);
    else spellings.delete(value);
    this.spellings.set(key, spellings);
  }

  private heaviest(): string[] {
    return [...this.weights].filter(([, weight]) => weight === this.lead).map(([key]) => key);
  }

  private refresh(): void {
    if (!this.stale) return;
    this.stale = false;
    this.leader = null;
    this.lead = 0;
    this.rival = 0;
    for (const [key, weight] of this.weights) {
      if (weight > this.lead) {
        this.rival = this.lead;
        this.lead = weight;
        this.leader = key;
      } else if (weight > this.rival) {
        this.rival = weight;
      }
    }
  }
}

function canonicalFirst(rule: Rule): Canonical {
  return typeof rule.tie === 'object' ? canonical(rule.tie.priority[0] as Json) : '';
}
