import type { Rule } from '../types.ts';
import type { Top, Turnout, Valued } from './count.ts';
import { type Answer, type Ballot, type Count, type Final, lost, open, won } from './count.ts';
import { isVeto } from './proposal.ts';
import { RequiredSupport } from './required-support.ts';
import { Spellings } from './spellings.ts';
import { denominator, largestDenominator, reaches } from './threshold.ts';
import { breakTie, draw, priorityOf } from './tie-break.ts';
import { Weights } from './weights.ts';

/** Counts equal values: the heaviest class wins if it reaches the threshold. [Q4.11] */
export class EqualCount implements Count {
  private readonly rule: Rule;
  private readonly weights = new Weights();
  private readonly spellings: Spellings;
  private readonly required: RequiredSupport;
  private readonly priority: readonly string[];

  constructor(rule: Rule) {
    this.rule = rule;
    this.priority = priorityOf(rule);
    this.spellings = new Spellings(rule.equality);
    this.required = new RequiredSupport(rule.required.length);
  }

  count({ value, classText, weight, required }: Ballot, sign: 1 | -1): void {
    if (value === null || classText === null) return;
    if (required) this.required.count(classText, sign);
    this.weights.add(classText, sign * weight);
    this.spellings.count(classText, value, sign);
  }

  final(turnout: Turnout): Final {
    const { leader, lead, rival } = this.weights;
    const whole = denominator(this.rule.of, turnout);
    if (leader === null || !reaches(this.rule.threshold, lead, whole)) {
      return lost('no-agreement');
    }
    const winner = rival === lead ? this.winnerOf(this.weights.weighing(lead), turnout.seed) : leader;
    if (winner === null) return lost('tie');
    return this.required.isComplete(winner) ? won(this.spellings.decided(winner)) : lost('required');
  }

  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    const { leader } = this.weights;
    if (leader !== null && this.cannotBeCaught(leader, turnout))
      return this.spellings.isCertain(leader, turnout.missing) ? won(this.spellings.decided(leader)) : open;
    return this.anyCanWin(turnout) ? open : lost('no-agreement');
  }

  canWin({ classText }: Valued, turnout: Turnout): boolean {
    return this.required.mayBeComplete(classText) && this.winsWithAll(classText, turnout);
  }

  top(): Top {
    const { lead, rival } = this.weights;
    if (lead === 0) return { most: 0, tied: 0 };
    return { most: lead, tied: lead === rival ? this.weights.weighing(lead).length : 1 };
  }

  /** Whether the leader wins whatever the missing propose: the worst for it is that all join one rival. [Q4.13] */
  private cannotBeCaught(leader: string, turnout: Turnout): boolean {
    const { rule } = this;
    const { lead, rival } = this.weights;
    if (!reaches(rule.threshold, lead, largestDenominator(rule.of, turnout))) return false;
    if (!this.required.isComplete(leader)) return false;
    const most = rival + turnout.missingWeight;
    if (most !== lead) return most < lead;
    return this.winsEveryTie(leader, turnout);
  }

  /** Whether the leader wins each tie that the missing could bring about by all joining one rival. */
  private winsEveryTie(leader: string, { seed }: Turnout): boolean {
    const { rule } = this;
    const { rival } = this.weights;
    if (rule.tie === 'fail') return false;
    // While there is no rival, the tie could be with any value at all.
    if (rival === 0) return this.priority[0] === leader;
    const rivals = this.weights.weighing(rival).filter((classText) => classText !== leader);
    if (rule.tie !== 'seeded') return this.winnerOf([leader, ...rivals], seed) === leader;
    const firstWins = draw(seed, 2) === 0;
    return rivals.every((classText) => leader < classText === firstWins);
  }

  /** Whether some value can still win: at best all the missing join it. [Q4.14] */
  private anyCanWin(turnout: Turnout): boolean {
    const { leader } = this.weights;
    const [supported, ...others] = this.required.classes();
    if (others.length > 0) return false;
    if (supported !== undefined) return this.winsWithAll(supported, turnout);
    if (leader === null || !isVeto(leader)) return this.winsWithAll(leader, turnout);
    // Holders of a veto cannot support a value that is itself a veto, so a lighter value may have better chances.
    return (
      this.winsWithAll(leader, turnout) ||
      this.winsWithAll(null, turnout) ||
      this.heaviestButVetoes().some((classText) => this.winsWithAll(classText, turnout))
    );
  }

  /** Whether this class (null: one that nobody has proposed yet) wins if all the missing who may support it do. */
  private winsWithAll(classText: string | null, turnout: Turnout): boolean {
    const { rule } = this;
    if (isVeto(classText) && turnout.requiredVetoes) return false;
    const joining = turnout.missingWeight - (isVeto(classText) ? turnout.missingVetoWeight : 0);
    const best = (classText === null ? 0 : this.weights.of(classText)) + joining;
    const whole =
      largestDenominator(rule.of, turnout) - (rule.of === 'cast' ? turnout.missingWeight - joining : 0);
    if (!reaches(rule.threshold, best, whole)) return false;
    const { leader, lead, rival } = this.weights;
    const other = classText !== null && classText === leader ? rival : lead;
    if (best !== other) return best > other;
    if (classText === null) return rule.tie !== 'fail';
    const rivals = this.weights.weighing(other).filter((name) => name !== classText);
    return this.winnerOf([classText, ...rivals], turnout.seed) === classText;
  }

  /** The heaviest classes that are no vetoes; of several only those that may win a tie. */
  private heaviestButVetoes(): string[] {
    const { rule, weights } = this;
    let most = 0;
    for (const classText of weights.names())
      if (!isVeto(classText)) most = Math.max(most, weights.of(classText));
    const heaviest = weights.weighing(most).filter((classText) => !isVeto(classText));
    if (rule.tie === 'seeded') return heaviest;
    const priority = this.priority.filter((classText) => weights.of(classText) === most);
    return [...heaviest.slice(0, 1), ...priority];
  }

  private winnerOf(tied: readonly string[], seed: number): string | null {
    return breakTie(this.rule, seed, tied, this.priority);
  }
}
