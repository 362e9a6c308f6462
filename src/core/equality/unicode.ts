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
  const text = run.normalize('NFD');
  let whole = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) as number;
    if (kinds[code] !== folds) continue;
    whole += text.slice(from, at) + (foldings.get(code) as string);
    from = code > 0xffff ? at + 2 : at + 1;
  }
  return from === 0 ? text : (whole + text.slice(from)).normalize('NFD');
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
