import { canonical } from '../json.ts';
import type { Canonical, Comparison, Equality, Json, Near } from '../types.ts';
import { partAt } from './pointer.ts';
import { caseless } from './unicode.ts';

/** Stands before the class of a part, so that a part that is false is not taken for a veto, which is a whole value. [Q4.17] */
const partMark = '=';

/** Stands before a whole number that lacks the part, since the classes of near parts are numbers. */
const lackMark = '!';

/**
 * The text that names a value's class of equal values: two values are equal under the rule exactly when these texts are. Costs as
 * much as the value is long.
 *
 * Under a tolerance there are no classes, since 1 and 2 may be near, 2 and 3 too, and 1 and 3 not: then it is the number, see
 * `src/core/tally/near-values.ts`. A value without the part that is compared is equal to itself alone; of such only vetoes are proposed.
 */
export function classOf(equality: Equality, value: Canonical): string {
  if (typeof equality === 'string' || !('field' in equality)) return wholeClass(equality, value);
  const part = partAt(JSON.parse(value) as Json, equality.field);
  if (part === undefined) return numberIn(value) === null ? value : lackMark + value;
  const text = wholeClass(equality.by, canonical(part));
  return isNear(equality.by) ? text : partMark + text;
}

function wholeClass(comparison: Comparison, value: Canonical): string {
  if (comparison === 'text') return foldedText(value);
  if (typeof comparison === 'object' && 'set' in comparison && value.startsWith('['))
    return setText(JSON.parse(value) as Json[]);
  return value;
}

/** Each member once, in text order. */
function setText(members: readonly Json[]): string {
  return `[${[...new Set(members.map(canonical))].sort().join(',')}]`;
}

function foldedText(value: Canonical): string {
  // Only strings have several spellings, and most values are one.
  if (!value.includes('"')) return value;
  return canonical(folded(JSON.parse(value) as Json));
}

/** The value with all its strings folded; names of members stay as they are. [Q4.21] */
function folded(value: Json): Json {
  if (typeof value === 'string') return caseless(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(folded);
  // Not by assignment: a member may be called __proto__.
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, folded(member)]));
}

/** Why a value cannot be compared under this equality. */
export type Misfit = 'no-such-field' | 'not-a-number';

/** Why this value cannot be compared under this equality; null when it can. [Q4.22] [Q4.40] */
export function misfit(equality: Equality, value: Canonical): Misfit | null {
  if (typeof equality === 'string') return null;
  if (!('field' in equality)) return isNear(equality) && numberIn(value) === null ? 'not-a-number' : null;
  const part = partAt(JSON.parse(value) as Json, equality.field);
  if (part === undefined) return 'no-such-field';
  return isNear(equality.by) && typeof part !== 'number' ? 'not-a-number' : null;
}

/** Whether equal values may be different texts. */
export function hasSpellings(equality: Equality): boolean {
  return equality !== 'exact' && (typeof equality === 'string' || !('tolerance' in equality));
}

/** The number that a class of equal values is, or has as the part that is compared; null when that is no number. */
export function numberIn(classText: string): number | null {
  const text = classText.startsWith(partMark) ? classText.slice(1) : classText;
  // Of all JSON texts only numbers begin with a digit or a minus.
  const c = text.charCodeAt(0);
  return c === 0x2d || (c >= 0x30 && c <= 0x39) ? Number(text) : null;
}

/** How near numbers, or the parts that are compared, must be; null where they are not compared as numbers. [Q4.22] */
export function nearOf(equality: Equality): Near | null {
  const comparison = typeof equality === 'object' && 'field' in equality ? equality.by : equality;
  return isNear(comparison) ? comparison : null;
}

function isNear(comparison: Comparison): comparison is Near {
  return typeof comparison === 'object' && 'tolerance' in comparison;
}

/**
 * Whether a decision is the expected value, as the rule compares values; numbers that it compares within a tolerance must be the
 * same number.
 */
export function sameUnder(equality: Equality, one: Canonical, other: Canonical): boolean {
  return one === other || classOf(equality, one) === classOf(equality, other);
}
