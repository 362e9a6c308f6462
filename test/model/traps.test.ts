import { describe, expect, it } from 'vitest';
import { addGroup, decodeGroup, encodeGroup } from '../../src/core/snapshot/group-record.ts';
import type { Json } from '../../src/core/types.ts';
import { said, TestGroup, word } from '../harness/test-group.ts';

/**
 * What is known to go wrong in the rules on options, waivers, deadlines and equality, as the protocol's text asks for it. The
 * simulator has a seeded bug for each.
 */

const minute = 60_000;
const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `a${i}`);

function room(
  rule: { readonly [name: string]: Json },
  more: { readonly [name: string]: Json } = {},
): TestGroup {
  return new TestGroup({ rule: { next: 'manual', ...rule }, ...more });
}

function proposing(one: TestGroup, values: readonly (Json | undefined)[]): string {
  for (const [i, value] of values.entries()) one.propose(`a${i}`, value);
  return one.ending();
}

describe('options and winners [Q4.33]', () => {
  const gate = {
    electorate: { agents: named(10) },
    options: ['approve', 'reject'],
    wins: ['approve'],
    threshold: 2,
    close: 'early',
  };

  it('two approvals of ten decide at once; nine rejections fail at once, eight do not', () => {
    expect(proposing(room(gate), ['approve', 'approve'])).toBe('SUCCESS agreed "approve"');
    expect(proposing(room(gate), Array<Json>(8).fill('reject'))).toBe('WAITING');
    expect(proposing(room(gate), Array<Json>(9).fill('reject'))).toBe('FAILED no-agreement');
    expect(proposing(room(gate), [...Array<Json>(8).fill('reject'), 'approve', 'approve'])).toBe(
      'SUCCESS agreed "approve"',
    );
  });

  const two = { ...gate, electorate: { agents: named(4) }, options: ['a', 'b', 'c'], wins: ['a', 'b'] };

  it('a winner without votes is a rival, whose tie is settled by its name', () => {
    expect(proposing(room({ ...two, tie: 'fail' }), ['a', 'a'])).toBe('WAITING');
    expect(proposing(room({ ...two, tie: { priority: ['a', 'b'] } }), ['a', 'a'])).toBe('SUCCESS agreed "a"');
    expect(proposing(room({ ...two, tie: { priority: ['b'] } }), ['a', 'a'])).toBe('WAITING');
  });

  it('a draw is known before the rival has a vote', () => {
    const drawn = new Set<string>();
    for (let seed = 0; seed < 12; seed += 1) {
      const [early, whole] = ['early', 'all'].map((close) => {
        const one = new TestGroup(null);
        one.now += seed;
        for (let i = 0; i < seed; i += 1) one.after(0);
        one.put({ rule: { next: 'manual', ...two, tie: 'seeded', close } });
        return one;
      }) as [TestGroup, TestGroup];
      const end = proposing(whole, ['a', 'a', 'b', 'b']);
      expect(whole.outcome().seed).toBe(early.group.open?.seed);
      expect(proposing(early, ['a', 'a'])).toBe(end === 'SUCCESS agreed "a"' ? end : 'WAITING');
      drawn.add(end);
    }
    expect(drawn.size).toBe(2);
  });
});

describe('waivers [Q4.37] [Q4.39]', () => {
  it('who is absent and waived is taken out once, and may not propose whatever its lease does', () => {
    const one = room({
      electorate: { agents: ['a', 'b', 'c', 'd'] },
      absent: 'excluded',
      threshold: 'unanimous',
    });
    for (const agent of ['a', 'b', 'c', 'd']) one.join(agent, { ttl: agent === 'c' ? 2000 : 10 * minute });
    one.leave('c');
    expect(word(one.waive('c'))).toBe('waived');
    const tried = (): string => word(one.propose('c', 1, { tokenHash: 't-c' }));
    expect(tried()).toBe('not-eligible');
    one.join('c', { ttl: 2000 });
    expect(tried()).toBe('not-eligible');
    one.after(3000);
    expect(tried()).toBe('not-eligible');
    for (const agent of ['a', 'b', 'd']) one.propose(agent, 1, { tokenHash: `t-${agent}` });
    expect(one.ending()).toBe('SUCCESS agreed 1');
    expect(one.outcome()).toMatchObject({ eligible: 3 });
  });

  it('who has proposed cannot be waived, in words that do not depend on what it said', () => {
    const answers = ['x', 'y', undefined].map((value) => {
      const one = said({ threshold: 'unanimous' }, { a: 'x', b: value });
      return JSON.stringify(one.waive('b'));
    });
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('already-proposed');
    const one = said({ threshold: 'unanimous' }, { a: 'x', b: 'y' });
    expect(word(one.waive('c'))).toBe('waived');
    expect(one.ending()).toBe('FAILED no-agreement');
  });
});

it('a deadline that was set stands, though the first proposal comes later and a checkpoint between [Q4.35] [Q4.36]', () => {
  const one = said({
    deadline: 2 * minute,
    deadlineFrom: 'first-proposal',
    onDeadline: 'decide',
    threshold: 1,
  });
  const at = one.start + 60 * minute;
  one.setDeadline({ at });
  one.now = at - 1000;
  one.propose('a', 7);
  const { group, state } = one;
  state.groups.delete('g');
  addGroup(state, decodeGroup(encodeGroup(group), state.interned));
  one.now = at - 1;
  expect(one.after(0).ending()).toBe('WAITING');
  expect(one.after(1).ending()).toBe('SUCCESS deadline 7');
  expect(one.outcome()).toMatchObject({ deadlineAt: at, deadlineSet: { times: 1 } });
  expect(one.after(2 * minute).ending(), 'what was due before does nothing').toBe('SUCCESS deadline 7');
});

it('other spellings of an option are that option, before the close and after [Q4.32]', () => {
  const one = said({ options: ['approve', 'reject'], equality: 'text', threshold: 2 });
  const key = { key: 'k' };
  expect(word(one.propose('a', 'Approve ', key))).toBe('proposed');
  expect(word(one.propose('a', 'approve'))).toBe('repeated');
  expect(word(one.propose('a', ' APPROVE', key))).toBe('repeated');
  expect(word(one.propose('a', 'reject', key))).toBe('key-reused');
  one.propose('b', 'APPROVE');
  one.propose('c', 'reject');
  expect(one.ending()).toBe('SUCCESS agreed "approve"');
  expect(word(one.propose('a', 'APPROVE', { round: 1 }))).toBe('repeated');
  expect([...one.outcome().proposals.values()].map(({ value }) => value)).toEqual([
    '"approve"',
    '"approve"',
    '"reject"',
  ]);
});

it('whose whole value is decided is open until nobody can change it; a veto needs no field [Q4.40] [Q4.17]', () => {
  const rule = { equality: { field: '/answer' }, threshold: 2, close: 'early', veto: ['c'] };
  const values = { a: { answer: 4, why: 'q' }, b: { answer: 4, why: 'p' } };
  const one = said({ ...rule, veto: [] }, values);
  expect(one.ending()).toBe('WAITING');
  one.close(1);
  expect(one.ending()).toBe('SUCCESS closed-by-hand {"answer":4,"why":"p"}');
  const vetoed = said(rule, values);
  expect(word(vetoed.propose('c', 'veto'))).toBe('proposed');
  expect(vetoed.ending()).toBe('FAILED veto');
  expect(word(said(rule).propose('a', 'veto'))).toBe('no-such-field');
});

it('means and medians are worked out of decimals, once the lower medians have settled the tie [Q4.41]', () => {
  const near = (decide: string, values: readonly Json[], tolerance = 1, tie: Json = 'fail'): string => {
    const electorate = { agents: named(values.length) };
    return proposing(room({ electorate, equality: { tolerance }, decide, tie, threshold: 2 }), values);
  };
  expect(near('mean', [1, 2, 10, 11], 1, { priority: [10] })).toBe('SUCCESS agreed 10.5');
  expect(near('mean', [0.1, 0.2, 0.3])).toBe('SUCCESS agreed 0.2');
  expect(near('median', [1, 1.0000000000000002])).toBe('SUCCESS agreed 1');
  expect(near('mean', [1e308, 1.7e308], 1e308)).toBe('SUCCESS agreed 1.35e+308');
});
