import { limits } from '../limits.ts';
import type { Rule } from '../types.ts';
import type { RuleJson } from './json-types.ts';

/** A rule as readers see it: nobody has to know what is the default of what it leaves out. */
export function viewRule(rule: Rule): RuleJson {
  const { options = null, wins = null, deadlineFrom = 'open', decide = 'proposed' } = rule;
  const { valueBytes = limits.valueBytes } = rule;
  return { ...rule, options, wins, deadlineFrom, decide, valueBytes };
}
