import { numberIn } from '../equality/equality.ts';
import { panelsOf, partsOf } from '../rule/electorate.ts';
import type { Canonical, FailReason, Near, Panel, Part, Rule } from '../types.ts';
import type { Top } from './count.ts';
import { breakWindowTie, isInWindow, type Window } from './near.ts';
import { PanelCount } from './panel-count.ts';
import { holds } from './panels.ts';
import { reaches } from './threshold.ts';

/** A proposed number. */
export interface Placed {
  readonly agent: string;
  readonly number: number;
  readonly value: Canonical;
}

/** A window won, with these of the part's proposals in it. */
export interface WindowWon {
  readonly won: true;
  readonly window: Window;
  readonly inside: readonly Placed[];
}

/** How a part ended. */
type WindowEnding = WindowWon | { readonly won: false; readonly reason: FailReason };

/** The part's proposals in one window, as places in their order. */
interface Held {
  readonly begin: number;
  readonly from: number;
  readonly to: number;
}

/** How many of a panel's missing agents will still propose, as a question assumes. */
type Coming = (count: PanelCount) => number;

const nobodyComes: Coming = () => 0;

/**
 * Counts near numbers in one part of a mixed electorate, that before `else` or that after it, over its own agents alone. A window
 * satisfies a panel by the panel's agents inside it; of the windows that satisfy the part, the one with most of the part's agents wins, of
 * those that share one of their proposals the lowest. A window begins at a number of the part, or of a required agent. [Q4.40]
 *
 * A question goes through all windows once, with a step for each panel: the parts name few agents.
 */
export class PartWindows {
  private readonly rule: Rule;
  private readonly near: Near;
  private readonly part: Part;
  private readonly panels = new Map<Panel, PanelCount>();
  private readonly everyone: PanelCount;
  private readonly seats = new Map<string, Panel[]>();
  /** The lowest number first. */
  private readonly placed: Placed[] = [];

  constructor(rule: Rule, near: Near, part: Part) {
    this.rule = rule;
    this.near = near;
    this.part = part;
    const panels = 'role' in part ? [part] : partsOf(part).flatMap(panelsOf);
    for (const panel of panels) this.panels.set(panel, new PanelCount(panel.agents));
    this.everyone = new PanelCount(panels.flatMap((panel) => panel.agents));
    for (const agent of this.everyone.missing)
      this.seats.set(
        agent,
        panels.filter((panel) => panel.agents.includes(agent)),
      );
  }

  has(agent: string): boolean {
    return this.seats.has(agent);
  }

  /** Whether all agents of the part have proposed. */
  get isComplete(): boolean {
    return this.everyone.missing.size === 0;
  }

  /** Counts a proposal in, or with -1 out again. */
  count(agent: string, value: Canonical | null, classText: string | null, sign: 1 | -1): void {
    const panels = this.seats.get(agent);
    if (panels === undefined) return;
    // Windows, and not these, say what stands together.
    for (const count of this.countsOf(panels)) count.count(agent, null, value !== null, sign);
    const number = classText === null ? null : numberIn(classText);
    if (value === null || number === null) return;
    if (sign > 0) {
      const after = this.placed.findIndex((one) => one.number > number);
      this.placed.splice(after < 0 ? this.placed.length : after, 0, { agent, number, value });
    } else {
      this.placed.splice(
        this.placed.findIndex((one) => one.agent === agent),
        1,
      );
    }
  }

  /** Takes an agent who has not proposed out of each of its panels. */
  waive(agent: string): void {
    const panels = this.seats.get(agent);
    if (panels !== undefined) for (const count of this.countsOf(panels)) count.waive(agent);
  }

  /** How the part ends if nobody else comes. `required` are the numbers of required agents. */
  final(seed: number, required: readonly number[]): WindowEnding {
    const leaders = this.leaders(required, true);
    const [lowest] = leaders;
    if (lowest === undefined) return { won: false, reason: 'no-agreement' };
    if (!areApart(leaders)) return this.endingIn(lowest);
    const window = breakWindowTie(
      this.rule,
      seed,
      leaders.map(({ begin }) => begin),
      () => Float64Array.from(leaders, (held) => this.medianOf(held)),
    );
    const winner = leaders.find(({ begin }) => begin === window?.begin);
    return winner === undefined ? { won: false, reason: 'tie' } : this.endingIn(winner);
  }

  /** The most agents of the part in a window that satisfies it (if none does, in any), and how many windows have as many. */
  top(required: readonly number[]): Top {
    const satisfying = this.leaders(required, true);
    const leaders = satisfying.length > 0 ? satisfying : this.leaders(required, false);
    const [lowest] = leaders;
    if (lowest === undefined) return { most: 0, tied: 0 };
    return { most: lowest.to - lowest.from, tied: areApart(leaders) ? leaders.length : 1 };
  }

  /**
   * Whether the part can still have a winner that holds these numbers, if any of the missing may still propose, except the `absent`. More
   * agents never harm a window, so it can when some window satisfies the part with all of them in it.
   */
  canWin(seed: number, held: readonly number[], absent: ReadonlySet<string>): boolean {
    const coming = this.allBut(absent);
    if (coming(this.everyone) === 0) {
      const ending = this.final(seed, held);
      return ending.won && held.every((number) => this.isIn(ending.window, number));
    }
    // All who come may make a window of their own.
    if (this.placed.length + held.length === 0) return this.satisfied(() => 0, coming);
    const least = Math.min(...held);
    const greatest = Math.max(...held);
    for (const { begin, supportOf } of this.windows(held)) {
      if (begin > least) break;
      const holdsAll = held.length === 0 || this.isIn({ begin }, greatest);
      if (holdsAll && this.satisfied(supportOf, coming)) return true;
    }
    return false;
  }

  isIn({ begin }: Pick<Window, 'begin'>, number: number): boolean {
    return number >= begin && isInWindow(this.near, begin, number);
  }

  /** The windows that hold most agents of the part, the lowest first; perhaps only of those that satisfy it with nobody else coming. */
  private leaders(required: readonly number[], satisfying: boolean): Held[] {
    let leaders: Held[] = [];
    let most = 1;
    for (const { begin, from, to, supportOf } of this.windows(required)) {
      if (to - from < most || (satisfying && !this.satisfied(supportOf, nobodyComes))) continue;
      if (to - from > most) leaders = [];
      most = to - from;
      leaders.push({ begin, from, to });
    }
    return leaders;
  }

  /** All windows, the lowest first, each with how many of a panel's agents it holds until the next is asked for. */
  private *windows(others: readonly number[]): Generator<Held & { supportOf(panel: Panel): number }> {
    const { placed } = this;
    const support = new Map<Panel, number>();
    const add = ({ agent }: Placed, more: number): void => {
      for (const panel of this.seats.get(agent) as Panel[]) support.set(panel, supportOf(panel) + more);
    };
    const supportOf = (panel: Panel): number => support.get(panel) ?? 0;
    const begins = Float64Array.from([...new Set([...placed.map(({ number }) => number), ...others])]).sort();
    let from = 0;
    let to = 0;
    for (const begin of begins) {
      for (; from < to && (placed[from] as Placed).number < begin; from += 1) add(placed[from] as Placed, -1);
      for (; to < placed.length && this.isIn({ begin }, (placed[to] as Placed).number); to += 1)
        add(placed[to] as Placed, 1);
      yield { begin, from, to, supportOf };
    }
  }

  private endingIn({ begin, from, to }: Held): WindowEnding {
    const inside = this.placed.slice(from, to);
    return { won: true, window: { begin, median: this.medianOf({ begin, from, to }) }, inside };
  }

  private medianOf({ from, to }: Held): number {
    return (this.placed[from + Math.ceil((to - from) / 2) - 1] as Placed).number;
  }

  private allBut(absent: ReadonlySet<string>): Coming {
    return ({ missing }) => {
      let coming = missing.size;
      for (const agent of absent) if (missing.has(agent)) coming -= 1;
      return coming;
    };
  }

  /** Whether a window satisfies the part when all who come join it. */
  private satisfied(supportOf: (panel: Panel) => number, coming: Coming): boolean {
    return holds(this.part, (panel) => {
      const count = this.panels.get(panel) as PanelCount;
      const more = coming(count);
      return reaches(panel.threshold, supportOf(panel) + more, count.denominator(this.rule.of, more));
    });
  }

  private countsOf(panels: readonly Panel[]): PanelCount[] {
    return [this.everyone, ...panels.map((panel) => this.panels.get(panel) as PanelCount)];
  }
}

/** Whether two of the windows have none of the part's proposals in common. */
function areApart(leaders: readonly Held[]): boolean {
  return (leaders.at(-1) as Held).from >= (leaders[0] as Held).to;
}
