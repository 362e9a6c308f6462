import type { Canonical, Equality, Json } from '../types.ts';
import { caseless } from './unicode.ts';

/**
 * Which proposals are the same answer. A class is named by a text: proposals with equal class texts are equal.
 * Under a tolerance there are no classes (nearness is not transitive): `window.ts` counts those.
 */
export function classOf(equality: Equality, value: Canonical): string {
  return equality === 'text' && value.startsWith('"')
    ? JSON.stringify(caseless(JSON.parse(value) as string))
    : value;
}

/** Whether a value can be compared under this equality at all: a tolerance needs numbers. */
export function isComparable(equality: Equality, value: Canonical): boolean {
  return typeof equality === 'string' || typeof (JSON.parse(value) as Json) === 'number';
}
