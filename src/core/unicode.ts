import { assigned, folding, fullFolding, spaces } from './unicode-tables.ts';

/**
 * Text without its case and white space, by the tables of one version of Unicode, which are data of the project: those
 * that Node brings change with its patch level, and outcomes may not. [Q1.2] [Q4.21]
 */

/**
 * The text as canonical caseless matching compares it (Unicode, definition D145), trimmed, and with each run of white space
 * as one space: "  Blue\tWhale " is "blue whale".
 */
export function caseless(text: string): string {
  const words: string[] = [];
  let word = '';
  // Assigned characters that follow each other. What Node does with the others is not settled: they stay as they are.
  let run = '';
  const endRun = () => {
    word += folded(run);
    run = '';
  };
  const endWord = () => {
    endRun();
    if (word !== '') words.push(word);
    word = '';
  };
  for (const c of text) {
    const code = c.codePointAt(0) as number;
    if (isIn(spaceSwitches, code)) endWord();
    else if (isIn(assignedSwitches, code)) run += c;
    else {
      endRun();
      word += c;
    }
  }
  endWord();
  return words.join(' ');
}

/** For assigned characters only: their normal forms are the same in every later version of Unicode. */
function folded(run: string): string {
  let text = '';
  for (const c of run.normalize('NFD')) text += foldings.get(c) ?? c;
  return text.normalize('NFD');
}

const assignedSwitches = switchesIn(assigned);
const spaceSwitches = switchesIn(spaces);
const foldings = new Map([...runsIn(folding), ...pairsIn(fullFolding)]);

/** Characters from the first of these on are inside, from the second on outside, and so on. */
function switchesIn(table: string): readonly number[] {
  let at = 0;
  return itemsIn(table, ' ').map((distance) => {
    at += fromBase36(distance);
    return at;
  });
}

function isIn(switches: readonly number[], code: number): boolean {
  let passed = 0;
  for (let end = switches.length; passed < end; ) {
    const middle = (passed + end) >> 1;
    if ((switches[middle] as number) <= code) passed = middle + 1;
    else end = middle;
  }
  return passed % 2 === 1;
}

function* runsIn(table: string): Generator<[string, string]> {
  for (const item of itemsIn(table, ',')) {
    const [first = 0, count = 0, step = 0, distance = 0] = item.split(' ').map(fromBase36);
    for (let i = 0; i < count; i += 1) {
      const code = first + i * step;
      yield [String.fromCodePoint(code), String.fromCodePoint(code + distance)];
    }
  }
}

function* pairsIn(table: string): Generator<[string, string]> {
  for (const item of itemsIn(table, ',')) {
    const [from = 0, ...to] = item.split(' ').map(fromBase36);
    yield [String.fromCodePoint(from), String.fromCodePoint(...to)];
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
