import type { Canonical, Json } from '../../src/core/types.ts';
import { canonicalText, comparedPart, isNear, nearOf } from './sameness.ts';
import type { Ballot, JudgedRule } from './types.ts';

/** Values that those who are missing may still come up with: enough of them to bring about whatever can be brought about. Not each may propose each. */
export function alphabetFor(rule: JudgedRule, said: readonly Ballot[]): Canonical[] {
  if (rule.options !== undefined) return [...rule.options.map(({ value }) => canonicalText(value)), 'false'];
  const known = said.flatMap(({ value }) => (value === null ? [] : [value]));
  const preferred = typeof rule.tie === 'object' ? rule.tie.priority.map(canonicalText) : [];
  const { equality } = rule;
  const field = typeof equality === 'object' && 'field' in equality ? equality.field : null;
  const near = nearOf(rule);
  const fresh: Json[] = near === null ? ['x1', 'x2'] : [-1000, 1000];
  const shifted = rule.decide === undefined ? [] : known.flatMap((value) => besides(rule, value));
  const news = [...(equality === 'text' ? known.flatMap(respelt) : []), ...shifted];
  const made = fresh.map((part) => (field === null ? canonicalText(part) : holding(field, part)));
  // Another whole value with the same part, first in text order: it may decide whose whole value is decided.
  const others = field === null ? [] : known.flatMap((value) => holdingPartOf(rule, field, value));
  return [...new Set([...known, ...news, ...others, ...preferred, ...made, 'false'])];
}

/** Equal texts that come first in text order: they may decide how a decision is spelt. */
function respelt(value: Canonical): Canonical[] {
  if (value.startsWith('"')) return [`"       ${value.slice(1)}`];
  return value.startsWith('["') ? [`["       ${value.slice(2)}`] : [];
}

/** Numbers close by: each moves a median or a mean. */
function besides(rule: JudgedRule, value: Canonical): Canonical[] {
  const { equality } = rule;
  if (!isNear(equality)) return [];
  const number = Number(value);
  const { num, den } = equality.relative ?? { num: 0, den: 1 };
  const by = Math.max(equality.tolerance, (Math.abs(number) * num) / den) / 2;
  return [number - by, number + by].map((one) => JSON.stringify(one));
}

function holdingPartOf(rule: JudgedRule, field: string, value: Canonical): Canonical[] {
  const part = comparedPart(rule, value);
  return part === null ? [] : [holding(field, JSON.parse(part) as Json)];
}

/** An object with this at the end of the pointer, and a member that comes before others. */
function holding(field: string, part: Json): Canonical {
  const names = field
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  return canonicalText(names.reduceRight<Json>((inner, name) => ({ '!': 0, [name]: inner }), part));
}
