import { describe, expect, it } from 'vitest';
import { Room, word } from '../../test/room.ts';
import { limits } from './limits.ts';
import type { Command } from './types.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };

describe('idempotency keys', () => {
  it('are forgotten beyond a bound, the oldest first [Q3.6]', () => {
    const plain = { type: 'propose', group: 'g', round: 1, agent: 'a', value: '1' } as const;
    const room = new Room(three);
    for (let used = 0; used <= limits.keysKept; used += 10_000) {
      const count = Math.min(10_000, limits.keysKept + 1 - used);
      const keys = Array.from({ length: count }, (_, i) => `k${used + i}`);
      room.send(...keys.map((key): Command => ({ ...plain, seq: null, tokenHash: null, key })));
    }
    expect(room.group.keys.size).toBe(limits.keysKept);
    expect(word(room.propose('b', 2, { key: 'k1' })), 'still known').toBe('key-reused');
    expect(word(room.propose('b', 2, { key: 'k0' })), 'forgotten, so new').toBe('proposed');
  });
});

describe('a change of mind', () => {
  it('among numbers is none to what is no number [Q4.22] [Q4.24]', () => {
    const room = new Room({ rule: { ...three.rule, equality: { tolerance: 1 }, revote: true } });
    room.propose('a', 1, { seq: 1 });
    expect(word(room.propose('a', 'one', { seq: 2 }))).toBe('not-a-number');
    expect(room.group.open?.proposals.get('a')).toEqual({ agent: 'a', value: '1', seq: 1 });
    expect(word(room.propose('a', 2, { seq: 2 }))).toBe('changed');
  });
});
