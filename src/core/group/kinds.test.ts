import { expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import { viewItem, viewMember } from '../view/stream.ts';
import { viewAgent, viewInvite } from '../view/view.ts';
import { Interned } from './interned.ts';
import type { Group, Invite, Member } from './state.ts';

/** What an agent is: said on joining or by its invite, for showing only. */

const talking = () => new TestGroup({ rule: { electorate: { size: 3 } } }, 'newest');
const member = (group: Group, agent: string) => group.members.get(agent) as Member;

/** What the views of the group say of its agents, newest last. */
const views = (group: Group) =>
  group.stream.items
    .map((item) => viewItem(group, item, { tokenHash: null, isManager: false }))
    .filter((item) => item.type === 'view');

test('an agent is shown as what it says it is, and as nothing where it does not say [Q5.13]', () => {
  const room = talking();
  room.join('a', { kind: 'person', name: 'Ann' });
  room.join('b', { kind: 'model' });
  room.join('c');
  const seen = ['a', 'b', 'c'].map((agent) => [
    viewAgent(member(room.group, agent)).kind,
    viewMember(member(room.group, agent)).kind,
  ]);
  expect(seen).toEqual([
    ['person', 'person'],
    ['model', 'model'],
    [undefined, undefined],
  ]);
  expect(views(room.group)).toMatchObject([
    { kind: 'person', name: 'Ann' },
    { kind: 'model' },
    { agent: 'c' },
  ]);
  expect(Object.keys(viewAgent(member(room.group, 'c')))).not.toContain('kind');
});

test('joining again as something else is a visible change, as the same or without a kind it is none [Q5.13] [Q1.6]', () => {
  const room = talking();
  room.join('a', { kind: 'program' });
  const { revision } = room.group;
  room.join('a', { kind: 'program' });
  room.join('a');
  expect([room.group.revision, member(room.group, 'a').kind]).toEqual([revision, 'program']);
  room.join('a', { kind: 'model' });
  expect([room.group.revision, member(room.group, 'a').kind]).toEqual([revision + 1, 'model']);
  expect(room.events.at(-1)).toMatchObject({ type: 'agent-renamed', agent: 'a', revision: revision + 1 });
  room.join('a', { name: 'Ann' });
  expect(views(room.group).slice(1)).toMatchObject([
    { change: 'renamed', kind: 'model', incarnation: 2 },
    { change: 'renamed', kind: 'model', name: 'Ann', incarnation: 2 },
  ]);
  expect(views(room.group)[1]).not.toHaveProperty('name');
});

test('the kind of an invite goes before one given on joining, and another one is another invite [Q5.13] [Q5.14]', () => {
  const electorate = { agents: ['a', 'b'] };
  const room = new TestGroup({ admission: 'invite', rule: { electorate, threshold: 1 } }, 'newest');
  expect(room.invite('a', { kind: 'model' })).toMatchObject({ did: 'invited' });
  expect(room.invite('a', { kind: 'model' })).toMatchObject({ did: 'invited-before' });
  expect(room.invite('a', { kind: 'person' })).toMatchObject({ did: 'invited' });
  expect(viewInvite(room.group.invites.get('a') as Invite)).toMatchObject({ kind: 'person' });
  room.redeem('a');
  room.join('a', { kind: 'program' });
  expect(member(room.group, 'a').kind).toBe('person');
  const { revision } = room.group;
  room.join('a', { kind: 'program' });
  expect(room.group.revision).toBe(revision);
  room.invite('b');
  room.redeem('b');
  room.join('b', { kind: 'program' });
  expect(member(room.group, 'b').kind).toBe('program');
  expect(viewInvite(room.group.invites.get('b') as Invite)).not.toHaveProperty('kind');
});

test('a group that was written and read back knows what its agents are [Q1.10]', () => {
  const groups = [
    // In a log of version 1 there is no incarnation, and a member has no cursor.
    new TestGroup({ admission: 'invite', rule: { electorate: { agents: ['a'] }, threshold: 1 } }),
    talking(),
  ];
  for (const room of groups) {
    room.invite('a', { kind: 'model', name: 'Ann' });
    room.redeem('a');
    room.join('a', { kind: 'model' });
    room.join('b', { kind: 'person', name: 'Bob' });
    room.join('c', { name: 'Cy' });
    room.join('d');
    room.setCursor('b', 2);
    const text = encodeGroup(room.group);
    const read = decodeGroup(text, new Interned());
    expect(encodeGroup(read)).toBe(text);
    expect(read.members).toEqual(room.group.members);
    expect(read.invites).toEqual(room.group.invites);
    expect(read.stream.items).toEqual(room.group.stream.items);
  }
});
