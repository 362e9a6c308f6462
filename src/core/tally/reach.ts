import { castFloor, isMixed, presentFloor } from '../rule/electorate.ts';
import type { Panel, Rule } from '../types.ts';
import { holds } from './panels.ts';
import type { Eligible } from './roll-call.ts';
import { reaches } from './threshold.ts';

/**
 * Whether a value would win that all of these agents proposed, and nobody else. `left` says of each agent whether it is one
 * of them. Looks at names, thresholds and the floor alone, so that the answer tells nothing of what has been proposed. [Q4.39]
 */
export function couldWin(rule: Rule, all: Eligible, left: (agent: string) => boolean): boolean {
  const { electorate, floor, threshold, required } = rule;
  if (all.count < Math.max(presentFloor(floor), castFloor(floor)) || !required.every(left)) return false;
  if (!isMixed(electorate)) return reaches(threshold, all.weight, all.weight);
  const reached = (panel: Panel): boolean => {
    const size = panel.agents.filter(left).length;
    return reaches(panel.threshold, size, size);
  };
  return holds(electorate, reached) || (electorate.else !== undefined && holds(electorate.else, reached));
}
