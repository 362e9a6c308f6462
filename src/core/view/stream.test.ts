import { expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import type { Member } from '../group/state.ts';
import { viewItem, viewMember } from './stream.ts';

test('items are shown with all that they have, and null for what was not said [Q9.1] [Q9.11]', () => {
  const room = new TestGroup({ rule: { electorate: { size: 1 } } }, 'newest');
  room.join('a', { name: 'Ann' });
  room.join('b');
  room.say('a', { x: 1 }, { to: ['b'], round: 1, ackBy: 'all' });
  room.say('b', 'hi');
  room.propose(null, 7);
  room.leave('b');
  const shown = [...room.group.stream.after(0)].map((item) =>
    viewItem(room.group, item, { tokenHash: null, isManager: item.offset % 2 === 0 }),
  );
  const at = '1970-01-01T00:16:40.000Z';
  const voter = { type: 'view', role: 'voter', at };
  expect(shown).toEqual([
    { offset: 1, index: 2, view: 0, revision: 2, type: 'round-opened', at, round: 1 },
    {
      offset: 2,
      index: 3,
      view: 2,
      revision: 3,
      ...voter,
      change: 'joined',
      agent: 'a',
      name: 'Ann',
      incarnation: 2,
    },
    { offset: 3, index: 4, view: 3, revision: 4, ...voter, change: 'joined', agent: 'b', incarnation: 3 },
    {
      ...{
        offset: 4,
        index: 5,
        view: 3,
        revision: 4,
        type: 'message',
        at,
        from: 'a',
        name: 'Ann',
        body: { x: 1 },
      },
      ...{ to: ['b'], replyTo: null, round: 1, ackBy: 'all' },
    },
    {
      ...{ offset: 5, index: 6, view: 3, revision: 4, type: 'message', at, from: 'b', body: 'hi' },
      ...{ to: null, replyTo: null, round: null, ackBy: null },
    },
    {
      ...{ offset: 6, index: 7, view: 3, revision: 6, type: 'round-closed', at, round: 1 },
      ...{ state: 'SUCCESS', reason: 'agreed', value: 7 },
    },
    { offset: 7, index: 8, view: 7, revision: 7, ...voter, change: 'left', agent: 'b', incarnation: 3 },
  ]);
  const [ann, bob] = ['a', 'b'].map((agent) => viewMember(room.group.members.get(agent) as Member));
  expect(ann).toEqual({ agent: 'a', name: 'Ann', role: 'voter', incarnation: 2 });
  expect(bob).toEqual({ agent: 'b', role: 'voter', incarnation: 3 });
});

test('a round that failed decided nothing', () => {
  const room = new TestGroup({ rule: { electorate: { size: 1 } } }, 'newest');
  room.close(1);
  const item = room.group.stream.at(2);
  expect(item && viewItem(room.group, item, { tokenHash: null, isManager: false })).toMatchObject({
    state: 'FAILED',
    value: null,
  });
});
