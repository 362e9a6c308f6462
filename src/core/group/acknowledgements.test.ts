import { describe, expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import type { AckBy, Json } from '../types.ts';
import { explainMessage, viewStability } from '../view/stream.ts';
import { messageAt } from './messages.ts';
import type { Message } from './stream.ts';

/** A group with these voters in it, and a message of the first of them that asks for acknowledgements. */
function asked(
  ackBy: AckBy,
  agents: readonly string[] = ['a', 'b', 'c'],
  to?: readonly string[],
  body: Json = {},
) {
  const room = new TestGroup(body, 'newest');
  for (const agent of agents) room.join(agent);
  const said = room.say(agents[0] as string, 'hi', { ackBy, ...(to && { to }) });
  if (!said.ok || !('offset' in said)) throw new Error(JSON.stringify(said));
  const { offset } = said;
  const message = (): Message => messageAt(room.group, offset) as Message;
  const stability = () => viewStability(room.group, message());
  const acknowledge = (...names: string[]): void => {
    for (const agent of names) room.setCursor(agent, offset);
  };
  return { room, offset, stability, acknowledge, explain: () => explainMessage(room.group, message()) };
}

describe('a message that asks for acknowledgements [Q9.10]', () => {
  test('is stable once enough recipients moved their cursor to it or beyond; who sent it has', () => {
    const { room, stability, acknowledge, explain } = asked('all');
    expect(stability()).toEqual({
      stability: 'pending',
      acknowledgements: {
        ...{ ackBy: 'all', needed: 3, recipients: 3 },
        acknowledged: { count: 1, agents: ['a'] },
        waiting: { count: 2, agents: ['b', 'c'] },
        gone: { count: 0, agents: [] },
      },
    });
    expect(explain()).toBe(
      'Message 5 is pending: 1 of 3 recipients have acknowledged it, 3 are needed; acknowledged by a; waiting for b, c.',
    );
    acknowledge('a', 'b', 'b');
    room.say('a', 'next');
    room.setCursor('c', 6);
    expect(stability()).toMatchObject({
      stability: 'stable',
      acknowledgements: { acknowledged: { count: 3 } },
    });
    room.leave('b');
    expect(stability()).toMatchObject({ stability: 'stable', acknowledgements: { gone: { count: 0 } } });
    expect(explain()).toBe(
      'Message 5 is stable: 3 of 3 recipients have acknowledged it, 3 are needed; acknowledged by a, b, c.',
    );
  });

  test('is impossible once too many memberships ended before, for ever', () => {
    const { room, stability, acknowledge, explain } = asked('majority');
    room.leave('b');
    expect(stability().stability).toBe('pending');
    room.leave('c');
    expect(stability()).toMatchObject({
      stability: 'impossible',
      acknowledgements: { needed: 2, gone: { count: 2, agents: ['b', 'c'] } },
    });
    room.join('c');
    acknowledge('c');
    expect(stability().stability).toBe('impossible');
    expect(explain()).toBe(
      'Message 5 is impossible, for ever: 1 of 3 recipients have acknowledged it, 2 are needed; acknowledged by a; gone before they had: b, c.',
    );
  });

  test('counts neither who came later, nor observers, nor the incarnation that followed', () => {
    const room = new TestGroup({}, 'newest');
    room.join('o', { role: 'observer' });
    for (const agent of ['a', 'b', 'c']) room.join(agent);
    const said = room.say('o', 'hi', { ackBy: 2 });
    const { offset } = said as { offset: number };
    room.join('d');
    room.leave('b');
    room.join('b');
    for (const agent of ['b', 'd', 'o']) room.setCursor(agent, offset);
    const message = messageAt(room.group, offset) as Message;
    expect(viewStability(room.group, message)).toMatchObject({
      stability: 'pending',
      acknowledgements: {
        recipients: 3,
        acknowledged: { count: 0, agents: [] },
        waiting: { count: 2, agents: ['a', 'c'] },
        gone: { count: 1, agents: ['b'] },
      },
    });
    expect(explainMessage(room.group, message)).toBe(
      `Message ${offset} is pending: 0 of 3 recipients have acknowledged it, 2 are needed; waiting for a, c; gone before they had: b.`,
    );
  });

  test('may be for some, observers too', () => {
    const room = new TestGroup({}, 'newest');
    for (const agent of ['a', 'b']) room.join(agent);
    room.join('o', { role: 'observer' });
    const { offset } = room.say('a', 'hi', { to: ['o', 'a'], ackBy: 'majority' }) as { offset: number };
    const shown = () => viewStability(room.group, messageAt(room.group, offset) as Message);
    room.setCursor('b', offset);
    expect(shown()).toMatchObject({ stability: 'pending', acknowledgements: { waiting: { agents: ['o'] } } });
    room.setCursor('o', offset);
    expect(shown()).toMatchObject({
      stability: 'stable',
      acknowledgements: { acknowledged: { agents: ['a', 'o'] } },
    });
  });

  test('is refused where so many can never be', () => {
    const room = new TestGroup({}, 'newest');
    room.join('o', { role: 'observer' });
    expect(room.say('o', 'hi', { ackBy: 'all' })).toMatchObject({
      code: 'ack-out-of-reach',
      detail: 'the message has no recipients: no voter is in the view',
    });
    room.join('a');
    expect(room.say('o', 'hi', { ackBy: 2 })).toMatchObject({
      code: 'ack-out-of-reach',
      detail: 'the message has 1 recipients, and 2 are to acknowledge it',
    });
    expect(room.say('a', 'hi', { ackBy: 1 })).toMatchObject({ ok: true });
    expect(room.group.stream.pending).toEqual([]);
  });

  test('is one of at most 100 that are pending; one that is kept no longer is pending no longer', () => {
    const room = new TestGroup({}, 'newest');
    for (const agent of ['a', 'b']) room.join(agent);
    for (let i = 0; i < limits.messagesPending; i += 1) room.say('a', i, { ackBy: 2 });
    expect(room.say('a', 'more', { ackBy: 2 })).toMatchObject({ code: 'limit-reached' });
    room.setCursor('b', 4);
    expect(room.say('a', 'more', { ackBy: 2 })).toMatchObject({ ok: true });
    room.put({ retention: { messages: 7 } });
    expect(room.group.stream.pending.length).toBe(7);
  });

  test('names at most 100 of those who have and who are gone, and says how many there are', () => {
    const names = Array.from({ length: 250 }, (_, i) => `n${i}`);
    const { room, stability, acknowledge, explain } = asked(200, names);
    expect(stability().acknowledgements?.waiting).toMatchObject({ count: 249 });
    expect(stability().acknowledgements?.waiting.agents.length).toBe(100);
    acknowledge(...names.slice(1, 130));
    for (const agent of names.slice(130, 240)) room.leave(agent);
    expect(stability()).toMatchObject({
      stability: 'impossible',
      acknowledgements: { acknowledged: { count: 130 }, gone: { count: 51 }, waiting: { count: 69 } },
    });
    expect(explain()).toContain(
      'acknowledged by n0, n1, n2, n3, n4 and 125 more; gone before they had: n130',
    );
    const other = asked(100, names);
    for (const agent of names.slice(1, 141)) other.room.leave(agent);
    const { gone } = other.stability().acknowledgements ?? {};
    expect(gone).toEqual({ count: 140, agents: names.slice(1, 101) });
  });

  test('is not waited for where it asks for nothing', () => {
    const { room, offset } = asked(1);
    room.say('a', 'plain');
    const plain = messageAt(room.group, offset + 1) as Message;
    expect(viewStability(room.group, plain)).toEqual({ stability: null, acknowledgements: null });
    expect(explainMessage(room.group, plain)).toBe('Message 6 is durable, and asks for no acknowledgements.');
  });

  test('loses a recipient whose lease ends in the entry of its own cursor', () => {
    const room = new TestGroup({}, 'newest');
    for (const agent of ['a', 'b']) room.join(agent);
    room.join('c', { ttl: 5000 });
    const { offset } = room.say('a', 'hi', { ackBy: 'all' }) as { offset: number };
    room.say('a', 'next');
    room.setCursor('b', offset + 1);
    room.join('d');
    room.setCursor('d', offset);
    room.now += 5000;
    const results = room.send(
      { type: 'set-cursor', group: 'g', agent: 'c', tokenHash: 't-c', offset },
      { type: 'say', group: 'g', tokenHash: 't-a', body: '1', key: null },
      { type: 'say', group: 'g', tokenHash: 't-b', body: '2', key: null },
    );
    expect(results[0]).toMatchObject({ code: 'agent-not-found' });
    const [first, second] = results.slice(1) as { offset: number; index: number }[];
    expect(second).toMatchObject({ offset: (first?.offset ?? 0) + 1, index: first?.index });
    const shown = () => viewStability(room.group, messageAt(room.group, offset) as Message).stability;
    expect(shown()).toBe('impossible');
    room.join('c');
    room.setCursor('c', offset);
    expect(shown()).toBe('impossible');
  });
});
