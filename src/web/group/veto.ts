import type { Json } from '../../core/types.ts';
import type { RoundJson } from '../../core/view/json-types.ts';

/** Whether a value is a veto, from an agent with that right: the whole value, never a part of one. [Q4.17] */
export function isVetoIn({ equality }: Pick<RoundJson, 'equality'>, value: Json): boolean {
  if (value === false || value === 'veto') return true;
  return equality === 'text' && typeof value === 'string' && value.trim().toLowerCase() === 'veto';
}
