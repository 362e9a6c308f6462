import { assigned, folding, fullFolding, spaces } from './unicode-tables.ts';

/**
 * Text without its case and white space, by the tables of one version of Unicode, which are data of the project: those
 * that Node brings change with its patch level, and outcomes may not. [Q1.2] [Q4.21]
 */

/** What a character is to caseless matching. */
const plain = 0;
const space = 1;
const unassigned = 2;
const folds = 3;

const foldings = new Map([...runsIn(folding), ...pairsIn(fullFolding)]);
/** By character. */
const kinds = new Uint8Array(0x110000).fill(unassigned);
setKind(switchesIn(assigned), plain);
setKind(switchesIn(spaces), space);
for (const code of foldings.keys()) kinds[code] = folds;

/**
 * The text as canonical caseless matching compares it (Unicode, definition D145), trimmed, and with each run of white space
 * as one space: "  Blue\tWhale " is "blue whale".
 */
export function caseless(text: string): string {
  let whole = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) as number;
    if (kinds[code] !== unassigned) continue;
    // What Node makes of such a character is not settled: it stays as it is, and what stands on either side stays apart.
    whole += folded(text.slice(from, at)) + String.fromCodePoint(code);
    from = code > 0xffff ? at + 2 : at + 1;
  }
  return spaced(whole + folded(text.slice(from)));
}

/** For assigned characters only: their normal forms are the same in every later version of Unicode. */
function folded(run: string): string {
  const text = decomposed(run);
  let whole = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) as number;
    if (kinds[code] !== folds) continue;
    whole += text.slice(from, at) + (foldings.get(code) as string);
    from = code > 0xffff ? at + 2 : at + 1;
  }
  return from === 0 ? text : decomposed(whole + text.slice(from));
}

/** Characters of a text that Node brings into normal form fast enough, whatever they are. */
const shortText = 256;

/** The text in normal form D. Node moves each mark behind a letter to its place one by one, which takes long among thousands of marks. */
function decomposed(text: string): string {
  if (text.length <= shortText) return text.normalize('NFD');
  const isMark = markOrNot();
  let whole = '';
  // Those at the end of what was done so far: others of the same letter may follow.
  let marks: string[] = [];
  for (let from = 0, end = 0; from < text.length; from = end) {
    end = from + shortText;
    // Not between the two halves of a character.
    if ((text.codePointAt(end - 1) as number) > 0xffff) end += 1;
    const piece = Array.from(text.slice(from, end).normalize('NFD'));
    const first = piece.findIndex((character) => !isMark(character));
    if (first < 0) {
      marks = marks.concat(piece);
      continue;
    }
    const last = piece.findLastIndex((character) => !isMark(character));
    whole += inOrder(marks.concat(piece.slice(0, first))) + piece.slice(first, last + 1).join('');
    marks = piece.slice(last + 1);
  }
  return whole + inOrder(marks);
}

/**
 * Says whether a character has a place among the marks behind a letter: then it changes places with the mark of the first or of the last
 * class.
 */
function markOrNot(): (character: string) => boolean {
  const known = new Map<string, boolean>();
  return (character) => {
    const is =
      known.get(character) ?? (changesPlaces(character, '\u0334') || changesPlaces('\u0345', character));
    known.set(character, is);
    return is;
  };
}

/** Marks in the order of their classes; of one class as they came. */
function inOrder(marks: readonly string[]): string {
  if (marks.length < 2) return marks.join('');
  const kinds = [...new Set(marks)].sort((one, other) =>
    changesPlaces(other, one) ? -1 : changesPlaces(one, other) ? 1 : 0,
  );
  const byClass = new Map<string, string[]>();
  let last: string | null = null;
  for (const kind of kinds) {
    const isSame: boolean = last !== null && !changesPlaces(kind, last);
    byClass.set(kind, isSame ? (byClass.get(last as string) as string[]) : []);
    last = kind;
  }
  for (const mark of marks) byClass.get(mark)?.push(mark);
  return [...new Set(byClass.values())].flat().join('');
}

/** Whether the normal form has these two the other way round. */
function changesPlaces(one: string, other: string): boolean {
  return (one + other).normalize('NFD') !== one + other;
}

function spaced(text: string): string {
  const words: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (kinds[text.charCodeAt(at)] !== space) continue;
    if (at > from) words.push(text.slice(from, at));
    from = at + 1;
  }
  if (from < text.length) words.push(text.slice(from));
  return words.join(' ');
}

/** Characters from the first of these on are of the kind, from the second on not, and so on. */
function setKind(switches: readonly number[], kind: number): void {
  for (let i = 0; i < switches.length; i += 2) kinds.fill(kind, switches[i], switches[i + 1]);
}

function switchesIn(table: string): readonly number[] {
  let at = 0;
  return itemsIn(table, ' ').map((distance) => {
    at += fromBase36(distance);
    return at;
  });
}

function* runsIn(table: string): Generator<[number, string]> {
  for (const item of itemsIn(table, ',')) {
    const [first = 0, count = 0, step = 0, distance = 0] = item.split(' ').map(fromBase36);
    for (let i = 0; i < count; i += 1) {
      const code = first + i * step;
      yield [code, String.fromCodePoint(code + distance)];
    }
  }
}

function* pairsIn(table: string): Generator<[number, string]> {
  for (const item of itemsIn(table, ',')) {
    const [from = 0, ...to] = item.split(' ').map(fromBase36);
    yield [from, String.fromCodePoint(...to)];
  }
}

function itemsIn(table: string, between: string): string[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => line.split(between));
}

function fromBase36(digits: string): number {
  return Number.parseInt(digits, 36);
}
