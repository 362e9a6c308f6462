import { expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import type { Item } from '../../core/group/stream.ts';
import { WrittenItems } from './written-items.ts';

/** Messages of 16 KB to one agent, each let go of by its group with the next. */
function* secrets(count: number): Generator<Item> {
  const room = new TestGroup({ retention: { messages: 1 } }, 'newest');
  room.join('a', { ttl: 3_600_000 });
  for (let i = 0; i < count; i += 1) {
    room.say('a', 'x'.repeat(16_000), { to: ['a'] });
    yield room.group.stream.at(room.group.stream.end) as Item;
  }
}

test.each(['whole', 'withheld'] as const)(
  'items are held in their form %s until what they take, shown or not, is too much [Q9.11]',
  (form) => {
    const written = new WrittenItems()[form];
    const [first, ...others] = [...secrets(1000)] as [Item, ...Item[]];
    const held = written.of(first);
    expect(written.of(first)).toBe(held);
    for (const item of others) written.of(item);
    expect(written.of(first)).not.toBe(held);
    expect(written.of(first).text).toBe(held.text);
  },
);
