import { expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { Interned } from '../group/interned.ts';
import { noStream } from '../group/stream.ts';
import { viewStability, viewWhole } from '../view/stream.ts';
import { decodeGroup, encodeGroup } from './group-record.ts';
import { streamOf } from './stream-record.ts';

/** A stream with an item of each kind, with and without all that it may leave out. */
function everything(): TestGroup {
  const room = new TestGroup({ rule: { electorate: { size: 2 }, next: 'continuous' } }, 'newest');
  room.join('a', { name: 'Ann' });
  room.join('b');
  room.join('o', { role: 'observer' });
  room.say('a', { x: [1] }, { key: 'k', round: 1, ackBy: 'all' });
  room.say('b', 'for a', { to: ['a'], replyTo: 5, ackBy: 1 });
  room.say('b', 'for o', { to: ['o'], ackBy: 1, key: 'k' });
  room.propose(null, 1);
  room.propose(null, 1);
  room.propose(null, 1);
  room.propose(null, 2);
  room.setCursor('o', 7);
  room.leave('o');
  return room;
}

test('a stream that was written and read back is the same, and goes on the same [Q1.10] [Q9.1]', () => {
  const room = everything();
  const { group } = room;
  const text = encodeGroup(group);
  const again = decodeGroup(text, new Interned());
  expect(encodeGroup(again)).toBe(text);
  const shown = [group, again].map((one) => [...one.stream.after(0)].map(viewWhole));
  expect(shown[1]).toEqual(shown[0]);
  expect(again.stream).toMatchObject({
    ...{ end: group.stream.end, oldest: 1, view: group.stream.view, messages: 3 },
    characters: group.stream.characters,
  });
  expect(again.stream.pending.map(({ offset }) => offset)).toEqual([5, 6]);
  const stabilities = [group, again].map((one) =>
    [...one.stream.after(0)].flatMap((item) => (item.type === 'message' ? [viewStability(one, item)] : [])),
  );
  expect(stabilities[1]).toEqual(stabilities[0]);
  expect(again.stream.withKey('t-a', 'k')?.offset).toBe(5);
  room.state.groups.set('g', again);
  expect(room.say('a', { x: [1] }, { key: 'k', round: 1, ackBy: 'all' })).toMatchObject({
    did: 'said-before',
  });
  room.setCursor('b', 5);
  expect(again.stream.pending.map(({ offset }) => offset)).toEqual([6]);
});

test('an addressed message of a group that admits by invite is so after a restart too [Q9.11]', () => {
  const room = new TestGroup({ admission: 'invite' }, 'newest');
  const [agent, secretHash, tokenHash] = ['a', 's', 't-a'];
  room.send({ type: 'put-invite', group: 'g', agent, role: 'voter', secretHash, byKeyHash: null });
  room.send({ type: 'redeem', group: 'g', agent, secretHash, tokenHash });
  room.join('a');
  room.say('a', 'to myself', { to: ['a'] });
  const again = decodeGroup(encodeGroup(room.group), new Interned()).stream;
  expect(again.at(again.end)).toMatchObject({ mail: { tokens: ['t-a'], byInvite: true } });
});

test('what a record says does not change with the group', () => {
  const { group } = everything();
  const before = encodeGroup(group);
  expect(before).toContain('["o","observer"');
  const [mark] = group.stream.pending;
  mark?.acknowledgements?.acknowledgedBy.push('z');
  expect(encodeGroup(group)).not.toBe(before);
});

test('a group of a log without streams has none in its record', () => {
  const room = new TestGroup();
  room.join('a', { name: 'Ann' });
  room.join('b');
  const again = decodeGroup(encodeGroup(room.group), new Interned());
  expect(again.stream).toBe(noStream);
  expect([...again.members.values()]).toEqual([...room.group.members.values()]);
  expect(again.members.get('a')).toMatchObject({ name: 'Ann', incarnation: 0, cursor: null });
  expect(streamOf(undefined)).toBe(noStream);
});
