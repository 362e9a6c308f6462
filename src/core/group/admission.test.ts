import { describe, expect, it } from 'vitest';
import { abc, said, TestGroup, word } from '../../../test/harness/test-group.ts';

const keyed = () => new TestGroup({ admission: 'key', rule: abc });
const keysOf = ({ group }: TestGroup) => [group.joinKeyHash, group.observerKeyHash];

describe('keys of a group', () => {
  it('are forgotten when it admits everybody, and others take their place [Q5.4]', () => {
    const room = keyed();
    room.put({ admission: 'open', rule: abc });
    expect(keysOf(room)).toEqual([null, null]);
    const next = { joinKeyHash: 'next', observerKeyHash: 'next-observers' };
    expect(word(room.put({ admission: 'key', rule: abc }, next))).toBe('updated');
    expect(keysOf(room)).toEqual(['next', 'next-observers']);
    expect(keysOf(new TestGroup({ rule: abc })), 'an open group has none, whatever its put names').toEqual([
      null,
      null,
    ]);
  });

  it('are never missing: a put that brings none where none are is not taken [Q5.4] [Q3.13]', () => {
    const none = { joinKeyHash: null, observerKeyHash: null };
    // As it was sent while the group had keys; others have opened or deleted it since.
    const opened = new TestGroup({ rule: abc });
    const before = opened.group.revision;
    expect(word(opened.put({ admission: 'key', rule: abc }, none))).toBe('revision-mismatch');
    expect(opened.group.revision).toBe(before);
    const gone = new TestGroup(null);
    expect(word(gone.put({ admission: 'key', rule: abc }, none))).toBe('revision-mismatch');
    expect(gone.state.groups.size).toBe(0);
  });

  it('give way to others at once, which is a visible change; the same again changes nothing [Q5.12] [Q1.6]', () => {
    const room = keyed();
    const { revision } = room.group;
    expect(word(room.putKeys('next', 'next-observers', 'key'))).toBe('updated');
    expect(room.events.at(-1)).toMatchObject({ type: 'keys-changed', revision: revision + 1 });
    expect(keysOf(room)).toEqual(['next', 'next-observers']);
    expect(word(room.join('a', { joinKeyHash: 'key' }))).toBe('join-key-wrong');
    expect(word(room.join('a', { joinKeyHash: 'next' }))).toBe('joined');
    const now = room.group.revision;
    expect(word(room.putKeys('next', 'next-observers', 'key'))).toBe('unchanged');
    expect(room.group.revision).toBe(now);
  });

  it('asked for twice at once are those that came first [Q5.12]', () => {
    const room = keyed();
    const putting = { type: 'put-keys', group: 'g', observerKeyHash: 'observers', inPlaceOf: 'key' } as const;
    const both = room.send({ ...putting, joinKeyHash: 'mine' }, { ...putting, joinKeyHash: 'yours' });
    expect(both.map(word)).toEqual(['updated', 'revision-mismatch']);
    expect(keysOf(room)).toEqual(['mine', 'observers']);
  });

  it('are not given to a group that admits everybody [Q5.12]', () => {
    const room = new TestGroup({ rule: abc });
    expect(word(room.putKeys('next', 'next-observers', null))).toBe('no-keys');
    expect(keysOf(room)).toEqual([null, null]);
  });
});

describe('an agent that is removed', () => {
  it('has left: its seat is absent, its proposal stays and is protected, its token is nothing [Q5.6] [Q5.3]', () => {
    const room = said({ threshold: 'unanimous' });
    for (const agent of ['a', 'b']) room.join(agent);
    room.propose('a', 7, { tokenHash: 't-a' });
    expect([room.removeAgent('a'), room.removeAgent('b')].map(word)).toEqual(['left', 'left']);
    expect(room.events.at(-1)).toMatchObject({ type: 'agent-left', agent: 'b' });
    expect([...(room.group.open?.absent ?? [])]).toEqual(['b']);
    expect(room.group.open?.proposals.get('a')?.value).toBe('7');
    expect(word(room.propose('a', 7)), 'to whoever has the name now').toBe('already-proposed');
    expect(word(room.renew('a'))).toBe('agent-not-found');
  });

  it('is removed by the administrator, or by the join key that the group has now [Q5.8]', () => {
    const room = keyed();
    room.join('a', { joinKeyHash: 'key' });
    room.putKeys('next', 'next-observers', 'key');
    expect(word(room.removeAgent('a', 'key'))).toBe('join-key-wrong');
    expect(room.group.members.get('a')?.live).toBe(true);
    expect(word(room.removeAgent('a', 'next'))).toBe('left');
    const open = said({});
    open.join('a');
    expect(word(open.removeAgent('a', 'key')), 'an open group has no key').toBe('join-key-wrong');
  });
});
