import { describe, expect, it } from 'vitest';
import { abc, said, settingsOf, TestGroup, word } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../result.ts';
import { addGroup, decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import type { Json } from '../types.ts';
import { judgeAgain } from '../view/counterfactual.ts';
import { explain } from '../view/explain.ts';
import type { RoundJson } from '../view/json-types.ts';
import { openAsNow, viewRound } from '../view/view.ts';
import type { Round } from './state.ts';

type Body = { readonly [name: string]: Json };

const named = (...agents: string[]): Body => ({ electorate: { agents }, next: 'manual' });

/** `2 of a,b`: how many may propose, and who is missing. */
function standing(room: TestGroup, round = 1): string {
  const { eligible, missing } = viewRound(room.group, round, 1) ?? {};
  return `${eligible} of ${missing}`;
}

function restore(room: TestGroup): void {
  const { group, state } = room;
  state.groups.delete('g');
  addGroup(state, decodeGroup(encodeGroup(group), state.interned));
}

describe('a waiver [Q4.37]', () => {
  it('takes an elector out of the round: n shrinks, and nobody waits for it [Q4.12]', () => {
    const room = said({}, { a: 7 });
    expect(standing(room)).toBe('3 of b,c');
    expect(word(room.waive('c'))).toBe('waived');
    expect(standing(room)).toBe('2 of b');
    room.propose('b', 7);
    expect(room.ending()).toBe('SUCCESS agreed 7');
    expect(standing(room), 'and never was').toBe('2 of ');
  });

  it('is an event of who is waived, one step of the revision, and stands in round and outcome [Q1.6]', () => {
    const room = said({}, { a: 7 });
    const { revision } = room.group;
    room.waive('c', { reason: 'on holiday' });
    expect(room.group.revision).toBe(revision + 1);
    expect(room.events.at(-1)).toMatchObject({ type: 'waived', round: 1, agent: 'c' });
    const waived = [{ agent: 'c', by: null, reason: 'on holiday', time: new Date(room.now).toISOString() }];
    expect(viewRound(room.group, 1, 1)?.waived).toEqual(waived);
    expect(viewRound(room.group, 1, 1)?.explain).toBe(
      'waiting for b; more than half equal of 2 decide; c is waived',
    );
    room.propose('b', 7);
    expect(viewRound(room.group, 1, 1)?.waived).toEqual(waived);
    expect(viewRound(room.group, 1, 1)?.explain).toMatch(/^2 of 2 proposed the same value; .*; c is waived$/);
  });

  it('is for that round: it proposes there no more, whatever its lease does, and in the next again', () => {
    const room = said({ next: 'continuous', absent: 'excluded' }, { a: 7 });
    room.join('c', { ttl: 1000 });
    room.leave('c');
    expect(standing(room), 'absent').toBe('2 of b,c');
    room.waive('c', { reason: 'has left the house' });
    const refused = (): void => {
      const answer = room.propose('c', 7, { tokenHash: 't-c' }) as Refusal;
      expect(answer).toMatchObject({
        code: 'not-eligible',
        detail: 'agent c has been waived in round 1: has left the house',
      });
      expect(standing(room), 'n fell by one, once').toBe('2 of b');
      restore(room);
    };
    refused();
    room.join('c', { ttl: 1000 });
    refused();
    room.after(1000);
    refused();
    room.join('c', { role: 'observer', ttl: 1000 });
    expect(standing(room)).toBe('2 of b');
    room.leave('c');
    room.propose('b', 7);
    expect(room.ending()).toBe('SUCCESS agreed 7');
    expect(room.outcome()).toMatchObject({ eligible: 2 });
    expect(room.outcome().verdict.eligibleWeight).toBe(2);
    expect(standing(room, 2)).toBe('2 of a,b,c');
    expect(word(room.propose('c', 1))).toBe('proposed');
  });

  it('takes its weight out as well', () => {
    const room = said({ weights: { c: 5 }, close: 'early' }, { a: 7 });
    expect(room.ending()).toBe('WAITING');
    room.waive('c');
    expect(viewRound(room.group, 1, 1)?.explain).toContain('more than half equal of the weight of 2');
    room.propose('b', 7);
    expect(room.ending()).toBe('SUCCESS agreed 7');
    expect(room.outcome().verdict.eligibleWeight).toBe(2);
  });

  it('again is the same, with the reason of then, and also after the close', () => {
    const room = said({}, { a: 7 });
    room.waive('c', { reason: 'first' });
    const { revision } = room.group;
    expect(word(room.waive('c', { reason: 'second' }))).toBe('waived-before');
    room.propose('b', 7);
    expect(word(room.waive('c', { reason: 'third', round: 1 }))).toBe('waived-before');
    expect(word(room.waive('b', { round: 1 }))).toBe('round-closed');
    expect(word(room.waive('c', { round: 2 }))).toBe('round-not-open');
    expect(room.group.revision).toBe(revision + 2);
    expect(viewRound(room.group, 1, 1)?.waived).toMatchObject([{ reason: 'first' }]);
  });

  it('may complete the round, or decide it, in its entry [Q4.39]', () => {
    const complete = said({}, { a: 7, b: 7 });
    complete.waive('c');
    expect(complete.ending()).toBe('SUCCESS agreed 7');
    const early = said({ ...named('a', 'b', 'c', 'd', 'e'), close: 'early' }, { a: 7, b: 7 });
    early.waive('c');
    expect(early.ending()).toBe('WAITING');
    early.waive('d');
    expect(early.ending(), '2 of 3').toBe('SUCCESS agreed 7');
    const none = said({ threshold: 1 });
    none.waive('c');
    none.waive('b');
    expect(none.ending(), 'nobody has proposed').toBe('WAITING');
    expect(viewRound(none.group, 1, 1)?.explain).toContain('; c and b are waived');
  });

  it('ends nothing before the minimum wait is over', () => {
    const room = said({ minWait: '5s' }, { a: 7, b: 7 });
    room.waive('c');
    expect(room.ending()).toBe('WAITING');
    expect(room.after(5000).ending()).toBe('SUCCESS agreed 7');
  });

  it('leaves numbers in threshold and floor as they are, also for a close by hand', () => {
    const room = said({ ...named('a', 'b', 'c', 'd'), threshold: 2, floor: 3 }, { a: 7, b: 7 });
    room.waive('d');
    room.close(1);
    expect(room.ending()).toBe('FAILED closed-by-hand');
    expect(room.outcome().verdict).toMatchObject({ failed: 'floor', eligibleWeight: 3 });
  });

  it('names who waived, in the round of many electors too', () => {
    const agents = Array.from({ length: 50 }, (_, i) => `a${i}`);
    const room = said({ ...named(...agents), reveal: 'live' });
    room.waive('a7');
    room.propose('a0', 1);
    expect(explain(room.group, 1)?.waitingFor.count).toBe(48);
    expect(explain(room.group, 1)?.waitingFor.agents).not.toContain('a7');
    expect(explain(room.group, 1)?.pivotal).toBeNull();
  });
});

it('a waiver ends with its round, and is no secret of a blind one', () => {
  const room = said({ reveal: 'never' }, { a: 7 });
  room.waive('c');
  expect(viewRound(room.group, 1, 1)).toMatchObject({ tally: null, waived: [{ agent: 'c' }] });
  room.put({ rule: abc, subjectHash: 'other' });
  expect(viewRound(room.group, 1, 1)).toMatchObject({ reason: 'subject-changed', waived: [{ agent: 'c' }] });
  expect(viewRound(room.group, 2, 1)).toMatchObject({ waived: [], missing: ['a', 'b', 'c'] });
});

it('of a waived elector nothing is still possible and nothing depends on it', () => {
  const room = said({ ...named('a', 'b', 'c', 'd'), close: 'early', reveal: 'live' }, { a: 7 });
  expect(explain(room.group, 1)?.pivotal, 'two more are needed').toEqual([]);
  room.waive('d');
  expect(explain(room.group, 1)).toMatchObject({
    eligible: 3,
    waitingFor: { agents: ['b', 'c'], count: 2 },
    stillPossible: [{ value: 7, weight: 1 }],
  });
  expect(explain(room.group, 1)?.pivotal?.map(({ agent }) => agent)).toEqual(['b', 'c']);
});

it('replay judges without the waived, by the tally and by the list of proposals [Q4.37]', () => {
  const { rule } = settingsOf({ rule: { ...abc, threshold: 'unanimous' } });
  const room = said({ threshold: 'unanimous' }, { a: 7, b: 7 });
  room.waive('c');
  const round = viewRound(room.group, 1, 1) as RoundJson;
  expect(judgeAgain(round, rule, rule)).toMatchObject({ state: 'SUCCESS', value: 7 });
  const alone = settingsOf({ rule: { ...abc, threshold: 3 } }).rule;
  expect(judgeAgain(round, rule, alone)).toMatchObject({ state: 'FAILED', reason: 'no-agreement' });
  const mixed = settingsOf({
    rule: { electorate: { all: [{ role: 'r', agents: ['a', 'b', 'c'], threshold: 'unanimous' }] } },
  }).rule;
  expect(judgeAgain(round, rule, mixed)).toMatchObject({ state: 'SUCCESS', value: 7 });
});

describe('who may waive [Q4.38]', () => {
  const room = (): TestGroup => {
    const made = new TestGroup({ rule: abc, mayWaive: ['a'], mayClose: 'agents' });
    for (const agent of ['a', 'b']) made.join(agent);
    return made;
  };

  it('is whoever manages the group, and whom mayWaive names', () => {
    expect(word(room().waive('c'))).toBe('waived');
    const one = room();
    restore(one);
    expect(one.group.settings).toMatchObject({ mayWaive: ['a'] });
    expect(word(one.waive('c', { by: 'a', tokenHash: 't-a' }))).toBe('waived');
    expect(viewRound(one.group, 1, 1)?.waived).toMatchObject([{ agent: 'c', by: 'a' }]);
    expect(one.events.at(-1)).toMatchObject({ agent: 'c' });
  });

  it('is nobody else, whatever mayClose says', () => {
    expect(word(room().waive('c', { by: 'b', tokenHash: 't-b' }))).toBe('may-not-waive');
    expect(word(room().waive('c', { by: 'a', tokenHash: null }))).toBe('token-required');
    const plain = new TestGroup({ rule: abc });
    plain.join('a');
    expect(word(plain.waive('c', { by: 'a', tokenHash: 't-a' }))).toBe('may-not-waive');
  });
});

describe('who cannot be waived [Q4.39]', () => {
  const no = (rule: Body, agent: string, ...before: string[]): string => {
    const room = said(rule);
    for (const other of before) expect(word(room.waive(other)), other).toBe('waived');
    const { revision } = room.group;
    const answer = word(room.waive(agent));
    if (answer !== 'waived') expect(room.group.revision).toBe(revision);
    return answer;
  };

  it.each<[string, Body, string, string[], string]>([
    ['a stranger', {}, 'z', [], 'not-eligible'],
    ['a seat', { electorate: { size: 3 } }, 'a', [], 'cannot-be-waived'],
    ['a required agent', { required: ['a'] }, 'a', [], 'cannot-be-waived'],
    ['another than that', { required: ['a'] }, 'b', [], 'waived'],
    ['a holder of a veto may', { veto: ['a'] }, 'a', [], 'waived'],
    ['the last', {}, 'a', ['b', 'c'], 'cannot-be-waived'],
    ['below the floor', { floor: 2 }, 'b', ['c'], 'cannot-be-waived'],
    ['down to the floor', { floor: 2 }, 'c', [], 'waived'],
    ['below a number', { threshold: 2 }, 'b', ['c'], 'cannot-be-waived'],
    ['unanimous of who are left', { threshold: 'unanimous' }, 'b', ['c'], 'waived'],
    ['below a number of weight', { threshold: 4, weights: { c: 3 } }, 'c', [], 'cannot-be-waived'],
    ['above a number of weight', { threshold: 4, weights: { c: 3 } }, 'a', [], 'waived'],
  ])('%s', (_what, rule, agent, before, expected) => {
    expect(no(rule, agent, ...before)).toBe(expected);
  });

  it('who has proposed: the same bytes whatever it said, and then the rest completes the round', () => {
    const answers = [7, 8, undefined].map((value) => {
      const room = said({ threshold: 'unanimous' }, { a: 7, b: value });
      const answer = room.waive('b');
      expect(room.ending()).toBe('WAITING');
      return JSON.stringify([answer, viewRound(room.group, 1, 1), explain(room.group, 1)]);
    });
    expect(answers[0]).toContain('already-proposed');
    expect(new Set(answers).size).toBe(1);
    const room = said({ threshold: 'unanimous' }, { a: 7, b: 8 });
    room.waive('c');
    expect(room.ending()).toBe('FAILED no-agreement');
  });

  it('who has proposed stays so where votes may change, and where it abstained', () => {
    const room = said({ revote: true }, { a: 7, b: undefined });
    room.propose('a', 8, { seq: 1 });
    for (const agent of ['a', 'b']) expect(word(room.waive(agent))).toBe('already-proposed');
    expect(word(room.waive('c'))).toBe('waived');
  });

  it('more electors of one round than its views can show [Q1.9]', () => {
    const agents = Array.from({ length: limits.waivers + 3 }, (_, i) => `a${i}`);
    const room = said({ ...named(...agents), threshold: 1 });
    const waive = (agent: string) =>
      ({ type: 'waive', group: 'g', round: 1, agent, reason: 'x', by: null, tokenHash: null }) as const;
    const results = room.send(...agents.slice(0, limits.waivers).map(waive));
    expect(new Set(results.map(word))).toEqual(new Set(['waived']));
    expect(word(room.waive('a1001'))).toBe('limit-reached');
    expect(word(room.waive('a1'))).toBe('waived-before');
    room.close(1);
    expect(room.group.kept).toBe(limits.waivers);
  });
});

describe('in a mixed electorate', () => {
  const board = { role: 'board', agents: ['a', 'b', 'c'], threshold: 'majority' };
  const staff = { role: 'staff', agents: ['c', 'd'], threshold: 'majority' };
  const all: Body = { electorate: { all: [board, staff] }, next: 'manual' };

  it('who is waived is out of each of its panels', () => {
    const room = said({ ...all, close: 'early' }, { a: 7, d: 7 });
    expect(room.ending()).toBe('WAITING');
    room.waive('c');
    expect(room.ending(), 'one of two is no majority of the board').toBe('WAITING');
    restore(room);
    room.propose('b', 7);
    expect(room.ending()).toBe('SUCCESS agreed 7');
    expect(room.outcome().eligible).toBe(3);
  });

  it('a panel without agents is never enough', () => {
    const room = said(all);
    expect(word(room.waive('d'))).toBe('waived');
    expect(word(room.waive('c'))).toBe('cannot-be-waived');
    const any = said({ electorate: { any: [board, staff] }, next: 'manual' });
    for (const agent of ['c', 'd']) expect(word(any.waive(agent))).toBe('waived');
    any.propose('a', 7);
    any.propose('b', 7);
    expect(any.ending()).toBe('SUCCESS agreed 7');
  });

  it('a number of a panel stays, and what comes after else may be what is left', () => {
    const two = { ...board, agents: ['a', 'b'], threshold: 2 };
    const judge = { role: 'judge', agents: ['z'], threshold: 1 };
    expect(word(said({ electorate: { all: [two] }, next: 'manual' }).waive('a'))).toBe('cannot-be-waived');
    const room = said({ electorate: { all: [two], else: judge }, next: 'manual' });
    expect(word(room.waive('a'))).toBe('waived');
    expect(word(room.waive('z'))).toBe('cannot-be-waived');
    expect(standing(room)).toBe('2 of b,z');
    room.propose('z', 7);
    expect(standing(room), 'before else nobody can win').toBe('2 of b');
    room.propose('b', 1);
    expect(room.ending()).toBe('SUCCESS agreed 7');
  });

  it('present and cast count who is left', () => {
    const of = (whom: string): Body => ({
      electorate: { all: [{ role: 'board', agents: ['a', 'b', 'c', 'd'], threshold: 'majority' }] },
      of: whom,
      next: 'manual',
    });
    for (const whom of ['present', 'cast']) {
      const room = said(of(whom), { a: 7, b: 8 });
      room.waive('d');
      room.propose('c', 7);
      expect(room.ending(), whom).toBe('SUCCESS agreed 7');
    }
  });
});

describe('a holder of a veto', () => {
  it('that is waived is waited for no longer', () => {
    const room = said({ veto: ['c'], close: 'early', weights: { c: 2 }, threshold: 2 }, { a: 7, b: 7 });
    expect(room.ending()).toBe('WAITING');
    room.waive('c');
    expect(room.ending()).toBe('SUCCESS agreed 7');
  });

  it('that is waived before anybody came is not waited for either', () => {
    const room = said({ veto: ['c'], close: 'early' });
    room.waive('c');
    room.propose('a', 7);
    room.propose('b', 7);
    expect(room.ending()).toBe('SUCCESS agreed 7');
  });
});

describe('in a live electorate', () => {
  const live: Body = { electorate: { live: { min: 2, max: 9 } }, next: 'manual' };

  it('nobody is waived while it gathers', () => {
    const room = new TestGroup({ rule: live });
    room.join('a');
    expect(word(room.waive('a'))).toBe('electorate-incomplete');
  });

  it('that gathers again the waived do not count towards its least number either [Q4.39]', () => {
    const room = new TestGroup({ rule: { ...live, electorate: { live: { min: 2, max: 2 } } } });
    for (const agent of ['a', 'b', 'c']) room.join(agent);
    room.waive('a');
    room.leave('b');
    // Live are a and c, of whom one may propose.
    expect(word(room.propose('c', 7, { tokenHash: 't-c' }))).toBe('electorate-incomplete');
    room.join('d');
    expect(word(room.propose('c', 7, { tokenHash: 't-c' }))).toBe('proposed');
  });

  it('that gathers again the waived are passed over', () => {
    const room = new TestGroup({ rule: { ...live, threshold: 1 } });
    for (const agent of ['a', 'b']) room.join(agent);
    room.leave('a');
    expect(word(room.waive('b'))).toBe('waived');
    expect(room.group.open?.electors, 'all who are left are gone').toBeNull();
    expect(word(room.waive('b')), 'a repeat').toBe('waived-before');
    expect(word(room.propose('b', 7, { tokenHash: 't-b' }))).toBe('not-eligible');
    room.join('a');
    expect(room.group.open?.electors, 'only one who may').toBeNull();
    room.join('c');
    expect(standing(room)).toBe('2 of a,c');
    restore(room);
    room.propose('a', 7, { tokenHash: 't-a' });
    room.propose('c', 7, { tokenHash: 't-c' });
    expect(room.ending()).toBe('SUCCESS agreed 7');
    expect(viewRound(room.group, 1, 1)?.waived).toMatchObject([{ agent: 'b' }]);
  });

  it('without its required agent nothing could win', () => {
    const room = new TestGroup({ rule: { ...live, required: ['z'] } });
    for (const agent of ['a', 'b']) room.join(agent);
    expect(word(room.waive('b'))).toBe('cannot-be-waived');
  });
});

it('what an open round showed is not changed by a later waiver', () => {
  const room = said({}, { a: 7 });
  const shown = openAsNow(room.group, room.group.open as Round, 1);
  room.waive('c');
  expect(shown()).toMatchObject({ eligible: 3, missing: ['b', 'c'], waived: [] });
});
