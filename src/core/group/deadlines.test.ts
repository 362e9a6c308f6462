import { describe, expect, it } from 'vitest';
import { abc, said, TestGroup, word } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../result.ts';
import { addGroup, decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import type { Json } from '../types.ts';
import { explain } from '../view/explain.ts';
import { viewRound } from '../view/view.ts';
import { nextDueOf } from './expiry.ts';

const second = 1000;
const minute = 60 * second;

/** The deadline of the first round, ms after the group was made, as readers see it; null while none runs. */
function deadlineOf(room: TestGroup): number | null {
  const { deadlineAt } = viewRound(room.group, 1, 1) ?? {};
  return deadlineAt ? Date.parse(deadlineAt) - room.start : null;
}

/** A group of the same state as this one, as a checkpoint gives it back. */
function restore(room: TestGroup): void {
  const { group, state } = room;
  state.groups.delete('g');
  addGroup(state, decodeGroup(encodeGroup(group), state.interned));
}

describe('a deadline from the first proposal [Q4.35] [Q7.7]', () => {
  const rule = { deadline: '10s', deadlineFrom: 'first-proposal' };

  it('does not run before it, and nothing ends the round by it', () => {
    const room = said(rule);
    expect(room.after(minute).ending()).toBe('WAITING');
    expect(deadlineOf(room)).toBeNull();
    expect(explain(room.group, 1)?.waitingFor.until).toBeNull();
    expect(nextDueOf(room.group)).toBe(Infinity);
  });

  it.each<[string, Json | undefined]>([
    ['a proposal', 7],
    ['an abstention', undefined],
  ])('runs from the entry of %s', (_what, value) => {
    const room = said(rule);
    room.now += minute;
    room.propose('a', value);
    expect(deadlineOf(room)).toBe(minute + 10 * second);
    room.after(5 * second);
    room.propose('b', 7);
    expect(deadlineOf(room), 'only the first sets it').toBe(minute + 10 * second);
    expect(room.after(5 * second - 1).ending()).toBe('WAITING');
    expect(room.after(1).ending()).toBe('FAILED deadline');
    expect(deadlineOf(room), 'the outcome keeps it').toBe(minute + 10 * second);
  });

  it('runs on whatever becomes of that proposal', () => {
    const room = said({ ...rule, revote: true, onDeadline: 'decide' }, { a: 7 });
    room.after(9 * second);
    room.propose('a', undefined, { seq: 1 });
    expect(deadlineOf(room)).toBe(10 * second);
    expect(room.after(second).ending()).toBe('FAILED deadline');
  });

  it('says nothing where there is no deadline', () => {
    const room = said({ deadlineFrom: 'first-proposal' }, { a: 7 });
    expect(deadlineOf(room)).toBeNull();
    expect(room.after(minute).ending()).toBe('WAITING');
  });

  it('begins anew in the next round', () => {
    const room = said({ ...rule, next: 'continuous' }, { a: 7 });
    room.after(10 * second);
    expect(room.ending(1)).toBe('FAILED deadline');
    expect(viewRound(room.group, 2, 1)?.deadlineAt).toBeNull();
  });
});

describe('a deadline that somebody sets [Q4.36]', () => {
  it('takes the place of what the rule says: a time from now, a moment, or none', () => {
    const room = said({ deadline: '10s' });
    room.after(8 * second);
    expect(word(room.setDeadline({ after: 10 * second }))).toBe('deadline-set');
    expect(deadlineOf(room)).toBe(18 * second);
    room.setDeadline({ at: room.start + 20 * second });
    expect(deadlineOf(room)).toBe(20 * second);
    expect(room.after(11 * second).ending()).toBe('WAITING');
    room.setDeadline(null);
    expect(deadlineOf(room)).toBeNull();
    expect(room.after(minute).ending()).toBe('WAITING');
    room.setDeadline({ after: 1 });
    expect(room.after(1).ending()).toBe('FAILED deadline');
  });

  it('is for one round: the next has that of the rule', () => {
    const room = said({ deadline: '10s', next: 'continuous' });
    room.setDeadline({ after: 20 * second });
    room.after(20 * second);
    expect(viewRound(room.group, 2, 1)).toMatchObject({
      deadlineAt: new Date(room.now + 10 * second).toISOString(),
      deadlineSet: null,
    });
  });

  it('can be sooner than the rule gives, and an early end looks at proposals, never at it', () => {
    const room = said({ deadline: '10s', onDeadline: 'decide', close: 'early' }, { a: 7 });
    room.setDeadline({ after: second });
    expect(room.ending()).toBe('WAITING');
    room.propose('b', 7);
    expect(room.ending()).toBe('SUCCESS agreed 7');
  });

  it('names who set it last, when, and how many times, in its event and for good [Q1.6]', () => {
    const room = new TestGroup({ rule: { ...abc, deadline: '10s' }, mayClose: ['a'] });
    room.join('a');
    const { revision } = room.group;
    room.setDeadline({ after: 20 * second }, { by: 'a', tokenHash: 't-a' });
    expect(room.events.at(-1)).toMatchObject({ type: 'deadline-set', round: 1, agent: 'a' });
    expect(room.group.revision).toBe(revision + 1);
    room.after(second);
    room.setDeadline({ after: 20 * second });
    const set = { by: null, time: new Date(room.now).toISOString(), times: 2 };
    expect(room.events.at(-1)).toMatchObject({ type: 'deadline-set', agent: null });
    expect(viewRound(room.group, 1, 1)?.deadlineSet).toEqual(set);
    room.after(20 * second);
    expect(viewRound(room.group, 1, 1)).toMatchObject({ state: 'FAILED', deadlineSet: set });
  });

  it('is set by who may close, and by nobody else [Q4.29]', () => {
    const room = new TestGroup({ rule: abc, mayClose: ['a'] });
    for (const agent of ['a', 'b']) room.join(agent);
    const by = (agent: string, tokenHash: string | null) =>
      word(room.setDeadline({ after: 5 * second }, { by: agent, tokenHash }));
    expect(by('b', 't-b')).toBe('may-not-close');
    expect(by('a', null)).toBe('token-required');
    expect(by('a', 't-a')).toBe('deadline-set');
  });

  it('sent again changes nothing, whatever revision it names; a time from now moves it twice', () => {
    const room = said({ deadline: '10s' });
    const at = room.start + 30 * second;
    const { revision } = room.group;
    expect(word(room.setDeadline({ at }, { ifRevision: revision }))).toBe('deadline-set');
    const set = room.group.open?.deadlineSet;
    room.now += second;
    expect(word(room.setDeadline({ at }, { ifRevision: revision }))).toBe('deadline-set-before');
    expect(room.group.open?.deadlineSet).toBe(set);
    expect(room.group.revision).toBe(revision + 1);
    expect(word(room.setDeadline({ at: at + 1 }, { ifRevision: revision }))).toBe('revision-mismatch');
    room.setDeadline({ after: 40 * second });
    room.now += second;
    room.setDeadline({ after: 40 * second });
    expect(deadlineOf(room)).toBe(42 * second);
    expect(word(room.setDeadline(null))).toBe('deadline-set');
    expect(word(room.setDeadline(null))).toBe('deadline-set-before');
  });

  it('that is the one of the rule is a setting too: a first proposal no longer moves it', () => {
    const room = said({ deadline: '10s', deadlineFrom: 'first-proposal' });
    expect(word(room.setDeadline(null))).toBe('deadline-set');
    room.propose('a', 7);
    expect(room.after(minute).ending()).toBe('WAITING');
  });

  it('comes too late for a round that has run out: that is over first [Q7.2]', () => {
    const room = said({ deadline: '10s' });
    room.now += 10 * second;
    expect(word(room.setDeadline({ after: minute }))).toBe('round-closed');
    expect(word(room.setDeadline({ after: minute }, { round: 2 }))).toBe('round-not-open');
  });

  it.each<[string, Json, (room: TestGroup) => { at: number } | { after: number }, string]>([
    ['now', {}, ({ now }) => ({ at: now }), 'the deadline would be over'],
    ['nothing from now', {}, () => ({ after: 0 }), 'the deadline would be over'],
    ['the past', {}, ({ start }) => ({ at: start }), 'the deadline would be over'],
    [
      'before the end of the minimum wait',
      { minWait: '10s', deadline: '20s' },
      ({ start }) => ({ at: start + 10 * second - 1 }),
      'the minimum wait ends at 1970-01-01T00:16:50.000Z',
    ],
    ['more than 366 days ahead', {}, () => ({ after: limits.duration + 1 }), '366 days'],
    ['never in our time', {}, () => ({ at: 1e300 }), '366 days'],
    [
      'a default taken sooner than the rule does',
      { deadline: '10s', onDeadline: { default: 1 } },
      ({ start }) => ({ at: start + 10 * second - 1 }),
      'the rule gives 1970-01-01T00:16:50.000Z',
    ],
    [
      'sooner than a deadline that does not run yet',
      { deadline: '10s', deadlineFrom: 'first-proposal', onDeadline: { default: 1 } },
      () => ({ after: 10 * second - 1 }),
      'the rule gives 1970-01-01T00:16:52.000Z',
    ],
  ])('is refused for %s', (_what, rule, deadline, detail) => {
    const room = said(rule as object as Record<string, Json>);
    room.after(2 * second);
    const { revision } = room.group;
    const refusal = room.setDeadline(deadline(room)) as Refusal;
    expect(refusal).toMatchObject({ ok: false, code: 'deadline-out-of-range', round: 1 });
    expect(refusal.detail).toContain(detail);
    expect(room.group.revision).toBe(revision);
  });

  it('may be the last moment that is allowed', () => {
    const defaulted = said({ minWait: '10s', deadline: '10s', onDeadline: { default: 1 } });
    expect(word(defaulted.setDeadline({ at: defaulted.start + 10 * second }))).toBe('deadline-set');
    expect(word(defaulted.setDeadline(null))).toBe('deadline-set');
    const running = said(
      { deadline: '10s', deadlineFrom: 'first-proposal', onDeadline: { default: 1 } },
      { a: 7 },
    );
    running.after(5 * second);
    expect(word(running.setDeadline({ after: 5 * second }))).toBe('deadline-set');
    expect(word(running.setDeadline({ after: limits.duration }))).toBe('deadline-set');
  });

  it('takes the default of the rule only where nobody has vetoed [Q7.8]', () => {
    const rule = { deadline: '10s', onDeadline: { default: 9 }, veto: ['c'] };
    for (const [said_, ending] of [
      [{ a: 7 }, 'SUCCESS deadline 9'],
      [{ a: 7, c: false }, 'FAILED deadline'],
    ] as const) {
      const room = said(rule, said_);
      room.setDeadline({ after: 20 * second });
      expect(room.after(20 * second - 1).ending()).toBe('WAITING');
      expect(room.after(1).ending()).toBe(ending);
    }
  });

  it('ends with its round when the subject changes, and is no secret of a blind one', () => {
    const room = said({ deadline: '10s', reveal: 'never', next: 'manual' }, { a: 7 });
    room.setDeadline({ after: 20 * second });
    expect(viewRound(room.group, 1, 1)).toMatchObject({ tally: null, deadlineSet: { times: 1 } });
    room.put({ rule: { ...abc, deadline: '10s' }, subjectHash: 'other' });
    expect(viewRound(room.group, 1, 1)).toMatchObject({
      reason: 'subject-changed',
      deadlineSet: { times: 1 },
    });
    expect(viewRound(room.group, 2, 1)?.deadlineSet).toBeNull();
    expect(room.group.open && nextDueOf(room.group)).toBe(room.now + 10 * second);
  });

  it('still ends a round after a last call of the same moment [Q7.7]', () => {
    const room = said({ lastCall: '10s' }, { a: 7, b: 7 });
    room.setDeadline({ after: 10 * second });
    expect(room.after(10 * second).ending()).toBe('SUCCESS last-call 7');
  });
});

describe('while a live electorate gathers', () => {
  const live = { electorate: { live: { min: 2, max: 9 } }, deadline: '10s', next: 'manual' };

  it('no time runs, and no deadline is set [Q4.36]', () => {
    const room = new TestGroup({ rule: live });
    room.join('a');
    expect(word(room.setDeadline({ after: second }))).toBe('electorate-incomplete');
    expect(deadlineOf(room)).toBeNull();
    room.now += 5 * second;
    room.join('b');
    expect(deadlineOf(room)).toBe(15 * second);
  });

  it('again, what was set stays, and what has passed meanwhile ends the round once it has gathered', () => {
    const room = new TestGroup({ rule: live });
    for (const agent of ['a', 'b']) room.join(agent);
    room.setDeadline({ after: 20 * second });
    for (const agent of ['a', 'b']) room.leave(agent);
    expect(deadlineOf(room)).toBeNull();
    room.join('a');
    expect(room.after(15 * second).ending()).toBe('WAITING');
    room.join('b');
    expect(deadlineOf(room)).toBe(20 * second);
    for (const agent of ['a', 'b']) room.leave(agent);
    room.after(minute);
    for (const agent of ['a', 'b']) room.join(agent);
    expect(room.after(0).ending()).toBe('FAILED deadline');
  });

  it.each(['open', 'first-proposal'])(
    'again, a default is taken no sooner after that than the rule says, from %s',
    (deadlineFrom) => {
      const room = new TestGroup({ rule: { ...live, deadlineFrom, onDeadline: { default: 7 } } });
      for (const agent of ['a', 'b']) room.join(agent);
      room.setDeadline({ after: 20 * second });
      expect(deadlineOf(room)).toBe(20 * second);
      for (const agent of ['a', 'b']) room.leave(agent);
      room.after(minute);
      for (const agent of ['a', 'b']) room.join(agent);
      expect(deadlineOf(room), 'those who come now have not been heard').toBe(minute + 10 * second);
      expect(room.after(10 * second - 1).ending()).toBe('WAITING');
      expect(room.after(1).ending()).toBe('SUCCESS deadline 7');
      expect(deadlineOf(room), 'the outcome keeps it').toBe(minute + 10 * second);
    },
  );
});

it('a round that ends while it gathers has none, whatever its rule says', () => {
  const rule = { electorate: { live: { min: 2, max: 9 } }, deadline: '10s', next: 'manual' };
  const room = new TestGroup({ rule });
  room.close(1);
  const before = room.outcome();
  expect(before.deadlineAt).toBeNull();
  expect(encodeGroup(room.group), 'which its record need not say').not.toContain('deadlineAt');
  restore(room);
  expect(room.outcome()).toEqual(before);
});

it('that there is none outlives a checkpoint too', () => {
  const room = said({ deadline: '10s' });
  room.setDeadline(null);
  restore(room);
  expect(deadlineOf(room)).toBeNull();
  room.close(1);
  const before = room.outcome();
  expect(before).toMatchObject({ deadlineAt: null, deadlineSet: { by: null, times: 1 } });
  restore(room);
  expect(room.outcome()).toEqual(before);
});

it('set before anybody came, it outlives a checkpoint, and the reminders of before do nothing [Q4.35] [Q4.36]', () => {
  const room = new TestGroup({ preset: 'panel', rule: { ...abc, deadlineFrom: 'first-proposal' } });
  const one = room.start + 60 * minute;
  expect(room.state.due.next).toBe(Infinity);
  room.setDeadline({ at: room.start + 50 * minute });
  expect(room.state.due.next).toBe(room.start + 50 * minute);
  room.setDeadline({ at: one });
  expect(room.state.due.next).toBe(one);
  room.now = room.start + 50 * minute;
  const { revision } = room.group;
  room.after(0);
  expect(room.group.revision, 'a tick for the old reminder').toBe(revision);
  room.now = one - second;
  room.propose('a', 7);
  restore(room);
  expect(room.state.due.next).toBe(one);
  expect(deadlineOf(room)).toBe(60 * minute);
  expect(room.after(second - 1).ending()).toBe('WAITING');
  expect(room.after(1).ending()).toBe('FAILED deadline');
  expect(deadlineOf(room)).toBe(60 * minute);
  expect(viewRound(room.group, 1, 1)?.deadlineSet).toMatchObject({ times: 2 });
  const before = room.outcome();
  restore(room);
  expect(room.outcome()).toEqual(before);
});

it('a deadline from the first proposal outlives a checkpoint, in an open round and in an outcome', () => {
  const room = said({ deadline: '10s', deadlineFrom: 'first-proposal', revote: true });
  room.now += 3 * second;
  room.propose('a', 7);
  room.after(second);
  room.propose('a', 8, { seq: 1 });
  restore(room);
  expect(deadlineOf(room)).toBe(13 * second);
  room.after(9 * second);
  restore(room);
  expect(room.ending()).toBe('FAILED deadline');
  expect(deadlineOf(room)).toBe(13 * second);
});
