import { describe, expect, it } from 'vitest';
import { claimNow, decide, decided, fenceOf } from '../../../test/harness/decided.ts';
import { TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Refusal, Result } from '../result.ts';

describe('a claim [Q10.1]', () => {
  it('is taken by one holder, with the index of its entry as its fence', () => {
    const room = decided();
    expect(claimNow(room)).toMatchObject({
      state: 'free',
      holder: null,
      fence: null,
      until: null,
      result: null,
    });
    const result = room.claim('run-1');
    expect(result).toEqual({ ok: true, did: 'claimed', round: 1, fence: room.state.index });
    expect(claimNow(room)).toMatchObject({
      state: 'held',
      holder: 'run-1',
      by: null,
      fence: room.state.index,
      until: new Date(room.now + 10_000).toISOString(),
      result: null,
    });
  });

  it('is the same claim for the same request again, and another holder is told who has it [Q10.2] [Q10.3]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('run-1'));
    const until = claimNow(room)?.until;
    const { revision } = room.group;
    room.now += 5000;
    expect(room.claim('run-1')).toEqual({ ok: true, did: 'claimed-before', round: 1, fence });
    expect(claimNow(room)?.until, 'and is no renewal').toBe(until);
    expect(room.claim('run-2')).toMatchObject({ ok: false, code: 'claimed', claimOf: 1 });
    expect((room.claim('run-2') as Refusal).detail).toBe(`"run-1" holds the claim on round 1 until ${until}`);
    expect(room.group.revision).toBe(revision);
  });

  it('is spent once, and everybody is told with which result [Q10.3] [Q10.5] [Q10.11]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('run-1'));
    expect(word(room.spend(fence, { version: 3 }))).toBe('spent');
    expect(word(room.spend(fence, { version: 3 })), 'a lost reply').toBe('spent-before');
    expect(word(room.spend(fence, { version: 4 }))).toBe('spent');
    expect(room.spend(fence, { version: 4 })).toMatchObject({ ok: false, code: 'spent', claimOf: 1 });
    for (const holder of ['run-1', 'run-2']) expect(room.claim(holder)).toMatchObject({ code: 'spent' });
    room.after(100_000);
    expect(room.claim('run-1')).toMatchObject({ code: 'spent' });
    expect(claimNow(room)).toMatchObject({
      state: 'spent',
      holder: 'run-1',
      until: null,
      result: { version: 3 },
    });
    for (const use of [room.renewClaim(fence), room.giveBack(fence)]) expect(word(use)).toBe('stale-fence');
  });

  it('is of a round that has decided, and not in the entry in which it did [Q10.3]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 2 }, next: 'manual' } });
    expect(word(room.claim('r'))).toBe('no-decision');
    expect(word(room.claim('r', { round: 2 }))).toBe('round-not-open');
    expect(claimNow(room)).toBeNull();
    room.propose('a', 1);
    room.propose('b', 2);
    expect(word(room.claim('r', { value: '1', subjectHash: 'x' }))).toBe('no-decision');
    expect(claimNow(room)).toBeNull();
    room.openRound();
    const vote = {
      type: 'propose',
      group: 'g',
      round: null,
      value: '1',
      seq: null,
      tokenHash: null,
      key: null,
    } as const;
    const claim = {
      type: 'claim',
      group: 'g',
      round: 2,
      holder: 'r',
      lease: 1000,
      by: null,
      tokenHash: null,
    } as const;
    const results = room.send({ ...vote, agent: 'a' }, { ...vote, agent: 'b' }, claim);
    expect(word(results[2] as Result)).toBe('no-decision');
    expect(word(room.claim('r', { round: 2 }))).toBe('claimed');
  });

  it('has a higher fence than those before, also of a group made again [Q10.1] [Q10.10]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('r'));
    room.remove();
    expect(word(room.spend(fence))).toBe('group-not-found');
    room.put({ rule: { electorate: { size: 1 }, next: 'manual' } });
    room.propose('a', 7);
    expect(word(room.spend(fence)), 'its claims are gone').toBe('stale-fence');
    const again = fenceOf(room.claim('r'));
    expect(again).toBeGreaterThan(fence);
    expect(word(room.spend(fence))).toBe('stale-fence');
    expect(word(room.spend(again))).toBe('spent');
  });
});

describe('the lease of a claim [Q10.6]', () => {
  it('runs out by log time and passes the claim on; the old fence is refused for everything [Q10.7]', () => {
    const room = decided();
    const old = fenceOf(room.claim('r'));
    room.now += 9999;
    expect(word(room.claim('other'))).toBe('claimed');
    expect(room.claim('other')).toMatchObject({ ok: false });
    room.now += 1;
    const fence = fenceOf(room.claim('other'));
    expect(fence).toBeGreaterThan(old);
    for (const use of [room.renewClaim(old), room.spend(old), room.giveBack(old)])
      expect(use).toMatchObject({ code: 'stale-fence', claimOf: 1 });
    expect(word(room.claim('r')), 'nor does its holder get it back').toBe('claimed');
    expect(word(room.spend(fence))).toBe('spent');
    expect(word(room.spend(old))).toBe('stale-fence');
  });

  it('is made as long again by a renewal, which is no step of the revision [Q10.5] [Q10.9]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('r'));
    const { revision } = room.group;
    room.now += 9000;
    expect(room.renewClaim(fence)).toEqual({ ok: true, did: 'claim-renewed', round: 1 });
    expect(room.group.revision).toBe(revision);
    room.after(9999);
    expect(claimNow(room)?.state).toBe('held');
    room.after(1);
    expect(claimNow(room)).toMatchObject({ state: 'free', holder: null, fence, until: null });
    expect(word(room.renewClaim(fence))).toBe('stale-fence');
  });

  it('that has run out leaves the holder the right to say done until somebody else claims [Q10.7]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('r'));
    room.after(20_000);
    expect(word(room.spend(fence, 'ok'))).toBe('spent');
    expect(claimNow(room)).toMatchObject({ state: 'spent', result: 'ok' });
  });

  it('that has run out gives its own holder a higher fence [Q10.2]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('r'));
    room.after(20_000);
    expect(fenceOf(room.claim('r'))).toBeGreaterThan(fence);
    expect(word(room.giveBack(fence))).toBe('stale-fence');
  });

  it('ends before the next timer of the round, after the leases of agents that end before that too [Q7.2]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 1 }, next: 'continuous', deadline: '20s' } });
    room.propose('a', 7);
    room.claim('r');
    room.now += 1;
    room.claim('s', { lease: 9999 });
    room.giveBack(room.state.index);
    room.join('a', { ttl: 20_000 - 1 });
    room.join('b', { ttl: 3000 });
    room.renewClaim(fenceOf(room.claim('r')));
    room.now += 19_999;
    room.events.length = 0;
    room.after(0);
    expect(room.events.map(({ type }) => type).slice(0, 4)).toEqual([
      'agent-expired',
      'agent-expired',
      'claim-lapsed',
      'round-closed',
    ]);
  });

  it('of several ends in the order of time, then of rounds', () => {
    const room = decided({ next: 'continuous' });
    const leases = [3000, 1000, 3000];
    for (const [i, lease] of leases.entries()) {
      room.claim('r', { round: i + 1, lease });
      decide(room);
    }
    room.events.length = 0;
    room.after(5000);
    expect(room.events.map(({ type, round }) => `${type} ${round}`)).toEqual([
      'claim-lapsed 2',
      'claim-lapsed 1',
      'claim-lapsed 3',
    ]);
    expect(room.group.claims.held).toBe(0);
  });
});

describe('giving a claim back [Q10.5]', () => {
  it('lets another take it at once, and is safe to repeat', () => {
    const room = decided();
    const fence = fenceOf(room.claim('r'));
    expect(word(room.giveBack(fence))).toBe('claim-given-back');
    expect(word(room.giveBack(fence))).toBe('claim-given-back');
    for (const use of [room.spend(fence), room.renewClaim(fence)]) expect(word(use)).toBe('stale-fence');
    expect(word(room.claim('other'))).toBe('claimed');
    expect(word(room.giveBack(fence))).toBe('stale-fence');
  });

  it('takes no fence that nobody can have been told, so that no two claims have the same [Q10.7]', () => {
    const room = decided();
    const next = room.state.index + 1;
    const manager = { group: 'g', round: 1, by: null, tokenHash: null } as const;
    const take = (holder: string) => ({ type: 'claim', holder, lease: 1000, ...manager }) as const;
    const [, guessed, second] = room.send(
      take('r'),
      { type: 'give-back-claim', fence: next, ...manager },
      take('s'),
    );
    expect(word(guessed as Result)).toBe('stale-fence');
    expect(word(second as Result)).toBe('claimed');
    expect(second?.ok).toBe(false);
  });

  it('needs a claim of a round that there is', () => {
    const room = decided();
    expect(word(room.giveBack(1))).toBe('stale-fence');
    expect(word(room.giveBack(1, { round: 2 }))).toBe('round-not-open');
  });
});

describe('who may claim [Q10.8]', () => {
  const as = (by: string, tokenHash = `t-${by}`) => ({ by, tokenHash });

  it('is whom maySpend names, and the manager', () => {
    const room = decided({}, { maySpend: ['a'] });
    room.join('a');
    room.join('b');
    expect(word(room.claim('r', as('b')))).toBe('may-not-spend');
    expect(word(room.claim('r', as('a', 'wrong')))).toBe('token-wrong');
    const fence = fenceOf(room.claim('r', as('a')));
    expect(claimNow(room)?.by).toBe('a');
    expect(word(room.renewClaim(fence, as('b')))).toBe('token-wrong');
    expect(word(room.renewClaim(fence, as('a')))).toBe('claim-renewed');
    expect(word(room.claim('r', as('a')))).toBe('claimed-before');
    expect(word(room.claim('r')), 'the same name, not the same caller').toBe('claimed');
    expect(room.claim('r').ok).toBe(false);
    expect(word(room.giveBack(fence)), 'by the manager').toBe('claim-given-back');
  });

  it('is every agent, or by default none', () => {
    const all = decided({}, { maySpend: 'agents' });
    expect(word(all.claim('r', { by: 'x' }))).toBe('claimed');
    const none = decided({}, { maySpend: 'admin' });
    expect(none.group.settings).not.toHaveProperty('maySpend');
    expect(word(none.claim('r', { by: 'x' }))).toBe('may-not-spend');
  });

  it('changes with the settings: who may no longer cannot renew, but can still say done', () => {
    const besides = { rule: { electorate: { size: 1 }, next: 'manual' }, maySpend: 'agents' };
    const room = decided({}, besides);
    room.join('a');
    const fence = fenceOf(room.claim('r', as('a')));
    room.put({ rule: besides.rule });
    expect(word(room.renewClaim(fence, as('a')))).toBe('may-not-spend');
    expect(word(room.spend(fence, null, as('a')))).toBe('spent');
  });

  it('is held by the token it was taken under, also when its lease has ended and another has the name', () => {
    const room = decided({}, { maySpend: 'agents' });
    room.join('a', { ttl: 1000 });
    const fence = fenceOf(room.claim('r', as('a')));
    room.after(2000);
    expect(word(room.renewClaim(fence, as('a')))).toBe('claim-renewed');
    room.join('a', { tokenHash: 'other' });
    expect(word(room.claim('r', as('a', 'other')))).toBe('claimed');
    expect(word(room.spend(fence, null, as('a', 'other')))).toBe('token-wrong');
    const { expiresAt } = room.group.members.get('a') ?? {};
    room.now += 500;
    expect(word(room.spend(fence, null, as('a')))).toBe('spent');
    expect(room.group.members.get('a')?.expiresAt, 'it is not its lease').toBe(expiresAt);
  });

  it('renews the lease of its agent as every command does [Q5.1]', () => {
    const room = decided({}, { maySpend: 'agents' });
    room.join('a', { ttl: 5000 });
    const fence = fenceOf(room.claim('r', as('a')));
    room.now += 4000;
    room.renewClaim(fence, as('a'));
    room.after(4000);
    expect(room.group.members.get('a')?.live).toBe(true);
  });

  it('is nobody whose invite was revoked [Q5.16]', () => {
    const room = new TestGroup({
      rule: { electorate: { agents: ['a'] } },
      admission: 'invite',
      maySpend: ['a'],
    });
    room.invite('a');
    room.redeem('a');
    room.propose('a', 7, { tokenHash: 't-a' });
    const fence = fenceOf(room.claim('r', as('a')));
    expect(word(room.renewClaim(fence, as('a')))).toBe('claim-renewed');
    room.revoke('a');
    expect(word(room.renewClaim(fence, as('a')))).toBe('not-invited');
    expect(word(room.spend(fence, null, as('a')))).toBe('not-invited');
    expect(word(room.spend(fence))).toBe('spent');
  });
});
