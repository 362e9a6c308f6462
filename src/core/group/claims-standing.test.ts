import { describe, expect, it } from 'vitest';
import { decided, fenceOf } from '../../../test/harness/decided.ts';
import { type TestGroup, word } from '../../../test/harness/test-group.ts';
import type { Refusal } from '../result.ts';
import type { Json } from '../types.ts';
import { viewGroup } from '../view/view.ts';

type Body = { readonly [name: string]: Json };

describe('a decision that no longer stands [Q10.4]', () => {
  it('or another value or subject than was meant cannot be claimed', () => {
    const room = decided({ equality: 'text', options: ['Approve', 'reject'] }, { subjectHash: 'one' });
    room.propose('a', 'approve');
    expect(word(room.claim('r', { value: '"reject"' }))).toBe('superseded');
    expect(word(room.claim('r', { value: '"else"' }))).toBe('superseded');
    expect(word(room.claim('r', { subjectHash: 'two' }))).toBe('superseded');
    const meant = { value: '"APPROVE "', subjectHash: 'one' };
    const fence = fenceOf(room.claim('r', meant));
    expect(word(room.claim('r', { ...meant, subjectHash: 'two' })), 'though it holds it').toBe('superseded');
    room.spend(fence);
    expect(word(room.claim('r', { value: '"reject"' }))).toBe('superseded');
    expect(word(room.claim('r', meant))).toBe('spent');
  });

  it('compares numbers within a tolerance by the number itself', () => {
    const room = decided({ equality: { tolerance: 2 } });
    expect(word(room.claim('r', { value: '8' }))).toBe('superseded');
    expect(word(room.claim('r', { value: '"seven"' }))).toBe('superseded');
    expect(word(room.claim('r', { value: '7' }))).toBe('claimed');
  });

  it.each<[string, Body, (room: TestGroup) => unknown]>([
    ['a later round is open', {}, (room) => room.openRound()],
    [
      'a later round failed: who was asked again and said no has said no',
      {},
      (room) => {
        room.openRound();
        room.close(2);
      },
    ],
    ['a later round decided', { next: 'continuous' }, (room) => room.propose('a', 7)],
    ['the subject changed', { next: 'continuous' }, (room) => subject(room, 'new')],
    [
      'the subject changed and changed back',
      { next: 'continuous' },
      (room) => {
        subject(room, 'new');
        subject(room, null);
      },
    ],
    [
      'the subject changed after the last round',
      { next: 'continuous', maxRounds: 1 },
      (room) => subject(room, 'new'),
    ],
  ])('because %s', (_, rule, act) => {
    const room = decided(rule);
    act(room);
    expect(word(room.claim('r'))).toBe('superseded');
    expect((room.claim('r') as Refusal).detail).toMatch(/^the decision of round 1 no longer stands: /);
  });

  function subject(room: TestGroup, subjectHash: string | null): void {
    const { title, rule, retention = null } = viewGroup(room.group, 1);
    room.put({ title, rule: rule as unknown as Json, retention: retention as unknown as Json, subjectHash });
  }

  it('is not one that a later round of a continuous group has only failed to replace', () => {
    const room = decided({ next: 'continuous' });
    room.close(2);
    expect(room.group.round).toBe(3);
    expect(word(room.claim('r'))).toBe('claimed');
  });

  it('ends no claim that is held, and no repeat of it; once that has run out it is over [Q10.5]', () => {
    const room = decided();
    const fence = fenceOf(room.claim('r'));
    room.openRound();
    expect(word(room.claim('r'))).toBe('claimed-before');
    expect(word(room.claim('other'))).toBe('claimed');
    expect(word(room.renewClaim(fence))).toBe('claim-renewed');
    room.after(10_000);
    expect(word(room.claim('r'))).toBe('superseded');
    expect(word(room.spend(fence)), 'what was done was done').toBe('spent');
  });
});
