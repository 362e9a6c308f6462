import { describe, expect, it } from 'vitest';
import { abc, said, TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Json } from '../types.ts';
import { holderOf } from './members.ts';

describe('the absent', () => {
  const gone = (rule: { [name: string]: Json }, proposals: { [agent: string]: Json }): TestGroup => {
    const room = said(rule);
    room.join('c', { ttl: 1000 });
    for (const [agent, value] of Object.entries(proposals)) room.propose(agent, value);
    return room.after(1000);
  };

  it('count against, by default, and are waited for no longer [Q4.27] [Q5.6]', () => {
    expect(gone({}, { a: 7, b: 7 }).ending()).toBe('SUCCESS agreed 7');
    expect(gone({ threshold: 'unanimous' }, { a: 7, b: 7 }).ending()).toBe('FAILED no-agreement');
    expect(gone({}, { a: 7 }).ending()).toBe('WAITING');
  });

  it('are taken out where the rule excludes them, but the floor holds [Q4.27]', () => {
    const excluded = { absent: 'excluded', threshold: 'unanimous' };
    expect(gone(excluded, { a: 7, b: 7 }).ending()).toBe('SUCCESS agreed 7');
    expect(gone({ ...excluded, floor: 3 }, { a: 7, b: 7 }).ending()).toBe('FAILED floor');
    expect(gone(excluded, { a: 7, b: 7 }).outcome().eligible).toBe(2);
    const closed = said(excluded, { a: 7 });
    closed.close(1);
    // Who is merely silent is not absent: one of three is not all.
    expect(closed.ending()).toBe('FAILED closed-by-hand');
  });

  it('end nothing while nobody has proposed [Q4.12]', () => {
    const room = said({});
    for (const agent of ['a', 'b', 'c']) room.join(agent, { ttl: 1000 });
    expect(room.after(5000).ending()).toBe('WAITING');
  });

  it('may come back, and their proposals stay when they go [Q5.6] [Q5.7]', () => {
    const room = gone({}, { a: 7 });
    room.join('c', { tokenHash: 'new' });
    room.propose('b', 1);
    expect(room.ending(), 'c is waited for again').toBe('WAITING');
    room.propose('c', 7, { tokenHash: 'new' });
    expect(room.ending()).toBe('SUCCESS agreed 7');
  });
});

describe('leases [Q5.1]', () => {
  it('last for their ttl and are renewed by renewing, proposing and joining again [Q5.9]', () => {
    const room = said({});
    const live = () => room.group.members.get('a')?.live;
    room.join('a', { ttl: 1000 });
    room.after(999);
    room.renew('a');
    room.after(999);
    room.propose('a', 1, { tokenHash: 't-a' });
    room.after(999);
    expect(word(room.join('a', { ttl: 1000 }))).toBe('rejoined');
    room.after(999);
    expect(live()).toBe(true);
    room.after(1);
    expect(live()).toBe(false);
    expect(word(room.renew('a'))).toBe('agent-not-found');
    expect(room.events.at(-1)).toMatchObject({ type: 'agent-expired', agent: 'a' });
  });

  // "Every call that the token authenticates renews the lease": a repeat is one.
  it('are renewed by a repeated proposal too', () => {
    const room = said({});
    room.join('a', { ttl: 1000 });
    room.propose('a', 1, { tokenHash: 't-a' });
    room.after(600);
    room.propose('a', 1, { tokenHash: 't-a' });
    expect(room.after(600).group.members.get('a')?.live).toBe(true);
  });

  it('protect a name while they last [Q5.2] [Q5.3]', () => {
    const room = said({});
    room.join('a', { ttl: 1000 });
    expect(word(room.propose('a', 1))).toBe('token-required');
    expect(word(room.propose('a', 1, { tokenHash: 'x' }))).toBe('token-wrong');
    expect(word(room.join('a', { tokenHash: 'x' }))).toBe('agent-taken');
    room.after(1000);
    expect(word(room.join('a', { tokenHash: 'x' }))).toBe('joined');
    room.leave('a', 'x');
    expect(word(room.propose('a', 1)), 'a name that is not live is free').toBe('proposed');
  });

  it('are needed where a group admits by key, observers do not propose [Q5.4] [Q5.5]', () => {
    const room = new TestGroup({ admission: 'key', rule: abc });
    expect(word(room.propose('a', 1))).toBe('token-required');
    expect(word(room.join('a'))).toBe('join-key-wrong');
    room.join('a', { joinKeyHash: 'key' });
    room.join('b', { joinKeyHash: 'key', role: 'observer' });
    expect(word(room.propose('a', 1, { tokenHash: 't-a' }))).toBe('proposed');
    expect(word(room.propose('b', 1, { tokenHash: 't-b' }))).toBe('not-a-voter');
  });

  it('missing, nobody can renew, leave or be removed [Q5.8]', () => {
    const room = said({});
    const words = [room.renew('a'), room.leave('a'), room.removeAgent('a')].map(word);
    expect(words).toEqual(Array.from({ length: 3 }, () => 'agent-not-found'));
  });
});

describe('a live electorate [Q4.3]', () => {
  const live = { electorate: { live: { min: 2, max: 10 } } };
  const electors = (room: TestGroup): string[] => [...(room.group.open?.electors ?? [])];
  const own = (room: TestGroup, agent: string) => word(room.propose(agent, 1, { tokenHash: `t-${agent}` }));

  it('counts nobody whose lease is over when it is frozen, whatever is gone through first [Q7.2]', () => {
    const room = new TestGroup({ rule: { ...live, next: 'continuous' } });
    room.join('c', { ttl: 2000 });
    for (const agent of ['a', 'b']) room.join(agent, { ttl: 5000 });
    own(room, 'a');
    // Round 1 was frozen with c and a. At the end of c's lease it closes; at the same moment of the log a and b are gone.
    room.now += 60_000;
    for (const agent of ['d', 'e']) room.join(agent);
    expect(room.outcome(1).closedAt).toBe(room.now);
    expect(electors(room)).toEqual(['d', 'e']);
    expect([own(room, 'd'), own(room, 'e')]).toEqual(['proposed', 'proposed']);
  });

  it('gathers again when all are gone and none has proposed', () => {
    const room = new TestGroup({ rule: { ...live, minWait: '1s', deadline: '1m' } });
    for (const agent of ['a', 'b']) room.join(agent, { ttl: 1000 });
    room.after(90_000);
    expect(room.group.open).toMatchObject({ number: 1, electors: null, eligible: 0, minWaitOver: false });
    room.join('c');
    expect(own(room, 'c')).toBe('electorate-incomplete');
    room.join('d');
    expect(electors(room)).toEqual(['c', 'd']);
    expect(room.group.open?.openedAt, 'and its timers start then').toBe(room.now);
    expect([own(room, 'c'), own(room, 'd')]).toEqual(['proposed', 'proposed']);
    expect(room.after(1000).ending()).toBe('SUCCESS agreed 1');
  });

  it('gathers at once those who are there when the last of it goes', () => {
    const room = new TestGroup({ rule: live });
    for (const agent of ['a', 'b', 'c', 'd']) room.join(agent);
    expect(electors(room)).toEqual(['a', 'b']);
    room.leave('a');
    expect(electors(room), 'one is left, and may propose').toEqual(['a', 'b']);
    room.leave('b');
    expect(electors(room)).toEqual(['c', 'd']);
  });

  it('is left by who comes back to watch, and kept by a proposal', () => {
    const room = new TestGroup({ rule: live });
    for (const agent of ['a', 'b', 'c', 'd']) room.join(agent);
    room.leave('a');
    room.leave('b');
    room.leave('c');
    room.join('e');
    room.join('c', { role: 'observer' });
    room.leave('d');
    expect(electors(room), 'e alone is not enough').toEqual([]);
    room.join('f');
    expect(electors(room)).toEqual(['e', 'f']);
    own(room, 'e');
    room.leave('f');
    expect(room.ending()).toBe('FAILED no-agreement');
  });
});

it('a seat in a named electorate is absent when its lease is over by the time of the opening [Q7.2]', () => {
  const rule = { electorate: { agents: ['a', 'b'] }, deadline: '1s', next: 'continuous' };
  const room = new TestGroup({ rule });
  room.join('b', { ttl: 2000 });
  room.now += 2000;
  room.propose('a', 1, { round: 2 });
  expect(room.ending(1), 'by its deadline, a second ago').toBe('FAILED deadline');
  expect(room.ending(2), 'nobody waits for b').toBe('FAILED no-agreement');
});

describe('the holder of a token [Q5.3]', () => {
  it('is found while it is live, by its own token and no earlier one', () => {
    const room = new TestGroup();
    const name = (token: string | null) => holderOf(room.group, token)?.agent ?? null;
    room.join('a', { ttl: 1000 });
    room.join('b');
    expect([name('t-a'), name('t-b'), name('t-c'), name(null), name('')]).toEqual([
      'a',
      'b',
      null,
      null,
      null,
    ]);
    room.after(1000);
    expect([name('t-a'), name('t-b')]).toEqual([null, 'b']);
    room.join('a', { tokenHash: 'new' });
    expect([name('t-a'), name('new')]).toEqual([null, 'a']);
    room.leave('b');
    expect(name('t-b')).toBeNull();
  });

  it('is found without looking at the others, however many there are', () => {
    const room = new TestGroup();
    const joins = Array.from({ length: limits.members }, (_, i): Command => {
      const lease = { role: 'voter', ttl: 1000 + i, joinKeyHash: null } as const;
      return { type: 'join', group: 'g', agent: `a${i}`, tokenHash: `t${i}`, ...lease };
    });
    room.send(...joins);
    // The first lease is over: a newcomer takes its place, and its token is forgotten with it.
    room.after(1000);
    const { group } = room;
    expect([group.members.size, group.holders.size]).toEqual([limits.members, limits.members]);
    const all: readonly (keyof Map<string, string>)[] = ['values', 'entries', 'keys', 'forEach'];
    for (const map of [group.members, group.holders])
      for (const way of [...all, Symbol.iterator] as const)
        Object.defineProperty(map, way, { value: () => expect.fail('all are looked at') });
    room.join('one-more');
    room.renew('a7', 't7');
    room.leave('a8', 't8');
    room.after(1);
    expect(group.members.has('a0'), 'the one whose lease ended first made room').toBe(false);
    expect(group.members.get('a1')?.live).toBe(false);
    expect([group.members.size, group.holders.size]).toEqual([limits.members, limits.members]);
    expect(holderOf(group, 't-one-more')?.agent).toBe('one-more');
    expect(holderOf(group, `t${limits.members - 1}`)?.agent).toBe(`a${limits.members - 1}`);
    expect(holderOf(group, 't0')).toBeNull();
    expect(holderOf(group, 'nobody')).toBeNull();
  });
});

it('a token that two agents had is still that of the second when the first comes with another [Q5.3]', () => {
  const room = said({});
  room.join('a', { tokenHash: 'both' });
  room.join('b', { tokenHash: 'both' });
  room.leave('a', 'both');
  room.join('a', { tokenHash: 'own' });
  expect(holderOf(room.group, 'both')?.agent).toBe('b');
  expect(holderOf(room.group, 'own')?.agent).toBe('a');
});

describe('a live electorate [Q4.3]', () => {
  it('the electors are those who have been there longest, whoever came first and came back', () => {
    const room = new TestGroup({ rule: { electorate: { live: { min: 3, max: 3 } } } });
    room.join('a');
    room.join('b');
    room.leave('a');
    room.now += 1;
    room.join('a');
    room.now += 1;
    room.join('c');
    expect([...(room.group.open?.electors ?? [])]).toEqual(['b', 'a', 'c']);
    room.join('d');
    expect(word(room.propose('d', 7, { tokenHash: 't-d' }))).toBe('not-eligible');
  });

  it('that gathers again takes no more than its most', () => {
    const room = new TestGroup({ rule: { electorate: { live: { min: 2, max: 2 } } } });
    for (const agent of ['a', 'b', 'c', 'd', 'e']) room.join(agent);
    room.leave('a');
    room.leave('b');
    expect([...(room.group.open?.electors ?? [])]).toEqual(['c', 'd']);
  });
});
