import { hasSpellings } from '../equality/equality.ts';
import { limits } from '../limits.ts';
import { weightOf } from '../rule/electorate.ts';
import type { Proposal, Ranked, RankedValue, Rule, Summary } from '../types.ts';
import type { Counted } from './count.ts';
import { addToFirst, takeOut } from './first.ts';
import { Figures } from './stats.ts';

type Proposals = ReadonlyMap<string, Proposal>;

/** A round with more proposals than this keeps its ranking, so that a look at it does not go through all of them. */
const largeRound = 1000;

/** One class of equal values. */
interface RankedClass {
  readonly classText: string;
  value: string;
  weight: number;
  count: number;
  readonly agents: string[];
  /** Whether it is among the heaviest. */
  high: boolean;
}

/**
 * The heaviest values of a round and the first agents behind each: as much as a tally shows. A proposal costs O(1), and so does a
 * look, except the first after somebody changed its mind: that may go through all proposals once. [Q4.25]
 */
export class Ranking {
  private readonly rule: Rule;
  private readonly classes = new Map<string, RankedClass>();
  private highest: RankedClass[] = [];
  /** Whether `highest` may lack a class. */
  private stale = false;
  /** Classes whose spelling, or whose first agents, are not known since a proposal was taken back. */
  private readonly incomplete = new Set<RankedClass>();
  private readonly figures = new Figures();

  constructor(rule: Rule) {
    this.rule = rule;
  }

  add({ agent, value, classText }: Counted): void {
    this.figures.count(classText, 1);
    if (value === null || classText === null) return;
    let one = this.classes.get(classText);
    if (one === undefined) {
      one = { classText, value, weight: 0, count: 0, agents: [], high: false };
      this.classes.set(classText, one);
    }
    one.weight += weightOf(this.rule.weights, agent);
    one.count += 1;
    if (value < one.value) one.value = value;
    if (!this.incomplete.has(one)) addAgent(one, agent);
    if (!this.stale) this.rank(one);
  }

  /** Takes back what was added before. */
  remove({ agent, value, classText }: Counted): void {
    this.figures.count(classText, -1);
    const one = classText === null ? undefined : this.classes.get(classText);
    if (one === undefined) return;
    one.weight -= weightOf(this.rule.weights, agent);
    one.count -= 1;
    const lacksOne = takeOut(one.agents, agent) && one.count > one.agents.length;
    const lacksSpelling = hasSpellings(this.rule.equality) && value === one.value;
    if (lacksOne || lacksSpelling) this.incomplete.add(one);
    if (one.high) this.stale = true;
    if (one.count > 0) return;
    this.classes.delete(one.classText);
    this.incomplete.delete(one);
  }

  /** The ranking now, of these proposals, which are those that were added. Nothing that is added later changes it. */
  now(proposals: Proposals): Ranked {
    if (this.incomplete.size > 0) this.complete(proposals);
    if (this.stale) this.rankAll();
    const top = this.highest.map(copied);
    return { top, more: this.classes.size - top.length };
  }

  /** What readers see of these proposals once the round is closed. */
  summary(proposals: Proposals): Summary {
    return { ...this.now(proposals), stats: this.figures.stats(proposals) };
  }

  private rank(one: RankedClass): void {
    if (one.high) takeOut(this.highest, one);
    one.high = true;
    const out = addToFirst(this.highest, one, limits.tallyValues, isHeavier);
    if (out !== null) out.high = false;
  }

  private rankAll(): void {
    this.stale = false;
    for (const one of this.highest) one.high = false;
    this.highest = [];
    for (const one of this.classes.values()) this.rank(one);
  }

  private complete(proposals: Proposals): void {
    const { incomplete, classes } = this;
    for (const one of incomplete) {
      one.agents.length = 0;
      one.value = '';
      // A spelling that is not the first any more moves its class among equally heavy ones.
      this.stale = true;
    }
    for (const { agent, value, classText } of proposals.values()) {
      const one = classText === null ? undefined : classes.get(classText);
      if (value === null || one === undefined || !incomplete.has(one)) continue;
      addAgent(one, agent);
      if (one.value === '' || value < one.value) one.value = value;
    }
    incomplete.clear();
  }
}

/** The ranking of these proposals. */
export function rankingOf(rule: Rule, proposals: Proposals): Ranking {
  const ranking = new Ranking(rule);
  for (const proposal of proposals.values()) ranking.add(proposal);
  return ranking;
}

/** The ranking that a round with these proposals keeps; null while it is not large. */
export function keptRanking(rule: Rule, proposals: Proposals): Ranking | null {
  return proposals.size > largeRound ? rankingOf(rule, proposals) : null;
}

function addAgent({ agents }: RankedClass, agent: string): void {
  addToFirst(agents, agent, limits.tallyAgents, isBefore);
}

function copied({ classText, value, weight, count, agents }: RankedClass): RankedValue {
  return { classText, value, weight, agents: [...agents], more: count - agents.length };
}

function isHeavier(one: RankedClass, other: RankedClass): boolean {
  return one.weight === other.weight ? one.value < other.value : one.weight > other.weight;
}

function isBefore(one: string, other: string): boolean {
  return one < other;
}
