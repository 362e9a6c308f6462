import { describe, expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { addGroup, encodeGroup, groupInChunks } from '../snapshot/group-record.ts';
import { dueDeliveries } from './deliveries.ts';
import { emptyMap, withRound } from './small-maps.ts';
import { type Group, Groups } from './state.ts';

const unread = (group: Group, told: string[] = []) => ({
  name: group.name,
  nextDue: Infinity,
  hasUndelivered: false,
  read: () => {
    told.push(group.name);
    return group;
  },
});

describe('groups that are still text [Q1.10]', () => {
  const { group } = new TestGroup();

  test.each<[string, (groups: Groups) => unknown]>([
    ['get', (groups) => groups.get('g')],
    ['values', (groups) => [...groups.values()][0]],
    ['entries', (groups) => [...groups.entries()][0]?.[1]],
    ['iteration', (groups) => [...groups][0]?.[1]],
    [
      'forEach',
      (groups) => {
        const found: Group[] = [];
        groups.forEach((one, name, all) => {
          expect([name, all]).toEqual(['g', groups]);
          found.push(one);
        });
        return found[0];
      },
    ],
  ])('are read once, when %s asks for them', (_, ask) => {
    const told: string[] = [];
    const groups = new Groups();
    groups.store(unread(group, told));
    expect([groups.has('g'), groups.size, told.length]).toEqual([true, 1, 0]);
    expect(ask(groups)).toBe(group);
    expect(ask(groups)).toBe(group);
    expect(told).toEqual(['g']);
    expect(groups.held('g')).toBe(group);
  });

  test('come into a state without being read, with what is due in them', () => {
    const { state } = new TestGroup(null);
    const told: string[] = [];
    addGroup(state, { ...unread(group, told), nextDue: 7 });
    addGroup(state, { ...unread(group, told), name: 'h', nextDue: Infinity });
    expect(told).toEqual([]);
    expect([state.due.first, state.due.next, state.due.size]).toEqual(['g', 7, 1]);
    expect(state.undelivered.next).toBe(Infinity);
  });
});

test('a restored group with something to deliver is read when somebody asks what is due, and then no more', () => {
  const room = new TestGroup({ rule: { electorate: { size: 1 } } }, 'newest');
  room.putWebhook('w');
  room.propose('a', 1);
  const { state } = new TestGroup(null);
  const told: string[] = [];
  addGroup(state, { ...unread(room.group, told), hasUndelivered: true });
  state.undelivered.addUnread('deleted meanwhile');
  expect([state.undelivered.next, told.length]).toEqual([0, 0]);
  for (let i = 0; i < 2; i += 1)
    expect([...dueDeliveries(state, room.now)].map(({ webhook }) => webhook.id)).toEqual(['w']);
  expect([state.undelivered.next, told]).toEqual([room.now, ['g']]);
});

test('one closed round is kept as a map of one, which more make a plain one', () => {
  const one = withRound(emptyMap<number, string>(), 5, 'five');
  expect([one.size, one.get(5), one.get(6), one.has(5), one.has(6)]).toEqual([
    1,
    'five',
    undefined,
    true,
    false,
  ]);
  expect([[...one], [...one.entries()]]).toEqual([[[5, 'five']], [[5, 'five']]]);
  expect([...one.keys(), ...one.values()]).toEqual([5, 'five']);
  const seen: unknown[] = [];
  one.forEach((value, key, map) => void seen.push(value, key, map));
  expect(seen).toEqual(['five', 5, one]);
  expect([...withRound(one, 6, 'six')]).toEqual([
    [5, 'five'],
    [6, 'six'],
  ]);
});

test('a group can be written with its closed rounds or without', () => {
  const room = new TestGroup({ rule: { electorate: { size: 1 }, next: 'continuous' } });
  room.propose('a', 'kept');
  expect([...groupInChunks(room.group, true)].join('')).toContain('kept');
});

test('equal groups are written alike, whether their rules are one object or several', () => {
  const { group } = new TestGroup({ rule: { electorate: { size: 1 }, next: 'continuous' } });
  const other = { ...group, open: group.open && { ...group.open, rule: structuredClone(group.open.rule) } };
  expect(encodeGroup(other)).toBe(encodeGroup(group));
});
