import { describe, expect, it } from 'vitest';
import { apply } from '../apply.ts';
import type { Command } from '../entry.ts';
import { emptyState, type Group, type Round, type State } from '../group/state.ts';
import { parseSettings } from '../rule/settings.ts';
import type { Json, Outcome } from '../types.ts';
import { explain, explainOutcome, explainRound } from './explain.ts';

/** A group under a rule after these proposals, in order. */
function groupAfter(rule: Json, proposals: readonly (readonly [string, Json])[]): Group {
  const parsed = parseSettings({ rule });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  const { settings } = parsed;
  const put: Command = {
    type: 'put-group',
    group: 'g',
    settings,
    ifRevision: null,
    joinKeyHash: null,
    observerKeyHash: null,
  };
  const commands: Command[] = [put];
  for (const [agent, value] of proposals) {
    const text = value === 'abstain' ? null : JSON.stringify(value);
    commands.push({
      type: 'propose',
      group: 'g',
      round: null,
      agent,
      value: text,
      seq: null,
      tokenHash: null,
      key: null,
    });
  }
  const state = emptyState();
  apply(state, { ...entry, commands }, 1);
  const group = state.groups.get('g') as Group;
  states.set(group, state);
  return group;
}

const writer = { version: 1, writer: 'w', serial: 1, server: 'w', alone: true };
const entry = { ...writer, time: 1000, reckoned: 0, seed: 1 };
const states = new WeakMap<Group, State>();

const gate = {
  electorate: { agents: ['a', 'b', 'c'] },
  threshold: 2,
  close: 'early',
  reveal: 'live',
  next: 'manual',
};

describe('explain, while a round is open [Q4.26]', () => {
  it('names who is missing, what is still possible, and whose proposal alone decides', () => {
    const group = groupAfter(gate, [['a', true]]);
    const told = explainRound(group, group.open as Round);
    expect(told.waitingFor).toEqual({ agents: ['b', 'c'], count: 2, until: null });
    expect(told.stillPossible).toEqual([{ value: true, weight: 1 }]);
    expect(told.pivotal).toEqual([
      { agent: 'b', by: [{ proposes: 'value', value: true, outcome: 'SUCCESS' }] },
      { agent: 'c', by: [{ proposes: 'value', value: true, outcome: 'SUCCESS' }] },
    ]);
  });

  it('knows that a holder of a veto is pivotal for the failure', () => {
    const group = groupAfter({ ...gate, veto: ['c'] }, [['a', true]]);
    const c = explainRound(group, group.open as Round).pivotal?.find(({ agent }) => agent === 'c');
    expect(c?.by).toContainEqual({ proposes: 'value', value: true, outcome: 'SUCCESS' });
    const vetoed = groupAfter({ ...gate, veto: ['c'] }, [
      ['a', true],
      ['b', false],
    ]);
    const endings = explainRound(vetoed, vetoed.open as Round).pivotal?.find(
      ({ agent }) => agent === 'c',
    )?.by;
    expect(endings).toContainEqual({ proposes: 'value', value: false, outcome: 'FAILED' });
  });

  it('leaves out a value that others would win against, whoever joins it', () => {
    const rule = { ...gate, electorate: { agents: ['a', 'b', 'c', 'd', 'e'] }, close: 'all', threshold: 1 };
    const group = groupAfter(rule, [
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['d', 2],
    ]);
    expect(explain(group, 1)?.stillPossible).toEqual([{ value: 1, weight: 3 }]);
  });

  it('takes no value for possible where a veto, a floor or somebody required leaves none', () => {
    const possible = (rule: { [name: string]: Json }, value: Json = 1) =>
      explain(groupAfter({ ...gate, close: 'all', ...rule }, [['a', value]]), 1)?.stillPossible;
    expect(possible({})).toEqual([{ value: 1, weight: 1 }]);
    expect(possible({ veto: ['a'] }, false)).toEqual([]);
    expect(possible({ required: ['a'] }, 'abstain')).toEqual([]);
    expect(possible({ required: ['a', 'b'] })).toEqual([{ value: 1, weight: 1 }]);
    expect(possible({ equality: { tolerance: 1 } })).toEqual([{ value: 1, weight: 1 }]);
    expect(possible({ equality: { tolerance: 1 }, required: ['a'] })).toEqual([{ value: 1, weight: 1 }]);
  });

  it('knows what is possible in a mixed electorate, before else and after it [Q4.4]', () => {
    const board = { role: 'board', agents: ['a', 'b'], threshold: 'unanimous' };
    const chair = { role: 'chair', agents: ['c'], threshold: 1 };
    const mixed = { electorate: { all: [board], else: chair }, reveal: 'live', close: 'early' };
    const possible = (proposals: readonly (readonly [string, Json])[]) =>
      explain(groupAfter(mixed, proposals), 1)?.stillPossible?.map(({ value }) => value);
    expect(possible([['a', 1]])).toEqual([1]);
    const split = groupAfter(mixed, [
      ['a', 1],
      ['b', 2],
    ]);
    expect(explain(split, 1)).toMatchObject({
      stillPossible: [
        { value: 1, weight: 1 },
        { value: 2, weight: 1 },
      ],
      pivotal: [
        { agent: 'c', by: [{ value: 1 }, { value: 2 }, { proposes: 'another' }, { proposes: 'abstain' }] },
      ],
    });
    const all = { ...mixed, electorate: { all: [board, chair] } };
    expect(explain(groupAfter(all, [['a', 1]]), 1)?.stillPossible).toEqual([{ value: 1, weight: 1 }]);
  });

  it('looks ahead before anybody has proposed', () => {
    const alone = { ...gate, electorate: { agents: ['a'] }, threshold: 1 };
    expect(explain(groupAfter(alone, []), 1)?.pivotal).toEqual([
      {
        agent: 'a',
        by: [
          { proposes: 'another', value: null, outcome: 'SUCCESS' },
          { proposes: 'abstain', value: null, outcome: 'FAILED' },
        ],
      },
    ]);
  });

  it('finds a value that nobody named, whatever they named', () => {
    const named = '"a value that nobody named"';
    const group = groupAfter({ ...gate, threshold: 'unanimous', electorate: { agents: ['a', 'b'] } }, [
      ['a', JSON.parse(named)],
    ]);
    expect(
      explain(group, 1)?.pivotal?.[0]?.by.map(({ proposes, outcome }) => `${proposes} ${outcome}`),
    ).toEqual(['value SUCCESS', 'another FAILED', 'abstain FAILED']);
  });

  it('looks ahead in a round of many as far as it is small enough', () => {
    const agents = Array.from({ length: 60 }, (_, i) => `a${i}`);
    const many = { ...gate, electorate: { agents } };
    expect(explain(groupAfter(many, [['a0', 1]]), 1)).toMatchObject({ stillPossible: null, pivotal: null });
  });

  it('leaves the count as it was [Q3.4]', () => {
    const group = groupAfter(
      { ...gate, electorate: { agents: ['a', 'b', 'c', 'd'] }, threshold: 3, weights: { a: 2 } },
      [
        ['a', 1],
        ['b', 2],
      ],
    );
    const before = JSON.stringify(explain(group, 1));
    expect(JSON.stringify(explain(group, 1))).toBe(before);
    expect(group.open?.tally?.present).toBe(2);
  });

  it('counts who is waited for where seats have no names, and until when', () => {
    const seats = { electorate: { size: 3 }, reveal: 'live', close: 'early', deadline: '1s' };
    const group = groupAfter(seats, [
      ['a', 7],
      ['b', 'abstain'],
    ]);
    expect(explain(group, 1)).toMatchObject({
      abstained: 1,
      waitingFor: { agents: [], count: 1, until: '1970-01-01T00:00:02.000Z' },
      stillPossible: [{ value: 7, weight: 1 }],
      pivotal: [],
    });
  });

  it('names no end of a wait that has not begun [Q4.3]', () => {
    const group = groupAfter({ electorate: { live: { min: 2 } }, deadline: '1s', reveal: 'live' }, []);
    expect(explain(group, 1)?.waitingFor).toEqual({ agents: [], count: 0, until: null });
  });

  it('tries no value that nobody named where values are numbers near each other', () => {
    const near = { ...gate, equality: { tolerance: 1 } };
    const group = groupAfter(near, [['a', 4]]);
    const endings = explain(group, 1)?.pivotal?.flatMap(({ by }) => by.map(({ proposes }) => proposes));
    expect(new Set(endings)).toEqual(new Set(['value']));
  });

  it('tells nothing of the hidden tally of a blind round', () => {
    const blind = { ...gate, reveal: 'close' };
    const one = groupAfter(blind, [['a', 'alpha']]);
    const other = groupAfter(blind, [['a', 'abstain']]);
    expect(explainRound(one, one.open as Round)).toEqual(explainRound(other, other.open as Round));
  });
});

describe('explain, once a round is closed [Q4.26]', () => {
  it('keeps the dissent', () => {
    const group = groupAfter(gate, [
      ['a', true],
      ['b', false],
      ['c', true],
    ]);
    const told = explainOutcome(group, group.closed.get(1) as Outcome);
    expect(told).toMatchObject({ state: 'SUCCESS', reason: 'agreed', present: 3 });
    expect(told.dissent).toEqual([{ value: false, weight: 1, agents: ['b'] }]);
  });

  it('shows the rule that the round has, also when the group has another since [Q3.14]', () => {
    const group = groupAfter({ ...gate, next: 'continuous' }, [
      ['a', true],
      ['b', true],
    ]);
    const parsed = parseSettings({ rule: { ...gate, threshold: 3 } });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
    const unconditional = { ifRevision: null, joinKeyHash: null, observerKeyHash: null };
    const put: Command = { type: 'put-group', group: 'g', settings: parsed.settings, ...unconditional };
    apply(states.get(group) as State, { ...entry, serial: 2, commands: [put] }, 2);
    expect(group.settings.rule.threshold).toBe(3);
    expect(explain(group, 1)?.rule).toMatchObject({ threshold: 2, decide: 'proposed' });
    expect(explain(group, 2)).toMatchObject({ state: 'WAITING', rule: { threshold: 2 } });
  });

  it('is null for a round that is not kept or not open yet [Q3.7]', () => {
    const group = groupAfter(gate, [
      ['a', true],
      ['b', true],
    ]);
    expect(explain(group, 1)?.state).toBe('SUCCESS');
    expect(explain(group, 2)).toBeNull();
  });

  it('takes every value for dissent when none was decided on', () => {
    const seats = { electorate: { size: 2 }, threshold: 2, next: 'manual' };
    const told = explain(
      groupAfter(seats, [
        ['a', 1],
        ['b', 2],
      ]),
      1,
    );
    expect(told).toMatchObject({ state: 'FAILED', waitingFor: { agents: [], count: 0 } });
    expect(told?.dissent?.map(({ value }) => value)).toEqual([1, 2]);
  });

  it('takes no number within the tolerance for dissent [Q4.22]', () => {
    const near = { ...gate, close: 'all', equality: { tolerance: 1 } };
    const group = groupAfter(near, [
      ['a', 4],
      ['b', 5],
      ['c', 9],
    ]);
    expect(explain(group, 1)?.dissent).toEqual([{ value: 9, weight: 1, agents: ['c'] }]);
  });

  it('takes a number outside the winning window for dissent, however near the decision it lies [Q4.22]', () => {
    const near = { ...gate, close: 'all', equality: { tolerance: 2 } };
    const group = groupAfter({ ...near, electorate: { agents: ['a', 'b', 'c', 'd'] } }, [
      ['a', 4],
      ['b', 5],
      ['c', 6],
      ['d', 7],
    ]);
    expect(group.closed.get(1)?.value).toBe('5');
    expect(explain(group, 1)?.dissent).toEqual([{ value: 7, weight: 1, agents: ['d'] }]);
  });

  it('takes no value with the deciding part for dissent, and of numbers none in the window that won [Q4.40]', () => {
    const dissentOf = (rule: { [name: string]: Json }, ...values: Json[]): Json[] | undefined => {
      const names = ['a', 'b', 'c', 'd'].slice(0, values.length);
      const electorate = rule.electorate ?? { agents: names };
      const all = { ...gate, electorate, threshold: 2, close: 'all', ...rule };
      if (rule.electorate !== undefined) delete (all as { threshold?: number }).threshold;
      const group = groupAfter(
        all,
        values.map((value, i) => [names[i] as string, value]),
      );
      expect(group.closed.get(1)?.state).toBe('SUCCESS');
      return explain(group, 1)?.dissent?.map(({ value }) => value);
    };
    expect(dissentOf({ equality: { set: true } }, [1, 2], [2, 1], [3])).toEqual([[3]]);
    expect(dissentOf({ equality: { field: '/n' } }, { n: 1 }, { n: 1, w: 2 }, { n: 2 })).toEqual([{ n: 2 }]);
    const near = { field: '/n', by: { tolerance: 1 } };
    expect(dissentOf({ equality: near }, { n: 1 }, { n: 2, w: 2 }, { n: 4 })).toEqual([{ n: 4 }]);
    const share = { relative: { num: 1, den: 10 } };
    expect(dissentOf({ equality: share }, 90, 100, 110)).toEqual([110]);
    const listed = { equality: { tolerance: 1 }, decide: 'mean', tie: { priority: [10] } };
    expect(dissentOf(listed, 1, 2, 10, 11)).toEqual([1, 2]);
    const two = (agents: string[]) => ({ role: agents.join('-'), agents, threshold: 2 });
    const electorate = { all: [two(['a', 'b'])], else: two(['c', 'd']) };
    expect(dissentOf({ electorate, equality: { tolerance: 1 } }, 1, 5.75, 5.5, 6)).toEqual([1]);
  });

  it('takes every value for dissent where a default was taken that nobody could propose', () => {
    const rule = { ...gate, equality: { field: '/n' }, deadline: 1, onDeadline: { default: 'none' } };
    const group = groupAfter(rule, [['a', { n: 1 }]]);
    apply(states.get(group) as State, { ...entry, time: 2000, commands: [{ type: 'tick' }] }, 2);
    expect(explain(group, 1)).toMatchObject({ state: 'SUCCESS', dissent: [{ value: { n: 1 } }] });
  });

  it('takes every number but the default itself for dissent where the default was taken [Q7.8]', () => {
    const near = {
      ...gate,
      equality: { tolerance: 2 },
      deadline: 1,
      onDeadline: { default: 5 },
      veto: ['c'],
    };
    const group = groupAfter(near, [
      ['a', 4],
      ['b', 5],
    ]);
    apply(states.get(group) as State, { ...entry, time: 2000, commands: [{ type: 'tick' }] }, 2);
    expect(explain(group, 1)).toMatchObject({ state: 'SUCCESS', reason: 'deadline' });
    expect(explain(group, 1)?.dissent).toEqual([{ value: 4, weight: 1, agents: ['a'] }]);
  });

  it('shows the seed of a closed round, with a draw or without, and of no open one [Q4.15] [Q9.14]', () => {
    const plain = groupAfter({ electorate: { size: 2 }, next: 'continuous' }, [
      ['a', 1],
      ['b', 1],
    ]);
    const { seed: kept } = plain.closed.get(1) as Outcome;
    expect(explain(plain, 1)?.seed).toBe(kept);
    expect(explain(plain, 2)).toMatchObject({ state: 'WAITING', seed: null });
    const drawn = { electorate: { size: 2 }, threshold: 1, tie: 'seeded', next: 'manual' };
    const group = groupAfter(drawn, [
      ['a', 1],
      ['b', 2],
    ]);
    const seed = group.closed.get(1)?.seed;
    expect(explain(group, 1)?.seed).toBe(seed);
    expect(explain(group, 1)?.sentence).toContain(`a draw with seed ${seed} chose this one`);
  });

  it('names nobody and no value where the rule never reveals them', () => {
    const group = groupAfter({ ...gate, reveal: 'never' }, [
      ['a', 'secret-1'],
      ['b', 'secret-2'],
      ['c', 'secret-3'],
    ]);
    const told = JSON.stringify(explainOutcome(group, group.closed.get(1) as Outcome));
    expect(told).not.toContain('secret');
  });
});
