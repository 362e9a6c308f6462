import type { Canonical, Equality, Json, Near } from '../types.ts';
import { caseless } from './unicode.ts';

/**
 * The text that names a value's class of equal values: two values are equal under the rule exactly when these texts are.
 * Under a tolerance there are no classes, since 1 and 2 may be near, 2 and 3 too, and 1 and 3 not: see `near-values.ts`.
 */
export function classOf(equality: Equality, value: Canonical): string {
  return equality === 'text' && value.startsWith('"')
    ? JSON.stringify(caseless(JSON.parse(value) as string))
    : value;
}

/** How near numbers, or the parts that are compared, must be; null where they are not compared as numbers. [Q4.22] */
export function nearOf(equality: Equality): Near | null {
  const compared = typeof equality === 'object' && 'field' in equality ? equality.by : equality;
  return typeof compared === 'object' && 'tolerance' in compared ? compared : null;
}

/** Whether a value can be compared under this equality at all: a tolerance needs numbers. */
export function isComparable(equality: Equality, value: Canonical): boolean {
  return nearOf(equality) === null || typeof (JSON.parse(value) as Json) === 'number';
}
