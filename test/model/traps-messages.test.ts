import { expect, it } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import type { Message } from '../../src/core/group/stream.ts';
import { addGroup, decodeGroup, encodeGroup } from '../../src/core/snapshot/group-record.ts';
import { viewItem, viewStability } from '../../src/core/view/stream.ts';
import { abc, TestGroup, word } from '../harness/test-group.ts';

/** What is known to go wrong with messages, as the protocol's text asks for it. The simulator has a seeded bug for each. */

/** Voters a, b and c have joined, at offsets 2, 3 and 4. */
function chat(ttl: Readonly<Record<string, number>> = {}): TestGroup {
  const room = new TestGroup({ rule: abc }, 'newest');
  for (const agent of ['a', 'b', 'c']) room.join(agent, { ttl: ttl[agent] ?? 3_600_000 });
  return room;
}

function stability(room: TestGroup, offset: number) {
  const { stability: state, acknowledgements } = viewStability(
    room.group,
    room.group.stream.at(offset) as Message,
  );
  const agents = (part: 'acknowledged' | 'waiting' | 'gone') => acknowledgements?.[part].agents.join();
  return `${state}: ${agents('acknowledged')} have, ${agents('gone')} gone`;
}

const say = (from: string, body: string): Command => ({
  ...{ type: 'say', group: 'g', tokenHash: `t-${from}`, body: JSON.stringify(body), key: null },
});

it('who acknowledges in the entry in which its lease ends is out first, and whoever has the name next does not make up for it [Q9.10] [Q9.4] [Q7.2]', () => {
  const room = chat({ c: 10_000 });
  for (let offset = 5; offset < 40; offset += 1) expect(room.say('a', offset)).toMatchObject({ offset });
  expect(room.say('a', 'who is there?', { ackBy: 'all' })).toMatchObject({ offset: 40, view: 4 });
  expect(room.say('a', 'well?')).toMatchObject({ offset: 41, view: 4 });
  room.setCursor('b', 41);
  expect(stability(room, 40)).toBe('pending: a,b have,  gone');
  expect(room.join('d', { ttl: 3_600_000 })).toMatchObject({ did: 'joined' });
  room.setCursor('d', 42);
  expect(stability(room, 40)).toBe('pending: a,b have,  gone');

  room.now += 10_000;
  const cursor: Command = { type: 'set-cursor', group: 'g', agent: 'c', tokenHash: 't-c', offset: 40 };
  const answers = room.send(cursor, say('a', 'one'), say('b', 'two'), say('d', 'three'));
  expect(answers.map(word)).toEqual(['agent-not-found', 'said', 'said', 'said']);
  expect(stability(room, 40)).toBe('impossible: a,b have, c gone');
  expect(answers.slice(1)).toMatchObject(
    [44, 45, 46].map((offset) => ({ offset, view: 43, index: room.state.index })),
  );

  room.join('c');
  room.setCursor('c', 40);
  room.setCursor('c', room.group.stream.end);
  expect(stability(room, 40), 'final').toBe('impossible: a,b have, c gone');
  const { group, state } = room;
  state.groups.delete('g');
  addGroup(state, decodeGroup(encodeGroup(group), state.interned));
  room.setCursor('c', room.group.stream.end);
  expect(stability(room, 40), 'after a checkpoint').toBe('impossible: a,b have, c gone');

  const read: number[] = [];
  for (let after = 39; ; ) {
    const [item] = [...room.group.stream.after(after)].slice(0, 1);
    if (item === undefined) break;
    read.push(item.offset);
    after = item.offset;
  }
  expect(read, 'in pages of one').toEqual([40, 41, 42, 43, 44, 45, 46, 47]);
});

it('a successor that resumed the cursor acknowledges nothing of its forerunner, though the message is pending still [Q9.10]', () => {
  const room = chat();
  room.join('d');
  room.setCursor('c', 5);
  expect(room.say('a', 'two of you', { to: ['b', 'c', 'd'], ackBy: 2 })).toMatchObject({ offset: 6 });
  room.leave('c');
  room.join('c');
  expect(room.setCursor('c', 8)).toMatchObject({ offset: 8 });
  expect(stability(room, 6)).toBe('pending:  have, c gone');
  room.setCursor('b', 6);
  expect(stability(room, 6)).toBe('pending: b have, c gone');
  room.setCursor('d', 8);
  expect(stability(room, 6)).toBe('stable: b,d have, c gone');
});

it('a repeat has the first answer, whatever has become of the view, the lease and the view that it asks for [Q9.6]', () => {
  const room = chat({ a: 5000 });
  const sent = { key: 'k', inView: 4 };
  const first = room.say('a', { x: 1 }, sent);
  expect(first).toMatchObject({ did: 'said', offset: 5, view: 4 });
  room.join('d');
  expect(room.say('a', { x: 1 }, sent)).toEqual({ ...first, did: 'said-before' });
  expect(word(room.say('a', { x: 2 }, sent))).toBe('key-reused');
  expect(word(room.say('b', { x: 2 }, { key: 'k' })), 'a key belongs to its agent').toBe('said');
  room.after(60_000);
  expect(room.group.members.get('a')?.live).toBe(false);
  expect(room.say('a', { x: 1 }, sent)).toEqual({ ...first, did: 'said-before' });
  expect(word(room.say('a', { x: 1 }))).toBe('agent-not-found');
});

it('a key is forgotten with its message: what is sent again later is another message [Q9.6] [Q9.8]', () => {
  const room = new TestGroup({ rule: abc, retention: { messages: 2 } }, 'newest');
  room.join('a');
  for (const key of ['k', 'l', 'm']) room.say('a', key, { key });
  expect(room.say('a', 'm', { key: 'm' })).toMatchObject({ did: 'said-before', offset: 5 });
  expect(room.say('a', 'k', { key: 'k' })).toMatchObject({ did: 'said', offset: 6 });
  expect(room.group.stream.oldest).toBe(5);
});

it('a name does not open mail, a token does; in a group of invites its later tokens do too [Q9.11]', () => {
  const room = chat();
  room.say('a', 'for b alone', { to: ['b'] });
  const seenBy = (one: TestGroup, tokenHash: string | null, isManager = false): string => {
    const item = one.group.stream.items.findLast(({ type }) => type === 'message') as Message;
    const shown = viewItem(one.group, item, { tokenHash, isManager });
    return 'withheld' in shown ? JSON.stringify(shown) : 'shown';
  };
  const withheld = '{"offset":5,"index":6,"withheld":true}';
  expect([null, 't-a', 't-b', 't-c'].map((token) => seenBy(room, token))).toEqual([
    withheld,
    'shown',
    'shown',
    withheld,
  ]);
  expect(seenBy(room, null, true)).toBe('shown');
  room.leave('b');
  room.join('b', { tokenHash: 'another' });
  expect(seenBy(room, 'another')).toBe(withheld);
  expect(seenBy(room, 't-b'), 'who it was sent to reads it still').toBe('shown');
  expect(word(room.say('c', 'what?', { replyTo: 5 }))).toBe('message-not-found');
  expect(room.say('c', 'what?', { replyTo: 5 })).toEqual({
    ...room.say('c', 'what?', { replyTo: 4 }),
    detail: expect.stringContaining('offset 5') as string,
  });

  const guests = new TestGroup(
    { rule: { electorate: { agents: ['a', 'b'] } }, admission: 'invite' },
    'newest',
  );
  for (const agent of ['a', 'b']) {
    guests.invite(agent);
    guests.redeem(agent);
    guests.join(agent, { role: null });
  }
  guests.say('a', 'for b', { to: ['b'] });
  guests.invite('b', { secretHash: 'next' });
  guests.redeem('b', { secretHash: 'next', tokenHash: 'its-second-device' });
  expect(seenBy(guests, 'its-second-device')).toBe('shown');
});

it('a group that is made again goes on above every offset that it had, and knows no key and no cursor [Q9.7] [Q3.15]', () => {
  const room = chat();
  room.say('a', 1, { key: 'k' });
  room.setCursor('a', 5);
  const { end } = room.group.stream;
  room.remove();
  room.put({ rule: abc });
  expect(room.group.stream.oldest).toBeGreaterThan(end + 1);
  room.join('a');
  expect(room.group.members.get('a')?.cursor).toBe(null);
  expect(word(room.setCursor('a', room.group.stream.end + 1))).toBe('cursor-ahead');
  expect(word(room.say('a', 2, { key: 'k' }))).toBe('said');
});

it('a message does not move the revision, nor does a cursor; a rename makes a view and no other membership [Q9.2] [Q9.3] [Q9.4]', () => {
  const room = chat();
  const { revision } = room.group;
  room.say('a', 'hi');
  room.setCursor('b', 5);
  expect(room.group.revision).toBe(revision);
  expect(room.group.stream.at(5)).toMatchObject({ revision, view: 4 });
  room.join('b', { name: 'Bob' });
  expect(room.group.members.get('b')).toMatchObject({ incarnation: 3, cursor: 5 });
  expect(room.group.stream.at(6)).toMatchObject({
    type: 'view',
    change: 'renamed',
    name: 'Bob',
    incarnation: 3,
    view: 6,
  });
  expect(word(room.say('a', 'who is Bob?', { inView: 4 }))).toBe('view-changed');
});
