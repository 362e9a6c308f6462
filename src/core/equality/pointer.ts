import type { Json } from '../types.ts';

/**
 * The part of a value that an RFC 6901 pointer points to; undefined where there is none. Only own members count, and of arrays only
 * what they hold: "-" and what is past the end point to nothing. [Q4.40]
 */
export function partAt(value: Json, pointer: string): Json | undefined {
  let part: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(part)) part = placed(part, name);
    else if (typeof part === 'object' && part !== null)
      part = Object.hasOwn(part, name) ? part[name] : undefined;
    else return undefined;
  }
  return part;
}

/** The item of a list at this place, which only the digits of the place name, without a zero in front. */
function placed(list: readonly Json[], place: string): Json | undefined {
  const at = Number(place);
  return Number.isInteger(at) && String(at) === place ? list[at] : undefined;
}
