import { describe, expect, test } from 'vitest';
import { createCommand, settingsOf } from '../../../test/harness/entries.ts';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import { viewGroup } from '../view/view.ts';
import type { Item } from './stream.ts';

/** A group in whose rounds two voters must agree. */
const pair = { rule: { electorate: { live: { min: 2, max: 2 } }, next: 'continuous' } } as const;

function talking(body: ConstructorParameters<typeof TestGroup>[0] = {}): TestGroup {
  return new TestGroup(body, 'newest');
}

function itemsOf(room: TestGroup): Item[] {
  return [...room.group.stream.after(0)];
}

/** What each item is, in order. */
function storyOf(room: TestGroup): string[] {
  return itemsOf(room).map((item) => {
    if (item.type === 'view') return `${item.agent} ${item.change}`;
    return item.type === 'message' ? `${item.from}: ${item.body}` : `${item.type} ${item.round}`;
  });
}

describe('the stream of a group [Q9.1]', () => {
  test('numbers views, messages and rounds without gaps, and within a command the cause comes first', () => {
    const room = talking(pair);
    room.join('a');
    room.join('b');
    room.say('a', 'hello');
    room.propose('a', 1, { tokenHash: 't-a' });
    room.propose('b', 1, { tokenHash: 't-b' });
    room.propose('a', 2, { tokenHash: 't-a' });
    room.leave('b');
    expect(storyOf(room)).toEqual([
      ...['round-opened 1', 'a joined', 'b joined', 'a: "hello"'],
      ...['round-closed 1', 'round-opened 2', 'b left', 'round-closed 2', 'round-opened 3'],
    ]);
    expect(itemsOf(room).map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(itemsOf(room).map(({ view }) => view)).toEqual([0, 2, 3, 3, 3, 3, 7, 7, 7]);
  });

  test('puts what has run out before what the entry says, and a departure before the round that it ends', () => {
    const room = talking({
      rule: { electorate: { agents: ['a', 'b'] }, absent: 'excluded', next: 'continuous' },
    });
    room.join('a', { ttl: 5000 });
    room.join('b', { ttl: 60_000 });
    room.propose('b', 1, { tokenHash: 't-b' });
    room.now += 10_000;
    room.say('b', 'alone?');
    expect(storyOf(room).slice(3)).toEqual(['a expired', 'round-closed 1', 'round-opened 2', 'b: "alone?"']);
    const [, , , expired, , , said] = itemsOf(room) as [...Item[], Item];
    expect(said).toMatchObject({ view: expired?.offset, index: expired?.index });
  });

  test('says of a closed round what it decided', () => {
    const room = talking({ rule: { electorate: { size: 1 } } });
    room.propose(null, { x: 1 });
    expect(itemsOf(room).at(-1)).toMatchObject({
      ...{ type: 'round-closed', round: 1, state: 'SUCCESS', reason: 'agreed', value: '{"x":1}' },
      revision: room.group.revision,
    });
  });

  test('does not exist in a log of version 1, and begins with the first change after it', () => {
    const room = new TestGroup(pair);
    room.join('a');
    expect([
      room.group.stream.end,
      room.group.stream.oldest,
      room.group.members.get('a')?.incarnation,
    ]).toEqual([0, 1, 0]);
    room.send({ type: 'activate', version: 2 });
    expect(room.say('a', 'at last')).toMatchObject({ ok: true, offset: 1, view: 0 });
    room.join('b');
    expect(room.group.members.get('b')?.incarnation).toBe(2);
  });

  test('of a group made again goes on above every offset that the old one had [Q9.7]', () => {
    const room = talking(pair);
    room.join('a');
    for (let i = 0; i < 20; i += 1) room.say('a', i);
    const { end } = room.group.stream;
    room.send({ type: 'delete-group', group: 'g', ifRevision: null }, createCommand('g', settingsOf(pair)));
    expect(room.group.stream.oldest).toBeGreaterThan(end);
    expect(storyOf(room)).toEqual(['round-opened 1']);
  });
});

describe('views [Q9.3]', () => {
  test('are made by joins, leaves, expiries and new names, and name what changed', () => {
    const room = talking();
    room.join('a', { name: 'Ann' });
    room.join('a', { name: 'Ann' });
    room.join('a', { name: 'Anna' });
    room.join('b', { role: 'observer', ttl: 2000 });
    room.leave('a');
    room.now += 2000;
    room.send({ type: 'tick' });
    const views = itemsOf(room).filter(({ type }) => type === 'view');
    expect(views).toMatchObject([
      { change: 'joined', agent: 'a', name: 'Ann', role: 'voter', incarnation: 2, view: 2 },
      { change: 'renamed', agent: 'a', name: 'Anna', incarnation: 2, view: 3 },
      { change: 'joined', agent: 'b', role: 'observer', incarnation: 4, view: 4 },
      { change: 'left', agent: 'a', name: 'Anna', incarnation: 2, view: 5 },
      { change: 'expired', agent: 'b', incarnation: 4, view: 6 },
    ]);
    expect(views[2]).not.toHaveProperty('name');
    expect(room.group.stream.view).toBe(6);
  });

  test('count a membership that was broken as another incarnation [Q9.4]', () => {
    const room = talking();
    const incarnation = (): number | undefined => room.group.members.get('a')?.incarnation;
    room.join('a', { ttl: 2000 });
    const first = incarnation();
    room.now += 1000;
    room.join('a', { ttl: 2000 });
    expect(incarnation()).toBe(first);
    room.now += 2000;
    room.join('a');
    expect(incarnation()).toBe(4);
    room.leave('a');
    room.join('a', { role: 'observer' });
    expect(incarnation()).toBe(6);
  });
});

describe('what a stream keeps [Q9.8]', () => {
  test('is a suffix without gaps, of at most so many messages, also once the group says fewer', () => {
    const room = talking({ retention: { messages: 3 } });
    room.join('a');
    for (let i = 1; i <= 5; i += 1) room.say('a', i);
    expect(storyOf(room)).toEqual(['a: 3', 'a: 4', 'a: 5']);
    expect(room.group.stream.at(4)).toBe(undefined);
    room.join('b');
    room.put({ retention: { messages: 1 } });
    expect(storyOf(room)).toEqual(['a: 5', 'b joined']);
    expect(viewGroup(room.group, 1).retention).toEqual({ rounds: null, idle: null, messages: 1 });
    const rounds = talking({ retention: { rounds: 2 } });
    expect(viewGroup(rounds.group, 1).retention).toEqual({ rounds: 2, idle: null, messages: null });
    expect(room.group.stream).toMatchObject({ oldest: 7, end: 8, length: 2, messages: 1 });
  });

  test('is at most so many items', () => {
    const room = talking();
    const joins = Array.from({ length: 4000 }, (_, i) => {
      const agent = `a${i}`;
      return [
        { type: 'join', group: 'g', agent, role: null, ttl: 60_000, tokenHash: agent, joinKeyHash: null },
        { type: 'leave', group: 'g', agent, tokenHash: agent },
      ] as const;
    });
    room.send(...joins.flat());
    room.send(...joins.flat());
    expect(room.group.stream).toMatchObject({ end: 16_001, oldest: 6002, length: limits.itemsKept });
    expect(itemsOf(room)[0]).toMatchObject({ offset: 6002, change: 'joined', agent: 'a3000' });
  });

  test('is at most so many characters, and always the latest', () => {
    const room = talking();
    room.join('a');
    const body = 'x'.repeat(16_000);
    for (let i = 0; i < 260; i += 1) room.say('a', body);
    const { stream } = room.group;
    expect(stream.characters).toBeLessThanOrEqual(limits.streamCharactersKept);
    expect(stream.messages).toBe(Math.floor(limits.streamCharactersKept / 16_002));
    expect(stream.end).toBe(262);
  });
});
