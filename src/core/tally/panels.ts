import { panelsOf, partsOf } from '../rule/electorate.ts';
import type { FailReason, Panel, Part, Rule } from '../types.ts';
import type { Top } from './count.ts';
import { newClass, OpenTie } from './open-tie.ts';
import { optionsOf } from './options.ts';
import { PanelCount } from './panel-count.ts';
import { reaches } from './threshold.ts';
import { breakTie, priorityOf } from './tie-break.ts';

/** How a part ended: one class of equal values won, or none did. */
export type Ending =
  | { readonly won: true; readonly classText: string }
  | { readonly won: false; readonly reason: FailReason };

/** How many of a panel's missing agents will still propose, as a question assumes. */
type Coming = (count: PanelCount) => number;

const nobodyComes: Coming = () => 0;

/** The classes that satisfy a part and have the most support of those that do, and how many agents that is. */
interface Leaders {
  readonly classes: ReadonlySet<string>;
  readonly support: number;
}

/**
 * Counts one part of a mixed electorate, that before `else` or that after it, over its own agents alone. The
 * class that satisfies the part wins; of several the one that most agents of the part proposed.
 *
 * More support for a class never harms it and never helps another. So one case shows whether a class can still win: that in
 * which all the missing join it; and one other whether it satisfies the part for sure: that in which they all propose
 * something else.
 *
 * A proposal costs a step for each panel of its agent; a question one for each class and panel, and each absent agent.
 */
export class PartCount {
  private readonly rule: Rule;
  private readonly part: Part;
  private readonly panels = new Map<Panel, PanelCount>();
  private readonly everyone: PanelCount;
  private readonly seats = new Map<string, PanelCount[]>();
  private readonly priority: readonly string[];
  /** Classes that may win, where the rule says which. */
  private readonly winners: ReadonlySet<string> | null;

  constructor(rule: Rule, part: Part) {
    this.rule = rule;
    this.part = part;
    this.winners = optionsOf(rule)?.winners ?? null;
    this.priority = priorityOf(rule);
    const panels = 'role' in part ? [part] : partsOf(part).flatMap(panelsOf);
    for (const panel of panels) this.panels.set(panel, new PanelCount(panel.agents));
    this.everyone = new PanelCount(panels.flatMap((panel) => panel.agents));
    for (const agent of this.everyone.missing) this.seats.set(agent, [this.everyone]);
    for (const [panel, count] of this.panels) {
      for (const agent of panel.agents) this.seats.get(agent)?.push(count);
    }
  }

  has(agent: string): boolean {
    return this.seats.has(agent);
  }

  /** Counts a proposal in, or with -1 out again: its class, null where that cannot win; and whether it is a value at all. */
  count(agent: string, classText: string | null, isCast: boolean, sign: 1 | -1): void {
    for (const panel of this.seats.get(agent) ?? []) panel.count(agent, classText, isCast, sign);
  }

  /** Takes an agent who has not proposed out of each of its panels. */
  waive(agent: string): void {
    for (const panel of this.seats.get(agent) ?? []) panel.waive(agent);
  }

  /** How the part ends if nobody else comes. */
  final(seed: number): Ending {
    const { classes } = this.leaders(nobodyComes);
    if (classes.size === 0) return { won: false, reason: 'no-agreement' };
    const classText = breakTie(this.rule, seed, [...classes], this.priority);
    return classText === null ? { won: false, reason: 'tie' } : { won: true, classText };
  }

  /** The most support of a class that satisfies the part (if none does, of any class), and how many classes have as much. */
  top(): Top {
    const { classes, support } = this.leaders(nobodyComes);
    if (classes.size > 0) return { most: support, tied: classes.size };
    let most = 0;
    let tied = 0;
    for (const classText of this.everyone.classes()) {
      const supporters = this.everyone.supportOf(classText);
      if (supporters > most) tied = 0;
      most = Math.max(most, supporters);
      if (supporters === most) tied += 1;
    }
    return { most, tied };
  }

  /**
   * Every way the part can still end if any of the missing may still propose, except the `absent`: a class that can win,
   * `newClass` when any new value can, null when none may win. Leaves out no way. Classes in `byName` that are new to this
   * part are given by name as well.
   */
  *endings(seed: number, absent: ReadonlySet<string>, byName: Iterable<string>): Generator<string | null> {
    const coming = this.allBut(absent);
    const all = coming(this.everyone);
    if (all === 0) {
      const ending = this.final(seed);
      yield ending.won ? ending.classText : null;
      return;
    }
    const leaders = this.leaders(coming);
    const rivals = new OpenTie(this.rule, seed, this.priority, leaders.classes);
    let mayFail = rivals.winner() === null;
    if (mayFail) yield null;
    if (!this.anySatisfied(coming, true)) return;
    for (const classText of this.candidates(byName)) {
      const support = this.everyone.supportOf(classText) + all;
      if (support < leaders.support || !this.satisfied(classText, coming, true)) continue;
      // A leader that all join is ahead of the others: so a class with just as much support is no leader.
      const ahead = support > leaders.support;
      const winner = ahead ? classText : rivals.winnerWith(classText);
      if (winner === classText) yield classText;
      const alone = leaders.classes.size === (leaders.classes.has(classText) ? 1 : 0);
      // A class that can overtake the leaders can also stop at as much support as theirs.
      if (mayFail || alone || !(ahead || winner === null)) continue;
      mayFail = true;
      yield null;
    }
  }

  /** All the missing except the absent, none of whom has proposed. */
  private allBut(absent: ReadonlySet<string>): Coming {
    const gone = new Map<PanelCount, number>();
    for (const agent of absent) {
      for (const count of this.seats.get(agent) ?? []) gone.set(count, (gone.get(count) ?? 0) + 1);
    }
    return (count) => count.missing.size - (gone.get(count) ?? 0);
  }

  /** The classes that satisfy the part whatever those who come propose; of them, those with the most support. */
  private leaders(coming: Coming): Leaders {
    let classes = new Set<string>();
    let support = 0;
    if (!this.anySatisfied(coming, false)) return { classes, support };
    for (const classText of this.everyone.classes()) {
      const supporters = this.everyone.supportOf(classText);
      if (supporters < support || !this.satisfied(classText, coming, false)) continue;
      if (supporters > support) classes = new Set();
      support = supporters;
      classes.add(classText);
    }
    return { classes, support };
  }

  /** What may win: any new class and those that are known by name, or else what the rule names; and what has been proposed. */
  private *candidates(byName: Iterable<string>): Generator<string> {
    if (this.winners === null) yield newClass;
    for (const classText of this.winners ?? new Set([...byName, ...this.priority]))
      if (this.everyone.supportOf(classText) === 0) yield classText;
    yield* this.everyone.classes();
  }

  /** Whether a class satisfies the part when all who come join it, or when all propose something else. */
  private satisfied(classText: string, coming: Coming, joined: boolean): boolean {
    return this.satisfiedBy((count) => count.supportOf(classText), coming, joined);
  }

  /** False when no class satisfies the part for sure: most questions then need no look at every class. */
  private anySatisfied(coming: Coming, joined: boolean): boolean {
    return this.satisfiedBy((count) => count.mostSupport, coming, joined);
  }

  private satisfiedBy(support: (count: PanelCount) => number, coming: Coming, joined: boolean): boolean {
    return holds(this.part, (panel) => {
      const count = this.panels.get(panel) as PanelCount;
      const more = coming(count);
      const reached = support(count) + (joined ? more : 0);
      return reaches(panel.threshold, reached, count.denominator(this.rule.of, more));
    });
  }
}

/** Whether the panels that reach their own threshold satisfy the part. [Q4.4] */
export function holds(part: Part, reached: (panel: Panel) => boolean): boolean {
  if ('role' in part) return reached(part);
  const parts = partsOf(part);
  const holding = parts.filter((inner) => holds(inner, reached)).length;
  if ('all' in part) return holding === parts.length;
  return 'any' in part ? holding > 0 : holding >= part.atLeast;
}
