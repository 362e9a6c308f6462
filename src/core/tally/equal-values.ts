import { isVeto } from '../equality/veto.ts';
import type { Rule } from '../types.ts';
import type { Top, Turnout, Valued } from './count.ts';
import { type Answer, type Ballot, type Count, type Final, lost, open, won } from './count.ts';
import { optionsOf, wordingOf } from './options.ts';
import { RequiredSupport } from './required-support.ts';
import { denominator, largestDenominator, reaches } from './threshold.ts';
import { breakTie, draw, priorityOf } from './tie-break.ts';
import { Weights } from './weights.ts';

/** Counts equal values: of those that may win, the heaviest class does if it reaches the threshold. [Q4.11] [Q4.33] */
export class EqualCount implements Count {
  private readonly rule: Rule;
  /** Classes that may win, where the rule says which. */
  private readonly winners: ReadonlySet<string> | null;
  /** Of these classes alone: what cannot win never beats, ties or shifts the draw. */
  private readonly weights = new Weights();
  private readonly spellings: ReturnType<typeof wordingOf>;
  private readonly required: RequiredSupport;
  private readonly priority: readonly string[];

  constructor(rule: Rule) {
    this.rule = rule;
    this.priority = priorityOf(rule);
    this.winners = optionsOf(rule)?.winners ?? null;
    this.spellings = wordingOf(rule);
    this.required = new RequiredSupport(rule.required.length);
  }

  count({ value, classText, weight, required }: Ballot, sign: 1 | -1): void {
    if (value === null || classText === null) return;
    if (required) this.required.count(classText, sign);
    if (this.winners?.has(classText) === false) return;
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
    return this.isReachable(turnout) && this.isAllowed(turnout) ? open : lost('no-agreement');
  }

  /** Of all values the heaviest has the best chances. */
  isReachable(turnout: Turnout): boolean {
    return this.winsWithAll(this.weights.leader, turnout);
  }

  canWin({ classText }: Valued, turnout: Turnout): boolean {
    return this.winners?.has(classText) !== false && this.mayWin(classText, turnout);
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
    // Where no other value can win, nothing can join a rival.
    if (this.winners?.size === 1) return true;
    const most = rival + turnout.missingWeight;
    if (most !== lead) return most < lead;
    return this.winsEveryTie(leader, turnout);
  }

  /** Whether the leader wins each tie that the missing could bring about by all joining one rival. */
  private winsEveryTie(leader: string, { seed }: Turnout): boolean {
    const { rule, winners } = this;
    const { rival } = this.weights;
    if (rule.tie === 'fail') return false;
    // While there is no rival, the tie could be with any value that may win.
    if (rival === 0 && winners === null) return this.priority[0] === leader;
    const level = rival === 0 ? [...(winners as ReadonlySet<string>)] : this.weights.weighing(rival);
    const rivals = level.filter((classText) => classText !== leader);
    if (rule.tie !== 'seeded') return this.winnerOf([leader, ...rivals], seed) === leader;
    const firstWins = draw(seed, 2) === 0;
    return rivals.every((classText) => leader < classText === firstWins);
  }

  /** Whether some value that the required agents allow can still win: at best all the missing join it. [Q4.14] */
  private isAllowed(turnout: Turnout): boolean {
    const { winners } = this;
    const { leader } = this.weights;
    const [supported] = this.required.classes();
    if (supported !== undefined)
      return winners?.has(supported as string) !== false && this.mayWin(supported, turnout);
    if (!turnout.requiredVetoes || !isVeto(leader)) return true;
    // From an agent who must stand behind the winner a veto is no support, so a lighter value may be the one that can win.
    const unnamed = winners === null ? [null] : [...winners].filter((classText) => !isVeto(classText));
    return [...unnamed, ...this.heaviestButVetoes()].some((classText) =>
      this.winsWithAll(classText, turnout),
    );
  }

  /** Whether the required agents may all propose this class, and it wins if all the missing do. */
  private mayWin(classText: string | null, turnout: Turnout): boolean {
    if (!this.required.mayBeComplete(classText) || (isVeto(classText) && turnout.requiredVetoes))
      return false;
    return this.winsWithAll(classText, turnout);
  }

  /** Whether this class (null: one that nobody has proposed yet) wins if all the missing do propose it. */
  private winsWithAll(classText: string | null, turnout: Turnout): boolean {
    const { rule } = this;
    const best = (classText === null ? 0 : this.weights.of(classText)) + turnout.missingWeight;
    if (!reaches(rule.threshold, best, largestDenominator(rule.of, turnout))) return false;
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
