import { describe, expect, it } from 'vitest';
import { TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Json } from '../types.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };

describe('idempotency keys', () => {
  it('belong to the agent that sent them [Q3.6]', () => {
    const room = new TestGroup(three);
    room.propose('a', 1, { key: 'k' });
    expect(word(room.propose('b', 2, { key: 'k' })), 'nobody can use up the key of another').toBe('proposed');
    expect(word(room.propose('a', 1, { key: 'k' }))).toBe('repeated');
    expect(word(room.propose('b', 1, { key: 'k' }))).toBe('key-reused');
  });

  it('of posts without identity belong to all of these [Q3.6]', () => {
    const room = new TestGroup();
    expect(word(room.propose(null, 1, { key: 'k' }))).toBe('proposed');
    expect(room.propose(null, 1, { key: 'k' })).toMatchObject({ did: 'repeated', agent: 'seat-1' });
    expect(word(room.propose(null, 2, { key: 'k' }))).toBe('key-reused');
  });

  it('are a few for each agent and round, the last ones [Q3.6]', () => {
    const room = new TestGroup(three);
    const plain = { type: 'propose', group: 'g', round: 1, agent: 'a', value: '1' } as const;
    const keys = Array.from({ length: 1000 }, (_, i) => `k${i}`);
    room.send(...keys.map((key): Command => ({ ...plain, seq: null, tokenHash: null, key })));
    expect(room.group.keys.size).toBe(limits.keysPerProposal);
    expect(word(room.propose('a', 2, { key: 'k996' })), 'one of the last four').toBe('key-reused');
    expect(word(room.propose('a', 2, { key: 'k995' })), 'forgotten, so new').toBe('already-proposed');
    room.propose('b', 1, { key: 'k1' });
    expect(room.group.keys.size, 'each has its own').toBe(limits.keysPerProposal + 1);
  });

  it('go with the round that they came in, also those of late repeats [Q3.6]', () => {
    const rule = { electorate: { size: 1 }, threshold: 1, next: 'continuous' };
    const room = new TestGroup({ rule, retention: { rounds: 2 } });
    room.propose('a', 1, { key: 'k1' });
    room.propose('a', 2, { key: 'k2' });
    room.propose('a', 1, { key: 'late', round: 1 });
    room.propose('a', 3, { key: 'k3' });
    expect([...room.group.keys.values()].map(({ key }) => key)).toEqual(['k2', 'k3']);
  });
});

describe('what was proposed under a token [Q5.3]', () => {
  const sealed = (rule: { [name: string]: Json } = {}): TestGroup => {
    const room = new TestGroup({ rule: { ...three.rule, ...rule } });
    room.join('a', { ttl: 1000 });
    room.propose('a', 7, { tokenHash: 't-a', key: 'k', seq: 1 });
    return room.after(1000);
  };

  it('tells a stranger nothing once the lease is over, whatever it tries', () => {
    const room = sealed();
    const tries = [5, 6, 7].flatMap((value) => [
      room.propose('a', value),
      room.propose('a', value, { key: 'k' }),
      room.propose('a', value, { key: 'k', round: null }),
      room.propose('a', value, { tokenHash: 'x' }),
    ]);
    expect(new Set(tries.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(word(tries[0]!)).toBe('already-proposed');
  });

  it('is replaced by nobody else, who joins under the name either', () => {
    const room = sealed({ revote: true });
    expect(word(room.propose('a', 'mine', { seq: 6 }))).toBe('already-proposed');
    expect(word(room.join('a', { tokenHash: 'x' })), 'the name is free again').toBe('joined');
    expect(word(room.propose('a', 'mine', { seq: 6, tokenHash: 'x' }))).toBe('already-proposed');
    expect(room.group.open?.proposals.get('a')).toMatchObject({ value: '7', seq: 1 });
  });

  it('answers to its token, lease or no lease', () => {
    const room = sealed({ revote: true });
    expect(word(room.propose('a', 7, { tokenHash: 't-a' }))).toBe('repeated');
    expect(word(room.propose('a', 7, { tokenHash: 't-a', key: 'k' }))).toBe('repeated');
    expect(word(room.propose('a', 8, { tokenHash: 't-a', seq: 2 }))).toBe('changed');
    expect(word(room.propose('a', 7)), 'the new one is as safe').toBe('already-proposed');
  });

  it('is no secret after the close, unless the rule never reveals it [Q4.25]', () => {
    const retried = (reveal: string): string[] => {
      const room = sealed({ reveal, next: 'manual' });
      room.close(1);
      const late = [7, 8].map((value) => room.propose('a', value, { round: 1 }));
      const keyed = [7, 8].map((value) => room.propose('a', value, { round: 1, key: 'k' }));
      const own = room.propose('a', 7, { round: 1, tokenHash: 't-a' });
      return [...late, ...keyed, own].map(word);
    };
    expect(retried('close')).toEqual(['repeated', 'round-closed', 'repeated', 'key-reused', 'repeated']);
    const nothing = Array.from({ length: 4 }, () => 'round-closed');
    expect(retried('never')).toEqual([...nothing, 'repeated']);
  });
});

describe('a change of mind', () => {
  it('among numbers is none to what is no number [Q4.22] [Q4.24]', () => {
    const room = new TestGroup({ rule: { ...three.rule, equality: { tolerance: 1 }, revote: true } });
    room.propose('a', 1, { seq: 1 });
    expect(word(room.propose('a', 'one', { seq: 2 }))).toBe('not-a-number');
    expect(room.group.open?.proposals.get('a')).toMatchObject({ value: '1', seq: 1 });
    expect(word(room.propose('a', 2, { seq: 2 }))).toBe('changed');
  });
});

describe('a value that the rule cannot compare', () => {
  const near = { ...three.rule, equality: { tolerance: 1 }, veto: ['c'] };
  const part = { ...three.rule, equality: { field: '/answer' }, veto: ['c'] };

  it('is refused, and says what is compared [Q4.22] [Q4.40]', () => {
    const room = new TestGroup({ rule: near });
    expect(room.propose('a', '7')).toMatchObject({
      code: 'not-a-number',
      detail: expect.stringMatching('tolerance'),
    });
    const other = new TestGroup({ rule: part });
    expect(other.propose('a', 7)).toMatchObject({
      code: 'no-such-field',
      detail: expect.stringMatching('/answer'),
    });
    expect(other.group.revision).toBe(2);
  });

  it('is taken where it is a veto by an agent with the right, and of no other [Q4.17] [Q4.32]', () => {
    for (const rule of [near, part])
      for (const veto of [false, 'veto']) {
        const room = new TestGroup({ rule });
        expect(room.propose('a', veto)).toMatchObject({ ok: false });
        expect(word(room.propose('c', veto))).toBe('proposed');
        room.close(1);
        expect(room.ending()).toBe('FAILED closed-by-hand');
        expect(room.outcome().verdict.failed).toBe('veto');
      }
    // Folded only where the whole value is compared as a text.
    const text = new TestGroup({ rule: { ...part, equality: 'text' } });
    expect(word(text.propose('c', ' Veto'))).toBe('proposed');
    const inside = new TestGroup({ rule: { ...part, equality: { field: '/answer', by: 'text' } } });
    expect(word(inside.propose('c', ' Veto'))).toBe('no-such-field');
    expect(word(inside.propose('c', { answer: 'veto' }))).toBe('proposed');
    inside.close(1);
    expect(inside.outcome().verdict.failed).toBe('no-agreement');
  });

  it('may be taken back by a change of mind [Q4.24]', () => {
    const room = new TestGroup({ rule: { ...near, revote: true, threshold: 2 } });
    room.propose('a', 1, { seq: 1 });
    room.propose('c', false, { seq: 1 });
    expect(word(room.propose('c', 'x', { seq: 2 }))).toBe('not-a-number');
    expect(word(room.propose('c', 2, { seq: 2 }))).toBe('changed');
    room.close(1);
    expect(room.ending()).toBe('SUCCESS closed-by-hand 1');
  });
});
