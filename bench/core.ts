// @ts-nocheck
import { apply } from '../src/core/apply.ts';
import { emptyState } from '../src/core/group/state.ts';
import { parseSettings } from '../src/core/rule/settings.ts';

/**
 * What one proposal costs the core in a round of `agents`: about 100,000 proposals through `apply`, a hundred an entry, none of which
 * ends a round before its last, so that each asks the tally whether the answer is certain. Compare 100,000 agents with 3.
 */
export function proposalCost(agents, equality) {
  const micros = perProposal(agents, equality);
  return {
    perSecond: Math.round(1e6 / micros),
    p50ms: Number((micros / 1000).toFixed(6)),
    p99ms: 0,
    errors: 0,
  };
}

const proposals = 99_990;

/** Microseconds of one proposal, over 99,990 of them. */
function perProposal(agents, equality) {
  const state = emptyState();
  // As many groups as it takes for both to hold the same number of proposals in open or closed rounds.
  const groups = Math.ceil(proposals / agents);
  const names = Array.from({ length: Math.min(agents, proposals) }, (_, i) => `agent-${i}`);
  // Three values in turn and a threshold of a quarter (one proposal, where all numbers differ) leave it open to the end.
  const threshold = typeof equality === 'object' ? 1 : { num: 1, den: 4, strict: false };
  const rule = { electorate: { size: agents }, threshold, equality, close: 'early', next: 'manual' };
  const { settings } = parseSettings({ rule });
  let index = 0;
  const entry = (commands) => {
    index += 1;
    apply(
      state,
      {
        version: 1,
        writer: 'bench',
        serial: index,
        time: 1_000_000 + index,
        server: 'w',
        reckoned: 0,
        alone: true,
        seed: index,
        commands,
      },
      index,
    );
  };
  for (let g = 0; g < groups; g += 1) {
    entry([
      {
        type: 'put-group',
        group: `g-${g}`,
        settings,
        ifRevision: null,
        joinKeyHash: null,
        observerKeyHash: null,
      },
    ]);
  }
  const value = (j) =>
    typeof equality === 'object' ? String(j * 1.5) : ['"alpha"', '"beta"', '"gamma"'][j % 3];
  const batches = [];
  for (let i = 0; i < proposals; i += 100) {
    const commands = [];
    for (let j = i; j < i + 100 && j < proposals; j += 1) {
      commands.push({
        type: 'propose',
        group: `g-${Math.floor(j / agents)}`,
        round: 1,
        agent: names[j % agents],
        value: value(j),
        seq: null,
        tokenHash: null,
        key: null,
      });
    }
    batches.push(commands);
  }
  globalThis.gc?.();
  const started = process.hrtime.bigint();
  for (const commands of batches) entry(commands);
  return Number(process.hrtime.bigint() - started) / 1000 / proposals;
}
