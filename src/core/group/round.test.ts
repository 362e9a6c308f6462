import { describe, expect, it } from 'vitest';
import { abc, said, TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Json, OutcomeReason } from '../types.ts';
import { viewRound } from '../view/view.ts';

describe('why a round ends [Q3.11]', () => {
  const reasons: Record<OutcomeReason, [string, () => TestGroup]> = {
    agreed: ['SUCCESS agreed 7', () => said({}, { a: 7, b: 7, c: 1 })],
    'no-agreement': ['FAILED no-agreement', () => said({}, { a: 1, b: 2, c: 3 })],
    tie: ['FAILED tie', () => said({ threshold: 1 }, { a: 1, b: 2, c: undefined })],
    veto: ['FAILED veto', () => said({ veto: ['c'] }, { a: 7, b: 7, c: false })],
    required: ['FAILED required', () => said({ required: ['c'] }, { a: 7, b: 7, c: 1 })],
    floor: [
      'FAILED floor',
      () => {
        const room = said({ floor: 2, threshold: 1 });
        for (const agent of ['b', 'c']) room.join(agent);
        for (const agent of ['b', 'c']) room.leave(agent);
        room.propose('a', 7);
        return room;
      },
    ],
    deadline: ['FAILED deadline', () => said({ deadline: '5s' }, { a: 7, b: 7 }).after(5000)],
    'last-call': ['SUCCESS last-call 7', () => said({ lastCall: '1s' }, { a: 7, b: 7 }).after(1000)],
    'closed-by-hand': [
      'SUCCESS closed-by-hand 7',
      () => {
        const room = said({}, { a: 7, b: 7 });
        room.close(1);
        return room;
      },
    ],
    'subject-changed': [
      'FAILED subject-changed',
      () => {
        const room = said({}, { a: 7, b: 7 });
        room.put({ rule: abc, subjectHash: 'other' });
        return room;
      },
    ],
    'rule-changed': [
      'FAILED rule-changed',
      () => {
        const room = new TestGroup({ preset: 'classroom' });
        room.propose(null, 7);
        room.put({ preset: 'classroom', rule: { electorate: { size: 5 }, threshold: 3 } }, { atOnce: true });
        return room;
      },
    ],
    'group-deleted': [
      'FAILED group-deleted',
      () => {
        const room = said({}, { a: 7, b: 7 });
        const { group } = room;
        room.remove();
        room.state.groups.set('g', group);
        return room;
      },
    ],
  };

  it.each(Object.keys(reasons) as OutcomeReason[])('%s', (reason) => {
    const [expected, play] = reasons[reason];
    expect(play().ending()).toBe(expected);
  });
});

describe('by its proposals', () => {
  it.each<[string, { [name: string]: Json }, { [agent: string]: Json | undefined }, string]>([
    ['waits for all [Q4.12]', {}, { a: 7, b: 7 }, 'WAITING'],
    [
      'succeeds as soon as nothing can change it [Q4.13]',
      { close: 'early' },
      { a: 7, b: 7 },
      'SUCCESS agreed 7',
    ],
    ['waits while it can', { close: 'early' }, { a: 7, b: 1 }, 'WAITING'],
    [
      'fails as soon as nothing can win [Q4.14]',
      { close: 'early', threshold: 'unanimous' },
      { a: 7, b: 1 },
      'FAILED no-agreement',
    ],
    ['fails early by a veto', { close: 'early', veto: ['a'] }, { a: false }, 'FAILED veto'],
    ['waits for who may veto [Q4.13]', { close: 'early', veto: ['c'] }, { a: 7, b: 7 }, 'WAITING'],
    ['waits for its floor [Q4.7]', { close: 'early', floor: 3 }, { a: 7, b: 7 }, 'WAITING'],
    [
      'fails early when a required agent abstains',
      { close: 'early', required: ['a'] },
      { a: undefined },
      'FAILED required',
    ],
    [
      'takes the heaviest of several that reach k [Q4.11]',
      { threshold: 1 },
      { a: 7, b: 7, c: 1 },
      'SUCCESS agreed 7',
    ],
    [
      'breaks a tie by the list [Q4.15]',
      { threshold: 1, tie: { priority: [3, 2] } },
      { a: 1, b: 2, c: 3 },
      'SUCCESS agreed 3',
    ],
    [
      'fails a tie the list says nothing of',
      { threshold: 1, tie: { priority: [9] } },
      { a: 1, b: 2, c: 3 },
      'FAILED tie',
    ],
    [
      'counts abstentions as present [Q3.10]',
      { of: 'present' },
      { a: 7, b: 7, c: undefined },
      'SUCCESS agreed 7',
    ],
    [
      'and not as cast [Q4.6]',
      { of: 'cast', threshold: 'unanimous' },
      { a: 7, b: 7, c: undefined },
      'SUCCESS agreed 7',
    ],
    [
      'nothing is enough of nothing [Q4.5]',
      { of: 'cast' },
      { a: undefined, b: undefined, c: undefined },
      'FAILED no-agreement',
    ],
    ['counts weight [Q4.8]', { weights: { a: 5 } }, { a: 1, b: 7, c: 7 }, 'SUCCESS agreed 1'],
    ['veto as a text [Q4.17]', { veto: ['a'] }, { a: 'veto', b: 7, c: 7 }, 'FAILED veto'],
    ['false is no veto from others [Q4.17]', { veto: ['a'] }, { a: 7, b: false, c: 7 }, 'SUCCESS agreed 7'],
    [
      'required agents stand behind it [Q4.16]',
      { required: ['a'] },
      { a: 7, b: 7, c: 1 },
      'SUCCESS agreed 7',
    ],
    [
      'text: the spelling said most [Q4.21]',
      { equality: 'text' },
      { a: 'X', b: 'x', c: ' X' },
      'SUCCESS agreed " X"',
    ],
    [
      'tolerance: the median said [Q4.22]',
      { equality: { tolerance: 1 } },
      { a: 1, b: 1.5, c: 1.9 },
      'SUCCESS agreed 1.5',
    ],
    [
      'tolerance: two windows apart are a tie [Q4.22]',
      { equality: { tolerance: 1 }, threshold: 1 },
      { a: 1, b: 5, c: 9 },
      'FAILED tie',
    ],
  ])('%s', (_, rule, proposals, expected) => {
    expect(said(rule, proposals).ending()).toBe(expected);
  });

  it.each([
    ['majority', 2],
    ['two-thirds', 2],
    ['unanimous', 3],
    [1, 1],
    [{ num: 2, den: 3, strict: true }, 3],
    [{ num: 2, den: 3, strict: false }, 2],
    [{ num: 0, den: 1, strict: true }, 1],
  ])('threshold %j of three needs %d [Q4.5]', (threshold, needed) => {
    const endings = [1, 2, 3].map((equal) => {
      const room = said({ threshold, tie: { priority: ['x'] } }, { a: 'x' });
      room.propose('b', equal > 1 ? 'x' : 'y');
      room.propose('c', equal > 2 ? 'x' : 'z');
      return room.outcome().state;
    });
    expect(endings.filter((state) => state === 'SUCCESS')).toHaveLength(4 - needed);
  });

  it('does not depend on the order of arrival [Q3.4] [Q4.9]', () => {
    const proposals = Object.entries({ a: 1, b: 2, c: 2, d: 1 });
    const orders = ['abcd', 'dcba', 'bdac', 'cadb'];
    const endings = orders.map((order) => {
      const room = new TestGroup({
        rule: { electorate: { size: 4 }, threshold: 2, tie: 'seeded', next: 'manual' },
      });
      for (const [agent, value] of proposals.sort(by(order))) room.propose(agent, value);
      return room.ending();
    });
    expect(new Set(endings).size, endings.join()).toBe(1);
    expect(endings[0]).toMatch(/^SUCCESS agreed [12]$/);
  });

  it('draws a tie by a seed that was fixed when it opened [Q4.15]', () => {
    const room = said({ threshold: 1, tie: 'seeded' });
    const seed = room.group.open?.seed;
    for (const agent of ['a', 'b', 'c']) room.propose(agent, agent);
    expect(room.outcome()).toMatchObject({ state: 'SUCCESS', seed });
  });

  it('a mixed electorate decides by its parts, and by the part after else if they cannot [Q4.4]', () => {
    const part = (role: string, agents: string[], threshold: Json) => ({ role, agents, threshold });
    const electorate = {
      all: [part('model', ['m1', 'm2', 'm3'], 2), part('ci', ['ci'], 1)],
      else: part('person', ['p'], 1),
    };
    const play = (proposals: { [agent: string]: Json }) =>
      said({ electorate, close: 'early' }, proposals).ending();
    expect(play({ m1: 'ok', m2: 'ok', ci: 'ok' })).toBe('SUCCESS agreed "ok"');
    expect(play({ m1: 'ok', m2: 'ok', ci: 'no' })).toBe('WAITING');
    expect(play({ m1: 'ok', m2: 'ok', ci: 'no', m3: 'ok', p: 'ok' })).toBe('SUCCESS agreed "ok"');
  });
});

describe('who may propose', () => {
  it('the first n distinct agents [Q3.9] [Q4.2]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 2 }, minWait: '1s', next: 'manual' } });
    expect(['x', 'y', 'z'].map((agent) => word(room.propose(agent, 1)))).toEqual([
      'proposed',
      'proposed',
      'round-full',
    ]);
    expect(room.after(1000).ending()).toBe('SUCCESS agreed 1');
  });

  it('those live when there are enough of them, frozen from then on [Q4.3] [Q5.7]', () => {
    const room = new TestGroup({
      rule: { electorate: { live: { min: 2, max: 2 } }, next: 'manual', deadline: '10s' },
    });
    room.join('watcher', { role: 'observer' });
    room.join('b');
    room.after(20_000);
    expect(room.ending(), 'no time runs while nobody may propose').toBe('WAITING');
    room.join('a');
    room.join('late');
    expect([...(room.group.open?.electors ?? [])]).toEqual(['b', 'a']);
    expect(word(room.propose('late', 1, { tokenHash: 't-late' }))).toBe('not-eligible');
    expect(room.after(10_000).ending()).toBe('FAILED deadline');
  });

  it('each once, unless it may change its mind [Q3.3] [Q4.24]', () => {
    const fixed = said({}, { a: 1 });
    expect(fixed.propose('a', 1)).toMatchObject({ did: 'repeated', round: 1 });
    expect(word(fixed.propose('a'))).toBe('already-proposed');
    const free = said({ revote: true }, { a: 1 });
    const words = [
      free.propose('a', 2, { seq: 1 }),
      free.propose('a', 3, { seq: 1 }),
      free.propose('a', 2),
      free.propose('a'),
    ];
    expect(words.map(word)).toEqual(['changed', 'stale-seq', 'repeated', 'stale-seq']);
    expect(free.propose('a', 3, { seq: 1 })).toMatchObject({ seq: 1 });
    free.propose('b', 2);
    free.propose('c', 2);
    expect(free.ending()).toBe('SUCCESS agreed 2');
  });

  it('late retries are recognised, new proposals are not carried over [Q3.2] [Q8.3]', () => {
    const room = said({}, { a: 1, b: 1, c: 1 });
    expect(room.propose('a', 1, { round: 1 })).toMatchObject({ did: 'repeated', round: 1 });
    expect(room.propose('a', 2, { round: 1 })).toMatchObject({ code: 'round-closed', round: 1 });
    room.openRound();
    expect(room.group.open?.proposals.size).toBe(0);
  });
});

describe('timers [Q4.18]', () => {
  it('minWait holds back a close and then looks at once [Q7.5]', () => {
    const room = said({ minWait: '2s' }, { a: 7, b: 7, c: 7 });
    expect(room.after(1999).ending()).toBe('WAITING');
    expect(room.after(1).ending()).toBe('SUCCESS agreed 7');
  });

  it('lastCall begins when the floor is met and not before minWait is over [Q7.6]', () => {
    const room = said({ lastCall: '1s', floor: 2 }, { a: 7 }).after(5000);
    room.propose('b', 7);
    expect(room.after(999).ending()).toBe('WAITING');
    expect(room.after(1).ending()).toBe('SUCCESS last-call 7');
    const held = said({ lastCall: '1s', minWait: '3s' }, { a: 7, b: 7 });
    expect(held.after(2999).ending()).toBe('WAITING');
    expect(held.after(1).ending()).toBe('SUCCESS last-call 7');
  });

  it.each<[string, Json, { [agent: string]: Json }, string]>([
    ['fail', 'fail', { a: 7, b: 7 }, 'FAILED deadline'],
    ['decide, enough', 'decide', { a: 7, b: 7 }, 'SUCCESS deadline 7'],
    ['decide, too few', 'decide', { a: 7 }, 'FAILED deadline'],
    ['decide, nobody', 'decide', {}, 'FAILED deadline'],
    ['default', { default: 'no' }, { a: 7 }, 'SUCCESS deadline "no"'],
    ['default, nobody', { default: 'no' }, {}, 'SUCCESS deadline "no"'],
  ])('deadline with %s [Q7.7] [Q7.8]', (_, onDeadline, proposals, expected) => {
    const room = said({ deadline: '5s', onDeadline }, proposals);
    expect(room.after(4999).ending()).toBe('WAITING');
    expect(room.after(1).ending()).toBe(expected);
  });

  // A veto makes success impossible, the default included.
  it('a default is not taken against a veto [Q7.8]', () => {
    const rule = { deadline: '5s', onDeadline: { default: 'no' }, veto: ['a'] };
    expect(said(rule, { a: false }).after(5000).outcome().state).toBe('FAILED');
  });

  it('a last call comes before a deadline of the same moment [Q7.7]', () => {
    const room = said({ lastCall: '5s', deadline: '5s' }, { a: 7, b: 7 });
    expect(room.after(5000).ending()).toBe('SUCCESS last-call 7');
  });

  it('fire before the command that finds them run out, and once [Q7.2] [Q7.3] [Q7.9]', () => {
    const room = new TestGroup({ rule: { ...abc, deadline: '5s', next: 'continuous' } });
    room.propose('a', 7);
    room.now += 5000;
    expect(room.propose('b', 7, { round: 1 })).toMatchObject({ code: 'round-closed' });
    expect(room.ending()).toBe('FAILED deadline');
    const { revision } = room.group;
    for (let i = 0; i < 3; i += 1) room.after(0);
    expect(room.group.revision).toBe(revision);
    expect(room.group.open?.openedAt, 'the next deadline is its own').toBe(room.now);
  });

  it('a lease runs out before a timer of the same moment [Q7.2]', () => {
    const room = said({ deadline: '1s' });
    room.join('c', { ttl: 1000 });
    room.propose('a', 7);
    room.propose('b', 7);
    expect(room.after(1000).ending()).toBe('SUCCESS agreed 7');
  });

  it('a tick looks at groups in order of name [Q7.3]', () => {
    const room = new TestGroup(null);
    for (const group of ['zz', 'aa', 'mm']) room.put({ rule: { deadline: '1s', next: 'manual' } }, { group });
    const from = room.events.length;
    room.after(1000);
    expect(room.events.slice(from).map(({ group }) => group)).toEqual(['aa', 'mm', 'zz']);
  });
});

describe('closing by hand [Q4.29]', () => {
  it.each<[Json, boolean, boolean]>([
    ['admin', false, false],
    ['agents', true, true],
    [['a'], true, false],
  ])('mayClose %j', (mayClose, a, b) => {
    for (const [agent, may] of Object.entries({ a, b })) {
      const room = new TestGroup({ rule: abc, mayClose });
      room.join(agent);
      expect(word(room.close(1, agent, `t-${agent}`))).toBe(may ? 'closed' : 'may-not-close');
      expect(word(room.close(1, agent, 'stolen'))).toBe('token-wrong');
    }
  });

  it('speaks of one round', () => {
    const room = said({});
    expect([room.close(2), room.close(1), room.close(1)].map(word)).toEqual([
      'round-not-open',
      'closed',
      'round-closed',
    ]);
    expect(room.ending()).toBe('FAILED closed-by-hand');
  });
});

function by(order: string): (a: readonly [string, unknown], b: readonly [string, unknown]) => number {
  return ([a], [b]) => order.indexOf(a) - order.indexOf(b);
}

describe('a veto [Q4.17]', () => {
  const rule = { electorate: { agents: ['a', 'b', 'c', 'd'] }, threshold: 'two-thirds', veto: ['b', 'd'] };
  const close = ['all', 'early'] as const;

  it.each(close)('is one in every spelling that counts as equal, with close %s [Q4.21]', (close) => {
    const room = said({ ...rule, equality: 'text', close, next: 'manual' }, { a: 'veto', c: 1, d: ' VETO' });
    if (close === 'all') room.propose('b', 'veto');
    expect(room.group.closed.get(1)).toMatchObject({ state: 'FAILED', reason: 'veto' });
    expect(viewRound(room.group, 1, 9)?.explain).toMatch(
      close === 'all' ? /^vetoed by b and d$/ : /^vetoed by d$/,
    );
  });

  it.each(close)(
    'is nothing but the two words where values compare exactly, with close %s [Q4.20]',
    (close) => {
      const room = said({ ...rule, close, next: 'manual' }, { a: 'Veto', b: 'Veto', c: 'Veto', d: 'Veto' });
      expect(room.group.closed.get(1)).toMatchObject({ state: 'SUCCESS', value: '"Veto"' });
    },
  );
});
