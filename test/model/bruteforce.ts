import type { State } from '../../src/core/group/state.ts';
import type { Canonical, Json, Rule } from '../../src/core/types.ts';
import { copyState } from '../check/copy.ts';
import { freshGroup, mustSucceed, proposal, run, settingsOf } from '../harness/entries.ts';
import { mayFailLater } from '../judge/completions.ts';
import { judge } from '../judge/judge.ts';
import type { agentsOf } from '../judge/panels.ts';
import { objectionsTo } from '../judge/sameness.ts';
import { meetsFloor, weightIn } from '../judge/threshold.ts';
import type { Ballot } from '../judge/types.ts';

/**
 * Every set of ballots in every order, under one rule, with `close: "all"` and `close: "early"` side by side. What
 * the missing could still bring about is found by trying it.
 */
export interface Case {
  /** The rule without `close`. */
  readonly rule: { readonly [name: string]: Json };
  readonly agents: readonly string[];
  /** How many of the agents can propose, where the electorate is a size; otherwise all. */
  readonly seats?: number;
  /** Values that are proposed. */
  readonly values: readonly Canonical[];
  /** Further values that the missing may come up with, when it is asked what they could bring about. */
  readonly unseen: readonly Canonical[];
  /** Whether an early close must come at the first moment at which nothing can change any more. */
  readonly exact: boolean;
  /** Whether agents that the rule does not tell apart speak in one order only. */
  readonly symmetric: boolean;
}

export interface Report {
  /** Rounds run to the end, and moments within them that were judged. */
  orders: number;
  moments: number;
  /** Moments at which nothing could change any more, and those of them at which the round went on. */
  certain: number;
  late: number;
  readonly disagreements: string[];
}

const stamp = { time: 1_000_000, seed: 77 };

type Vector = (Canonical | null | undefined)[];

export function prove(one: Case): Report {
  const report: Report = { orders: 0, moments: 0, certain: 0, late: 0, disagreements: [] };
  const all = settingsOf({ rule: { next: 'manual', ...one.rule, close: 'all' } });
  const early = settingsOf({ rule: { next: 'manual', ...one.rule, close: 'early' } });
  const oracle = new Oracle(one, all.rule, false);
  const careless = new Oracle(one, all.rule, true);
  const agents = one.agents.length;
  const n = one.seats ?? agents;
  const walk = (
    vector: Vector,
    missing: number,
    full: State,
    hasty: State,
    path: readonly string[],
  ): void => {
    report.moments += 1;
    const possible = oracle.possible(vector);
    const say = (text: string) => {
      if (report.disagreements.length < 20)
        report.disagreements.push(
          `${JSON.stringify(one.rule)} after ${path.join(', ') || 'nothing'}: ${text}`,
        );
    };
    const fullIs = outcomeOf(full);
    const hastyIs = outcomeOf(hasty);
    const want = [...possible].join(' or ');
    if (missing === 0) {
      report.orders += 1;
      if (fullIs === null) say(`everybody has proposed and close: "all" stays open, should be ${want}`);
      if (hastyIs === null) say(`everybody has proposed and close: "early" stays open, should be ${want}`);
    }
    const { electorate } = all.rule;
    const mixed = !('size' in electorate || 'agents' in electorate);
    if (missing > 0 && fullIs !== null && !mixed) say(`close: "all" ends with ${missing} missing`);
    for (const [close, is] of [
      ['all', fullIs],
      ['early', hastyIs],
    ] as const) {
      if (is !== null && !(possible.size === 1 && possible.has(is)))
        say(`close: "${close}" ends ${is}, possible ${want}`);
    }
    // Before the floor is met nothing is decided; how a draw among values yet unseen would fall, nobody can know.
    const [only, ...others] = careless.possible(vector);
    const decidable = only === 'FAILED' || meetsFloor(all.rule, ballotsIn(one, vector));
    if (!decidable && hastyIs?.startsWith('SUCCESS')) say(`close: "early" ends ${hastyIs} below the floor`);
    if (others.length === 0 && decidable && missing > 0) {
      report.certain += 1;
      if (hastyIs === null) {
        report.late += 1;
        const later =
          only === 'FAILED' && mayFailLater(all.rule, ballotsIn(one, vector), silentIn(one, vector));
        if (one.exact && !later) say(`close: "early" goes on, though only ${want} is possible`);
      }
    }
    if (missing === 0 && fullIs !== hastyIs)
      say(`close: "early" ended ${hastyIs}, close: "all" ends ${fullIs}`);
    if (missing === 0 || (hastyIs !== null && fullIs !== null)) return;
    const tried = new Set<string>();
    for (let i = 0; i < agents; i += 1) {
      if (vector[i] !== undefined) continue;
      const kind = one.symmetric ? oracle.kinds[i]! : String(i);
      if (tried.has(kind)) continue;
      tried.add(kind);
      for (const value of [null, ...one.values]) {
        const agent = one.agents[i]!;
        if (objectionsTo(all.rule, agent, value).length > 0) continue;
        const next = [...vector];
        next[i] = value;
        const said = [...path, `${agent} ${value ?? 'abstains'}`];
        walk(next, missing - 1, put(full, agent, value), put(hasty, agent, value), said);
      }
    }
  };
  walk(
    Array<undefined>(agents).fill(undefined),
    n,
    freshGroup('g', all, stamp),
    freshGroup('g', early, stamp),
    [],
  );
  return report;
}

/** The state with one more proposal; the same state when the round is over. */
function put(state: State, agent: string, value: Canonical | null): State {
  if (state.groups.get('g')?.open === null) return state;
  const next = copyState(state);
  mustSucceed(run(next, [proposal('g', 1, agent, value)], stamp).results[0]);
  return next;
}

/** "SUCCESS value", "FAILED", or null while the round is open. */
function outcomeOf(state: State): string | null {
  const outcome = state.groups.get('g')?.closed.get(1);
  if (outcome === undefined) return null;
  return outcome.state === 'SUCCESS' ? `SUCCESS ${outcome.value}` : 'FAILED';
}

function ballotsIn({ agents }: Case, vector: Vector): Ballot[] {
  return agents.flatMap((agent, i) => {
    const value = vector[i];
    return value === undefined ? [] : [{ agent, value }];
  });
}

function silentIn({ agents }: Case, vector: Vector): string[] {
  return agents.filter((_, i) => vector[i] === undefined);
}

/** Knows every outcome that a partial set of proposals can still come to, because it has tried them all. */
class Oracle {
  /** What the rule sees of each agent: those alike may be exchanged. */
  readonly kinds: readonly string[];
  private readonly one: Case;
  private readonly rule: Rule;
  private readonly known = new Map<string, ReadonlySet<string>>();
  private readonly alphabet: readonly (Canonical | null)[];
  private readonly anyDraw: boolean;

  /** With `anyDraw` every outcome of a draw is possible; without, the one that the real draw gives. */
  constructor(one: Case, rule: Rule, anyDraw: boolean) {
    this.anyDraw = anyDraw;
    this.one = one;
    this.rule = rule;
    this.alphabet = [null, ...one.values, ...one.unseen];
    this.kinds = one.agents.map((agent) => kindOf(rule, agent));
  }

  possible(vector: Vector): ReadonlySet<string> {
    const key = this.key(vector);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const silent = [...vector.keys()].filter((i) => vector[i] === undefined);
    const taken = vector.length - silent.length;
    const { seats = vector.length } = this.one;
    if (taken === seats) {
      for (const outcome of this.final(vector)) found.add(outcome);
    } else {
      // Where all have a seat the order of speaking is all one; otherwise any of the silent may take the next.
      for (const next of seats === vector.length ? silent.slice(0, 1) : silent)
        for (const value of this.alphabetOf(this.one.agents[next]!))
          for (const outcome of this.possible(vector.with(next, value))) found.add(outcome);
    }
    this.known.set(key, found);
    return found;
  }

  /** The proposals agent by agent, those of exchangeable agents in the order of the alphabet. */
  private key(vector: Vector): string {
    const byKind = new Map<string, string[]>();
    vector.forEach((value, i) => {
      const kind = this.kinds[i]!;
      const list = byKind.get(kind) ?? [];
      list.push(value === undefined ? '?' : (value ?? '-'));
      byKind.set(kind, list);
    });
    return [...byKind].map(([kind, list]) => `${kind}:${list.sort().join()}`).join(' ');
  }

  private final(vector: Vector): readonly string[] {
    const ballots = ballotsIn(this.one, vector);
    const weight = ballots.reduce((sum, { agent }) => sum + weightIn(this.rule, agent), 0);
    const verdict = judge(this.rule, { count: ballots.length, weight }, ballots);
    if (verdict.state === 'FAILED') return ['FAILED'];
    const options = verdict.among.map((value) => `SUCCESS ${value}`);
    if (verdict.mayFail) options.push('FAILED');
    if (options.length === 1 || this.anyDraw) return options;
    const drawn = this.draw(vector);
    if (!options.includes(drawn)) throw new Error(`a draw among ${options.join(', ')} gave ${drawn}`);
    return [drawn];
  }

  /** A veto is taken from who has the right, whatever the rule asks of values. */
  private alphabetOf(agent: string): readonly (Canonical | null)[] {
    return this.alphabet.filter((value) => objectionsTo(this.rule, agent, value).length === 0);
  }

  /** How the draw falls is the rule's secret: it is asked once for each set of proposals, and must keep to it. */
  private draw(vector: Vector): string {
    const settings = {
      ...settingsOf({}),
      rule: { ...this.rule, close: 'all' as const, next: 'manual' as const },
    };
    let state = freshGroup('g', settings, stamp);
    for (const { agent, value } of ballotsIn(this.one, vector)) state = put(state, agent, value);
    const outcome = outcomeOf(state);
    if (outcome === null) throw new Error('a full round stays open');
    return outcome;
  }
}

function kindOf(rule: Rule, agent: string): string {
  const { electorate } = rule;
  const own = [weightIn(rule, agent), rule.veto.includes(agent), rule.required.includes(agent)].join();
  if ('size' in electorate || 'agents' in electorate || 'live' in electorate) return own;
  const places: string[] = [];
  const visit = (part: Parameters<typeof agentsOf>[0], path: string): void => {
    if ('role' in part) {
      if (part.agents.includes(agent)) places.push(path);
      return;
    }
    const parts = 'all' in part ? part.all : 'any' in part ? part.any : part.of;
    parts.forEach((inner, i) => {
      visit(inner, `${path}.${i}`);
    });
  };
  visit(electorate, 'main');
  if (electorate.else !== undefined) visit(electorate.else, 'else');
  return `${own} ${places.join('+')}`;
}
