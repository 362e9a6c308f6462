import type { Json } from '../../core/types.ts';

/** What somebody typed, as the value that will be proposed. */
export type Entry =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly why: 'empty' | 'no-number' | 'too-exact' };

/** A number as people write it, also with a decimal comma. */
export function readNumber(text: string): Entry {
  const written = text
    .trim()
    .replace(/^([+-]?\d+),(\d+)$/, '$1.$2')
    .replace(/^\+/, '');
  if (written === '') return { ok: false, why: 'empty' };
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written)) return { ok: false, why: 'no-number' };
  return isKept(written) ? { ok: true, value: Number(written) } : { ok: false, why: 'too-exact' };
}

/** JSON where the text is JSON, else the text itself. */
export function readValue(text: string): Entry {
  const written = text.trim();
  if (written === '') return { ok: false, why: 'empty' };
  let value: Json;
  try {
    value = JSON.parse(written) as Json;
  } catch {
    return { ok: true, value: written };
  }
  const withoutTexts = written.replace(/"(?:\\.|[^"\\])*"/g, '');
  const numbers = withoutTexts.match(/-?\d[\d.eE+-]*/g) ?? [];
  return numbers.every(isKept) ? { ok: true, value } : { ok: false, why: 'too-exact' };
}

/** Whether JavaScript keeps the number as it is written: nobody may propose a value that was not chosen. */
function isKept(written: string): boolean {
  const number = Number(written);
  return Number.isFinite(number) && digitsOf(written) === digitsOf(String(number));
}

/** Sign, digits and exponent of a decimal number: the same for all spellings of one number. */
function digitsOf(written: string): string {
  const [, sign = '', whole = '', part = '', power = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(written) ?? [];
  const digits = (whole + part).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${sign}${short}e${Number(power) - part.length + digits.length - short.length}`;
}
