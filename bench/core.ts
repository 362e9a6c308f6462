import type { Command } from '../src/core/entry.ts';
import { emptyState, type State } from '../src/core/group/state.ts';
import type { Json } from '../src/core/types.ts';
import { createCommand, newestVersion, proposal, run, settingsOf } from '../test/harness/entries.ts';
import type { Contestant } from './contestant.ts';
import { rounded } from './figure.ts';
import { join, say } from './state/fill.ts';

/** What is compared: the rule, and the value of the proposal of each number. */
interface Comparing {
  readonly rule: { readonly [name: string]: Json };
  readonly valueAt: (i: number) => string;
}

const words = ['"alpha"', '"beta"', '"gamma"'];
const wordAt = (i: number): string => words[i % 3] as string;
/** Three values in turn and a threshold of a quarter leave a round open to the end. */
const quarter: Json = { num: 1, den: 4, strict: false };

const comparing = {
  exact: { rule: { threshold: quarter }, valueAt: wordAt },
  text: { rule: { threshold: quarter, equality: 'text' }, valueAt: wordAt },
  options: { rule: { threshold: quarter, options: ['alpha', 'beta', 'gamma'] }, valueAt: wordAt },
  set: {
    rule: { threshold: quarter, equality: { set: true } },
    valueAt: (i) => (i % 2 === 0 ? `[1,${wordAt(i)}]` : `[${wordAt(i)},1]`),
  },
  // Each whole value is another: an answer and why.
  field: {
    rule: { threshold: quarter, equality: { field: '/answer' } },
    valueAt: (i) => `{"answer":${wordAt(i)},"why":"because ${i}"}`,
  },
  // All numbers differ: one proposal is enough.
  tolerance: { rule: { threshold: 1, equality: { tolerance: 0.5 } }, valueAt: (i) => String(i * 1.5) },
} as const satisfies Readonly<Record<string, Comparing>>;

/**
 * What one proposal costs the core in a round of `agents`: about 100,000 proposals through `apply`, a hundred an entry, none of which
 * ends a round before its last, so that each asks the tally whether the answer is certain. Compare 100,000 agents with 3.
 */
export function costInRounds(agents: number, how: keyof typeof comparing): Contestant {
  return contestant(() => perProposal(agents, comparing[how]));
}

/** What one costs where there are so many groups: in groups of three, each chosen anywhere among them. Compare 1,000,000 with 10. */
export function costAmong(groups: number): Contestant {
  const state = emptyState();
  const rule: Json = { electorate: { size: 3 }, threshold: 2, next: 'continuous' };
  const create = createCommand('', settingsOf({ rule }));
  for (let g = 0; g < groups; g += 1) append(state, [{ ...create, group: `g-${g}` } as Command]);
  return contestant(() => {
    // A prime, so that groups in a row are nowhere near each other.
    const all = Array.from({ length: proposals }, (_, i) =>
      proposal(`g-${(Math.floor(i / 3) * 611_953) % groups}`, null, `agent-${i % 3}`, wordAt(i)),
    );
    return timed(state, all);
  });
}

/** A group in which messages are said. */
interface Talk {
  readonly members: number;
  /** How many of them say something in turn. */
  readonly speakers: number;
  /** Messages said before anything is measured. */
  readonly before: number;
}

/** What a message costs in such a group. Compare 100,000 members with 3. */
export function costOfMessages({ members, speakers, before }: Talk): Contestant {
  const state = emptyState();
  append(state, [newestVersion, createCommand('talk', settingsOf({}))]);
  appendAll(state, members, (i) => join('talk', `agent-${i}`));
  let said = 0;
  const message = (): Command => {
    said += 1;
    // A prime, so that speakers in turn are nowhere near each other.
    return say('talk', `agent-${(said * 611_953) % speakers}`, `"message ${said}"`);
  };
  appendAll(state, before, message);
  return contestant(() => timed(state, Array.from({ length: proposals }, message)));
}

const proposals = 99_990;

/** Microseconds of one proposal, over 99,990 of them. */
function perProposal(agents: number, { rule, valueAt }: Comparing): number {
  const state = emptyState();
  const settings = settingsOf({
    rule: { electorate: { size: agents }, close: 'early', next: 'manual', ...rule },
  });
  // As many groups as it takes for both to hold the same number of proposals in open or closed rounds.
  const groups = Math.ceil(proposals / agents);
  for (let g = 0; g < groups; g += 1) append(state, [createCommand(`g-${g}`, settings)]);
  const names = Array.from({ length: Math.min(agents, proposals) }, (_, i) => `agent-${i}`);
  const all = Array.from({ length: proposals }, (_, i) =>
    proposal(`g-${Math.floor(i / agents)}`, 1, names[i % agents] ?? '', valueAt(i)),
  );
  return timed(state, all);
}

/** Applies them, a hundred an entry. Microseconds of one. */
function timed(state: State, all: readonly Command[]): number {
  const batches: (readonly Command[])[] = [];
  for (let i = 0; i < all.length; i += 100) batches.push(all.slice(i, i + 100));
  globalThis.gc?.();
  const started = process.hrtime.bigint();
  for (const commands of batches) append(state, commands);
  return Number(process.hrtime.bigint() - started) / 1000 / all.length;
}

function appendAll(state: State, count: number, command: (i: number) => Command): void {
  for (let from = 0; from < count; from += 1000)
    append(
      state,
      Array.from({ length: Math.min(1000, count - from) }, (_, i) => command(from + i)),
    );
}

function append(state: State, commands: readonly Command[]): void {
  const index = state.index + 1;
  run(state, commands, { time: 1_000_000 + index, seed: index });
}

function contestant(measure: () => number): Contestant {
  return {
    async slice() {
      const micros = measure();
      return { perSecond: Math.round(1e6 / micros), cpuUs: rounded(micros, 2), errors: 0 };
    },
    stop: async () => undefined,
  };
}
