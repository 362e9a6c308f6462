import type { Canonical, Equality, Json } from './types.ts';

/**
 * Which proposals are the same answer. A class is named by a text: proposals with equal class texts are equal.
 * Under a tolerance there are no classes (nearness is not transitive): `window.ts` counts those.
 */
export function classOf(equality: Equality, value: Canonical): string {
  return equality === 'text' && value.startsWith('"')
    ? JSON.stringify(folded(JSON.parse(value) as string))
    : value;
}

/** Whether a value can be compared under this equality at all: a tolerance needs numbers. */
export function isComparable(equality: Equality, value: Canonical): boolean {
  return typeof equality === 'string' || typeof (JSON.parse(value) as Json) === 'number';
}

/** NFC, trimmed, case-folded, runs of white space as one space: "  Blue\tWhale " is "blue whale". [Q4.21] */
function folded(text: string): string {
  const words: string[] = [];
  let word = '';
  // Through lower, upper and lower case again, because some letters only meet there: "ß", "ẞ" and "SS" become "ss".
  for (const c of text.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC')) {
    if (c.trim() !== '') {
      word += c;
      continue;
    }
    if (word !== '') words.push(word);
    word = '';
  }
  if (word !== '') words.push(word);
  return words.join(' ');
}
