import { nearOf } from '../equality/equality.ts';
import { limits } from '../limits.ts';
import type { Rule } from '../types.ts';
import { castFloor, isMixed, mostElectors, presentFloor, rosterOf, weightOf } from './electorate.ts';
import type { Complaint } from './reader.ts';
import { valueContradictions } from './value-contradictions.ts';

/** Settings that are each fine and cannot both be meant. [Q4.31] */

/** What of a rule the contradictions are about. */
interface Facts extends Rule {
  /** Whether somebody wrote a threshold other than that of the preset. */
  readonly thresholdGiven: boolean;
  readonly isMixed: boolean;
  /** The electors by name; null when the electorate names none. */
  readonly roster: ReadonlySet<string> | null;
  /** The most agents that can propose in a round, and what they weigh together. */
  readonly most: number;
  readonly weightOfAll: number;
}

interface Contradiction {
  readonly between: readonly [string, string];
  readonly when: (rule: Facts) => boolean;
  readonly fix: string | ((rule: Facts) => string);
}

const ownThresholds = 'the parts of a mixed electorate have thresholds of their own: leave';

const table: readonly Contradiction[] = [
  {
    between: ['threshold', 'electorate'],
    when: (rule) => typeof rule.threshold === 'number' && !rule.isMixed && rule.threshold > rule.weightOfAll,
    fix: ({ threshold, weightOfAll }) =>
      `${threshold as number} cannot be reached by ${weightOfAll}: lower the threshold or add agents`,
  },
  {
    between: ['floor', 'electorate'],
    when: ({ floor, most }) => presentFloor(floor) > most,
    fix: ({ floor, most }) => `a floor of ${presentFloor(floor)} needs at least as many agents, not ${most}`,
  },
  {
    between: ['floor.cast', 'electorate'],
    when: ({ floor, most }) => castFloor(floor) > most,
    fix: ({ floor, most }) => `${castFloor(floor)} values need at least as many agents, not ${most}`,
  },
  {
    between: ['valueBytes', 'electorate'],
    when: ({ valueBytes = 0, most }) => valueBytes > limits.valueBytes && most > limits.largeValueElectors,
    fix: ({ most }) =>
      `${most} agents may propose values of ${limits.valueBytes} bytes at most: larger ones need an electorate of ${limits.largeValueElectors} or fewer`,
  },
  {
    between: ['required', 'electorate'],
    when: ({ required, most }) => required.length > most,
    fix: ({ required, most }) => `${required.length} required agents need more than ${most} seats`,
  },
  {
    between: ['revote', 'close'],
    when: ({ revote, close, minWait }) => revote && close === 'early' && minWait === null,
    fix: 'an early close is only certain when proposals stand: set minWait, or close: "all"',
  },
  {
    between: ['onDeadline', 'deadline'],
    when: ({ onDeadline, deadline }) => onDeadline !== 'fail' && deadline === null,
    fix: 'say when: set a deadline',
  },
  {
    between: ['minWait', 'deadline'],
    when: ({ minWait, deadline }) => minWait !== null && deadline !== null && minWait > deadline,
    fix: 'the deadline would pass before the minimum wait: make minWait the shorter',
  },
  {
    between: ['electorate', 'equality'],
    when: (rule) => rule.isMixed && nearOf(rule.equality) !== null && rule.most > limits.mixedNear,
    fix: ({ most }) =>
      `with a tolerance a mixed electorate has at most ${limits.mixedNear} agents, not ${most}: leave the tolerance out, or name fewer`,
  },
  {
    between: ['electorate', 'weights'],
    when: (rule) => rule.isMixed && rule.weights !== null,
    fix: `${ownThresholds} weights out`,
  },
  {
    between: ['threshold', 'electorate'],
    when: (rule) => rule.isMixed && rule.thresholdGiven,
    fix: `${ownThresholds} threshold out`,
  },
  {
    between: ['electorate', 'absent'],
    when: (rule) => rule.isMixed && rule.absent === 'excluded',
    fix: 'a mixed electorate keeps its size: use absent "counts-against"',
  },
  {
    between: ['electorate.else', 'revote'],
    when: ({ electorate, revote, reveal }) =>
      isMixed(electorate) && electorate.else !== undefined && revote && reveal !== 'live',
    fix: 'by trying values and watching whether else is asked, an agent could find a hidden one: leave else or revote out, or set reveal: "live"',
  },
  {
    between: ['weights', 'electorate'],
    when: ({ weights, roster }) => weights !== null && roster === null,
    fix: 'weights belong to names: use an electorate of agents',
  },
  onlyElectors('veto', ({ veto }) => veto),
  onlyElectors('required', ({ required }) => required),
  onlyElectors('weights', ({ weights }) => Object.keys(weights ?? {})),
];

/** The complaints about a rule whose fields are each fine. */
export function contradictions(rule: Rule, thresholdGiven: boolean): Complaint[] {
  const roster = rosterOf(rule.electorate);
  const most = mostElectors(rule.electorate);
  const facts: Facts = {
    ...rule,
    thresholdGiven,
    isMixed: isMixed(rule.electorate),
    roster: roster && new Set(roster),
    most,
    weightOfAll: rule.weights === null ? most : totalWeight(rule.weights, roster ?? []),
  };
  const found = table.map(({ between, when, fix }) => ({
    between,
    fix: when(facts) ? (typeof fix === 'string' ? fix : fix(facts)) : null,
  }));
  const ofValues = valueContradictions.map(({ between, fix }) => ({ between, fix: fix(rule) }));
  return [...found, ...ofValues].flatMap(({ between, fix }) => {
    const fields = between.map((name) => `rule.${name}`);
    return fix === null ? [] : [{ field: fields.join(' and '), fields, fix }];
  });
}

/** That this field of the rule names only agents of the electorate, where that has names. */
function onlyElectors(field: string, namesIn: (rule: Facts) => readonly string[]): Contradiction {
  const stranger = (rule: Facts) => namesIn(rule).find((name) => rule.roster?.has(name) === false);
  return {
    between: [field, 'electorate'],
    when: (rule) => stranger(rule) !== undefined,
    fix: (rule) => `${stranger(rule)} is not in the electorate: add it there`,
  };
}

function totalWeight(weights: Readonly<Record<string, number>>, roster: readonly string[]): number {
  return roster.reduce((sum, agent) => sum + weightOf(weights, agent), 0);
}
