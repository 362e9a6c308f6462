import { describe, expect, it } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import type { Command } from '../entry.ts';
import { DueQueue } from './due.ts';

/** A generator of whole numbers below `n`, the same for the same seed. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % n;
  };
}

describe('the queue of times', () => {
  it('gives what was set last, in order, whatever was set and taken out before', () => {
    const seed = Date.now() % 1_000_000;
    const below = numbers(seed);
    const queue = new DueQueue();
    const expected = new Map<string, number>();
    for (let i = 0; i < 20_000; i += 1) {
      const name = `n${below(200)}`;
      const at = below(50);
      if (below(3) === 0) {
        queue.set(name, at < 25 ? Infinity : at);
        if (at < 25) expected.delete(name);
        else expected.set(name, at);
      } else if (below(2) === 0) {
        queue.delete(name);
        expected.delete(name);
      } else {
        queue.set(name, at);
        expected.set(name, at);
      }
      expect(queue.next, `seed ${seed}`).toBe(Math.min(...expected.values()));
    }
    expect(queue.size).toBe(expected.size);
    const order = [...expected].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
    const given: string[] = [];
    for (; queue.first !== undefined; queue.delete(queue.first)) given.push(queue.first);
    expect(given, `seed ${seed}`).toEqual(order);
    expect(queue.next).toBe(Infinity);
  });
});

describe('what is due in a state holds only what can still run out [Q7.3]', () => {
  const quick = { electorate: { size: 1 }, threshold: 1, deadline: '366d' };
  const proposal: Command = {
    type: 'propose',
    group: 'g',
    round: null,
    agent: 'a',
    value: '1',
    seq: null,
    tokenHash: null,
    key: null,
  };

  it('however many rounds a group has had', () => {
    const room = new TestGroup({ rule: { ...quick, next: 'continuous' }, retention: { rounds: 1 } });
    for (let i = 0; i < 1000; i += 1) {
      room.now += 1;
      room.send(proposal);
    }
    expect(room.group.round).toBe(1001);
    expect(room.state.due.size).toBe(1);
    expect(room.state.due.next).toBe(room.now + 366 * 86_400_000);
  });

  it('however often agents came, went and renewed', () => {
    const room = new TestGroup();
    for (let i = 0; i < 1000; i += 1) {
      room.now += 1;
      room.join('a', { ttl: 86_400_000 });
      room.renew('a');
      if (i < 999) room.leave('a');
    }
    expect(room.state.due.size).toBe(1);
    room.leave('a');
    expect(room.state.due.size).toBe(0);
  });

  it('when rounds have closed and groups are deleted', () => {
    const room = new TestGroup({ rule: { ...quick, next: 'manual' } });
    expect(room.state.due.size).toBe(1);
    room.send(proposal);
    expect(room.state.due.size, 'the deadline of a closed round is none').toBe(0);
    room.openRound();
    room.remove();
    expect(room.state.due.size).toBe(0);
  });

  it('and the end of a renewed lease, not the end it had before [Q5.1]', () => {
    const room = new TestGroup();
    room.join('a', { ttl: 1000 });
    room.now += 600;
    room.renew('a');
    expect(room.state.due.next).toBe(room.now + 1000);
  });
});
