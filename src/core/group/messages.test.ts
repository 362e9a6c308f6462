import { describe, expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { canonical } from '../json.ts';
import type { Result } from '../result.ts';
import type { Json } from '../types.ts';
import { viewItem } from '../view/stream.ts';
import { messageAt } from './messages.ts';
import type { Item } from './stream.ts';

/** A group with these voters in it. */
function talking(agents: readonly string[] = ['a', 'b', 'c'], body: Json = {}): TestGroup {
  const room = new TestGroup(body, 'newest');
  for (const agent of agents) room.join(agent);
  return room;
}

function offsetOf(result: Result): number {
  if (!result.ok || !('offset' in result)) throw new Error(JSON.stringify(result));
  return result.offset;
}

/** Expects a refusal that changes nothing but the sender's lease. */
function refused(room: TestGroup, code: string, act: () => Result): Result {
  const before = [room.group.stream.end, room.group.revision];
  const result = act();
  expect(result).toMatchObject({ ok: false, code });
  expect([room.group.stream.end, room.group.revision]).toEqual(before);
  return result;
}

describe('a message [Q9.5]', () => {
  test('is answered with its place, does not move the revision, and renews the lease [Q9.2]', () => {
    const room = talking(['a']);
    const { revision } = room.group;
    room.now += 20_000;
    const { index } = room.state;
    expect(room.say('a', { text: 'hi' })).toEqual({
      ok: true,
      did: 'said',
      offset: 3,
      view: 2,
      index: index + 1,
    });
    expect(room.group.revision).toBe(revision);
    expect(room.group.members.get('a')?.expiresAt).toBe(room.now + 30_000);
  });

  test('is for live members alone, observers too', () => {
    const room = talking(['a']);
    room.join('o', { role: 'observer' });
    expect(room.say('o')).toMatchObject({ ok: true });
    expect(refused(room, 'token-required', () => room.say('a', 1, { tokenHash: null }))).toMatchObject({
      detail: 'only members speak in group g: join, and send your token',
    });
    refused(room, 'agent-not-found', () => room.say('z'));
    room.leave('a');
    refused(room, 'agent-not-found', () => room.say('a'));
  });

  test('is never in a view with a member whose lease was over [Q7.2]', () => {
    const room = talking(['a', 'b']);
    room.now += 15_000;
    room.renew('a');
    room.now += 15_000;
    const said = room.say('a', 'hi', { to: ['a'] });
    expect(room.group.stream.at(room.group.stream.view)).toMatchObject({ change: 'expired', agent: 'b' });
    expect(said).toMatchObject({ ok: true, view: room.group.stream.view });
    refused(room, 'agent-not-found', () => room.say('b'));
  });

  test('may name the view that must be in force', () => {
    const room = talking(['a', 'b']);
    expect(room.say('a', 1, { inView: 3 })).toMatchObject({ ok: true, view: 3 });
    room.leave('b');
    expect(refused(room, 'view-changed', () => room.say('a', 1, { inView: 3 }))).toMatchObject({
      view: 5,
      detail: 'view 5 is in force, not view 3',
    });
  });

  test('may be about a round that is open or closed [Q9.12]', () => {
    const room = talking(['a'], { rule: { electorate: { size: 1 }, next: 'continuous' } });
    room.propose(null, 1);
    expect(room.say('a', 1, { round: 1 })).toMatchObject({ ok: true });
    expect(room.say('a', 1, { round: 2 })).toMatchObject({ ok: true });
    refused(room, 'round-not-open', () => room.say('a', 1, { round: 3 }));
  });

  test('has a body of at most 16,384 bytes', () => {
    const room = talking(['a']);
    expect(room.say('a', 'é'.repeat(8191))).toMatchObject({ ok: true });
    expect(refused(room, 'too-large', () => room.say('a', 'é'.repeat(8192)))).toMatchObject({
      detail: 'the body takes 16386 bytes, the limit is 16384',
    });
  });

  test('keeps a group that is removed when idle', () => {
    const room = talking(['a'], { retention: { idle: 10_000 } });
    room.now += 5000;
    room.say('a');
    room.now += 1;
    expect(room.group.idleSince).toBe(room.now - 1);
  });

  test('carries the name that its sender has [Q5.13]', () => {
    const room = talking([]);
    room.join('a', { name: 'Ann' });
    expect(room.group.stream.at(offsetOf(room.say('a')))).toMatchObject({ from: 'a', name: 'Ann' });
  });
});

describe('a key of a message [Q9.6]', () => {
  test('gives the first answer again, before lease and view are looked at, and refuses another message', () => {
    const room = talking();
    const more = { key: 'k', to: ['b', 'b'], ackBy: 1, inView: 4 } as const;
    const first = room.say('a', { x: 1 }, more);
    expect(first).toMatchObject({ ok: true, did: 'said' });
    room.leave('a');
    expect(room.say('a', { x: 1 }, { ...more, to: ['b'] })).toEqual({ ...first, did: 'said-before' });
    for (const other of [
      ...[{ body: '{"x":2}' }, { to: ['c'] }, { replyTo: 5 }, { round: 1 }, { ackBy: 2 }, { to: ['b', 'c'] }],
    ])
      expect(room.say('a', { x: 1 }, { ...more, ...other })).toMatchObject({ code: 'key-reused' });
    expect(room.say('b', { x: 1 }, { key: 'k' })).toMatchObject({ did: 'said' });
    expect(room.say('b', { x: 1 }, { key: 'k' })).toMatchObject({ did: 'said-before' });
    expect(room.say('b', { x: 1 }, { key: 'k', to: ['a'] })).toMatchObject({ code: 'key-reused' });
  });

  test('is remembered as long as the message', () => {
    const room = talking(['a'], { retention: { messages: 1 } });
    const first = offsetOf(room.say('a', 1, { key: 'k' }));
    room.say('a', 2);
    expect(offsetOf(room.say('a', 1, { key: 'k' }))).toBeGreaterThan(first);
  });
});

describe('an addressed message [Q9.11]', () => {
  const show = (room: TestGroup, offset: number, tokenHash: string | null, isManager = false): unknown =>
    viewItem(room.group, room.group.stream.at(offset) as Item, { tokenHash, isManager });

  test('is shown under the tokens of its view and to the manager, and withheld from others', () => {
    const room = talking();
    const offset = offsetOf(room.say('a', 'secret', { to: ['b'] }));
    const { index } = room.state;
    const whole = { type: 'message', from: 'a', body: 'secret', to: ['b'] };
    for (const token of ['t-a', 't-b']) expect(show(room, offset, token)).toMatchObject(whole);
    expect(show(room, offset, null, true)).toMatchObject(whole);
    for (const token of ['t-c', 't-z', null])
      expect(show(room, offset, token)).toEqual({ offset, index, withheld: true });
    room.leave('b');
    room.join('b', { tokenHash: 'another' });
    expect(show(room, offset, 'another')).toEqual({ offset, index, withheld: true });
    expect(show(room, offset, 't-b')).toMatchObject(whole);
  });

  test('names members of the view', () => {
    const room = talking();
    room.leave('c');
    expect(refused(room, 'not-in-view', () => room.say('a', 1, { to: ['b', 'c', 'z'] }))).toMatchObject({
      view: 5,
      detail: 'not in view 5 of group g: c, z',
    });
  });

  test('is shown to later tokens of the name in a group that admits by invite, and only there', () => {
    const room = new TestGroup({ admission: 'invite' }, 'newest');
    const invite = (agent: string, secretHash: string, tokenHash: string): void => {
      room.send({ type: 'put-invite', group: 'g', agent, role: 'voter', secretHash, byKeyHash: null });
      room.send({ type: 'redeem', group: 'g', agent, secretHash, tokenHash });
      room.join(agent, { tokenHash });
    };
    for (const agent of ['a', 'b', 'c']) invite(agent, `s-${agent}`, `t-${agent}`);
    const offset = offsetOf(room.say('a', 'secret', { to: ['b'] }));
    for (const agent of ['a', 'b', 'c']) invite(agent, `s2-${agent}`, `u-${agent}`);
    for (const token of ['u-a', 'u-b']) expect(show(room, offset, token)).toMatchObject({ body: 'secret' });
    for (const token of ['u-c', 'x']) expect(show(room, offset, token)).toMatchObject({ withheld: true });
    room.put({ admission: 'open' });
    expect(show(room, offset, 'u-b')).toMatchObject({ withheld: true });
  });

  test('cannot be answered by who may not read it, as if there were none', () => {
    const room = talking(['a', 'b', 'c'], { retention: { messages: 3 } });
    const offset = offsetOf(room.say('a', 'secret', { to: ['b'] }));
    expect(room.say('b', 'yes', { replyTo: offset })).toMatchObject({ ok: true });
    const withheld = refused(room, 'message-not-found', () => room.say('c', 'hm', { replyTo: offset }));
    const none = refused(room, 'message-not-found', () => room.say('c', 'hm', { replyTo: 99 }));
    expect(canonical(withheld as unknown as Json).replaceAll(`${offset}`, '99')).toBe(
      canonical(none as unknown as Json),
    );
    refused(room, 'message-not-found', () => room.say('c', 'hm', { replyTo: 1 }));
    for (let i = 0; i < 3; i += 1) room.say('a', i);
    expect(refused(room, 'messages-not-kept', () => room.say('c', 'hm', { replyTo: offset }))).toMatchObject({
      oldest: room.group.stream.oldest,
      view: 4,
    });
    expect(messageAt(room.group, room.group.stream.end)).toMatchObject({ body: '2' });
  });
});

describe('a cursor [Q9.9]', () => {
  test('never goes back, never beyond the end, and belongs to the name', () => {
    const room = talking(['a', 'b']);
    for (let i = 0; i < 5; i += 1) room.say('b', i);
    expect(room.setCursor('a', 1)).toEqual({ ok: true, did: 'cursor-set', agent: 'a', offset: 2 });
    expect(room.setCursor('a', 5)).toMatchObject({ offset: 5 });
    expect(room.setCursor('a', 4)).toMatchObject({ offset: 5 });
    expect(refused(room, 'cursor-ahead', () => room.setCursor('a', 9))).toMatchObject({
      detail: 'the stream of group g ends at offset 8, before 9',
    });
    expect(refused(room, 'token-wrong', () => room.setCursor('a', 6, 't-b'))).toBeDefined();
    room.leave('a');
    refused(room, 'agent-not-found', () => room.setCursor('a', 6));
    room.join('a', { tokenHash: 'next' });
    expect(room.group.members.get('a')).toMatchObject({ cursor: 5, incarnation: 10 });
    expect(room.setCursor('a', 7, 'next')).toMatchObject({ offset: 7 });
  });

  test('set where it is stays so for the membership that follows: nothing is passed over', () => {
    const room = talking(['a']);
    expect(room.setCursor('a', 1)).toMatchObject({ offset: 2 });
    room.leave('a');
    room.join('b');
    room.join('a');
    expect(room.setCursor('a', 2)).toMatchObject({ offset: 2 });
    const before = { ...room.group.members.get('a') };
    expect(before).toMatchObject({ cursor: 2, incarnation: 5 });
    room.setCursor('a', 2);
    expect(room.group.members.get('a')).toEqual(before);
  });
});
