import type { Combination, Comparison, Equality, Near, Part, Rule, Threshold } from '../../core/types.ts';
import type { RuleJson } from '../../core/view/json-types.ts';
import { castFloor, presentFloor } from '../group/roster.ts';
import { valueText } from '../value.ts';
import type { Words } from './en.ts';
import { words } from './index.ts';

/** A rule in words. Each sentence is a list of texts; every second one is what matters in it. */
export type Sentence = readonly string[];

type Say = Words['rule'];

/** What a rule asks for, as sentences for who has never seen one. */
export function ruleInWords(rule: RuleJson, say: Say = words.rule): Sentence[] {
  const { reveal, revote, next, maxRounds } = rule;
  return [
    who(rule, say),
    ...options(rule, say),
    say.reveal[reveal](revote),
    close(rule, say),
    ...exceptions(rule, say),
    say.next[next](maxRounds),
  ];
}

function who(rule: RuleJson, say: Say): Sentence {
  const { electorate, threshold, of, weights, equality, decide } = rule;
  const what = { same: same(equality, say), at: fieldOf(equality), decide };
  if ('all' in electorate || 'any' in electorate || 'atLeast' in electorate) {
    const otherwise = electorate.else === undefined ? null : part(electorate.else, say);
    return say.panels(part(electorate, say), what, otherwise);
  }
  if (weights === null) return say.who(enough(threshold, whole(rule, say), say), what);
  const much =
    typeof threshold === 'number'
      ? say.leastWeight(threshold)
      : say.ofWeight(enough(threshold, say.weights[of], say));
  return say.who(much, what);
}

/** Who the threshold is a part of. */
function whole({ electorate, of }: RuleJson, say: Say): string {
  if (of !== 'eligible') return say.wholes[of];
  if ('live' in electorate) return say.wholes.live(electorate.live.min, electorate.live.max);
  return say.wholes.eligible('size' in electorate ? electorate.size : (electorate as Named).agents.length);
}

type Named = Extract<RuleJson['electorate'], { agents: readonly string[] }>;

function enough(threshold: Threshold, whole: string, say: Say): string {
  if (typeof threshold === 'number') return say.enough.least(threshold, whole);
  if (typeof threshold === 'string') return say.enough[threshold](whole);
  return say.enough.share(threshold, whole);
}

/** "dev (at least 2 of 3) and ops (all of 2)". */
export function part(one: Part | Combination, say: Say = words.rule): string {
  if ('role' in one) {
    const { role, threshold, agents } = one;
    return say.panel(role, enough(threshold, say.wholes.eligible(agents.length), say));
  }
  const parts = 'all' in one ? one.all : 'any' in one ? one.any : one.of;
  const inner = parts.map((each) => ('role' in each ? part(each, say) : `(${part(each, say)})`));
  if ('all' in one) return say.all(inner);
  return 'any' in one ? say.any(inner) : say.atLeast(one.atLeast, inner);
}

function fieldOf(equality: Equality): string | null {
  return typeof equality === 'object' && 'field' in equality ? equality.field : null;
}

/** What has to be the same. */
function same(equality: Equality, say: Say): string {
  const by: Comparison = typeof equality === 'object' && 'field' in equality ? equality.by : equality;
  if (typeof by === 'string') return say.same[by];
  return 'set' in by ? say.same.set : say.same.near(within(by));
}

/** How near numbers must be: a difference, a share, or one of the two. */
function within({ tolerance, relative }: Near): string[] {
  const share = relative === undefined ? [] : [`${relative.num}/${relative.den}`];
  return [...(tolerance === 0 && share.length > 0 ? [] : [String(tolerance)]), ...share];
}

function options({ options, wins }: RuleJson, say: Say): Sentence[] {
  if (options === null) return [];
  const named = (values: NonNullable<Rule['wins']>) => values.map((one) => valueText(one, options));
  return [say.options(named(options.map(({ value }) => value)), wins === null ? null : named(wins))];
}

function close(rule: RuleJson, say: Say): Sentence {
  const { onDeadline, options, floor, deadlineFrom } = rule;
  const cast = castFloor(floor);
  const least = Math.max(presentFloor(floor), cast);
  return say.close(
    { ...rule, fromFirst: deadlineFrom === 'first-proposal' },
    typeof onDeadline === 'string'
      ? say.onDeadline[onDeadline]
      : say.onDeadline.default(valueText(onDeadline.default, options)),
    least > 1 ? say.least(least, cast) : '',
  );
}

function exceptions({ tie, absent, veto, required, options }: RuleJson, say: Say): Sentence[] {
  const found: Sentence[] = [];
  if (tie === 'seeded') found.push(say.tie.seeded);
  else if (tie !== 'fail') found.push(say.tie.priority(tie.priority.map((one) => valueText(one, options))));
  if (absent === 'excluded') found.push(say.absent);
  if (veto.length > 0) found.push(say.veto(veto));
  if (required.length > 0) found.push(say.required(required));
  return found;
}
