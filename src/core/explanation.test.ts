import { describe, expect, it } from 'vitest';
import { apply, emptyState } from './apply.ts';
import { explain, explainOutcome, explainRound } from './explanation.ts';
import { parseSettings } from './rules.ts';
import type { Group, Round } from './state.ts';
import type { Command, Json, Outcome } from './types.ts';

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
  apply(
    state,
    {
      version: 1,
      writer: 'w',
      serial: 1,
      server: 'w',
      time: 1000,
      reckoned: 0,
      alone: true,
      seed: 1,
      commands,
    },
    1,
  );
  return state.groups.get('g') as Group;
}

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
