import { numberIn } from '../equality/equality.ts';
import { canonical } from '../json.ts';
import type { Canonical, Mixed, Near, Rule } from '../types.ts';
import type { Top, Turnout, Valued } from './count.ts';
import { type Answer, type Ballot, type Count, everybody, type Final, lost, open, won } from './count.ts';
import { ExactSum, halfway } from './exact-sum.ts';
import { wordingOf } from './options.ts';
import { PartWindows, type Placed, type WindowWon } from './part-windows.ts';

const nobody: ReadonlySet<string> = new Set();

/**
 * Counts near numbers in a mixed electorate: where the part before `else` ends without a winner, the part after it decides, by the same
 * rules over its own agents. The decision comes from the agents of the part that decides; all required agents must lie in the window,
 * wherever they sit. Success may be certain before this says so. [Q4.40]
 */
export class MixedNearCount implements Count {
  private readonly rule: Rule;
  private readonly main: PartWindows;
  private readonly otherwise: PartWindows | null;
  /** Both, or the one there is. */
  private readonly parts: readonly PartWindows[];
  private readonly required = new Map<string, number>();

  constructor(rule: Rule, near: Near, electorate: Mixed) {
    this.rule = rule;
    this.main = new PartWindows(rule, near, electorate);
    this.otherwise = electorate.else === undefined ? null : new PartWindows(rule, near, electorate.else);
    this.parts = this.otherwise === null ? [this.main] : [this.main, this.otherwise];
  }

  count({ agent, value, classText, required }: Ballot, sign: 1 | -1): void {
    for (const part of this.parts) part.count(agent, value, classText, sign);
    const number = classText === null ? null : numberIn(classText);
    if (sign < 0) this.required.delete(agent);
    else if (required && number !== null) this.required.set(agent, number);
  }

  waive(agent: string): void {
    for (const part of this.parts) part.waive(agent);
  }

  final({ seed }: Turnout): Final {
    const part = this.deciding(seed);
    const ending = part.final(seed, this.held);
    if (!ending.won) return lost(ending.reason);
    if (this.required.size < this.rule.required.length || this.leavesOut(part, ending))
      return lost('required');
    return won(decisionOf(this.rule, ending));
  }

  certain(turnout: Turnout): Answer {
    const { seed, missing } = turnout;
    if (missing === 0) return this.final(turnout);
    const { main } = this;
    if (!this.anyCanWin(seed, this.held)) return lost('no-agreement');
    const part = this.deciding(seed);
    const isSettled = part.isComplete && (part === main || !main.canWin(seed, [], nobody));
    if (!isSettled || this.required.size < this.rule.required.length || this.rule.decide !== undefined)
      return open;
    return this.final(turnout);
  }

  canWin({ classText }: Valued, { seed }: Turnout): boolean {
    return this.anyCanWin(seed, [...this.held, numberIn(classText) as number]);
  }

  isReachable({ seed }: Turnout): boolean {
    return this.anyCanWin(seed, []);
  }

  top({ seed }: Turnout): Top {
    return this.deciding(seed).top(this.held);
  }

  /** Agents after `else` are asked once none of those before it who are not absent can bring about a winner. */
  asked({ seed, absent }: Turnout): (agent: string) => boolean {
    return this.main.canWin(seed, [], absent) ? (agent) => this.main.has(agent) : everybody;
  }

  /** Says of each number whether it lies in the window that wins if nobody else comes; there must be one. */
  decided(seed: number): (number: number) => boolean {
    const part = this.deciding(seed);
    const { window } = part.final(seed, this.held) as WindowWon;
    return (number) => part.isIn(window, number);
  }

  /** Whether a part can still have a winner that holds these numbers. */
  private anyCanWin(seed: number, held: readonly number[]): boolean {
    return this.parts.some((part) => part.canWin(seed, held, nobody));
  }

  /** The numbers of required agents. */
  private get held(): number[] {
    return [...this.required.values()];
  }

  private leavesOut(part: PartWindows, { window }: WindowWon): boolean {
    return this.held.some((number) => !part.isIn(window, number));
  }

  /** The part that decides if nobody else comes. */
  private deciding(seed: number): PartWindows {
    const { main, otherwise } = this;
    return otherwise === null || main.final(seed, this.held).won ? main : otherwise;
  }
}

/** What a window that won decides. [Q4.22] [Q4.41] */
function decisionOf(rule: Rule, { window: { median }, inside }: WindowWon): Canonical {
  if (rule.decide === 'mean') {
    const sum = new ExactSum();
    for (const { number } of inside) sum.add(number);
    return canonical(sum.over(inside.length));
  }
  if (rule.decide === 'median')
    return canonical(halfway(median, (inside[Math.floor(inside.length / 2)] as Placed).number));
  const spellings = wordingOf(rule);
  const name = canonical(median);
  for (const { number, value } of inside) if (number === median) spellings.count(name, value, 1);
  return spellings.decided(name);
}
