import type { Mixed, Rule } from '../types.ts';
import { Backing } from './backing.ts';
import { unnamed } from './contest.ts';
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
import { PartCount } from './panels.ts';
import { Spellings } from './spellings.ts';

const nobody: ReadonlySet<string> = new Set();

/**
 * Counts a mixed electorate: what satisfies the combination of panels wins, and only where it ends without a
 * winner does the part after `else` decide, by the same rules over its own agents. Each panel counts `of` its
 * own agents. The winner of either must have all required agents behind it.
 */
export class MixedCount implements Count {
  private readonly main: PartCount;
  private readonly otherwise: PartCount | null;
  private readonly required: Backing;
  private readonly spellings: Spellings;

  constructor(rule: Rule, electorate: Mixed) {
    this.spellings = new Spellings(rule.equality);
    this.required = new Backing(rule.required.length);
    this.main = new PartCount(rule, electorate);
    this.otherwise = electorate.else === undefined ? null : new PartCount(rule, electorate.else);
  }

  add({ agent, value, classText, required }: Ballot): void {
    this.main.add(agent, classText);
    this.otherwise?.add(agent, classText);
    if (required) this.required.add(classText);
    if (value !== null && classText !== null) this.spellings.add(classText, value);
  }

  remove({ agent, value, classText, required }: Ballot): void {
    this.main.remove(agent, classText);
    this.otherwise?.remove(agent, classText);
    if (required) this.required.remove(classText);
    if (value !== null && classText !== null) this.spellings.remove(classText, value);
  }

  final({ seed }: Turnout): Final {
    const ending = this.deciding(seed).final(seed);
    if (!ending.won) return { is: 'impossible', reason: ending.reason };
    return this.required.isWhole(ending.key)
      ? this.decided(ending.key)
      : { is: 'impossible', reason: 'required' };
  }

  /** Goes through every way the round can end, until two of them differ. */
  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    const answers = new Set<string | null>();
    for (const answer of this.answers(turnout.seed)) {
      answers.add(answer);
      if (answers.size > 1 || answer === unnamed) return stillOpen;
    }
    const [only] = answers;
    if (typeof only !== 'string') return { is: 'impossible', reason: 'no-agreement' };
    return this.spellings.isCertain(only, turnout.missing) ? this.decided(only) : stillOpen;
  }

  canWin({ classText }: Valued, { seed }: Turnout): boolean {
    for (const answer of this.answers(seed, classText)) if (answer === classText) return true;
    return false;
  }

  top({ seed }: Turnout): Top {
    return this.deciding(seed).top();
  }

  /** Agents after `else` are asked once no winner is left to hope for from those before it who are not absent. */
  asked({ seed, absent }: Turnout): (agent: string) => boolean {
    for (const key of this.main.endings(seed, absent, []))
      if (key !== null) return (agent) => this.main.has(agent);
    return everybody;
  }

  /** The part that decides if nobody else comes. */
  private deciding(seed: number): PartCount {
    return this.otherwise === null || this.main.final(seed).won ? this.main : this.otherwise;
  }

  /** Every way the round can still end: a class, `unnamed`, or null for failure. `named` is told by name wherever it is new. */
  private *answers(seed: number, named: string | null = null): Generator<string | null> {
    for (const key of this.endings(seed, named)) {
      // With all required agents behind it a winner wins; without one of them nothing does.
      if (key !== null && this.required.allows(key)) yield key;
      if (key === null || !this.required.isWhole(key)) yield null;
    }
  }

  private *endings(seed: number, named: string | null): Generator<string | null> {
    const needed = [named, ...this.required.named()].filter((key) => key !== null);
    let mayFail = false;
    for (const key of this.main.endings(seed, nobody, needed)) {
      if (key === null) mayFail = true;
      else yield key;
    }
    if (!mayFail) return;
    if (this.otherwise === null) yield null;
    else yield* this.otherwise.endings(seed, nobody, needed);
  }

  private decided(key: string): Final {
    return { is: 'decided', value: this.spellings.decided(key) };
  }
}
