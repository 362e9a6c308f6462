import type { Command } from '../src/core/entry.ts';
import { emptyState } from '../src/core/group/state.ts';
import type { Json } from '../src/core/types.ts';
import { createCommand, proposal, run, settingsOf } from '../test/harness/entries.ts';
import { type Figure, rounded } from './figure.ts';

type Equality = 'exact' | 'text' | { readonly tolerance: number };

/**
 * What one proposal costs the core in a round of `agents`: about 100,000 proposals through `apply`, a hundred an entry, none of which
 * ends a round before its last, so that each asks the tally whether the answer is certain. Compare 100,000 agents with 3.
 */
export function proposalCost(agents: number, equality: Equality): Figure {
  const micros = perProposal(agents, equality);
  return { perSecond: Math.round(1e6 / micros), p50ms: rounded(micros / 1000, 6), p99ms: 0, errors: 0 };
}

const proposals = 99_990;
const words = ['"alpha"', '"beta"', '"gamma"'];

/** Microseconds of one proposal, over 99,990 of them. */
function perProposal(agents: number, equality: Equality): number {
  const state = emptyState();
  const isNumber = typeof equality === 'object';
  // Three values in turn and a threshold of a quarter (one proposal, where all numbers differ) leave it open to the end.
  const threshold: Json = isNumber ? 1 : { num: 1, den: 4, strict: false };
  const rule: Json = { electorate: { size: agents }, threshold, close: 'early', next: 'manual' };
  const settings = settingsOf({ rule: { ...rule, equality: isNumber ? { ...equality } : equality } });
  const append = (commands: readonly Command[]): void => {
    const index = state.index + 1;
    run(state, commands, { time: 1_000_000 + index, seed: index });
  };
  // As many groups as it takes for both to hold the same number of proposals in open or closed rounds.
  const groups = Math.ceil(proposals / agents);
  for (let g = 0; g < groups; g += 1) append([createCommand(`g-${g}`, settings)]);
  const names = Array.from({ length: Math.min(agents, proposals) }, (_, i) => `agent-${i}`);
  const all = Array.from({ length: proposals }, (_, i) => {
    const value = isNumber ? String(i * 1.5) : (words[i % 3] ?? '');
    return proposal(`g-${Math.floor(i / agents)}`, 1, names[i % agents] ?? '', value);
  });
  const batches: Command[][] = [];
  for (let i = 0; i < proposals; i += 100) batches.push(all.slice(i, i + 100));
  globalThis.gc?.();
  const started = process.hrtime.bigint();
  for (const commands of batches) append(commands);
  return Number(process.hrtime.bigint() - started) / 1000 / proposals;
}
