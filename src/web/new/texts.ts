import { parseJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { Json, Option, Share, Threshold } from '../../core/types.ts';

/**
 * How settings are written in the fields of a form, and read back. A text that is none of what a field is for is read as it stands:
 * then the core says what to write there, in the words that the server would use.
 */

/**
 * What somebody has written in the fields of the form. A field that is left as the preset has it is not among them, so that a form says
 * as little as a person would.
 */
export type Form = Readonly<Record<string, string>>;

/** The text that stands in a field. */
export type TextOf = (field: string) => string;

/** A number as people write it, also with a decimal comma. */
export function readNumber(text: string): Json {
  const written = text.trim().replace(/^([+-]?\d+),(\d+)$/, '$1.$2');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : text;
}

/** `3`, `majority`, `2/3`, or `>1/2` for more than the half. */
export function readThreshold(text: string): Json {
  const [, strict, num, den] = /^(>?)\s*(\d+)\s*\/\s*(\d+)$/.exec(text.trim()) ?? [];
  if (num === undefined) return readNumber(text.trim().toLowerCase());
  return { num: Number(num), den: Number(den), strict: strict === '>' };
}

export function writeThreshold(threshold: Threshold): string {
  if (typeof threshold !== 'object') return String(threshold);
  return `${threshold.strict ? '>' : ''}${writeShare(threshold)}`;
}

/** `1/10`. */
export function readShare(text: string): Json {
  const [, num, den] = /^(\d+)\s*\/\s*(\d+)$/.exec(text.trim()) ?? [];
  return num === undefined ? text : { num: Number(num), den: Number(den) };
}

export function writeShare({ num, den }: Share): string {
  return `${num}/${den}`;
}

const units: readonly (readonly [unit: string, shown: string, names: RegExp, ms: number])[] = [
  ['d', 'd', /^(d|days?|días?)$/i, 86_400_000],
  ['h', 'h', /^(h|hours?|horas?)$/i, 3_600_000],
  ['m', 'min', /^(m|min|mins|minutes?|minutos?)$/i, 60_000],
  ['s', 's', /^(s|sec|secs|seconds?|segundos?)$/i, 1000],
  ['ms', 'ms', /^ms$/i, 1],
];

/** `2 min`, `90 s`, `1 h`, as the core writes it; null where nothing stands. */
export function readDuration(text: string): Json {
  const written = text.trim();
  if (written === '') return null;
  const [, number = '', word = ''] = /^(\d*[.,]?\d+)\s*(\p{L}+)$/u.exec(written) ?? [];
  const unit = units.find(([, , names]) => names.test(word));
  return unit === undefined ? text : number.replace(',', '.').replace(/^\./, '0.') + unit[0];
}

export function writeDuration(ms: number | null): string {
  if (ms === null) return '';
  const [, shown, , factor] = units.find(([, , , one]) => ms >= one && ms % one === 0) ?? ['', 'ms', /^/, 1];
  return `${ms / factor} ${shown}`;
}

/** Names between commas, blanks or line ends. */
export function readNames(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

/** `ann=2, bob=3`. */
export function readWeights(text: string): Json {
  if (text.trim() === '') return null;
  const pairs = text
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => /^(\S+?)\s*[=:\s]\s*(\S+)$/.exec(one));
  if (pairs.some((pair) => pair === null)) return text;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] as string, readNumber(pair?.[2] as string)]));
}

/** What is wrong with JSON that somebody wrote. */
export class NoJson extends Error {}

/** JSON where the text is JSON, else the text itself. Throws `NoJson` for what is neither: JSON with a slip. */
export function readValue(text: string): Json {
  const written = text.trim();
  const parsed = parseJson(written, limits.valueDepth);
  if (parsed.ok) return parsed.value;
  if (/^["[{]/.test(written) || isJson(written)) throw new NoJson(parsed.detail);
  return written;
}

/** A text stands bare where it cannot be taken for anything else. */
export function writeValue(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = value === value.trim() && value !== '' && !/^["[{]| = |[\n\r]/.test(value);
  return isPlain && !isJson(value) ? value : JSON.stringify(value);
}

/** One value a line. Throws `NoJson`. */
export function readValues(text: string): Json[] {
  return linesOf(text).map(readValue);
}

export function writeValues(values: readonly Json[]): string {
  return values.map(writeValue).join('\n');
}

/** One option a line: the value, or `value = label`. Throws `NoJson`. */
export function readOptions(text: string): Json[] {
  return linesOf(text).map((line) => {
    if (isJson(line)) return wrapped(readValue(line));
    const ends = [...line.matchAll(/ = /g)].map(({ index }) => index);
    const end = ends.find((at) => isJson(line.slice(0, at))) ?? ends[0];
    if (end === undefined) return wrapped(readValue(line));
    return { value: readValue(line.slice(0, end)), label: line.slice(end + 3).trim() };
  });
}

export function writeOptions(options: readonly Option[]): string {
  const lines = options.map(({ value, label }) =>
    label === undefined ? writeValue(value) : `${writeValue(value)} = ${label}`,
  );
  return lines.join('\n');
}

/** An option that has a member "value" itself would be read as one with a label. */
function wrapped(value: Json): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'value' in value
    ? { value }
    : value;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
