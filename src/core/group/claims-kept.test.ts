import { describe, expect, it } from 'vitest';
import { claimNow, decide, decided, fenceOf } from '../../../test/harness/decided.ts';
import { word } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import type { Result } from '../result.ts';
import { addGroup, decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import { stateHash } from '../snapshot/state-hash.ts';
import { viewEvent } from '../view/view.ts';

describe('events of claims [Q10.9]', () => {
  it('are one step of the revision each, and show the claim', () => {
    const room = decided();
    const seen: unknown[] = [];
    const step = (act: () => Result): void => {
      const { revision } = room.group;
      act();
      expect(room.group.revision).toBe(revision + 1);
      const event = room.events.at(-1);
      const { type, claim, round } = viewEvent(room.group, event as NonNullable<typeof event>);
      expect(claim?.revision).toBe(room.group.revision);
      expect(round?.round).toBe(1);
      seen.push(`${type} ${claim?.state}`);
    };
    step(() => room.claim('r'));
    step(() => room.giveBack(room.state.index));
    step(() => room.claim('r'));
    step(() => {
      room.now += 10_000;
      return room.giveBack(0);
    });
    const fence = claimNow(room)?.fence ?? 0;
    step(() => room.spend(fence, 1));
    expect(seen).toEqual([
      'claimed held',
      'claim-released free',
      'claimed held',
      'claim-lapsed free',
      'spent spent',
    ]);
    const other = room.events[0];
    expect(viewEvent(room.group, other as NonNullable<typeof other>)).not.toHaveProperty('claim');
  });
});

describe('a group keeps [Q10.10]', () => {
  const continuous = { electorate: { size: 1 }, next: 'continuous' };

  it('rounds that are held or spent, and those after, whatever its settings say; a free one goes [Q3.17]', () => {
    const room = decided(continuous, { retention: { rounds: 1 } });
    const fence = fenceOf(room.claim('r'));
    for (let i = 0; i < 3; i += 1) decide(room);
    expect([...room.group.closed.keys()]).toEqual([1, 2, 3, 4]);
    room.spend(fence);
    decide(room);
    expect(room.group.closed.size).toBe(5);
    const free = decided(continuous, { retention: { rounds: 1 } });
    free.giveBack(fenceOf(free.claim('r')));
    decide(free);
    expect([...free.group.closed.keys()]).toEqual([2]);
    expect(word(free.claim('r'))).toBe('round-not-kept');
  });

  it('the claim of a round that the limits let go: it can be spent and read, never taken again', () => {
    const room = decided(continuous);
    const [held, lapsing] = [fenceOf(room.claim('r', { lease: 90_000 })), 2];
    decide(room);
    const second = fenceOf(room.claim('s', { round: lapsing }));
    for (let i = 0; i <= limits.roundsKept; i += 1) decide(room);
    expect(room.group.closed.has(2)).toBe(false);
    expect(word(room.claim('r', { value: '8' }))).toBe('claimed-before');
    expect(word(room.renewClaim(held))).toBe('claim-renewed');
    expect(claimNow(room)).toMatchObject({ state: 'held', fence: held });
    room.after(10_000);
    expect(word(room.claim('s', { round: 2 }))).toBe('round-not-kept');
    expect(word(room.spend(second, null, { round: 2 }))).toBe('spent');
    expect(word(room.spend(held, 'late'))).toBe('spent');
    expect(word(room.claim('other'))).toBe('spent');
    expect(claimNow(room)).toMatchObject({ state: 'spent', result: 'late' });
    expect(claimNow(room, 3)).toBeNull();
    expect(word(room.claim('other', { round: 3 }))).toBe('round-not-kept');
  });

  it('at most so many claims that are held, and of rounds that are gone the last', () => {
    const room = decided(continuous);
    const first = fenceOf(room.claim('r', { lease: limits.leaseMax }));
    for (let i = 2; i <= limits.claimsHeld; i += 1) {
      decide(room);
      room.claim('r', { round: i });
    }
    decide(room);
    const round = limits.claimsHeld + 1;
    expect(word(room.claim('r', { round }))).toBe('limit-reached');
    room.after(10_000);
    for (let i = round; i <= limits.claimsKept + 10; i += 1) {
      room.spend(fenceOf(room.claim('r', { round: i })), i, { round: i });
      decide(room);
    }
    expect(room.group.claims.size).toBe(limits.roundsKept + 1);
    expect(claimNow(room)?.state, 'a held one stays').toBe('held');
    expect(claimNow(room, 2)).toBeNull();
    expect(word(room.spend(first))).toBe('spent');
    expect(word(room.claim('r', { round: 2 }))).toBe('round-not-kept');
  });

  it('itself while a claim is held, though nobody else uses it', () => {
    const room = decided({}, { retention: { idle: '5s' } });
    room.claim('r');
    room.after(9999);
    expect(room.state.groups.has('g')).toBe(true);
    room.after(1);
    room.after(5000);
    expect(room.state.groups.has('g')).toBe(false);
  });

  it('its claims in a snapshot, and goes on with them as before [Q1.10]', () => {
    const room = decided({ next: 'continuous' }, { maySpend: ['ci'] });
    room.join('ci');
    const fence = fenceOf(room.claim('r', { by: 'ci', tokenHash: 't-ci' }));
    decide(room);
    room.spend(fenceOf(room.claim('r', { round: 2 })), { done: true }, { round: 2 });
    const { group, state } = room;
    const hash = stateHash(state);
    state.groups.delete('g');
    addGroup(state, decodeGroup(encodeGroup(group), state.interned));
    expect(stateHash(state)).toBe(hash);
    expect(room.group.settings.maySpend).toEqual(['ci']);
    expect(claimNow(room, 2)).toMatchObject({ state: 'spent', result: { done: true } });
    expect(word(room.renewClaim(fence, { by: 'ci', tokenHash: 't-ci' }))).toBe('claim-renewed');
    room.after(10_000);
    expect(claimNow(room)?.state).toBe('free');
    room.put({ ...{ rule: { electorate: { size: 1 } } }, maySpend: 'agents', mayWaive: 'admin' });
    addGroup(state, decodeGroup(encodeGroup(room.group), state.interned));
    expect(room.group.settings.maySpend).toBe('agents');
  });
});
