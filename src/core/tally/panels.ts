import { panelsOf, partsOf } from '../rule/electorate.ts';
import type { FailReason, Panel, Part, Rule } from '../types.ts';
import { Contest, unnamed } from './contest.ts';
import type { Top } from './count.ts';
import { PanelCount } from './panel-count.ts';
import { reaches } from './threshold.ts';
import { breakTie, listedIn } from './tie-break.ts';

/** How a part ended: one class of equal values won, or none did. */
export type Ending =
  | { readonly won: true; readonly key: string }
  | { readonly won: false; readonly reason: FailReason };

/** How many agents of a panel may still answer. */
type Coming = (count: PanelCount) => number;

const nobodyComes: Coming = () => 0;

/** The classes that satisfy a part, of them those with most agents behind them, and with how many. */
interface Leaders {
  readonly classes: ReadonlySet<string>;
  readonly support: number;
}

/**
 * Counts one part of a mixed electorate, that before `else` or that after it, over its own agents alone. The
 * class that satisfies the part wins; of several the one with most agents of the part behind it.
 *
 * More agents behind a class never harm it and never help another. So whether a class can still win shows in
 * one case, that in which all who may come join it; and whether it satisfies the part for sure shows in one
 * other, that in which they all propose something else.
 *
 * A proposal costs its agent's panels; a question costs each class and each panel a step, and each agent who is away.
 */
export class PartCount {
  private readonly rule: Rule;
  private readonly part: Part;
  private readonly panels = new Map<Panel, PanelCount>();
  private readonly everyone: PanelCount;
  private readonly seats = new Map<string, PanelCount[]>();
  private readonly listed: readonly string[];

  constructor(rule: Rule, part: Part) {
    this.rule = rule;
    this.part = part;
    this.listed = listedIn(rule);
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

  remove(agent: string, key: string | null): void {
    for (const count of this.seats.get(agent) ?? []) count.remove(agent, key);
  }

  /** How the part ends if nobody else comes. */
  final(seed: number): Ending {
    const { classes } = this.leaders(nobodyComes);
    if (classes.size === 0) return { won: false, reason: 'no-agreement' };
    const key = breakTie(this.rule, seed, [...classes], this.listed);
    return key === null ? { won: false, reason: 'tie' } : { won: true, key };
  }

  /** The most agents behind a class that satisfies the part, and how many classes have them; else behind any. */
  top(): Top {
    const { classes, support } = this.leaders(nobodyComes);
    if (classes.size > 0) return { most: support, tied: classes.size };
    let most = 0;
    let tied = 0;
    for (const key of this.everyone.classes()) {
      const behind = this.everyone.behind(key);
      if (behind > most) tied = 0;
      most = Math.max(most, behind);
      if (behind === most) tied += 1;
    }
    return { most, tied };
  }

  /**
   * Every way the part can still end when all may come but those away: a class that can win, `unnamed` where
   * any new value can, null where none may. Never leaves a way out. Of the values that are new to this part,
   * those named `elsewhere` come by name.
   */
  *endings(seed: number, away: ReadonlySet<string>, elsewhere: Iterable<string>): Generator<string | null> {
    const coming = this.comingBut(away);
    const all = coming(this.everyone);
    if (all === 0) {
      const ending = this.final(seed);
      yield ending.won ? ending.key : null;
      return;
    }
    const leaders = this.leaders(coming);
    const rivals = new Contest(this.rule, seed, this.listed, leaders.classes);
    let mayFail = rivals.winner() === null;
    if (mayFail) yield null;
    if (!this.anySatisfied(coming, true)) return;
    for (const key of this.candidates(elsewhere)) {
      const support = this.everyone.behind(key) + all;
      if (support < leaders.support || !this.satisfied(key, coming, true)) continue;
      // A leader whom all join is ahead of the others, so who draws level is none.
      const ahead = support > leaders.support;
      const winner = ahead ? key : rivals.winnerBeside(key);
      if (winner === key) yield key;
      const alone = leaders.classes.size === (leaders.classes.has(key) ? 1 : 0);
      // Who can overtake can also stop where both are level.
      if (mayFail || alone || !(ahead || winner === null)) continue;
      mayFail = true;
      yield null;
    }
  }

  /** All who have not answered but those away, none of whom has. */
  private comingBut(away: ReadonlySet<string>): Coming {
    const gone = new Map<PanelCount, number>();
    for (const agent of away) {
      for (const count of this.seats.get(agent) ?? []) gone.set(count, (gone.get(count) ?? 0) + 1);
    }
    return (count) => count.unsaid.size - (gone.get(count) ?? 0);
  }

  /** The classes that satisfy the part whatever those who come propose; of them, those with most behind them. */
  private leaders(coming: Coming): Leaders {
    let classes = new Set<string>();
    let support = 0;
    if (!this.anySatisfied(coming, false)) return { classes, support };
    for (const key of this.everyone.classes()) {
      const behind = this.everyone.behind(key);
      if (behind < support || !this.satisfied(key, coming, false)) continue;
      if (behind > support) classes = new Set();
      support = behind;
      classes.add(key);
    }
    return { classes, support };
  }

  /** What can win: any new value, of the new ones those that have a name, and what has been proposed. */
  private *candidates(elsewhere: Iterable<string>): Generator<string> {
    yield unnamed;
    for (const key of new Set([...elsewhere, ...this.listed])) if (this.everyone.behind(key) === 0) yield key;
    yield* this.everyone.classes();
  }

  /** Whether a class satisfies the part when all who come join it, or when all propose something else. */
  private satisfied(key: string, coming: Coming, joined: boolean): boolean {
    return this.satisfiedBy((count) => count.behind(key), coming, joined);
  }

  /** False when surely no class does: spares most questions a look at every class. */
  private anySatisfied(coming: Coming, joined: boolean): boolean {
    return this.satisfiedBy((count) => count.mostBehind, coming, joined);
  }

  private satisfiedBy(behind: (count: PanelCount) => number, coming: Coming, joined: boolean): boolean {
    return holds(this.part, (panel) => {
      const count = this.panels.get(panel) as PanelCount;
      const more = coming(count);
      const standing = behind(count) + (joined ? more : 0);
      return reaches(panel.threshold, standing, count.whole(this.rule.of, more));
    });
  }
}

function holds(part: Part, stands: (panel: Panel) => boolean): boolean {
  if ('role' in part) return stands(part);
  const parts = partsOf(part);
  const holding = parts.filter((inner) => holds(inner, stands)).length;
  if ('all' in part) return holding === parts.length;
  return 'any' in part ? holding > 0 : holding >= part.atLeast;
}
