import type { Rule } from '../types.ts';
import { Backing } from './backing.ts';
import {
  type Answer,
  type Ballot,
  type Count,
  everybody,
  type Final,
  stillOpen,
  type Top,
  type Turnout,
  type Valued,
} from './count.ts';
import { isVeto } from './proposal.ts';
import { Spellings } from './spellings.ts';
import { reaches, wholeOf, wholeWhenAllCast } from './threshold.ts';
import { breakTie, draw, listedIn } from './tie-break.ts';
import { Weights } from './weights.ts';

/**
 * Counts equal values: the heaviest class that reaches the threshold wins. [Q4.11]
 */
export class ClassCount implements Count {
  private readonly rule: Rule;
  private readonly weights = new Weights();
  private readonly spellings: Spellings;
  private readonly required: Backing;
  private readonly listed: readonly string[];

  constructor(rule: Rule) {
    this.rule = rule;
    this.listed = listedIn(rule);
    this.spellings = new Spellings(rule.equality);
    this.required = new Backing(rule.required.length);
  }

  add({ value, classText, weight, required }: Ballot): void {
    if (value === null || classText === null) return;
    if (required) this.required.add(classText);
    this.weights.add(classText, weight);
    this.spellings.add(classText, value);
  }

  remove({ value, classText, weight, required }: Ballot): void {
    if (value === null || classText === null) return;
    if (required) this.required.remove(classText);
    this.weights.remove(classText, weight);
    this.spellings.remove(classText, value);
  }

  final(turnout: Turnout): Final {
    const { leader, lead, rival } = this.weights;
    const whole = wholeOf(this.rule.of, turnout);
    if (leader === null || !reaches(this.rule.threshold, lead, whole)) {
      return { is: 'impossible', reason: 'no-agreement' };
    }
    const winner = rival === lead ? this.winnerOf(this.weights.weighing(lead), turnout.seed) : leader;
    if (winner === null) return { is: 'impossible', reason: 'tie' };
    return this.required.isWhole(winner) ? this.decided(winner) : { is: 'impossible', reason: 'required' };
  }

  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    const { leader } = this.weights;
    if (leader !== null && this.cannotBeCaught(leader, turnout))
      return this.spellings.isCertain(leader, turnout.missing) ? this.decided(leader) : stillOpen;
    return this.anyCanWin(turnout) ? stillOpen : { is: 'impossible', reason: 'no-agreement' };
  }

  canWin({ classText }: Valued, turnout: Turnout): boolean {
    return this.required.allows(classText) && this.winsWithAll(classText, turnout);
  }

  top(): Top {
    const { lead, rival } = this.weights;
    if (lead === 0) return { most: 0, tied: 0 };
    return { most: lead, tied: lead === rival ? this.weights.weighing(lead).length : 1 };
  }

  asked(): (agent: string) => boolean {
    return everybody;
  }

  /** Whether the leader wins however the missing vote: all for one rival is the worst they can do. [Q4.13] */
  private cannotBeCaught(leader: string, turnout: Turnout): boolean {
    const { rule } = this;
    const { lead, rival } = this.weights;
    if (!reaches(rule.threshold, lead, wholeWhenAllCast(rule.of, turnout))) return false;
    if (!this.required.isWhole(leader)) return false;
    const most = rival + turnout.missingWeight;
    if (most !== lead) return most < lead;
    return this.winsEveryTie(leader, turnout);
  }

  /** Whether the leader wins each tie that the missing could bring about by all joining one rival. */
  private winsEveryTie(leader: string, { seed }: Turnout): boolean {
    const { rule } = this;
    const { rival } = this.weights;
    if (rule.tie === 'fail') return false;
    // Against nobody yet, the tie would be with a value that nobody has named: any value at all.
    if (rival === 0) return this.listed[0] === leader;
    const level = this.weights.weighing(rival).filter((key) => key !== leader);
    if (rule.tie !== 'seeded') return this.winnerOf([leader, ...level], seed) === leader;
    const firstWins = draw(seed, 2) === 0;
    return level.every((key) => leader < key === firstWins);
  }

  /** Whether some value can still win: at best all the missing join it. [Q4.14] */
  private anyCanWin(turnout: Turnout): boolean {
    const { leader } = this.weights;
    const [bound, ...others] = this.required.named();
    if (others.length > 0) return false;
    if (bound !== undefined) return this.winsWithAll(bound, turnout);
    if (leader === null || !isVeto(leader)) return this.winsWithAll(leader, turnout);
    // Holders of a veto cannot join a value that is itself a veto, so a lighter value may have better chances.
    return (
      this.winsWithAll(leader, turnout) ||
      this.winsWithAll(null, turnout) ||
      this.bestButVetoes().some((key) => this.winsWithAll(key, turnout))
    );
  }

  /** Whether this class (null: one that nobody has named yet) wins if all the missing who can join it do. */
  private winsWithAll(key: string | null, turnout: Turnout): boolean {
    const { rule } = this;
    if (isVeto(key) && turnout.requiredVetoes) return false;
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
    return this.winnerOf([key, ...level], turnout.seed) === key;
  }

  /** Of the classes that are no vetoes the heaviest, as far as one of them may win where another does not. */
  private bestButVetoes(): string[] {
    const { rule, weights } = this;
    let most = 0;
    for (const key of weights.names()) if (!isVeto(key)) most = Math.max(most, weights.of(key));
    const heaviest = weights.weighing(most).filter((key) => !isVeto(key));
    if (rule.tie === 'seeded') return heaviest;
    const listed = this.listed.filter((key) => weights.of(key) === most);
    return [...heaviest.slice(0, 1), ...listed];
  }

  private winnerOf(tied: readonly string[], seed: number): string | null {
    return breakTie(this.rule, seed, tied, this.listed);
  }

  private decided(key: string): Final {
    return { is: 'decided', value: this.spellings.decided(key) };
  }
}
