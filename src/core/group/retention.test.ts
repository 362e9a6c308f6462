import { describe, expect, it } from 'vitest';
import { TestGroup, word } from '../../../test/harness/test-group.ts';
import { apply } from '../apply.ts';
import type { Command, Entry } from '../entry.ts';
import { decodeGlobals, encodeGlobals } from '../snapshot/globals.ts';
import { addGroup, decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import { stateHash } from '../snapshot/state-hash.ts';
import { tellingFor } from './classroom.ts';
import { emptyState, type Group } from './state.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };
const manual = { rule: { electorate: { agents: ['a'] }, next: 'manual' } };

describe('groups', () => {
  it('keep fewer closed rounds where they are told to [Q3.17]', () => {
    const body = { rule: { electorate: { size: 1 }, next: 'continuous' }, retention: { rounds: 2 } };
    const room = new TestGroup(body);
    for (let i = 0; i < 5; i += 1) room.propose('a', i);
    expect([...room.group.closed.keys()]).toEqual([4, 5]);
    room.put({ ...body, retention: { rounds: 1 } });
    expect([...room.group.closed.keys()], 'with the next close').toEqual([4, 5]);
    room.propose('a', 7);
    expect([...room.group.closed.keys()]).toEqual([6]);
    expect(room.group.kept).toBe(1);
  });

  it('of many forget a round bit by bit, and nobody can tell [Q1.10] [Q3.6] [Q3.17]', () => {
    const size = 1300;
    const rule = { electorate: { size }, threshold: 1, next: 'continuous' };
    const room = new TestGroup({ rule, retention: { rounds: 2 } });
    const commands: Command[] = [];
    const propose = (agent: string, value: number, key: string): void => {
      const plain = { round: null, seq: null, tokenHash: null } as const;
      commands.push({ type: 'propose', group: 'g', agent, value: String(value), key, ...plain });
    };
    for (let i = 0; i < size; i += 1) propose(`a${i}`, i, `k${i}`);
    for (const command of commands.splice(0)) room.send(command);
    room.tell('a1299', true);
    for (const group of ['z', 'b']) for (let i = 0; i < size; i += 1) propose(`${group}${i}`, i, `k${i}`);
    for (const command of commands.splice(0, size)) room.send(command);
    room.tell('z1299', true);
    room.put({ rule, retention: { rounds: 1 } });
    for (const command of commands.splice(0)) room.send(command);
    expect(room.group.gone?.length, 'some of round 2 are still to be forgotten').toBe(1);
    for (const agent of ['a1299', 'z1299'])
      expect(tellingFor(room.group, agent, true)).toMatchObject({ isOwn: false });
    // Keys and agents of rounds that are gone, forgotten or not, and of round 3.
    propose('z1299', 1299, 'k1299');
    propose('z1298', 7, 'k1298');
    propose('a0', 8, 'k0');
    propose('b1299', 1299, 'k1299');
    for (let i = 0; i < 9; i += 1) propose(`c${i}`, i, `k${i}`);
    const read = emptyState();
    decodeGlobals(encodeGlobals(room.state), read);
    addGroup(read, decodeGroup(encodeGroup(room.group), read.interned));
    expect(stateHash(read)).toBe(stateHash(room.state));
    for (const command of commands) {
      const [result] = room.send(command);
      const entry = room.entries.at(-1) as Entry;
      expect(apply(read, entry, room.state.index).results[0]).toEqual(result);
      expect(encodeGroup(read.groups.get('g') as Group)).toBe(encodeGroup(room.group));
    }
    expect(room.group.gone).toBeNull();
    expect(room.group.lastRound.size).toBe(size + 3 + 9);
    expect(room.group.keys.size).toBe(size + 3 + 9);
  });

  describe('that are to go when they are idle [Q3.17]', () => {
    const idle = { retention: { idle: '1m' } };
    const isThere = (room: TestGroup): boolean => room.state.groups.has('g');

    it('go with their open round once nothing has changed for so long, and not before', () => {
      const room = new TestGroup({ ...three, ...idle });
      room.after(59_999);
      expect(isThere(room)).toBe(true);
      room.after(1);
      expect(isThere(room)).toBe(false);
      const last = room.events.slice(-2);
      expect(last.map(({ type, round }) => [type, round])).toEqual([
        ['round-closed', 1],
        ['group-deleted', null],
      ]);
      expect(room.state.due.next, 'nothing is due any more').toBe(Infinity);
    });

    it('go before the next command to them is looked at, tick or no tick', () => {
      const room = new TestGroup({ ...three, ...idle });
      room.now += 60_000;
      expect(word(room.propose('a', 1))).toBe('group-not-found');
      expect(word(room.put({ ...three, ...idle }))).toBe('created');
      expect(room.group.round, 'another group under the name').toBe(1);
      const before = room.events
        .filter(({ type }) => type === 'group-deleted')
        .map(({ revision }) => revision);
      expect(room.group.revision, 'above every revision of the old one [Q3.15]').toBeGreaterThan(
        before[0] as number,
      );
    });

    it('stay while an agent is live, and for as long again after it has gone', () => {
      const room = new TestGroup({ ...three, ...idle });
      room.join('a', { ttl: 300_000 });
      room.after(200_000);
      room.leave('a');
      room.after(59_999);
      expect(isThere(room)).toBe(true);
      room.after(1);
      expect(isThere(room)).toBe(false);
    });

    it('stay while their open round has a proposal', () => {
      const room = new TestGroup({ ...manual, ...idle, rule: { ...manual.rule, electorate: { size: 2 } } });
      room.propose('a', 1);
      room.after(86_400_000);
      expect(room.group.open?.proposals.size).toBe(1);
      room.propose('b', 1);
      expect(room.ending(1)).toBe('SUCCESS agreed 1');
      room.after(60_000);
      expect(isThere(room)).toBe(false);
    });

    it('count from any change, timers included, and stay when told so in time', () => {
      const rule = { ...three.rule, deadline: '50s', next: 'manual' };
      const room = new TestGroup({ rule, ...idle });
      room.after(50_000).after(59_999);
      expect(isThere(room), 'the deadline was a change').toBe(true);
      room.put({ rule });
      room.after(86_400_000);
      expect(isThere(room)).toBe(true);
      room.put({ rule, ...idle });
      room.after(59_999);
      expect(isThere(room)).toBe(true);
      room.after(1);
      expect(isThere(room)).toBe(false);
    });
  });
});
