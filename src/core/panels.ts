import { breakTie, type FailReason, reaches } from './answer.ts';
import { panelsOf, partsOf } from './electorate.ts';
import { classOf } from './equality.ts';
import { canonical } from './json.ts';
import type { Panel, Part, Rule } from './types.ts';

/** Stands for each value that nobody has named: the text of no JSON value. */
export const unnamed = '';

/** How a part ended: one class of equal values won, or none did. */
export type Ending =
  | { readonly won: true; readonly key: string }
  | { readonly won: false; readonly reason: FailReason };

/** Agents without an answer for whom nobody waits; null: nobody is waited for. */
type Away = ReadonlySet<string> | null;

/**
 * Counts one part of a mixed electorate, that before `else` or that after it, over its own agents alone. The
 * class that satisfies the part wins; of several the one with most agents of the part behind it.
 *
 * More agents behind a class never harm it and never help another. So whether a class can still win shows in
 * one case, that in which all who may come join it; and whether it satisfies the part for sure shows in one
 * other, that in which they all propose something else.
 */
export class PartCount {
  private readonly rule: Rule;
  private readonly part: Part;
  private readonly panels = new Map<Panel, PanelCount>();
  private readonly everyone: PanelCount;
  private readonly seats = new Map<string, PanelCount[]>();

  constructor(rule: Rule, part: Part) {
    this.rule = rule;
    this.part = part;
    const panels = 'role' in part ? [part] : partsOf(part).flatMap(panelsOf);
    for (const panel of panels) this.panels.set(panel, new PanelCount(panel.agents));
    this.everyone = new PanelCount(panels.flatMap((panel) => panel.agents));
    for (const agent of this.everyone.unsaid) this.seats.set(agent, [this.everyone]);
    for (const [panel, count] of this.panels) {
      for (const agent of panel.agents) this.seats.get(agent)?.push(count);
    }
  }

  has(agent: string): boolean {
    return this.seats.has(agent);
  }

  /** Counts an answer: a class, or null for an abstention. */
  add(agent: string, key: string | null): void {
    for (const count of this.seats.get(agent) ?? []) count.add(agent, key);
  }

  remove(agent: string, key: string): void {
    for (const count of this.seats.get(agent) ?? []) count.remove(agent, key);
  }

  /** How the part ends if nobody else comes. */
  final(seed: number): Ending {
    const { classes } = this.leaders(null);
    if (classes.length === 0) return { won: false, reason: 'no-agreement' };
    const key = breakTie(this.rule, seed, classes);
    return key === null ? { won: false, reason: 'tie' } : { won: true, key };
  }

  /**
   * Every way the part can still end when all may come but those away: a class that can win, `unnamed` where
   * any new value can, null where none may. Never leaves a way out. Of the values that are new to this part,
   * those named `elsewhere` come by name.
   */
  *endings(seed: number, away: ReadonlySet<string>, elsewhere: Iterable<string>): Generator<string | null> {
    const coming = this.everyone.coming(away);
    if (coming === 0) {
      const ending = this.final(seed);
      yield ending.won ? ending.key : null;
      return;
    }
    const { rule } = this;
    const leaders = this.leaders(away);
    if (leaders.classes.length === 0 || breakTie(rule, seed, leaders.classes) === null) yield null;
    if (!this.anySatisfied(away, true)) return;
    for (const key of this.candidates(elsewhere)) {
      const support = this.everyone.behind(key) + coming;
      if (support < leaders.support || !this.satisfied(key, away, true)) continue;
      const rivals = leaders.classes.filter((leader) => leader !== key);
      const ahead = support > leaders.support || rivals.length === 0;
      const winner = ahead ? key : this.winnerOfTie(seed, rivals, key);
      if (winner === key) yield key;
      // Who can overtake can also stop where both are level.
      if (rivals.length > 0 && (ahead || winner === null)) yield null;
    }
  }

  private winnerOfTie(seed: number, rivals: readonly string[], key: string): string | null {
    // Whom a draw favours depends on how the new value is called, so some new value wins it.
    if (key === unnamed && this.rule.tie === 'seeded') return key;
    return breakTie(this.rule, seed, [...rivals, key]);
  }

  /** The classes that satisfy the part whatever those who come propose; of them, those with most behind them. */
  private leaders(away: Away): { classes: string[]; support: number } {
    let classes: string[] = [];
    let support = 0;
    if (!this.anySatisfied(away, false)) return { classes, support };
    for (const key of this.everyone.classes()) {
      const behind = this.everyone.behind(key);
      if (behind < support || !this.satisfied(key, away, false)) continue;
      if (behind > support) classes = [];
      support = behind;
      classes.push(key);
    }
    return { classes, support };
  }

  /** What can win: any new value, of the new ones those that have a name, and what has been proposed. */
  private *candidates(elsewhere: Iterable<string>): Generator<string> {
    const { rule, everyone } = this;
    yield unnamed;
    const named = new Set(elsewhere);
    if (typeof rule.tie === 'object') {
      for (const value of rule.tie.priority) named.add(classOf(rule.equality, canonical(value)));
    }
    for (const key of named) if (everyone.behind(key) === 0) yield key;
    yield* everyone.classes();
  }

  /** Whether a class satisfies the part when all who come join it, or when all propose something else. */
  private satisfied(key: string, away: Away, joined: boolean): boolean {
    return this.satisfiedBy((count) => count.behind(key), away, joined);
  }

  /** False when surely no class does: spares most questions a look at every class. */
  private anySatisfied(away: Away, joined: boolean): boolean {
    return this.satisfiedBy((count) => count.mostBehind, away, joined);
  }

  private satisfiedBy(behind: (count: PanelCount) => number, away: Away, joined: boolean): boolean {
    return holds(this.part, (panel) => {
      const count = this.panels.get(panel) as PanelCount;
      const coming = count.coming(away);
      const standing = behind(count) + (joined ? coming : 0);
      return reaches(panel.threshold, standing, count.whole(this.rule.of, coming));
    });
  }
}

/** The answers of some agents: of one panel, or of everybody in a part. */
class PanelCount {
  readonly unsaid: Set<string>;
  /** No class has ever had more agents behind it. */
  mostBehind = 0;
  private readonly size: number;
  private readonly counts = new Map<string, number>();
  private cast = 0;

  constructor(agents: readonly string[]) {
    this.unsaid = new Set(agents);
    this.size = this.unsaid.size;
  }

  add(agent: string, key: string | null): void {
    this.unsaid.delete(agent);
    if (key !== null) this.move(key, 1);
  }

  remove(agent: string, key: string): void {
    this.unsaid.add(agent);
    this.move(key, -1);
  }

  classes(): Iterable<string> {
    return this.counts.keys();
  }

  behind(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  /** How many may still answer. */
  coming(away: Away): number {
    if (away === null) return 0;
    let coming = this.unsaid.size;
    for (const agent of away) if (this.unsaid.has(agent)) coming -= 1;
    return coming;
  }

  /** The denominator once `coming` more have proposed a value. */
  whole(of: Rule['of'], coming: number): number {
    if (of === 'eligible') return this.size;
    return coming + (of === 'present' ? this.size - this.unsaid.size : this.cast);
  }

  private move(key: string, by: 1 | -1): void {
    this.cast += by;
    const count = this.behind(key) + by;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
    this.mostBehind = Math.max(this.mostBehind, count);
  }
}

function holds(part: Part, stands: (panel: Panel) => boolean): boolean {
  if ('role' in part) return stands(part);
  const parts = partsOf(part);
  const holding = parts.filter((inner) => holds(inner, stands)).length;
  if ('all' in part) return holding === parts.length;
  return 'any' in part ? holding > 0 : holding >= part.atLeast;
}
