import type { Mixed, Rule } from '../types.ts';
import type { Top, Turnout, Valued } from './count.ts';
import { type Answer, type Ballot, type Count, everybody, type Final, lost, open, won } from './count.ts';
import { newClass } from './open-tie.ts';
import { optionsOf, wordingOf } from './options.ts';
import { PartCount } from './panels.ts';
import { RequiredSupport } from './required-support.ts';

const nobody: ReadonlySet<string> = new Set();

/**
 * Counts a mixed electorate: what satisfies the combination of panels wins, and only where it ends without a
 * winner does the part after `else` decide, by the same rules over its own agents. Each panel counts `of` its
 * own agents. The winner of either must have all required agents behind it.
 */
export class MixedCount implements Count {
  private readonly main: PartCount;
  private readonly otherwise: PartCount | null;
  private readonly required: RequiredSupport;
  private readonly winners: ReadonlySet<string> | null;
  private readonly spellings: ReturnType<typeof wordingOf>;

  constructor(rule: Rule, electorate: Mixed) {
    this.winners = optionsOf(rule)?.winners ?? null;
    this.spellings = wordingOf(rule);
    this.required = new RequiredSupport(rule.required.length);
    this.main = new PartCount(rule, electorate);
    this.otherwise = electorate.else === undefined ? null : new PartCount(rule, electorate.else);
  }

  count({ agent, value, classText, required }: Ballot, sign: 1 | -1): void {
    const candidate = this.winners?.has(classText ?? '') === false ? null : classText;
    this.main.count(agent, candidate, value !== null, sign);
    this.otherwise?.count(agent, candidate, value !== null, sign);
    if (required) this.required.count(classText, sign);
    if (value !== null && classText !== null) this.spellings.count(classText, value, sign);
  }

  waive(agent: string): void {
    this.main.waive(agent);
    this.otherwise?.waive(agent);
  }

  final({ seed }: Turnout): Final {
    const ending = this.deciding(seed).final(seed);
    if (!ending.won) return lost(ending.reason);
    if (!this.required.isComplete(ending.classText)) return lost('required');
    return won(this.spellings.decided(ending.classText));
  }

  /** Goes through every way the round can end, until two of them differ. */
  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    const answers = new Set<string | null>();
    for (const answer of this.answers(turnout.seed)) {
      answers.add(answer);
      if (answers.size > 1 || answer === newClass) return open;
    }
    const [only] = answers;
    if (typeof only !== 'string') return lost('no-agreement');
    return this.spellings.isCertain(only, turnout.missing) ? won(this.spellings.decided(only)) : open;
  }

  canWin({ classText }: Valued, { seed }: Turnout): boolean {
    for (const answer of this.answers(seed, classText)) if (answer === classText) return true;
    return false;
  }

  isReachable({ seed }: Turnout): boolean {
    for (const ending of this.endings(seed, null)) if (ending !== null) return true;
    return false;
  }

  top({ seed }: Turnout): Top {
    return this.deciding(seed).top();
  }

  /** Agents after `else` are asked once none of those before it who are not absent can bring about a winner. */
  asked({ seed, absent }: Turnout): (agent: string) => boolean {
    for (const classText of this.main.endings(seed, absent, []))
      if (classText !== null) return (agent) => this.main.has(agent);
    return everybody;
  }

  /** The part that decides if nobody else comes. */
  private deciding(seed: number): PartCount {
    return this.otherwise === null || this.main.final(seed).won ? this.main : this.otherwise;
  }

  /** Every way the round can still end: a class, `newClass`, or null for failure. `named` is given by name, also where it is new. */
  private *answers(seed: number, named: string | null = null): Generator<string | null> {
    for (const classText of this.endings(seed, named)) {
      // A winner needs the support of all required agents.
      if (classText !== null && this.required.mayBeComplete(classText)) yield classText;
      if (classText === null || !this.required.isComplete(classText)) yield null;
    }
  }

  private *endings(seed: number, named: string | null): Generator<string | null> {
    const byName = [named, ...this.required.classes()].filter((classText) => classText !== null);
    let mayFail = false;
    for (const classText of this.main.endings(seed, nobody, byName)) {
      if (classText === null) mayFail = true;
      else yield classText;
    }
    if (!mayFail) return;
    if (this.otherwise === null) yield null;
    else yield* this.otherwise.endings(seed, nobody, byName);
  }
}
