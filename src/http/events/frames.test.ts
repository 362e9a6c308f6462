import { expect, test } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import type { Command } from '../../core/entry.ts';
import type { EventJson } from '../../core/view/json-types.ts';
import { viewEvent } from '../../core/view/view.ts';
import { eventWriter, presentState } from './frames.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `agent-${i}`);

/** id, event and data of one written event. */
function read(bytes: Uint8Array): { id: string; event: string; data: EventJson } {
  const found = /^id: (\d+)\nevent: ([a-z-]+)\ndata: ([^\n\r]*)\n\n$/.exec(Buffer.from(bytes).toString());
  if (found === null) throw new Error(`not one event: ${Buffer.from(bytes)}`);
  return { id: String(found[1]), event: String(found[2]), data: JSON.parse(String(found[3])) };
}

test('an event is written as view.ts shows it, its line breaks and quotes inside JSON', () => {
  const room = new TestGroup({ rule: { electorate: { agents: ['ann', 'bob'] }, next: 'continuous' } });
  room.join('ann');
  room.propose('ann', 'one\ntwo\r\n"three" \u2028 ü', { tokenHash: 't-ann' });
  room.propose('bob', 'one\ntwo\r\n"three" \u2028 ü');
  room.claim('run-1');
  const types = new Set<string>();
  for (const event of room.events) {
    const { id, event: type, data } = read(eventWriter(room.group)(event));
    expect([id, type]).toEqual([String(event.revision), event.type]);
    expect(data).toEqual(viewEvent(room.group, event));
    types.add(type);
  }
  expect([...types].sort()).toEqual([
    'agent-joined',
    'claimed',
    'group-created',
    'proposed',
    'round-closed',
    'round-opened',
  ]);
});

test('an event that is kept holds no memory but its own', () => {
  const room = new TestGroup({ rule: { electorate: { size: 1 } } });
  room.propose('ann', 'x');
  const write = eventWriter(room.group);
  for (const bytes of [...room.events.map(write), presentState('snapshot', room.group, room.state)])
    expect(bytes.buffer.byteLength).toBe(bytes.length);
});

test('several events of one entry show one round, which is written once', () => {
  const room = new TestGroup({ rule: { electorate: { agents: names(3) } } });
  const before = room.events.length;
  const plain = { type: 'propose', group: 'g', round: null, seq: null, tokenHash: null, key: null } as const;
  const commands = names(2).map((agent): Command => ({ ...plain, agent, value: '1' }));
  room.send(...commands);
  const write = eventWriter(room.group);
  const shown = room.events.slice(before).map((event) => read(write(event)).data);
  expect(shown.map(({ revision, round }) => [revision, round?.present, round?.revision])).toEqual([
    [3, 2, 4],
    [4, 2, 4],
  ]);
});

test('a round too large for an event comes without its lists, and says who it is', () => {
  const agents = names(2000);
  const room = new TestGroup({ rule: { electorate: { agents }, threshold: 2000 } });
  for (const agent of agents.slice(0, -1)) room.propose(agent, agent.padEnd(400, '.'));
  const open = read(eventWriter(room.group)(room.events.at(-1)!));
  expect(open.data.round).toMatchObject({ round: 1, state: 'WAITING', eligible: 2000, present: 1999 });
  room.propose(agents.at(-1) as string, 'x');
  const closed = room.events.find(({ type }) => type === 'round-closed')!;
  const bytes = eventWriter(room.group)(closed);
  expect(bytes.length).toBeLessThan(4096);
  expect(read(bytes).data.round).toMatchObject({ round: 1, state: 'FAILED', present: 2000, tally: null });
  const snapshot = read(presentState('snapshot', room.group, room.state));
  expect(snapshot.data.round).toMatchObject({ round: 2, state: 'WAITING', missing: [], eligible: 2000 });
});

test('every event stays within its bound, however large its values', () => {
  const agents = names(60);
  const room = new TestGroup({ rule: { electorate: { agents }, threshold: 60, reveal: 'live' } });
  for (const agent of agents) room.propose(agent, `${agent}${'ü'.repeat(2000)}`);
  const write = eventWriter(room.group);
  const sizes = room.events.map((event) => write(event).length);
  expect(Math.max(...sizes)).toBeLessThan(33 * 1024);
});
