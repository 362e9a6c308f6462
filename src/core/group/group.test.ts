import { describe, expect, it } from 'vitest';
import { settingsOf, TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };
const manual = { rule: { electorate: { agents: ['a'] }, next: 'manual' } };

describe('groups', () => {
  it('are made, left alone, changed and deleted [Q3.12] [Q3.15]', () => {
    const room = new TestGroup(null);
    expect(word(room.put(three))).toBe('created');
    expect(room.group.open?.number, 'and round 1 is open [Q3.1]').toBe(1);
    expect(room.put(three)).toEqual({ ok: true, did: 'unchanged', revision: 2 });
    expect(word(room.put({ ...three, title: 'x' }))).toBe('updated');
    expect(word(room.remove())).toBe('deleted');
    expect(word(room.remove())).toBe('group-not-found');
    expect(word(room.put(three))).toBe('created');
  });

  it('are changed only from the revision that was named [Q3.13]', () => {
    const room = new TestGroup(null);
    expect(word(room.put(three, { ifRevision: 0 }))).toBe('created');
    expect(word(room.put(manual, { ifRevision: 0 }))).toBe('revision-mismatch');
    expect(word(room.put(manual, { ifRevision: 2 }))).toBe('updated');
    expect(word(room.put(three, { ifRevision: 'any' }))).toBe('updated');
    expect(word(room.remove(2))).toBe('revision-mismatch');
    expect(word(room.remove(4))).toBe('deleted');
    expect(word(room.put(three, { ifRevision: 'any' }))).toBe('revision-mismatch');
    expect(word(new TestGroup(null).put(three, { ifRevision: 1 }))).toBe('revision-mismatch');
  });

  it('keep the keys that they have [Q3.13]', () => {
    const room = new TestGroup({ ...three, admission: 'key' });
    const others = { joinKeyHash: 'another', observerKeyHash: 'others' };
    expect(word(room.put({ ...three, admission: 'key', title: 'x' }, others))).toBe('join-key-wrong');
    expect(room.group.joinKeyHash).toBe('key');
  });

  it('keep the rule of an open round until the next [Q3.14]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 2 }, threshold: 2, next: 'continuous' } });
    room.put({ rule: { electorate: { size: 3 }, threshold: 1, next: 'continuous' } });
    room.propose('a', 1);
    room.propose('b', 2);
    expect(room.ending(1)).toBe('FAILED no-agreement');
    expect(room.group.open?.eligible).toBe(3);
  });

  it('go on as their rule says [Q4.19] [Q4.28] [Q3.16]', () => {
    const statuses = (next: string, maxRounds: number | null = null): string[] => {
      const room = new TestGroup({ rule: { electorate: { size: 1 }, threshold: 1, next, maxRounds } });
      room.propose('a');
      const failed = `${room.group.status} ${room.group.round}`;
      if (room.group.open === null) room.openRound();
      room.propose('a', 1);
      return [failed, `${room.group.status} ${room.group.round}`];
    };
    expect(statuses('until-success')).toEqual(['open 2', 'decided 2']);
    expect(statuses('continuous')).toEqual(['open 2', 'open 3']);
    expect(statuses('manual')).toEqual(['idle 1', 'idle 2']);
    expect(statuses('continuous', 2)).toEqual(['open 2', 'exhausted 2']);
    expect(statuses('until-success', 1)).toEqual(['exhausted 1', 'exhausted 1']);
    expect(statuses('until-success', 2), 'a decision is one, in the last round too').toEqual([
      'open 2',
      'decided 2',
    ]);
  });

  it('open another round after a decision when asked, not when used up [Q3.16]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 1 }, maxRounds: 2 } });
    room.propose('a', 1);
    expect(room.openRound()).toEqual({ ok: true, did: 'opened', round: 2 });
    room.propose('a');
    expect(word(room.openRound())).toBe('group-exhausted');
  });

  // The catalogue tells the owner of an exhausted group to do just this.
  it('that are used up go on when their owner raises maxRounds', () => {
    const rule = { electorate: { size: 1 }, next: 'manual' };
    const room = new TestGroup({ rule: { ...rule, maxRounds: 1 } });
    room.propose('a', 1);
    room.put({ rule: { ...rule, maxRounds: 2 } });
    expect(room.openRound()).toEqual({ ok: true, did: 'opened', round: 2 });
  });

  it('that are used up stay so when their subject changes', () => {
    const rule = { electorate: { size: 1 }, next: 'manual', maxRounds: 1 };
    const room = new TestGroup({ rule, subjectHash: 'x' });
    room.propose('a', 1);
    room.put({ rule, subjectHash: 'y' });
    expect(room.group.round).toBe(1);
  });

  it('with a new subject count nothing that was said about the old one [Q4.23]', () => {
    const room = new TestGroup({ ...three, subjectHash: 'x' });
    room.propose('a', 1);
    room.propose('b', 1);
    room.put({ ...three, subjectHash: 'y' });
    expect(room.ending(1)).toBe('FAILED subject-changed');
    expect(room.outcome(1).subjectHash).toBe('x');
    expect(room.group.open).toMatchObject({ number: 2, subjectHash: 'y' });
    expect(room.group.open?.proposals.size).toBe(0);
  });

  it('keep a bounded number of closed rounds [Q3.7]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    const command = {
      type: 'propose',
      group: 'g',
      agent: 'a',
      value: '1',
      seq: null,
      tokenHash: null,
    } as const;
    const rounds = Array.from({ length: limits.roundsKept + 5 }, (_, i) => i + 1);
    room.send(...rounds.map((round): Command => ({ ...command, round, key: `k${round}` })));
    expect([room.group.closed.size, Math.min(...room.group.closed.keys())]).toEqual([limits.roundsKept, 6]);
    expect(room.group.keys.size, 'and the keys of those only [Q3.6]').toBe(limits.roundsKept);
    expect(word(room.propose('a', 1, { round: 5 }))).toBe('round-closed');
    expect(word(room.propose('a', 1, { round: 6 }))).toBe('repeated');
  });

  it('forget with a closed round who proposed last in it [Q3.7]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    room.propose('once', 1);
    const plain = { type: 'propose', group: 'g', round: null, agent: 'often', value: '1' } as const;
    const again: Command = { ...plain, seq: null, tokenHash: null, key: null };
    room.send(...Array.from({ length: limits.roundsKept }, () => again));
    expect([...room.group.lastRound]).toEqual([['often', limits.roundsKept + 1]]);
  });

  // Once a group holds this many keys it remembers no new one, and says so to nobody.
  it('remember a key however many were used before [Q3.6]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 20 }, threshold: 1, next: 'continuous' } });
    const plain = {
      type: 'propose',
      group: 'g',
      round: null,
      value: '1',
      seq: null,
      tokenHash: null,
    } as const;
    const uses = Array.from({ length: 10_000 }, (_, i) => i);
    room.send(...uses.map((i): Command => ({ ...plain, agent: `a${i % 20}`, key: `k${i}` })));
    for (let i = 0; i < 20; i += 1) room.propose(`a${i}`, 1, { key: `last${i}` });
    expect(room.propose('a19', 1, { key: 'last19' })).toMatchObject({ did: 'repeated', round: 501 });
  });

  it('settings are compared as values, so a put again changes nothing', () => {
    expect(settingsOf({ preset: 'gate' })).toEqual(settingsOf({ preset: 'gate' }));
  });
});
