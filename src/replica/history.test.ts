import { expect, test } from 'vitest';
import type { Group } from '../core/group/state.ts';
import type { Event } from '../core/result.ts';
import { History, type HistoryLimits } from './history.ts';

/** Groups of which history needs no more than name and revision. */
function group(name: string, revision = 1): Group {
  return { name, revision } as Group;
}

function event(of: Group, type: Event['type'] = 'proposed'): Event {
  of.revision += 1;
  return { group: of.name, revision: of.revision, index: 1, time: 0, type, round: 1, agent: null };
}

function history(limits: Partial<HistoryLimits> = {}): { kept: History; written: number[] } {
  const written: number[] = [];
  const writer = () => (told: Event) => {
    written.push(told.revision);
    return new Uint8Array(100);
  };
  return { kept: new History(writer, limits), written };
}

const nobody = (): void => {};

test('writes nothing for groups that nobody follows, and one event once for all who do', () => {
  const { kept, written } = history();
  const g = group('g');
  kept.record([event(g)]);
  expect(written).toEqual([]);
  let woken = 0;
  const track = kept.follow(g, () => {
    woken += 1;
  });
  expect(kept.follow(g, nobody)).toBe(track);
  expect([track.reaches(1), track.reaches(2), track.reaches(3)]).toEqual([false, true, false]);
  kept.record([event(g), event(g)]);
  expect([written, woken]).toEqual([[3, 4], 1]);
  expect([track.after(2)?.revision, track.after(3)?.revision, track.after(4)]).toEqual([3, 4, undefined]);
});

test('keeps the latest events of each group within its bound, and one entry whole until the next', () => {
  const { kept } = history({ eventsPerGroup: 10 });
  const g = group('g');
  const track = kept.follow(g, nobody);
  kept.record(Array.from({ length: 30 }, () => event(g)));
  expect(track.reaches(1)).toBe(true);
  kept.record([event(g)]);
  expect([track.size, track.reaches(1), track.reaches(g.revision - 6)]).toEqual([6, false, true]);
  for (let i = 0; i < 1000; i += 1) {
    kept.record([event(g)]);
    expect(track.size).toBeLessThanOrEqual(11);
    expect(kept.size.bytes).toBe(track.size * 100);
    expect(track.after(g.revision - 1)?.revision).toBe(g.revision);
  }
});

test('bounds what all groups hold together: those nobody follows go first to come', () => {
  const { kept } = history({ bytes: 1000 });
  const groups = Array.from({ length: 20 }, (_, i) => group(`g${i}`));
  const tracks = groups.map((g) => kept.follow(g, nobody));
  for (const g of groups) kept.record([event(g)]);
  expect(kept.size).toEqual({ groups: 20, bytes: 1000 });
  expect(tracks.map((track) => track.reaches(1)).filter(Boolean)).toHaveLength(10);
  for (const track of tracks) kept.unfollow(track, nobody);
  for (const g of groups) kept.record([event(g), event(g)]);
  expect(kept.size.bytes).toBeLessThanOrEqual(1000);
  expect(kept.size.groups).toBeLessThan(20);
});

test('drops a group that nobody follows once nobody could go on with what is kept', () => {
  const { kept, written } = history({ eventsPerGroup: 10, unfollowed: 2 });
  const g = group('g');
  const track = kept.follow(g, nobody);
  kept.unfollow(track, nobody);
  for (let i = 0; i < 10; i += 1) kept.record([event(g)]);
  expect(kept.follow(g, nobody).reaches(1)).toBe(true);
  kept.unfollow(track, nobody);
  for (let i = 0; i < 100; i += 1) kept.record([event(g)]);
  expect(kept.size).toEqual({ groups: 0, bytes: 0 });
  expect(written.length).toBeLessThan(40);
  for (const name of ['a', 'b', 'c', 'd']) kept.unfollow(kept.follow(group(name), nobody), nobody);
  expect(kept.size.groups).toBe(2);
});

test('a deleted group ends its history; one of the same name in the same entry has its own', () => {
  const { kept, written } = history();
  const old = group('g', 7);
  const track = kept.follow(old, nobody);
  const made = group('g', 0);
  kept.record([event(old), event(old, 'group-deleted'), event(made, 'group-created'), event(made)]);
  expect([track.over, track.revision, written]).toEqual([true, 9, [8, 9]]);
  expect(kept.size).toEqual({ groups: 0, bytes: 0 });
  const next = kept.follow(made, nobody);
  expect([next === track, next.reaches(8), next.reaches(2)]).toEqual([false, false, true]);
  kept.unfollow(track, nobody);
  kept.record([event(made)]);
  expect(next.after(2)?.revision).toBe(3);
});
