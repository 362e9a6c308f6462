import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply } from '../../src/core/apply.ts';
import { type Command, decodeEntry, type Entry, encodeCommand, encodeEntry } from '../../src/core/entry.ts';
import { emptyState } from '../../src/core/group/state.ts';
import { play } from '../scenarios/transcript.ts';
import { RandomEntries } from './entries.ts';
import { hashesOf } from './hashes.ts';

/**
 * The log that a release is remembered by: once written, no later version may replay it to anything else.
 *
 *     node scripts/run.js test/replay/record.ts 0.1.0
 *
 * writes golden/0.1.0.jsonl, the entries, and golden/0.1.0.json, what came of them. It never writes over a file: what is not
 * released yet may be removed and recorded anew, what is released stays.
 */

/** Every scenario one after the other, then what four agents might do in six groups. */
function linesOf(seed: number, count: number): string[] {
  const folder = 'test/scenarios';
  const texts = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  const lines = texts
    .sort()
    .flatMap((name) => play(readFileSync(join(folder, name), 'utf8')).entries)
    // A crowd fills a limit, not a golden file.
    .filter(({ commands }) => commands.length < 100)
    .map(lineOf);
  const random = new RandomEntries(seed);
  const state = emptyState();
  for (const [i, line] of lines.entries()) apply(state, decodeEntry(Buffer.from(line)), i + 1);
  while (lines.length < count) {
    const entry = random.next(state);
    lines.push(lineOf(entry));
    apply(state, entry, lines.length);
  }
  return lines;
}

function lineOf({ commands, ...header }: Entry): string {
  return new TextDecoder().decode(encodeEntry(header, (commands as readonly Command[]).map(encodeCommand)));
}

/** Writes both files of a release; throws where there is one already. */
function record(release: string): void {
  const lines = linesOf(20_260_101, 2000);
  const file = (ending: string) => `test/replay/golden/${release}.${ending}`;
  writeFileSync(file('jsonl'), `${lines.join('\n')}\n`, { flag: 'wx' });
  const hashes = hashesOf(lines).map(
    ({ index, state, answers }) => `  { "index": ${index}, "state": "${state}", "answers": "${answers}" }`,
  );
  writeFileSync(file('json'), `[\n${hashes.join(',\n')}\n]\n`, { flag: 'wx' });
}

const [release = ''] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(release))
  throw new Error('usage: node scripts/run.js test/replay/record.ts 1.2.3');
record(release);
