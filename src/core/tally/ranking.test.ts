import { describe, expect, it } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import type { Proposal, Ranked, Rule } from '../types.ts';
import { proposalOf } from './proposal.ts';
import { Ranking, rankingOf } from './ranking.ts';

/** The ranking worked out by going through everything. */
function byDefinition(rule: Rule, proposals: ReadonlyMap<string, Proposal>): Ranked {
  const classes = new Map<string, Proposal[]>();
  for (const proposal of proposals.values())
    if (proposal.classText !== null) {
      const supporters = classes.get(proposal.classText) ?? [];
      classes.set(proposal.classText, supporters);
      supporters.push(proposal);
    }
  const all = [...classes].map(([classText, supporters]) => {
    const agents = supporters.map(({ agent }) => agent).sort();
    return {
      classText,
      value: supporters.map(({ value }) => value as string).sort()[0] as string,
      weight: agents.reduce((sum, agent) => sum + (rule.weights?.[agent] ?? 1), 0),
      agents: agents.slice(0, limits.tallyAgents),
      more: Math.max(0, agents.length - limits.tallyAgents),
    };
  });
  all.sort((a, b) => b.weight - a.weight || (a.value < b.value ? -1 : 1));
  return { top: all.slice(0, limits.tallyValues), more: Math.max(0, all.length - limits.tallyValues) };
}

describe('the ranking of a round [Q4.25]', () => {
  it('is that by definition after each look, whatever is proposed, replaced and taken back', () => {
    const first = seedOfRun();
    for (let seed = first; seed < first + 20; seed += 1) {
      const random = randomFrom(seed);
      const below = (most: number): number => Math.floor(random() * most);
      const names = Array.from({ length: pick(random, [30, 900]) }, (_, i) => `a${i}`);
      const weights = Object.fromEntries(names.map((name) => [name, 1 + below(9)]));
      const rule = settingsOf({
        rule: {
          electorate: { agents: names },
          ...pick(random, [{}, { weights }]),
          equality: pick(random, ['exact', 'text']),
        },
      }).rule;
      const values = pick(random, [1, 4, 150, 600]);
      const proposals = new Map<string, Proposal>();
      const ranking = new Ranking(rule);
      const looks = pick(random, [0.005, 0.05]);
      for (let step = 0; step < 1200; step += 1) {
        const agent = pick(random, names);
        const earlier = proposals.get(agent);
        if (earlier !== undefined) ranking.remove(earlier);
        const text = `${pick(random, ['', ' '])}${pick(random, ['v', 'V'])}${below(values)}`;
        const proposal = proposalOf(rule.equality, agent, random() < 0.05 ? null : JSON.stringify(text));
        proposals.set(agent, proposal);
        ranking.add(proposal);
        if (random() >= looks && step < 1199) continue;
        const again = `SEED=${seed} npx vitest run src/core/tally/ranking.test.ts, step ${step}`;
        expect(ranking.now(proposals), again).toEqual(byDefinition(rule, proposals));
      }
      expect(rankingOf(rule, proposals).now(proposals)).toEqual(byDefinition(rule, proposals));
    }
  });

  it('does not change after it was taken', () => {
    const { rule } = settingsOf({});
    const proposals = new Map([['b', proposalOf('exact', 'b', '1')]]);
    const ranking = rankingOf(rule, proposals);
    const taken = ranking.now(proposals);
    ranking.add(proposalOf('exact', 'a', '1'));
    expect(taken).toEqual({
      top: [{ classText: '1', value: '1', weight: 1, agents: ['b'], more: 0 }],
      more: 0,
    });
  });
});
