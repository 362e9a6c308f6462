import { describe, expect, it } from 'vitest';
import { abc, TestGroup, word } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import { decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import type { Json, Proposal } from '../types.ts';
import { viewAgent, viewProposal } from '../view/view.ts';
import { Interned } from './interned.ts';

type Body = { readonly [name: string]: Json };

/** A group under version 2 of the log. */
const roomWith = (rule: Body): TestGroup => {
  const room = new TestGroup(null);
  room.send({ type: 'activate', version: 2 });
  room.put({ rule: { ...abc, ...rule } });
  return room;
};
const held = (room: TestGroup, agent: string): Proposal => {
  const { open, closed } = room.group;
  return (open ?? closed.get(1))?.proposals.get(agent) as Proposal;
};
const shown = (room: TestGroup, agent: string, reader: string | null = null) => {
  const { open, closed } = room.group;
  const round = open ?? closed.get(1);
  return round && viewProposal(round, held(room, agent), reader);
};

describe('a note', () => {
  it('stands beside the first value: of a repeat it is not compared, and of a change it is the new one [Q4.42]', () => {
    const room = roomWith({ revote: true, reveal: 'live' });
    room.propose('a', 1, { note: 'first', key: 'k' });
    expect(word(room.propose('a', 1, { note: 'second' }))).toBe('repeated');
    expect(word(room.propose('a', 1, { note: 'third', key: 'k' }))).toBe('repeated');
    expect(held(room, 'a').note).toBe('first');
    expect(word(room.propose('a', 1, { seq: 1, note: 'fourth' }))).toBe('changed');
    expect(held(room, 'a').note).toBe('fourth');
    room.propose('a', 2, { seq: 2 });
    expect(held(room, 'a').note).toBeUndefined();
    room.propose('b', undefined, { note: 'no opinion' });
    expect(shown(room, 'b')).toMatchObject({ abstain: true, note: 'no opinion' });
    room.close(1);
    expect(word(room.propose('b', undefined, { round: 1, note: 'late' })), 'after the close').toBe(
      'repeated',
    );
    expect(shown(room, 'b')?.note).toBe('no opinion');
  });

  it('is shorter in large electorates, and is refused before anything is counted [Q4.42]', () => {
    const of = (size: number, note: string) => {
      const room = new TestGroup({ rule: { electorate: { size } } });
      const result = room.propose('a', 1, { note });
      expect(room.group.open?.proposals.size).toBe(result.ok ? 1 : 0);
      return word(result);
    };
    expect([of(2000, 'x'.repeat(2000)), of(2001, 'x'.repeat(2000))]).toEqual(['proposed', 'note-too-long']);
    expect([of(2001, 'x'.repeat(1999)), of(100_000, 'x'.repeat(41))]).toEqual(['proposed', 'note-too-long']);
    const room = roomWith({ revote: true });
    room.propose('a', 1, { seq: 1 });
    expect(word(room.propose('a', 2, { seq: 2, note: 'x'.repeat(2001) }))).toBe('note-too-long');
    expect(held(room, 'a')).toMatchObject({ value: '1', seq: 1 });
  });

  it('that could never be shown is not kept [Q4.42]', () => {
    const room = roomWith({ reveal: 'never' });
    room.propose('a', 1, { note: 'secret' });
    expect(held(room, 'a')).not.toHaveProperty('note');
    expect(encodeGroup(room.group)).not.toContain('secret');
  });
});

describe('a change of mind [Q5.17]', () => {
  const changed = (reveal: string, values: readonly (Json | undefined)[]): TestGroup => {
    const room = roomWith({ revote: true, reveal });
    values.forEach((value, i) => {
      room.propose('a', value, { seq: i + 1, tokenHash: 'own' });
      room.after(1000);
    });
    return room;
  };

  it('shows what it took the place of only where that was shown at the time', () => {
    const live = changed('live', ['tea', undefined, 'cake']);
    const times = live.entries
      .filter((_, i) => i > 1 && i % 2 === 0)
      .map(({ time }) => new Date(time).toISOString());
    expect(shown(live, 'a')).toEqual({
      ...{ agent: 'a', time: times[2], index: 7, seq: 3, token: true, value: 'cake', note: null },
      changes: [
        { time: times[0], index: 3, seq: 1, value: 'tea' },
        { time: times[1], index: 5, seq: 2, abstain: true },
      ],
    });
    const blind = changed('close', ['tea', 'cake']);
    const counted = { time: times[0], index: 3 };
    expect(shown(blind, 'a')).toEqual({
      ...{ agent: 'a', time: times[1], index: 5, token: true },
      changes: [counted],
    });
    const own = { seq: 2, value: 'cake', note: null, changes: [{ ...counted, seq: 1 }] };
    expect(shown(blind, 'a', 'own'), 'to its own token').toMatchObject(own);
    expect(shown(blind, 'a', 'another')).toEqual(shown(blind, 'a'));
    blind.close(1);
    expect(shown(blind, 'a'), 'after the close').toMatchObject(own);
    expect(shown(blind, 'a')?.changes[0]).not.toHaveProperty('value');
  });

  it('is not remembered before version 2 of the log, which all servers must have for it [Q1.11]', () => {
    const room = new TestGroup({ rule: { ...abc, revote: true } });
    room.propose('a', 1);
    room.propose('a', 2, { seq: 1 });
    expect(held(room, 'a')).not.toHaveProperty('changes');
  });

  it('is remembered of the last few, and not with a value longer than a note may be', () => {
    const values = Array.from({ length: 14 }, (_, i) => (i === 10 ? 'x'.repeat(2000) : i));
    const { changes = [] } = held(changed('live', values), 'a');
    expect(changes.length).toBe(limits.changesKept);
    expect(changes.map(({ value }) => value)).toEqual(
      [3, 4, 5, 6, 7, 8, 9, undefined, 11, 12].map((value) => value && String(value)),
    );
  });
});

it('a name is that of when the proposal was counted, and nobody else has it [Q5.13]', () => {
  const room = roomWith({});
  room.join('a', { name: 'Ann', ttl: 1000 });
  room.join('b', { name: 'Bob', ttl: 1000 });
  room.propose('a', 1, { tokenHash: 't-a' });
  const { revision } = room.group;
  expect(word(room.join('a', { name: 'Anna' }))).toBe('rejoined');
  expect(room.events.at(-1)).toMatchObject({ type: 'agent-renamed', agent: 'a', revision: revision + 1 });
  expect(word(room.join('a')), 'no name given: it stays').toBe('rejoined');
  expect([...room.group.members.values()].map(viewAgent)).toMatchObject([{ name: 'Anna' }, { name: 'Bob' }]);
  expect(room.group.revision).toBe(revision + 1);
  expect(shown(room, 'a')?.name).toBe('Ann');
  room.after(1000);
  room.propose('b', 1);
  expect(shown(room, 'b'), 'without a lease anybody may be b').not.toHaveProperty('name');
});

it('what is kept with proposals is in the record of the group, and only where there is any [Q1.10]', () => {
  const plain = roomWith({ revote: true });
  plain.propose('b', 2);
  const before = encodeGroup(plain.group);
  const room = roomWith({ revote: true, reveal: 'live' });
  room.join('a', { name: 'Ann' });
  room.propose('a', 1, { seq: 1, tokenHash: 't-a', note: 'why' });
  room.propose('a', undefined, { seq: 2, tokenHash: 't-a' });
  room.propose('a', 3, { seq: 3, tokenHash: 't-a', note: 'because' });
  room.propose('b', 2, { note: 'so' });
  const read = () => decodeGroup(encodeGroup(room.group), new Interned());
  expect(read().open?.proposals).toEqual(room.group.open?.proposals);
  expect(held(room, 'a')).toMatchObject({ name: 'Ann', note: 'because', changes: { length: 2 } });
  expect(read().members).toEqual(room.group.members);
  room.close(1);
  expect([...read().closed]).toEqual([...room.group.closed]);
  expect(read().keptCharacters).toBe(room.group.keptCharacters);
  expect(room.group.keptCharacters).toBe(
    '3'.length + 'because'.length + '1'.length + '2'.length + 'so'.length,
  );
  const blind = roomWith({ revote: true });
  for (const value of [1, 2]) blind.propose('a', value, { seq: value });
  const again = decodeGroup(encodeGroup(blind.group), new Interned());
  expect(again.open?.proposals).toEqual(blind.group.open?.proposals);
  expect(before, 'nothing stands behind the seats').toContain('["b","2",null,null,0,3],[],1000000,true,0],');
});

it('a group keeps fewer rounds once their values and notes are long [Q3.7]', () => {
  const size = 500;
  const rule = { electorate: { size }, threshold: 1, next: 'continuous' };
  const room = roomWith(rule);
  const note = 'x'.repeat(limits.noteLength);
  const plain = { type: 'propose', group: 'g', round: null, seq: null, tokenHash: null, key: null } as const;
  const agents = Array.from({ length: size }, (_, i) => `a${i}`);
  for (let round = 1; round <= 34; round += 1)
    room.send(...agents.map((agent) => ({ ...plain, agent, value: '1', note })));
  const most = Math.floor(limits.charactersKept / (size * (note.length + 1)));
  expect([...room.group.closed.keys()]).toEqual(Array.from({ length: most }, (_, i) => 35 - most + i));
  expect(room.group.keptCharacters).toBe(most * size * (note.length + 1));
});
