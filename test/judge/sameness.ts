import type { Canonical, Json } from '../../src/core/types.ts';
import type { Equality, JudgedRule, Near, Whole } from './types.ts';

/** Which values are equal, which may be proposed, and what a proposal counts as. */

/** Why the value may not be proposed by this agent. */
export type Objection = 'not-an-option' | 'no-such-field' | 'not-a-number';

export function isNear(equality: Equality): equality is Near {
  return typeof equality === 'object' && 'tolerance' in equality;
}

/** How numbers are compared, whole or as a field; null where values are not compared as numbers. */
export function nearOf({ equality }: Pick<JudgedRule, 'equality'>): Near | null {
  const whole = typeof equality === 'object' && 'field' in equality ? equality.by : equality;
  return isNear(whole) ? whole : null;
}

/** The part of the value that is compared: the value itself, or its field; null where there is no such part. */
export function comparedPart({ equality }: Pick<JudgedRule, 'equality'>, value: Canonical): Canonical | null {
  if (typeof equality !== 'object' || !('field' in equality)) return value;
  const found = fieldOf(JSON.parse(value) as Json, equality.field);
  return found === undefined ? null : canonicalText(found);
}

/** The text under which equal values fall together; of numbers compared within a tolerance it names the very number. */
export function sameness(rule: Pick<JudgedRule, 'equality'>, value: Canonical): string | null {
  const { equality } = rule;
  const part = comparedPart(rule, value);
  if (part === null) return null;
  const whole = typeof equality === 'object' && 'field' in equality ? equality.by : equality;
  return wholeName(whole, part);
}

function wholeName(equality: Whole, value: Canonical): string {
  if (equality === 'text') return canonicalText(folded(JSON.parse(value) as Json));
  return typeof equality === 'object' && 'set' in equality ? asSet(value) : value;
}

/** Each member once, in the order of their texts; what is no array stays as it is. */
export function asSet(value: Canonical): Canonical {
  const plain = JSON.parse(value) as Json;
  if (!Array.isArray(plain)) return value;
  return `[${[...new Set(plain.map(canonicalText))].sort().join()}]`;
}

function folded(plain: Json): Json {
  if (typeof plain === 'string') return foldedText(plain);
  if (Array.isArray(plain)) return plain.map(folded);
  if (typeof plain !== 'object' || plain === null) return plain;
  return Object.fromEntries(Object.entries(plain).map(([name, member]) => [name, folded(member)]));
}

function foldedText(text: string): string {
  // Letters that lower case alone does not bring together, as far as the tests know any.
  const small = text.normalize('NFC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');
  return small
    .split(/\s+/u)
    .filter((word) => word !== '')
    .join(' ');
}

export function canonicalText(plain: Json): Canonical {
  if (Array.isArray(plain)) return `[${plain.map(canonicalText).join()}]`;
  if (typeof plain !== 'object' || plain === null) return JSON.stringify(plain);
  const members = Object.keys(plain)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalText(plain[name] as Json)}`);
  return `{${members.join()}}`;
}

/** RFC 6901: what the pointer points to, or undefined. */
function fieldOf(plain: Json, pointer: string): Json | undefined {
  let at: Json | undefined = plain;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = /^(0|[1-9][0-9]*)$/.test(name) ? at[Number(name)] : undefined;
    else if (typeof at === 'object' && at !== null) at = Object.hasOwn(at, name) ? at[name] : undefined;
    else return undefined;
  }
  return at;
}

/** Whether the agent has the right to veto and this is one: `false` or `"veto"`, the whole value, folded under `"text"` only. */
export function isVetoBy(
  rule: Pick<JudgedRule, 'equality' | 'veto'>,
  agent: string,
  value: Canonical | null,
): boolean {
  return rule.veto.includes(agent) && isVeto(rule, value);
}

export function isVeto({ equality }: Pick<JudgedRule, 'equality'>, value: Canonical | null): boolean {
  if (value === null) return false;
  return value === 'false' || (equality === 'text' ? wholeName('text', value) : value) === '"veto"';
}

/** The option that a value is equal to, as the rule spells it; null where it is none. [Q4.32] */
function optionFor(rule: JudgedRule, value: Canonical): Canonical | null {
  const name = sameness(rule, value);
  const found = rule.options?.find((option) => sameness(rule, canonicalText(option.value)) === name);
  return found === undefined || name === null ? null : canonicalText(found.value);
}

/** What a proposal counts as: the option it spells, else itself. */
export function countedValue(rule: JudgedRule, value: Canonical | null): Canonical | null {
  return value === null || rule.options === undefined ? value : (optionFor(rule, value) ?? value);
}

/** What speaks against a value; nothing against an abstention, nor against a veto by who has that right. */
export function objectionsTo(rule: JudgedRule, agent: string | null, value: Canonical | null): Objection[] {
  if (value === null || isVetoBy(rule, agent ?? '', value)) return [];
  const found: Objection[] = [];
  if (rule.options !== undefined && optionFor(rule, value) === null) found.push('not-an-option');
  const part = comparedPart(rule, value);
  if (part === null) found.push('no-such-field');
  else if (nearOf(rule) !== null && typeof JSON.parse(part) !== 'number') found.push('not-a-number');
  return found;
}

/** Whether the value may be decided: any where the rule names no winners. [Q4.33] */
export function canWin(rule: JudgedRule, value: Canonical): boolean {
  if (rule.wins === undefined) return true;
  return rule.wins.some((one) => sameness(rule, canonicalText(one)) === sameness(rule, value));
}
