import { describe, expect, it } from 'vitest';
import { settingsOf, TestGroup, word } from '../../../test/harness/test-group.ts';
import { canonical } from '../json.ts';
import type { Json } from '../types.ts';
import type { RoundJson } from '../view/json-types.ts';
import { viewRound } from '../view/view.ts';

function shown(room: TestGroup, round: number): RoundJson {
  return viewRound(room.group, round, room.state.index) as RoundJson;
}

const agents = ['a', 'b', 'c'];
const rule = (more: Json): Json => ({
  rule: { electorate: { agents }, next: 'manual', ...(more as object) },
});

describe('a proposal that is equal to an option [Q4.32]', () => {
  const room = () =>
    new TestGroup(rule({ equality: 'text', options: ['approve', 'reject'], electorate: { size: 2 } }));

  it('is that option, for retries, keys and everybody who looks, open or closed [Q3.2] [Q3.3] [Q3.6]', () => {
    const group = room();
    expect(word(group.propose('a', 'Approve ', { key: 'k' }))).toBe('proposed');
    expect(word(group.propose('a', 'approve'))).toBe('repeated');
    expect(word(group.propose('a', ' APPROVE', { key: 'k' })), 'the same key with another spelling').toBe(
      'repeated',
    );
    expect(word(group.propose('a', 'Reject', { key: 'k' }))).toBe('key-reused');
    expect(word(group.propose('b', 'APPROVE'))).toBe('proposed');
    expect(shown(group, 1)).toMatchObject({
      value: 'approve',
      tally: [{ value: 'approve', weight: 2, agents: ['a', 'b'] }],
    });
    expect(word(group.propose('a', 'APPROVE', { round: 1 })), 'after the close').toBe('repeated');
    expect(word(group.propose('a', 'APPROVE', { round: 1, key: 'k' }))).toBe('repeated');
    expect(word(group.propose('a', 'reject', { round: 1 }))).toBe('round-closed');
  });

  it('is compared with the options of its own round, not of the next [Q4.34]', () => {
    const group = room();
    group.propose('a', 'Approve');
    group.put(
      rule({
        equality: 'text',
        options: [{ value: 'now', label: 'At once' }, 'later'],
        electorate: { size: 2 },
      }),
    );
    expect(word(group.propose('b', 'now'))).toBe('not-an-option');
    expect(shown(group, 1).options).toEqual([{ value: 'approve' }, { value: 'reject' }]);
    group.propose('b', 'APPROVE');
    group.openRound();
    expect(shown(group, 2).options).toEqual([{ value: 'now', label: 'At once' }, { value: 'later' }]);
    expect(shown(group, 1).options).toEqual([{ value: 'approve' }, { value: 'reject' }]);
    expect(word(group.propose('b', 'Approve', { round: 1 }))).toBe('repeated');
    expect(word(group.propose('b', 'Approve'))).toBe('not-an-option');
    expect(shown(new TestGroup(), 1).options, 'where anything may be proposed').toBe(null);
  });

  it('replaces another by the option it spells where minds may change [Q4.24]', () => {
    const group = new TestGroup(rule({ equality: 'text', options: ['approve', 'reject'], revote: true }));
    group.propose('a', 'approve', { seq: 1 });
    expect(word(group.propose('a', 'Approve'))).toBe('repeated');
    expect(word(group.propose('a', 'maybe', { seq: 2 }))).toBe('not-an-option');
    expect(word(group.propose('a', 'Reject', { seq: 2 }))).toBe('changed');
    expect(group.group.open?.proposals.get('a')?.value).toBe('"reject"');
  });
});

describe('what is no option [Q4.32]', () => {
  it('is refused with the options, of many the first, and changes nothing', () => {
    const group = new TestGroup(rule({ options: [true, 'no', { value: { a: 1 } }] }));
    const before = canonical(shown(group, 1) as unknown as Json);
    expect(group.propose('a', 'Approve')).toMatchObject({
      code: 'not-an-option',
      detail: 'round 1 offers true, "no", {"a":1}',
      round: 1,
    });
    expect(canonical({ ...(shown(group, 1) as unknown as { [name: string]: Json }), index: 1 })).toBe(before);
    const many = new TestGroup(rule({ options: Array.from({ length: 100 }, (_, i) => `option ${i}`) }));
    expect(many.propose('a', 'x')).toMatchObject({
      detail: expect.stringMatching(/^round 1 offers "option 0", .{350,420} \.\.\.$/),
    });
  });

  it('may be an abstention, and a veto by who has the right, whatever the equality asks for [Q4.17]', () => {
    const group = new TestGroup(
      rule({ equality: { tolerance: 1 }, options: [1, 5], veto: ['c'], reveal: 'live' }),
    );
    expect(word(group.propose('a'))).toBe('proposed');
    expect(word(group.propose('b', false))).toBe('not-an-option');
    expect(word(group.propose('c', 'no'))).toBe('not-an-option');
    expect(word(group.propose('c', false))).toBe('proposed');
    expect(word(group.propose('b', 1))).toBe('proposed');
    expect(shown(group, 1)).toMatchObject({ state: 'FAILED', reason: 'veto', explain: 'vetoed by c' });
    const free = new TestGroup(rule({ equality: { tolerance: 1 }, veto: ['c'] }));
    expect(word(free.propose('b', 'veto'))).toBe('not-a-number');
    expect(word(free.propose('c', 'veto')), 'also without options').toBe('proposed');
  });
});

it('a value has as many bytes as the rule allows, and 4,096 where it says nothing [Q4.43]', () => {
  const fits = (bytes: number, valueBytes: Json): string =>
    word(new TestGroup(rule({ valueBytes })).propose('a', 'é'.repeat(bytes / 2 - 1)));
  expect([fits(4096, 4096), fits(4098, 4096), fits(16_384, 16_384), fits(100, 98)]).toEqual([
    'proposed',
    'too-large',
    'proposed',
    'too-large',
  ]);
});

describe('a floor of values [Q4.7]', () => {
  const body = rule({
    floor: { present: 1, cast: 2 },
    threshold: 1,
    lastCall: '10s',
    revote: true,
    electorate: { size: 5 },
  });

  it('begins a last call when it is met, and anew when it was lost in between [Q7.6]', () => {
    const group = new TestGroup(body);
    group.propose('a', 1, { seq: 1 });
    group.propose('b');
    expect(group.group.open?.floorMetAt, 'one value').toBeNull();
    group.propose('c', 1);
    expect(group.group.open?.floorMetAt).toBe(group.now);
    group.after(9000);
    group.propose('a', undefined, { seq: 2 });
    expect(group.group.open?.floorMetAt, 'an abstention in its place').toBeNull();
    group.after(9000);
    group.propose('a', 2, { seq: 3 });
    expect(group.group.open?.floorMetAt).toBe(group.now);
    group.after(9000);
    expect(group.group.open).not.toBeNull();
    group.after(1000);
    expect(group.group.closed.get(1)?.reason).toBe('last-call');
  });

  it('is not met by those present, in the sentence either', () => {
    const group = new TestGroup(rule({ floor: { present: 2, cast: 2 }, threshold: 1 }));
    for (const agent of agents) group.propose(agent, agent === 'a' ? 1 : undefined);
    expect(shown(group, 1).explain).toBe('3 of 3 proposed, 1 of them a value, fewer than the floor of 2');
    const alone = new TestGroup(rule({ floor: { present: 2, cast: 2 }, threshold: 1 }));
    alone.propose('a', 1);
    alone.close(1);
    expect(shown(alone, 1).explain).toBe(
      'the round was closed by hand: 1 of 3 proposed, fewer than the floor of 2',
    );
  });
});

it('presets of people and of models say how they decide [Q4.44]', () => {
  const panel = settingsOf({ preset: 'panel' });
  expect(panel.rule).toMatchObject({ deadlineFrom: 'first-proposal', floor: 2, close: 'early' });
  const gate = new TestGroup({
    preset: 'gate',
    admission: 'open',
    rule: { electorate: { size: 3 }, threshold: 1 },
  });
  gate.propose('a', 'reject');
  gate.propose('b', 'approve');
  expect(shown(gate, 1)).toMatchObject({ state: 'SUCCESS', value: 'approve' });
});
