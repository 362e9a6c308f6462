import { rosterOf } from '../rule/electorate.ts';
import { Options } from '../tally/options.ts';
import type { Rule, Settings } from '../types.ts';

/** The two lines that the text of a group begins with: the version, and the rules of its rounds. */
export interface RecordHeader {
  readonly version: number;
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** How many settings, rules and headers are remembered each: a million groups share a few rules, or none. */
const most = 1000;

/**
 * Settings, rules and electors, each held once however many groups have equal ones (interning). When one is forgotten, the
 * next equal one is only another object: results never depend on what is remembered.
 */
export class Interned {
  private readonly settingsByText = new Map<string, Settings>();
  private readonly rulesByText = new Map<string, Rule>();
  private readonly electorsByRule = new WeakMap<Rule, ReadonlySet<string>>();
  private readonly optionsByRule = new WeakMap<Rule, Options>();
  private readonly headersByText = new Map<string, RecordHeader>();

  settings(settings: Settings): Settings {
    const make = (): Settings => ({ ...settings, rule: this.rule(settings.rule) });
    return remembered(this.settingsByText, JSON.stringify(settings), make);
  }

  rule(rule: Rule): Rule {
    return remembered(this.rulesByText, JSON.stringify(rule), () => rule);
  }

  /** What a rule offers; null where anything may be proposed. */
  options(rule: Rule): Options | null {
    if (rule.options === undefined) return null;
    const known = this.optionsByRule.get(rule) ?? new Options(rule);
    this.optionsByRule.set(rule, known);
    return known;
  }

  /** The electors that a rule names; null when it names none. */
  electors(rule: Rule): ReadonlySet<string> | null {
    const known = this.electorsByRule.get(rule);
    if (known !== undefined) return known;
    const roster = rosterOf(rule.electorate);
    if (roster === null) return null;
    const electors = new Set(roster);
    this.electorsByRule.set(rule, electors);
    return electors;
  }

  /** `read` gives the rules of a header that is not remembered. */
  header(version: number, text: string, read: () => readonly Rule[]): RecordHeader {
    return remembered(this.headersByText, text, () => ({
      version,
      text,
      rules: read().map((rule) => this.rule(rule)),
    }));
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
