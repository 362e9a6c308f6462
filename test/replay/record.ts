import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { apply, emptyState } from '../../src/core/apply.ts';
import { decodeEntry, encodeCommand, encodeEntry } from '../../src/core/entry.ts';
import { stateHash } from '../../src/core/hash.ts';
import type { Command, Entry } from '../../src/core/types.ts';
import { play } from '../scenarios/transcript.ts';
import { RandomEntries } from './entries.ts';

/**
 * The log that a release is remembered by: once written, no later version may replay it to anything else.
 *
 *     node test/replay/record.js 0.1.0
 *
 * writes golden/0.1.0.jsonl, the entries, and golden/0.1.0.json, what came of them. It never writes over a file: what is not
 * released yet may be removed and recorded anew, what is released stays.
 */

/** What a replay came to after so many entries. */
export interface Mark {
  readonly index: number;
  readonly state: string;
  /** 128 bits of the SHA-256 over all results and events so far. */
  readonly answers: string;
}

const every = 100;

/** Replays entries from the beginning; one mark after each 100 of them and one at the end. */
export function marksOf(lines: readonly string[]): Mark[] {
  const state = emptyState();
  const answers = createHash('sha256');
  const marks: Mark[] = [];
  for (const [i, line] of lines.entries()) {
    const index = i + 1;
    const { results, events } = apply(state, decodeEntry(Buffer.from(line)), index);
    // What was answered, not in which words: a later version may say it better.
    answers.update(JSON.stringify(results.map((result) => (result.ok ? result.did : result.code))));
    answers.update(
      JSON.stringify(
        events.map(({ group, revision, type, round, agent }) => [group, revision, type, round, agent]),
      ),
    );
    if (index % every !== 0 && index !== lines.length) continue;
    marks.push({ index, state: stateHash(state), answers: answers.copy().digest('hex').slice(0, 32) });
  }
  return marks;
}

/** Every scenario one after the other, then what four agents might do in six groups. */
function linesOf(seed: number, count: number): string[] {
  const folder = new URL('../scenarios/', import.meta.url);
  const texts = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  const lines = texts
    .sort()
    .flatMap((name) => play(readFileSync(new URL(name, folder), 'utf8')).entries)
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
export function record(release: string): void {
  const lines = linesOf(20_260_101, 2000);
  const file = (ending: string) => new URL(`golden/${release}.${ending}`, import.meta.url);
  writeFileSync(file('jsonl'), `${lines.join('\n')}\n`, { flag: 'wx' });
  const marks = marksOf(lines).map(
    ({ index, state, answers }) => `  { "index": ${index}, "state": "${state}", "answers": "${answers}" }`,
  );
  writeFileSync(file('json'), `[\n${marks.join(',\n')}\n]\n`, { flag: 'wx' });
}
