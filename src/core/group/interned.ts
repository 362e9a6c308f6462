import { rosterOf } from '../rule/electorate.ts';
import type { Rule, Settings } from '../types.ts';

/** The lines above a group's record: version, and the rules its rounds were opened under. */
export interface Head {
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** How many different ones of a kind are remembered: groups by the million share a few rules, or none. */
const most = 1000;

/**
 * What many groups of a state have alike, held once: settings, rules, the electors that a rule names. Forgetting one
 * only makes the next equal one another object, so what is shared is never part of the state.
 */
export class Shared {
  private readonly settingsByText = new Map<string, Settings>();
  private readonly rulesByText = new Map<string, Rule>();
  private readonly electorsByRule = new WeakMap<Rule, ReadonlySet<string>>();
  private readonly headsByText = new Map<string, Head>();

  settings(settings: Settings): Settings {
    const make = (): Settings => ({ ...settings, rule: this.rule(settings.rule) });
    return remembered(this.settingsByText, JSON.stringify(settings), make);
  }

  rule(rule: Rule): Rule {
    return remembered(this.rulesByText, JSON.stringify(rule), () => rule);
  }

  /** The electors that a rule names, null where it names none. */
  electors(rule: Rule): ReadonlySet<string> | null {
    const known = this.electorsByRule.get(rule);
    if (known !== undefined) return known;
    const roster = rosterOf(rule.electorate);
    if (roster === null) return null;
    const electors = new Set(roster);
    this.electorsByRule.set(rule, electors);
    return electors;
  }

  /** `read` gives the rules of a head that was not met before. */
  head(text: string, read: () => readonly Rule[]): Head {
    return remembered(this.headsByText, text, () => ({ text, rules: read().map((rule) => this.rule(rule)) }));
  }
}

function remembered<T>(known: Map<string, T>, text: string, make: () => T): T {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= most) known.clear();
  const made = make();
  known.set(text, made);
  return made;
}
