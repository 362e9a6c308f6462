import { describe, expect, it } from 'vitest';
import { TestGroup, word } from '../../test/harness/test-group.ts';
import type { Command } from './entry.ts';
import { limits } from './limits.ts';
import type { Refusal, RefusalCode, Result } from './result.ts';
import type { Json } from './types.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };
const manual = { rule: { electorate: { agents: ['a'] }, next: 'manual' } };
const once = { rule: { ...manual.rule, maxRounds: 1 } };

interface Case {
  /** The body of the group's put; null: no group. */
  readonly group: Json | null;
  readonly before?: (room: TestGroup) => unknown;
  /** The command that is refused. */
  readonly act: (room: TestGroup) => Result;
}

/** The fence of a claim on the decision of round 1, which is made first. */
function claimed(room: TestGroup, holder: string): number {
  room.propose('a', 1);
  room.claim(holder);
  return room.state.index;
}

/** Each refusal once. `reserved-name` is found at the edge. */
const refusals: Record<Exclude<RefusalCode, 'reserved-name'>, Case> = {
  'group-not-found': { group: null, act: (room) => room.propose('a', 1) },
  'revision-mismatch': { group: {}, act: (room) => room.put(three, { ifRevision: 1 }) },
  'no-open-round': { group: manual, before: (room) => room.close(1), act: (room) => room.propose('a', 1) },
  'group-exhausted': { group: once, before: (room) => room.close(1), act: (room) => room.propose('a', 1) },
  'round-closed': {
    group: manual,
    before: (room) => room.close(1),
    act: (room) => room.propose('a', 1, { round: 1 }),
  },
  'no-decision': { group: manual, act: (room) => room.claim('r') },
  superseded: {
    group: manual,
    before: (room) => room.propose('a', 1),
    act: (room) => room.claim('r', { value: '2' }),
  },
  claimed: { group: manual, before: (room) => claimed(room, 'other'), act: (room) => room.claim('r') },
  spent: {
    group: manual,
    before: (room) => room.spend(claimed(room, 'other')),
    act: (room) => room.claim('r'),
  },
  'stale-fence': { group: manual, before: (room) => claimed(room, 'r'), act: (room) => room.spend(1) },
  'may-not-spend': { group: manual, act: (room) => room.claim('r', { by: 'a' }) },
  'round-not-kept': {
    group: { rule: { electorate: { size: 1 }, next: 'continuous' }, retention: { rounds: 1 } },
    before: (room) => [1, 2].map((value) => room.propose('a', value)),
    act: (room) => room.claim('r'),
  },
  'webhook-not-found': { group: {}, act: (room) => room.testWebhook('w') },
  'webhook-disabled': {
    group: once,
    before: (room) => [room.putWebhook('w'), room.close(1), room.fail('w', { gone: true })],
    act: (room) => room.testWebhook('w'),
  },
  'delivery-not-found': {
    group: {},
    before: (room) => room.putWebhook('w'),
    act: (room) => room.replay('w', 1),
  },
  'round-not-open': { group: {}, act: (room) => room.propose('a', 1, { round: 2 }) },
  'round-open': { group: {}, act: (room) => room.openRound() },
  'already-proposed': {
    group: three,
    before: (room) => room.propose('a', 1),
    act: (room) => room.propose('a', 2),
  },
  'stale-seq': {
    group: { rule: { ...three.rule, revote: true } },
    before: (room) => room.propose('a', 1, { seq: 5 }),
    act: (room) => room.propose('a', 2, { seq: 5 }),
  },
  'not-eligible': { group: three, act: (room) => room.propose('z', 1) },
  'not-a-voter': {
    group: {},
    before: (room) => room.join('a', { role: 'observer' }),
    act: (room) => room.propose('a', 1, { tokenHash: 't-a' }),
  },
  'round-full': {
    group: { rule: { electorate: { size: 1 }, minWait: '1s' } },
    before: (room) => room.propose('a', 1),
    act: (room) => room.propose('b', 1),
  },
  'electorate-incomplete': {
    group: { rule: { electorate: { live: { min: 2, max: 3 } } } },
    before: (room) => room.join('a'),
    act: (room) => room.propose('a', 1, { tokenHash: 't-a' }),
  },
  'not-a-number': {
    group: { rule: { equality: { tolerance: 1 } } },
    act: (room) => room.propose('a', 'x'),
  },
  'note-too-long': {
    group: { rule: { electorate: { size: 2001 } } },
    act: (room) => room.propose('a', 1, { note: 'x'.repeat(2000) }),
  },
  'not-an-option': {
    group: { rule: { options: ['yes', 'no'] } },
    act: (room) => room.propose('a', 'maybe'),
  },
  'too-large': {
    group: { rule: { valueBytes: 10 } },
    act: (room) => room.propose('a', 'ééééé'),
  },
  'no-such-field': {
    group: { rule: { equality: { field: '/answer' } } },
    act: (room) => room.propose('a', { question: 7 }),
  },
  'key-reused': {
    group: {},
    before: (room) => room.propose('a', 1, { key: 'k' }),
    act: (room) => room.propose('a', 2, { key: 'k' }),
  },
  'agent-not-found': { group: {}, act: (room) => room.renew('a') },
  'agent-taken': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.join('a', { tokenHash: 'another' }),
  },
  'role-differs': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.join('a', { role: 'observer' }),
  },
  'token-required': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.propose('a', 1),
  },
  'token-wrong': { group: {}, before: (room) => room.join('a'), act: (room) => room.renew('a', 'stolen') },
  'join-key-wrong': { group: { admission: 'key' }, act: (room) => room.join('a', { joinKeyHash: 'guess' }) },
  'no-keys': { group: {}, act: (room) => room.putKeys('next', 'next-observers', null) },
  'no-invites': { group: {}, act: (room) => room.invite('a') },
  'not-invited': { group: { admission: 'invite' }, act: (room) => room.propose('a', 1) },
  'invite-used': {
    group: { admission: 'invite' },
    before: (room) => {
      room.invite('a');
      room.redeem('a');
    },
    act: (room) => room.redeem('a', { tokenHash: 'another' }),
  },
  'invite-wrong': { group: { admission: 'invite' }, act: (room) => room.redeem('a') },
  'may-not-close': { group: {}, before: (room) => room.join('a'), act: (room) => room.close(1, 'a', 't-a') },
  'may-not-waive': {
    group: three,
    before: (room) => room.join('a'),
    act: (room) => room.waive('b', { by: 'a', tokenHash: 't-a' }),
  },
  'cannot-be-waived': { group: {}, act: (room) => room.waive('a') },
  'deadline-out-of-range': { group: {}, act: (room) => room.setDeadline({ after: 0 }) },
  'not-in-view': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.say('a', 'hi', { to: ['b'] }),
  },
  'view-changed': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.say('a', 'hi', { inView: 1 }),
  },
  'messages-not-kept': {
    group: { retention: { messages: 1 } },
    before: (room) => [room.join('a'), room.say('a'), room.say('a')],
    act: (room) => room.say('a', 'hi', { replyTo: 1 }),
  },
  'message-not-found': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.say('a', 'hi', { replyTo: 1 }),
  },
  'cursor-ahead': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.setCursor('a', 3),
  },
  'ack-out-of-reach': {
    group: {},
    before: (room) => room.join('a'),
    act: (room) => room.say('a', 'hi', { ackBy: 2 }),
  },
  'limit-reached': {
    group: {},
    before: (room) => room.send(...manyJoins(limits.members)),
    act: (room) => room.join('one-more'),
  },
};

function manyJoins(count: number): Command[] {
  return Array.from({ length: count }, (_, i) => {
    const joining = { ttl: 30_000, tokenHash: `t${i}`, joinKeyHash: null };
    return { type: 'join', group: 'g', agent: `a${i}`, role: 'voter', ...joining };
  });
}

describe('refusals [Q1.4]', () => {
  it.each(Object.keys(refusals) as (keyof typeof refusals)[])('%s', (code) => {
    const { room, result } = refused(code);
    expect(result).toMatchObject({ ok: false, code });
    expect(result.detail).toMatch(/^.{10,}[^.]$/);
    expect(result.detail).not.toMatch(/undefined|null|\[object/);
    const before = room.state.groups.get('g')?.revision;
    const events = room.events.length;
    const last = room.entries.at(-1)?.commands ?? [];
    expect(room.send(...last)[0], 'again refused, in the same words').toEqual(result);
    expect(room.state.groups.get('g')?.revision).toBe(before);
    expect(room.events.length).toBe(events);
  });

  it('name the round they are about, and since when a name is taken [Q3.2] [Q5.2]', () => {
    expect(refused('round-closed').result.round).toBe(1);
    expect(refused('round-not-open').result.round).toBe(1);
    expect(refused('agent-taken').result.since).toBe(1_000_000);
  });

  it('of a proposal that names no round say why none is open [Q3.8]', () => {
    expect(refused('no-open-round').result).toMatchObject({ round: 1 });
    expect(refused('group-exhausted').result.detail).toMatch(/used up its rounds/);
    const decided = new TestGroup({ rule: { electorate: { size: 1 } } });
    decided.propose('a', 1);
    expect(decided.propose('a', 1)).toMatchObject({ code: 'no-open-round', detail: 'group g has decided' });
  });

  it('tell of a limit and leave room for nobody else [Q1.9]', () => {
    const { room } = refused('limit-reached');
    expect(room.group.members.size).toBe(limits.members);
    expect(word(room.join('a0', { tokenHash: 't0' })), 'those who are known may come again').toBe('rejoined');
    room.leave('a5', 't5');
    expect(word(room.join('one-more')), 'one who is gone is forgotten for a newcomer').toBe('joined');
    expect(room.group.members.has('a5')).toBe(false);
    expect(room.group.members.size).toBe(limits.members);
  });
});

function refused(code: keyof typeof refusals): { room: TestGroup; result: Refusal } {
  const { group, before, act } = refusals[code];
  const room = new TestGroup(group, 'newest');
  before?.(room);
  return { room, result: act(room) as Refusal };
}
