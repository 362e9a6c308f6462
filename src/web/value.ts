import type { Json, Option } from '../core/types.ts';

/** A value as a page writes it: an option by its label, a text bare where that cannot be mistaken, all else as JSON. */
export function valueText(value: Json, options: readonly Option[] | null = null, most = 40): string {
  const json = JSON.stringify(value);
  const label = options?.find((option) => JSON.stringify(option.value) === json)?.label;
  const text = visible(label ?? (typeof value === 'string' && !readsAsJson(value) ? value : json));
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** A text whose characters that show nothing, and could turn what stands around them, are written as escapes. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether a text would be taken for another value when it stands without quotes: 8, true, [], nothing. */
function readsAsJson(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A number with at most six digits that matter: enough to read, where the exact one stands elsewhere. */
export function shortNumber(number: number): string {
  return String(Number(number.toPrecision(6)));
}
