import { limits } from '../limits.ts';
import type { Comparison, Equality, Json, Near, Share } from '../types.ts';
import { type Fields, isObject, type Reader } from './reader.ts';

const field = 'rule.equality';

/** How values are compared, as people write it; undefined where it is left out or cannot be read. [Q4.20] [Q4.22] [Q4.40] */
export function readEquality(reader: Reader, json: Json | undefined): Equality | undefined {
  if (isObject(json) && json.field !== undefined) return readField(reader, json);
  return readComparison(reader, field, json, ', or {"field": "/answer", "by": one of these}');
}

function readField(reader: Reader, json: Fields): Equality | undefined {
  const { field: pointer, by = 'exact' } = reader.fields(field, json, ['field', 'by']);
  const comparison = readComparison(reader, `${field}.by`, by, '');
  if (comparison === undefined) return undefined;
  if (typeof pointer === 'string' && isPointer(pointer)) return { field: pointer, by: comparison };
  reader.complain(
    `${field}.field`,
    pointer === ''
      ? 'an empty pointer means the whole value: write what is in "by" as the equality itself'
      : `write a JSON pointer to one part of a value, such as "/answer", of at most ${limits.pointerLength} characters; ~ as ~0, / inside a name as ~1`,
  );
  return undefined;
}

/** Whether this is a JSON pointer to less than the whole value. RFC 6901 */
function isPointer(text: string): boolean {
  if (text.length > limits.pointerLength || !text.startsWith('/')) return false;
  return text
    .split('~')
    .slice(1)
    .every((rest) => rest.startsWith('0') || rest.startsWith('1'));
}

function readComparison(
  reader: Reader,
  at: string,
  json: Json | undefined,
  or: string,
): Comparison | undefined {
  if (json === undefined || json === 'exact' || json === 'text') return json;
  if (isObject(json) && 'set' in json && reader.fields(at, json, ['set']).set === true) return { set: true };
  if (isObject(json) && ('tolerance' in json || 'relative' in json)) return readNear(reader, at, json);
  reader.complain(
    at,
    `write "exact", "text", {"set": true}, {"tolerance": 0.5}, {"relative": {"num": 1, "den": 10}}${or}`,
  );
  return undefined;
}

/** A share is in force only when somebody asks for it, so that a tolerance alone is one setting and not two. */
function readNear(reader: Reader, at: string, json: Fields): Near {
  const { tolerance = 0, relative } = reader.fields(at, json, ['tolerance', 'relative']);
  const isNumber = typeof tolerance === 'number' && tolerance >= 0;
  if (!isNumber) reader.complain(`${at}.tolerance`, 'write a number, 0 or more');
  const width = isNumber ? tolerance : 0;
  return relative === undefined || relative === null
    ? { tolerance: width }
    : { tolerance: width, relative: readShare(reader, `${at}.relative`, relative) };
}

function readShare(reader: Reader, at: string, json: Json): Share {
  const f = reader.fields(at, json, ['num', 'den']);
  const num = reader.whole(`${at}.num`, f.num ?? null, 1, limits.fractionPart) ?? 1;
  const den = reader.whole(`${at}.den`, f.den ?? null, 1, limits.fractionPart) ?? 2;
  if (num >= den)
    reader.contradict(`${at}.num`, `${at}.den`, 'the share must lie between 0 and 1: make num less than den');
  return { num, den };
}
