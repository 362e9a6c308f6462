import { type Answer, type Count, type Final, stillOpen, type Turnout } from './answer.ts';
import { classOf } from './equality.ts';
import { type Ending, PartCount, unnamed } from './panels.ts';
import { Spellings } from './spellings.ts';
import type { Canonical, Mixed, Rule } from './types.ts';

const nobody: ReadonlySet<string> = new Set();

/**
 * Counts a mixed electorate: what satisfies the combination of panels wins, and only where it ends without a
 * winner does the part after `else` decide, by the same rules over its own agents. Each panel counts `of` its
 * own agents. The winner of either must have all required agents behind it.
 */
export class MixedCount implements Count {
  private readonly rule: Rule;
  private readonly main: PartCount;
  private readonly otherwise: PartCount | null;
  /** The class each required agent stands behind; null: it abstained. */
  private readonly required = new Map<string, string | null>();
  private readonly spellings: Spellings;

  constructor(rule: Rule, electorate: Mixed) {
    this.rule = rule;
    this.spellings = new Spellings(rule.equality);
    this.main = new PartCount(rule, electorate);
    this.otherwise = electorate.else === undefined ? null : new PartCount(rule, electorate.else);
  }

  add(agent: string, value: Canonical): void {
    const key = classOf(this.rule.equality, value);
    this.answer(agent, key);
    this.spellings.add(key, value);
  }

  abstain(agent: string): void {
    this.answer(agent, null);
  }

  remove(agent: string, value: Canonical): void {
    const key = classOf(this.rule.equality, value);
    this.main.remove(agent, key);
    this.otherwise?.remove(agent, key);
    this.required.delete(agent);
    this.spellings.remove(key, value);
  }

  final(turnout: Turnout): Final {
    const ending = this.ending(turnout.seed);
    if (!ending.won) return { is: 'impossible', reason: ending.reason };
    const backed = this.rule.required.every((agent) => this.required.get(agent) === ending.key);
    return backed ? this.decided(ending.key) : { is: 'impossible', reason: 'required' };
  }

  /** Goes through every way the round can end, until two of them differ. */
  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    const answers = new Set<string | null>();
    for (const key of this.endings(turnout.seed)) {
      for (const answer of this.backings(key)) answers.add(answer);
      if (answers.size > 1 || answers.has(unnamed)) return stillOpen;
    }
    const [only] = answers;
    if (typeof only !== 'string') return { is: 'impossible', reason: 'no-agreement' };
    return this.spellings.isCertain(only, turnout.missing) ? this.decided(only) : stillOpen;
  }

  /** Agents after `else` are asked once no winner is left to hope for from those before it who are not absent. */
  asks(agent: string, turnout: Turnout): boolean {
    if (this.main.has(agent) || this.rule.required.includes(agent)) return true;
    for (const key of this.main.endings(turnout.seed, turnout.absent, [])) if (key !== null) return false;
    return true;
  }

  private answer(agent: string, key: string | null): void {
    this.main.add(agent, key);
    this.otherwise?.add(agent, key);
    if (this.rule.required.includes(agent)) this.required.set(agent, key);
  }

  private ending(seed: number): Ending {
    const main = this.main.final(seed);
    return main.won || this.otherwise === null ? main : this.otherwise.final(seed);
  }

  private *endings(seed: number): Generator<string | null> {
    const needed = new Set<string>();
    for (const key of this.required.values()) if (key !== null) needed.add(key);
    let mayFail = false;
    for (const key of this.main.endings(seed, nobody, needed)) {
      if (key === null) mayFail = true;
      else yield key;
    }
    if (!mayFail) return;
    if (this.otherwise === null) yield null;
    else yield* this.otherwise.endings(seed, nobody, needed);
  }

  /** What becomes of a winner: with all required agents behind it, itself; without one of them, nothing. */
  private *backings(key: string | null): Generator<string | null> {
    const backed = this.rule.required.every((agent) => this.required.get(agent) === key);
    const against = [...this.required.values()].some((other) => other !== key);
    if (key !== null && !against) yield key;
    if (key === null || !backed) yield null;
  }

  private decided(key: string): Final {
    return { is: 'decided', value: this.spellings.decided(key) };
  }
}
