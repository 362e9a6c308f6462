import { expect, test } from 'vitest';
import type { Group } from '../../core/group/state.ts';
import type { Event } from '../../core/result.ts';
import type { BacklogLimits } from './backlog.ts';
import { GroupBacklogs } from './group-backlogs.ts';

/** A group with only the fields that a backlog reads. */
function group(name: string, revision = 1): Group {
  return { name, revision } as Group;
}

function event(of: Group, type: Event['type'] = 'proposed'): Event {
  of.revision += 1;
  return { group: of.name, revision: of.revision, index: 1, time: 0, type, round: 1, agent: null };
}

function made(limits: Partial<BacklogLimits> = {}): { backlogs: GroupBacklogs; written: number[] } {
  const written: number[] = [];
  const writer = () => (event: Event) => {
    written.push(event.revision);
    return new Uint8Array(100);
  };
  return { backlogs: new GroupBacklogs(writer, limits), written };
}

const nobody = (): void => {};

test('writes nothing for groups that nobody follows, and one event once for all who do', () => {
  const { backlogs, written } = made();
  const g = group('g');
  backlogs.add([event(g)]);
  expect(written).toEqual([]);
  let woken = 0;
  const backlog = backlogs.follow(g, () => {
    woken += 1;
  });
  expect(backlogs.follow(g, nobody)).toBe(backlog);
  expect([backlog.canResumeAfter(1), backlog.canResumeAfter(2), backlog.canResumeAfter(3)]).toEqual([
    false,
    true,
    false,
  ]);
  backlogs.add([event(g), event(g)]);
  expect([written, woken]).toEqual([[3, 4], 1]);
  expect([backlog.after(2)?.size, backlog.after(3)?.size, backlog.after(4)]).toEqual([100, 100, undefined]);
});

test('keeps the latest events of each group within its bound, and all of one entry until the next', () => {
  const { backlogs } = made({ eventsPerGroup: 10 });
  const g = group('g');
  const backlog = backlogs.follow(g, nobody);
  backlogs.add(Array.from({ length: 30 }, () => event(g)));
  expect(backlog.canResumeAfter(1)).toBe(true);
  backlogs.add([event(g)]);
  expect([backlog.length, backlog.canResumeAfter(1), backlog.canResumeAfter(g.revision - 6)]).toEqual([
    6,
    false,
    true,
  ]);
  for (let i = 0; i < 1000; i += 1) {
    backlogs.add([event(g)]);
    expect(backlog.length).toBeLessThanOrEqual(11);
    expect(backlogs.size.bytes).toBe(backlog.length * 100);
    expect([backlog.last, backlog.after(g.revision - 1)?.size]).toEqual([g.revision, 100]);
  }
});

test('bounds what all groups hold together: those that nobody follows are dropped first', () => {
  const { backlogs } = made({ bytes: 1000 });
  const groups = Array.from({ length: 20 }, (_, i) => group(`g${i}`));
  const followed = groups.map((g) => backlogs.follow(g, nobody));
  for (const g of groups) backlogs.add([event(g)]);
  expect(backlogs.size).toEqual({ backlogs: 20, bytes: 1000 });
  expect(followed.map((backlog) => backlog.canResumeAfter(1)).filter(Boolean)).toHaveLength(10);
  for (const backlog of followed) backlogs.unfollow(backlog, nobody);
  for (const g of groups) backlogs.add([event(g), event(g)]);
  expect(backlogs.size.bytes).toBeLessThanOrEqual(1000);
  expect(backlogs.size.backlogs).toBeLessThan(20);
});

test('drops a group that nobody follows once no stream could resume from it', () => {
  const { backlogs, written } = made({ eventsPerGroup: 10, unfollowed: 2 });
  const g = group('g');
  const backlog = backlogs.follow(g, nobody);
  backlogs.unfollow(backlog, nobody);
  for (let i = 0; i < 10; i += 1) backlogs.add([event(g)]);
  expect(backlogs.follow(g, nobody).canResumeAfter(1)).toBe(true);
  backlogs.unfollow(backlog, nobody);
  for (let i = 0; i < 100; i += 1) backlogs.add([event(g)]);
  expect(backlogs.size).toEqual({ backlogs: 0, bytes: 0 });
  expect(written.length).toBeLessThan(40);
  for (const name of ['a', 'b', 'c', 'd']) backlogs.unfollow(backlogs.follow(group(name), nobody), nobody);
  expect(backlogs.size.backlogs).toBe(2);
});

test('a deleted group ends its backlog; one of the same name in the same entry has its own', () => {
  const { backlogs, written } = made();
  const old = group('g', 7);
  const backlog = backlogs.follow(old, nobody);
  const anew = group('g', 0);
  backlogs.add([event(old), event(old, 'group-deleted'), event(anew, 'group-created'), event(anew)]);
  expect([backlog.over, backlog.last, written]).toEqual([true, 9, [8, 9]]);
  expect(backlogs.size).toEqual({ backlogs: 0, bytes: 0 });
  const next = backlogs.follow(anew, nobody);
  expect([next === backlog, next.canResumeAfter(8), next.canResumeAfter(2)]).toEqual([false, false, true]);
  backlogs.unfollow(backlog, nobody);
  backlogs.add([event(anew)]);
  expect([next.after(2)?.size, next.last]).toEqual([100, 3]);
});
