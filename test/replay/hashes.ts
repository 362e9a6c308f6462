import { createHash } from 'node:crypto';
import { apply } from '../../src/core/apply.ts';
import { decodeEntry } from '../../src/core/entry.ts';
import { emptyState } from '../../src/core/group/state.ts';
import { stateHash } from '../../src/core/snapshot/state-hash.ts';

/** What a replay came to after so many entries. */
export interface ReplayHash {
  readonly index: number;
  readonly state: string;
  /** 128 bits of the SHA-256 over all results and events so far. */
  readonly answers: string;
}

const every = 100;

/** Replays entries from the beginning; one mark after each 100 of them and one at the end. */
export function hashesOf(lines: readonly string[]): ReplayHash[] {
  const state = emptyState();
  const answers = createHash('sha256');
  const hashes: ReplayHash[] = [];
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
    hashes.push({ index, state: stateHash(state), answers: answers.copy().digest('hex').slice(0, 32) });
  }
  return hashes;
}
