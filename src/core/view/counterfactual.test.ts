import { describe, expect, test } from 'vitest';
import { seedOfRun } from '../../../test/harness/random.ts';
import { RandomEntries } from '../../../test/replay/entries.ts';
import { apply } from '../apply.ts';
import { emptyState } from '../group/state.ts';
import { parseSettings } from '../rule/settings.ts';
import type { Json, Rule } from '../types.ts';
import { differs, judgeAgain, showsAll } from './counterfactual.ts';
import type { ProposalJson, RoundJson, TallyJson } from './json-types.ts';
import { viewClosed } from './view.ts';

function ruleOf(rule: Json): Rule {
  const parsed = parseSettings({ rule });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  return parsed.settings.rule;
}

function closed(tally: readonly TallyJson[], more: Partial<RoundJson> = {}): RoundJson {
  const present = tally.reduce((sum, { agents }) => sum + agents.length, 0);
  return {
    group: 'g',
    round: 1,
    state: 'FAILED',
    reason: 'no-agreement',
    value: null,
    eligible: 3,
    present,
    options: null,
    equality: 'exact',
    missing: [],
    waived: [],
    openedAt: '2026-01-01T00:00:00.000Z',
    deadlineAt: null,
    deadlineSet: null,
    closedAt: '2026-01-01T00:00:01.000Z',
    tally,
    stats: null,
    explain: '',
    subjectHash: null,
    revision: 5,
    index: 5,
    ...more,
  };
}

const both: TallyJson[] = [
  { value: 1, weight: 2, agents: ['ann', 'bob'] },
  { value: 2, weight: 1, agents: ['cyd'] },
];
const all = ruleOf({ electorate: { size: 3 }, threshold: 'unanimous' });

describe('a recorded round under another rule', () => {
  test('ends as that rule says', () => {
    const other = ruleOf({ electorate: { size: 3 }, threshold: 'majority' });
    const judged = judgeAgain(closed(both), all, other);
    expect(judged).toEqual({ round: 1, state: 'SUCCESS', reason: 'agreed', value: 1 });
    expect(differs(closed(both), judged)).toBe(true);
    expect(differs(closed(both), judgeAgain(closed(both), all, all))).toBe(false);
  });

  test('has abstentions and the missing in it', () => {
    const names = { electorate: { agents: ['ann', 'bob', 'cyd', 'dan'] } };
    const round = closed(both.slice(0, 1), { present: 3, missing: ['dan'], eligible: 4 });
    const recorded = ruleOf(names);
    const state = (more: { [name: string]: Json }) =>
      judgeAgain(round, recorded, ruleOf({ ...names, ...more })).state;
    expect(state({})).toBe('FAILED');
    expect(state({ of: 'present' })).toBe('SUCCESS');
    expect(state({ of: 'cast', threshold: 'unanimous' })).toBe('SUCCESS');
    expect(state({ required: ['cyd'] })).toBe('FAILED');
    expect(state({ of: 'present', floor: 4 })).toBe('FAILED');
    expect(state({ weights: { ann: 5 } })).toBe('SUCCESS');
  });

  test('ends by its deadline as the other rule has it', () => {
    const late = closed(both, { reason: 'deadline' });
    const timed = (onDeadline: Json, more = {}) =>
      judgeAgain(late, all, ruleOf({ electorate: { size: 3 }, deadline: 1000, onDeadline, ...more }));
    expect(timed('fail')).toMatchObject({ state: 'FAILED', reason: 'deadline' });
    expect(timed('decide')).toMatchObject({ state: 'SUCCESS', value: 1 });
    expect(timed({ default: 9 })).toMatchObject({ state: 'SUCCESS', value: 9 });
  });

  test('is not guessed where the record does not tell', () => {
    const size = { electorate: { size: 3 } };
    const why = (round: RoundJson, recorded: Json, other: Json) =>
      judgeAgain(round, ruleOf(recorded), ruleOf(other)).reason;
    expect(why(closed(both, { reason: 'subject-changed' }), size, size)).toBe('not-judged');
    expect(why(closed(both), { ...size, reveal: 'never' }, size)).toBe('secret');
    expect(why(closed(both, { equality: 'text' }), size, size)).toBe('spellings');
    const words: TallyJson[] = [{ value: 'tea', weight: 1, agents: ['ann'] }];
    expect(why(closed(words), size, { ...size, equality: { tolerance: 1 } })).toBe('not-a-number');
    expect(why(closed(words), size, { ...size, equality: { field: '/a' } })).toBe('no-such-field');
    expect(why(closed(both, { equality: { set: true } }), size, size)).toBe('spellings');
    const byPart = closed(both, { equality: { field: '/a', by: 'exact' } });
    expect(why(byPart, size, { ...size, equality: { field: '/b' } })).toBe('spellings');
    expect(why(closed(both), size, { electorate: { agents: ['ann', 'bob'] } })).toBe('other-electors');
    expect(why(closed(both), size, { electorate: { size: 2 } })).toBe('other-electors');
    const split = both.map((one) => ({ ...one, agents: one.agents.slice(0, 1) }));
    expect(why(closed(split), size, { ...size, threshold: 1, tie: 'seeded' })).toBe('draw');
  });

  test('counts a value as the option of the other rule that it spells; one that is none is not judged [Q4.32]', () => {
    const rounds: TallyJson[] = [
      { value: 'Approve', weight: 1, agents: ['ann'] },
      { value: 'approve ', weight: 1, agents: ['bob'] },
      { value: false, weight: 1, agents: ['cyd'] },
    ];
    const names = { electorate: { agents: ['ann', 'bob', 'cyd'] } };
    const gate = { ...names, equality: 'text', options: ['approve', 'reject'], wins: ['approve'] };
    const judged = (other: Json) => judgeAgain(closed(rounds), ruleOf(names), ruleOf(other));
    expect(judged(gate)).toEqual({ round: 1, state: null, reason: 'not-an-option', value: null });
    expect(judged({ ...gate, options: ['approve', false] })).toMatchObject({ value: 'approve' });
    expect(judged({ ...gate, veto: ['cyd'] }), 'a right needs no option').toMatchObject({ reason: 'veto' });
    expect(judged({ ...gate, equality: 'exact' })).toMatchObject({ reason: 'not-an-option' });
    const spelt = [{ value: 'Approve', weight: 2, agents: ['ann', 'bob'] }];
    const recorded = ruleOf({ ...gate, options: ['Approve', 'reject'], wins: ['Approve'] });
    const options = recorded.options ?? null;
    const again = judgeAgain(closed(spelt, { options }), recorded, ruleOf(names));
    expect(again, 'options spell texts in one way').toMatchObject({ value: 'Approve' });
  });

  test('is judged by all its proposals where they are given, as its tally may not show all [Q4.25]', () => {
    const recorded = ruleOf({ electorate: { size: 300 }, threshold: 200, equality: 'text' });
    const cut: TallyJson[] = [{ value: 'A', weight: 150, agents: ['a0'], more: 149 }];
    const round = closed(cut, { eligible: 300, present: 300, moreValues: 1 });
    const other = ruleOf({ electorate: { size: 300 }, threshold: 100 });
    expect(judgeAgain(round, recorded, other)).toMatchObject({ state: null, reason: 'incomplete' });
    expect([closed(both), closed(both, { tally: null }), round].map(showsAll)).toEqual([true, true, false]);
    // A text that was spelt in two ways is shown in one, but an option has one spelling.
    const texts = closed(both, { equality: 'text' });
    expect([texts, { ...texts, options: [{ value: 1 }, { value: 2 }] }].map(showsAll)).toEqual([false, true]);
    const when = { time: null, index: null, token: false, changes: [] };
    const proposals = Array.from({ length: 300 }, (_, i): ProposalJson => {
      const agent = `a${i}`;
      if (i >= 290) return { agent, ...when, abstain: true };
      return { agent, ...when, value: i < 110 ? 'a' : i < 150 ? 'A' : i };
    });
    expect(judgeAgain(round, recorded, other, proposals)).toMatchObject({ state: 'SUCCESS', value: 'a' });
    const all = ruleOf({ electorate: { size: 300 }, threshold: 'two-thirds', of: 'cast' });
    expect(judgeAgain(round, recorded, all, proposals).state).toBe('FAILED');
  });

  test('has the electors that were live, whatever number of them the other rule would take', () => {
    const live = ruleOf({ electorate: { live: { min: 1, max: 3 } } });
    const round = closed(both.slice(0, 1), { missing: ['cyd'] });
    expect(judgeAgain(round, live, ruleOf({ electorate: { live: { min: 2, max: 9 } } })).state).toBe(
      'SUCCESS',
    );
    const whole = ruleOf({ electorate: { live: { min: 1, max: 3 } }, threshold: 'unanimous' });
    expect(judgeAgain(round, live, whole).state).toBe('FAILED');
    expect(judgeAgain(round, live, ruleOf({ electorate: { size: 3 } })).state).toBe('SUCCESS');
    expect(judgeAgain(closed(both), all, live), 'seats without names have no electors').toMatchObject({
      value: 1,
    });
  });

  test('keeps out those who were taken out of the electorate, where that can be known [Q4.27]', () => {
    const names = { electorate: { agents: ['ann', 'bob', 'cyd'] }, threshold: 'unanimous' };
    const round = closed(both.slice(0, 1), { missing: ['cyd'], eligible: 2 });
    const excluding = ruleOf({ ...names, absent: 'excluded' });
    expect(judgeAgain(round, excluding, excluding).state).toBe('SUCCESS');
    expect(judgeAgain(round, excluding, ruleOf(names)).state, 'the other rule takes nobody out').toBe(
      'FAILED',
    );
    expect(judgeAgain(round, ruleOf(names), excluding).state, 'the recorded one took nobody out').toBe(
      'FAILED',
    );
    const weighing = ruleOf({ ...names, absent: 'excluded', weights: { ann: 2 } });
    expect(judgeAgain(round, excluding, weighing).state, 'who was taken out has a weight').toBe('FAILED');
    const panel = ruleOf({
      electorate: { all: [{ role: 'two', agents: ['ann', 'bob', 'cyd'], threshold: 2 }] },
    });
    const mixed = { ...panel, absent: 'excluded' } as const;
    expect(judgeAgain(round, excluding, mixed).state).toBe('SUCCESS');
  });

  test('counts seats without names that abstained', () => {
    const round = closed(both.slice(0, 1), { present: 3 });
    const size = { electorate: { size: 3 } };
    expect(judgeAgain(round, all, ruleOf({ ...size, threshold: 'unanimous', of: 'cast' })).state).toBe(
      'SUCCESS',
    );
    expect(judgeAgain(round, all, ruleOf({ ...size, threshold: 'unanimous', of: 'present' })).state).toBe(
      'FAILED',
    );
  });

  test('is vetoed by a value that the other rule could not compare, where the agent has the right [Q4.32]', () => {
    const said: TallyJson[] = [
      { value: 1, weight: 2, agents: ['ann', 'bob'] },
      { value: 'veto', weight: 1, agents: ['cyd'] },
    ];
    const names = { electorate: { agents: ['ann', 'bob', 'cyd'] } };
    const near = { ...names, equality: { tolerance: 1 } };
    const judged = judgeAgain(closed(said), ruleOf(names), ruleOf({ ...near, veto: ['cyd'] }));
    expect(judged).toMatchObject({ state: 'FAILED', reason: 'veto' });
    expect(judgeAgain(closed(said), ruleOf(names), ruleOf(near)).reason).toBe('not-a-number');
  });

  test('differs by the equality that it had: another spelling of the decision is the same', () => {
    const round = closed(both, { state: 'SUCCESS', reason: 'agreed', value: 'Tea', equality: 'text' });
    const judged = { round: 1, state: 'SUCCESS', reason: 'agreed', value: ' tea' } as const;
    expect([round, { ...round, equality: 'exact' as const }].map((one) => differs(one, judged))).toEqual([
      false,
      true,
    ]);
  });

  test('differs from nothing where nobody can tell', () => {
    const judged = judgeAgain(closed(both, { reason: null }), all, all);
    expect(judged).toEqual({ round: 1, state: null, reason: 'not-judged', value: null });
    expect(differs(closed(both), judged)).toBe(false);
  });

  test('ends as it did under its own rule, whatever that was', () => {
    const first = seedOfRun();
    let judgedRounds = 0;
    for (let seed = first; seed < first + 30; seed += 1) {
      const entries = new RandomEntries(seed);
      const state = emptyState();
      for (let index = 1; index <= 150; index += 1) apply(state, entries.next(state), index);
      for (const group of state.groups.values()) {
        for (const outcome of group.closed.values()) {
          const round = viewClosed(group, outcome, state.index);
          const judged = judgeAgain(round, outcome.rule, outcome.rule);
          if (judged.state === null) continue;
          judgedRounds += 1;
          const again = `seed ${seed}; rerun: SEED=${seed} npx vitest run src/core/view/counterfactual.test.ts`;
          expect(differs(round, judged), `${again}\n${JSON.stringify([round, outcome.rule, judged])}`).toBe(
            false,
          );
        }
      }
    }
    expect(judgedRounds).toBeGreaterThan(100);
  });
});
