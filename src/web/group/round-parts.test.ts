import { expect, test } from 'vitest';
import { proposed, roundOf } from '../../../test/harness/round-views.ts';
import type { ItemJson, MessageJson } from '../../client/index.ts';
import { words } from '../words/index.ts';
import { auditOf } from './audit.ts';
import { mayOf } from './by-hand.ts';
import { heardIn, mostSaid, saidOf, unsettled } from './messages.ts';
import { lookBack, withItem } from './stream.ts';
import { timersOf } from './timers.ts';
import { writtenIn } from './written.ts';

const openedAt = Date.parse('2026-11-28T14:00:00.000Z');

test('the timers stand on the bar between the opening and the deadline', () => {
  const round = roundOf({ deadlineAt: '2026-11-28T14:03:00.000Z' });
  const rule = { minWait: 20_000, lastCall: 60_000, floor: 2 };
  const early = timersOf(round, rule, [proposed('ann', 10)], openedAt + 45_000);
  expect(early).toEqual({
    open: 45_000,
    minWait: { after: 20_000, at: 20 / 180 },
    lastCall: null,
    deadline: 180_000,
    gone: 0.25,
  });
  const later = timersOf(round, rule, [proposed('bob', 30), proposed('ann', 10)], openedAt + 300_000);
  expect(later.lastCall).toEqual({ after: 90_000, at: 0.5 });
  expect(later.gone).toBe(1);
});

test('a last call counts from when an agent first proposed, not from its change', () => {
  const changed = proposed('ann', 50, { changes: [{ time: '2026-11-28T14:00:05.000Z', index: 3 }] });
  const timers = timersOf(roundOf(), { minWait: null, lastCall: 1000, floor: 1 }, [changed], openedAt);
  expect(timers.lastCall).toEqual({ after: 6000, at: null });
});

test('notes stand with the values, and who dissents is there without one', () => {
  const round = roundOf({ state: 'SUCCESS', reason: 'agreed', value: 8 });
  const proposals = [
    proposed('cy', 1, { value: 5, note: null }),
    proposed('ann', 2, { value: 8, note: 'as before' }),
    proposed('bob', 3, { value: 8, note: null }),
    proposed('dan', 4, { abstain: true, note: 'no idea' }),
  ];
  const notes = writtenIn(round, proposals, [{ value: 5, weight: 1, agents: ['cy'] }]);
  expect(notes.map(({ agent, note, won, dissent }) => [agent, note, won, dissent])).toEqual([
    ['ann', 'as before', true, false],
    ['cy', null, false, true],
    ['dan', 'no idea', false, false],
  ]);
});

test('who used a veto stands first, also without a note', () => {
  const round = roundOf({ state: 'FAILED', reason: 'veto' });
  const proposals = [
    proposed('ann', 1, { value: true, note: 'fine' }),
    proposed('bob', 2, { value: false, note: null }),
    proposed('cy', 3, { value: false, note: null }),
  ];
  const notes = writtenIn(round, proposals, [], ['bob']);
  expect(notes.map(({ agent, vetoed }) => [agent, vetoed])).toEqual([
    ['bob', true],
    ['ann', false],
  ]);
});

test('the audit list has what happened, the latest first', () => {
  const round = roundOf({
    state: 'FAILED',
    reason: 'closed-by-hand',
    closedAt: '2026-11-28T14:02:00.000Z',
    waived: [{ agent: 'dan', by: 'ann', reason: 'ill', time: '2026-11-28T14:01:00.000Z' }],
    deadlineSet: { by: null, time: '2026-11-28T14:00:30.000Z', times: 1 },
  });
  const changed = proposed('ann', 40, { changes: [{ time: '2026-11-28T14:00:20.000Z', index: 12 }] });
  const place = { offset: 1, view: 1, revision: 1 };
  const at = (second: number) =>
    `2026-11-28T14:0${second < 60 ? 0 : 1}:${String(second % 60).padStart(2, '0')}.000Z`;
  const items: ItemJson[] = [
    { ...place, index: 8, at: at(0), type: 'round-opened', round: 1 },
    {
      ...place,
      index: 20,
      at: at(50),
      type: 'view',
      change: 'expired',
      agent: 'cy',
      role: 'voter',
      incarnation: 1,
    },
  ];
  const lines = auditOf(round, [changed], items);
  expect(lines.map(({ happening }) => happening.what)).toEqual([
    'closed',
    'waived',
    'expired',
    'changed',
    'deadline',
    'proposed',
    'opened',
  ]);
  expect(lines.map(({ index }) => index)).toEqual([null, null, 20, 50, null, 12, 8]);
  const said = lines.map(({ happening }) => words.group.audit.line(happening).join(' ').trim());
  expect(said).toContain('dan was waived by ann: ill');
  expect(said).toContain('the deadline was set by the manager');
});

function message(offset: number, parts: Partial<MessageJson> = {}): MessageJson {
  const place = { offset, index: offset + 100, view: 1, revision: 1, at: '2026-11-28T14:00:00.000Z' };
  const said = { from: 'ann', body: `word ${offset}`, to: null, replyTo: null, round: null, ackBy: null };
  return { ...place, type: 'message', ...said, ...parts };
}

test('of a message for others the list has its place, and nothing else', () => {
  const withheld = { offset: 2, index: 102, withheld: true } as const;
  const [, one] = saidOf([message(1), withheld], new Map());
  expect(one).toEqual({ offset: 2, index: 102, message: null });
});

test('the items that are kept are each there once, and the oldest go', () => {
  let items = withItem([], message(1));
  expect(withItem(items, message(1))).toBe(items);
  for (let offset = 2; offset <= lookBack + 1; offset += 1) items = withItem(items, message(offset));
  expect(items).toHaveLength(lookBack);
  expect(items[0]?.offset).toBe(2);
});

test('of the items the list has the latest messages', () => {
  const opened = { ...message(99), type: 'round-opened', round: 2 } as const;
  const many = Array.from({ length: mostSaid }, (_, i) => message(i + 1));
  expect(heardIn([...many, opened, message(100)]).map(({ offset }) => offset)).toEqual([
    ...many.slice(1).map(({ offset }) => offset),
    100,
  ]);
});

test('it is said who has acknowledged a message and who has not', () => {
  const some = (agents: string[]) => ({ count: agents.length, agents });
  const acknowledgements = {
    ackBy: 'all' as const,
    needed: 3,
    recipients: 3,
    acknowledged: some(['ann', 'bob']),
    waiting: some(['cy']),
    gone: some([]),
  };
  const heard = [message(1, { ackBy: 'all' })];
  expect(unsettled(heard, new Map())).toEqual([1]);
  const known = new Map([[1, { stability: 'pending' as const, acknowledgements }]]);
  expect(unsettled(heard, known)).toEqual([1]);
  const text = saidOf(heard, known).map(
    ({ message }) => message && words.group.messages.acknowledged(message),
  );
  expect(text).toEqual(['acknowledged by 2 of 3, not yet by cy']);
  expect(unsettled(heard, new Map([[1, { stability: 'stable' as const, acknowledgements }]]))).toEqual([]);
});

test('buttons are there for who may, as far as a page can know', () => {
  const open = { admission: 'open', mayClose: 'admin', mayWaive: 'admin', status: 'open' } as const;
  const waiting = roundOf({ deadlineAt: '2026-11-28T14:03:00.000Z', missing: ['bob'] });
  const group = (parts: object) => parts as Parameters<typeof mayOf>[0];
  expect(mayOf(group(open), waiting, null)).toEqual({
    close: true,
    extend: 120_000,
    open: null,
    waive: true,
    manage: true,
  });
  const closed = { ...open, admission: 'invite' } as const;
  expect(mayOf(group(closed), waiting, 'ann')).toEqual({
    close: false,
    extend: null,
    open: null,
    waive: false,
    manage: false,
  });
  expect(mayOf(group({ ...closed, mayClose: ['ann'] }), roundOf(), 'ann').close).toBe(true);
  expect(mayOf(group(closed), waiting, 'admin').waive).toBe(false);
  expect(mayOf(group({ ...closed, mayWaive: ['ann'] }), waiting, 'ann').waive).toBe(true);
  const done = roundOf({ round: 4, state: 'FAILED', reason: 'tie' });
  const idle = mayOf(group({ ...open, status: 'idle' }), done, null);
  expect(idle).toEqual({ close: false, extend: null, open: 5, waive: false, manage: true });
});
