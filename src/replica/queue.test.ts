import { expect, test } from 'vitest';
import { Queue } from './queue.ts';

test('a command with a condition makes an entry of its own, in its turn', () => {
  const queue = new Queue();
  const push = (text: string, asOf?: number): void =>
    queue.push({ command: { type: 'tick' }, text, asOf, settle: () => {}, fail: () => {} });
  push('1');
  push('2');
  push('3', 7);
  push('4');
  const taken = () => queue.takeBatch(10_000, 10).map(({ text }) => text);
  expect([taken(), taken(), taken()]).toEqual([['1', '2'], ['3'], ['4']]);
  expect(queue.length).toBe(0);
});
