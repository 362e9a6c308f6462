import { describe, expect, it } from 'vitest';
import { TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import { decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import { viewInvite } from '../view/view.ts';
import { Interned } from './interned.ts';
import { holderOf, speakerOf } from './members.ts';

const electorate = { agents: ['a', 'b', 'c'] };
const gate = (rule: object = {}): TestGroup =>
  new TestGroup({ admission: 'invite', rule: { electorate, next: 'manual', ...rule } });

/** A group in which these hold a token by invite, and no lease. */
const holding = (agents: readonly string[], rule: object = {}): TestGroup => {
  const room = gate(rule);
  for (const agent of agents) {
    room.invite(agent);
    room.redeem(agent);
  }
  return room;
};
const mine = (agent: string) => ({ tokenHash: `t-${agent}` });

describe('an invite', () => {
  it('gives one instance the token of a name, once [Q5.15]', () => {
    const room = gate();
    expect(word(room.invite('a'))).toBe('invited');
    room.now += 1000;
    expect(word(room.redeem('a'))).toBe('redeemed');
    const { revision } = room.group;
    room.now += 1000;
    expect(word(room.redeem('a')), 'its own retry').toBe('redeemed');
    const used = room.redeem('a', { tokenHash: 'thief' });
    expect(used).toMatchObject({ code: 'invite-used', since: room.start + 1000 });
    expect(word(room.redeem('a', { secretHash: 's-b' }))).toBe('invite-wrong');
    expect(word(room.redeem('b', { secretHash: 's-a' }))).toBe('invite-wrong');
    expect(room.group.revision).toBe(revision);
    expect(word(room.propose('a', 1, { tokenHash: 'thief' }))).toBe('token-wrong');
    expect(word(room.propose('a', 1, mine('a')))).toBe('proposed');
  });

  it('put again with the same secret, name and role is the same one [Q5.14]', () => {
    const room = gate();
    room.invite('a', { name: 'Ann' });
    room.redeem('a');
    expect(word(room.invite('a', { name: 'Ann' }))).toBe('invited-before');
    expect(word(room.propose('a', 1, mine('a'))), 'its token holds').toBe('proposed');
    expect(word(room.invite('a', { name: 'Anna' })), 'another name is another invite').toBe('invited');
    expect(room.group.invites.get('a')).toMatchObject({ name: 'Anna', state: 'open', tokenHash: null });
    expect(word(room.propose('b', 1, mine('b')))).toBe('not-invited');
  });

  it('is made and revoked by the manager of the group alone [Q5.14]', () => {
    const room = gate();
    const { joinKeyHash } = room.group;
    expect(word(room.invite('a', { byKeyHash: 'old' }))).toBe('join-key-wrong');
    expect(word(room.invite('a', { byKeyHash: joinKeyHash }))).toBe('invited');
    expect(word(room.revoke('a', 'old'))).toBe('join-key-wrong');
    expect(word(room.revoke('a', joinKeyHash))).toBe('revoked');
    expect(word(room.revoke('z'))).toBe('agent-not-found');
  });

  it('names an elector, where the rule names them, or an observer [Q5.14]', () => {
    const room = gate();
    expect(word(room.invite('z'))).toBe('not-eligible');
    expect(word(room.invite('z', { role: 'observer' }))).toBe('invited');
    room.redeem('z');
    expect(word(room.propose('z', 1, mine('z')))).toBe('not-a-voter');
    const anybody = gate({ electorate: { size: 2 } });
    expect(word(anybody.invite('z'))).toBe('invited');
  });

  it('is one of so many; those that are revoked make room [Q5.14] [Q1.9]', () => {
    const room = gate({ electorate: { size: 2 } });
    const invite = (i: number): Command => ({
      ...{ type: 'put-invite', group: 'g', agent: `a${i}`, role: 'voter' },
      ...{ secretHash: `s${i}`, byKeyHash: null },
    });
    room.send(...Array.from({ length: limits.invites }, (_, i) => invite(i)));
    expect(room.group.invites.size).toBe(limits.invites);
    expect(word(room.invite('one-more'))).toBe('limit-reached');
    expect(word(room.invite('a7', { secretHash: 'other' })), 'in place of another').toBe('invited');
    room.revoke('a500');
    expect(word(room.invite('one-more'))).toBe('invited');
    expect(room.group.invites.has('a500')).toBe(false);
    expect(room.group.invites.size).toBe(limits.invites);
    expect(decodeGroup(encodeGroup(room.group), new Interned()).invites).toEqual(room.group.invites);
  });
});

describe('a token by invite', () => {
  it('proposes without a lease, and goes on when one has ended: nobody is absent [Q5.15]', () => {
    const room = holding(['a', 'b', 'c'], { close: 'early', threshold: 2 });
    room.join('a', { ttl: 1000 });
    room.propose('b', 1, mine('b'));
    room.after(60_000);
    expect(room.group.members.get('a')?.live).toBe(false);
    expect(room.ending(), 'c, without a lease, is waited for').toBe('WAITING');
    expect(word(room.propose('a', 1, mine('a')))).toBe('proposed');
    expect(room.ending()).toBe('SUCCESS agreed 1');
  });

  it('speaks for its agent wherever a token is looked up, lease or no lease [Q5.15]', () => {
    const room = holding(['a']);
    const speaker = (): unknown => [holderOf(room.group, 't-a')?.agent, speakerOf(room.group, 't-a')];
    expect(speaker()).toEqual([undefined, 'a']);
    expect(room.join('a')).toMatchObject({ did: 'joined' });
    expect(speaker()).toEqual(['a', 'a']);
    room.leave('a');
    expect(speaker()).toEqual([undefined, 'a']);
    const read = decodeGroup(encodeGroup(room.group), new Interned());
    expect(speakerOf(read, 't-a')).toBe('a');
    room.revoke('a');
    expect(speaker()).toEqual([undefined, null]);
    expect([null, 'guess'].map((token) => speakerOf(room.group, token))).toEqual([null, null]);
  });

  it('joins, in the role and under the name of the invite [Q5.13] [Q5.14]', () => {
    const room = gate();
    room.invite('a', { name: 'Ann Smith', role: 'observer' });
    expect(word(room.join('a')), 'not redeemed').toBe('not-invited');
    room.redeem('a');
    expect(word(room.join('a', { role: 'voter' }))).toBe('role-differs');
    expect(word(room.join('a', { role: null, name: 'Somebody else' }))).toBe('joined');
    expect(room.group.members.get('a')).toMatchObject({ role: 'observer', name: 'Ann Smith' });
    const { revision } = room.group;
    expect(word(room.join('a', { role: null, name: 'Somebody else' }))).toBe('rejoined');
    expect(room.group.revision, 'the name stays').toBe(revision);
    expect(word(room.join('b', { joinKeyHash: 'key' })), 'the join key admits nobody').toBe('not-invited');
  });

  it('may close a round where agents may', () => {
    const room = new TestGroup({ admission: 'invite', mayClose: 'agents', rule: { electorate } });
    room.invite('a');
    expect(word(room.close(1, 'a', 't-a'))).toBe('token-wrong');
    room.redeem('a');
    expect(word(room.close(1, 'a', 't-a'))).toBe('closed');
  });

  it('shows its proposals under the name of the invite [Q5.13]', () => {
    const room = gate();
    room.invite('a', { name: 'Ann Smith' });
    room.redeem('a');
    room.propose('a', 1, mine('a'));
    expect(room.group.open?.proposals.get('a')).toMatchObject({ name: 'Ann Smith', tokenHash: 't-a' });
  });
});

describe('a new invite or a revocation [Q5.16]', () => {
  it('ends the token and the lease, and the proposal made under it answers to nobody', () => {
    for (const end of ['invite', 'revoke'] as const) {
      const room = holding(['a'], { revote: true });
      room.join('a');
      room.propose('a', 1, { ...mine('a'), seq: 1 });
      const events = room.events.length;
      if (end === 'revoke') room.revoke('a');
      else room.invite('a', { secretHash: 'new' });
      const first = end === 'revoke' ? 'invite-revoked' : 'agent-invited';
      expect(room.events.slice(events).map(({ type }) => type)).toEqual([first, 'agent-left']);
      expect(word(room.redeem('a')), 'the old link').toBe('invite-wrong');
      expect(word(room.propose('a', 1, mine('a')))).toBe(end === 'revoke' ? 'not-invited' : 'token-wrong');
      expect(word(room.renew('a'))).toBe('agent-not-found');
      expect(room.group.open?.proposals.size, 'it stays').toBe(1);
      room.invite('a', { secretHash: 'third' });
      room.redeem('a', { secretHash: 'third', tokenHash: 'other' });
      const again = room.propose('a', 1, { tokenHash: 'other', seq: 9 });
      expect(word(again)).toBe('already-proposed');
    }
  });

  it('a seat is waited for after a new invite, and not after a revocation, lease or no lease', () => {
    const room = holding(['a', 'b', 'c']);
    room.propose('a', 1, mine('a'));
    room.revoke('c');
    room.invite('c', { secretHash: 'new' });
    room.propose('b', 1, mine('b'));
    expect(room.ending(), 'c was invited anew').toBe('WAITING');
    room.invite('c', { secretHash: 'newer' });
    expect(room.ending()).toBe('WAITING');
    room.revoke('c');
    expect(room.ending(), 'nobody is waited for').toBe('SUCCESS agreed 1');
    room.revoke('a');
    expect(word(room.invite('a', { secretHash: 'x' })), 'while no round is open').toBe('invited');
  });

  it('as an observer, an elector is not waited for', () => {
    const room = holding(['a', 'b']);
    room.propose('a', 1, mine('a'));
    room.propose('b', 1, mine('b'));
    room.invite('c', { role: 'observer' });
    expect(room.ending()).toBe('SUCCESS agreed 1');
  });

  it('holds for the rounds that follow', () => {
    const room = holding(['a', 'b', 'c'], { next: 'continuous' });
    room.revoke('b');
    room.invite('c', { role: 'observer' });
    room.close(1);
    expect([...(room.group.open?.absent ?? [])]).toEqual(['b', 'c']);
    room.propose('a', 1, mine('a'));
    expect(room.ending(2), 'nobody else may propose').toBe('FAILED no-agreement');
    room.join('a', { ttl: 1000 });
    room.after(1000);
    room.invite('b', { secretHash: 'new' });
    room.close(3);
    expect([...(room.group.open?.absent ?? [])], 'a was here and is gone').toEqual(['a', 'c']);
    room.invite('a', { secretHash: 'new' });
    room.close(4);
    expect([...(room.group.open?.absent ?? [])], 'whoever is a now has not been here').toEqual(['c']);
  });

  it('a revoked secret opens nothing, and is refused until the name has another invite', () => {
    const room = holding(['a']);
    room.revoke('a');
    expect(word(room.invite('a'))).toBe('invite-wrong');
    expect(word(room.redeem('a'))).toBe('invite-wrong');
    const { revision } = room.group;
    expect(word(room.revoke('a')), 'again').toBe('revoked');
    expect(room.group.revision).toBe(revision);
    expect(word(room.invite('a', { secretHash: 'new' }))).toBe('invited');
    expect(word(room.redeem('a')), 'the one of before').toBe('invite-wrong');
    expect(word(room.invite('a')), 'asked for as another invite').toBe('invited');
  });
});

describe('admission by invite [Q5.14] [Q5.16]', () => {
  it('takes effect at once: who is not invited stays, and proposes no more', () => {
    const room = new TestGroup({ admission: 'key', rule: { electorate } });
    room.join('a', { joinKeyHash: 'key' });
    room.put({ admission: 'invite', rule: { electorate } });
    expect(room.group.joinKeyHash, 'its keys are those of before').toBe('key');
    expect(word(room.propose('a', 1, mine('a')))).toBe('not-invited');
    expect(word(room.propose(null, 1)), 'a seat without identity').toBe('not-invited');
    expect(speakerOf(room.group, 't-a')).toBe('a');
    expect(word(room.join('a'))).toBe('rejoined');
    room.invite('a');
    room.redeem('a', { tokenHash: 'new' });
    expect(word(room.propose('a', 1, { tokenHash: 'new' }))).toBe('proposed');
  });

  it('has keys, and its invites go with it; agents that have joined stay', () => {
    const room = holding(['a', 'b']);
    room.join('a');
    expect(room.group).toMatchObject({ joinKeyHash: 'key', observerKeyHash: 'observers' });
    room.put({ rule: { electorate } });
    expect(room.group.invites.size).toBe(0);
    expect(['t-a', 't-b'].map((token) => speakerOf(room.group, token))).toEqual(['a', null]);
    expect(word(room.propose('a', 1, mine('a')))).toBe('proposed');
    room.put({ admission: 'invite', rule: { electorate } });
    expect(word(room.propose('b', 1, mine('b')))).toBe('not-invited');
  });
});

/** Two of three have proposed; the third was a member once, was invited anew, and its group opens to everybody. */
const openedToAll = (version: 1 | 2, subject?: string): TestGroup => {
  const room = new TestGroup({ rule: { electorate, next: 'manual' } });
  if (version === 2) room.send({ type: 'activate', version });
  room.join('c');
  room.put({ admission: 'invite', rule: { electorate, next: 'manual' } });
  for (const agent of ['a', 'b']) {
    room.invite(agent);
    room.redeem(agent);
    room.propose(agent, 1, mine(agent));
  }
  room.invite('c');
  expect(room.group.open?.absent.size, 'it is waited for').toBe(0);
  const about = subject === undefined ? {} : { subjectHash: subject };
  room.put({ rule: { electorate, next: 'manual' }, ...about });
  return room;
};

it('a seat that waits for somebody invited anew waits no more once the invites end [Q5.14]', () => {
  const room = openedToAll(2);
  expect(room.group.closed.get(1)).toMatchObject({ state: 'SUCCESS', reason: 'agreed' });
  const other = openedToAll(2, 'ab'.repeat(32));
  expect(other.group.closed.get(1), 'a new subject ends it first').toMatchObject({
    reason: 'subject-changed',
  });
  expect(openedToAll(1).group.open?.absent.size, 'in a log of version 1 it goes on').toBe(0);
});

it('invites are in the record of the group, and only where there are any [Q1.10]', () => {
  const room = holding(['a', 'b']);
  room.invite('c', { name: 'Cy' });
  room.revoke('b');
  room.join('a');
  const read = decodeGroup(encodeGroup(room.group), new Interned());
  expect(read.invites).toEqual(room.group.invites);
  expect([...read.invites.values()].map(viewInvite)).toEqual([
    { agent: 'a', role: 'voter', state: 'redeemed', since: '1970-01-01T00:16:40.000Z' },
    { agent: 'b', role: 'voter', state: 'revoked', since: '1970-01-01T00:16:40.000Z' },
    { agent: 'c', name: 'Cy', role: 'voter', state: 'open', since: '1970-01-01T00:16:40.000Z' },
  ]);
  expect(encodeGroup(read)).toBe(encodeGroup(room.group));
  const idle = new TestGroup({ admission: 'invite', retention: { idle: '1d' }, rule: { electorate } });
  idle.invite('a');
  const again = decodeGroup(encodeGroup(idle.group), new Interned());
  expect([again.idleSince, again.invites]).toEqual([idle.group.idleSince, idle.group.invites]);
  expect(encodeGroup(gate().group)).toMatch(/,\[\]\]$/);
});
