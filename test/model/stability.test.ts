import { expect, it } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';
import type { Message } from '../../src/core/group/stream.ts';
import type { AckBy } from '../../src/core/types.ts';
import { viewStability } from '../../src/core/view/stream.ts';
import { copyState } from '../check/copy.ts';
import { run } from '../harness/entries.ts';
import { abc, TestGroup, word } from '../harness/test-group.ts';
import { neededOf } from './stability.ts';

/**
 * A message and everything that can become of it: all orders in which a few agents can acknowledge it, leave, come back, and others
 * come. By definition it is stable in a state exactly when enough recipients have acknowledged it, and impossible exactly when
 * no state that can follow is a stable one. [Q9.10]
 */

interface Case {
  readonly from: 'a' | 'o';
  readonly to: readonly string[] | null;
  readonly ackBy: AckBy;
}

interface Place {
  readonly state: State;
  /** Recipients whose membership at the time of the message has moved its cursor to it, and whose has not ended. */
  readonly acknowledged: ReadonlySet<string>;
  readonly stability: string;
  readonly next: string[];
}

const at = 1_000_000;
/** Voters a, b and c, an observer, and d, who comes later. */
const members = ['a', 'b', 'c', 'o'];

const join = (agent: string): Command => {
  const role = agent === 'o' ? 'observer' : 'voter';
  return { type: 'join', group: 'g', agent, role, ttl: 30_000, tokenHash: `t-${agent}`, joinKeyHash: null };
};

/** What can happen next, and is not refused for sure. */
function movesIn(state: State, offset: number, others: readonly string[]): Command[] {
  return others.flatMap((agent): Command[] => {
    const tokenHash = `t-${agent}`;
    if (state.groups.get('g')?.members.get(agent)?.live !== true) return [join(agent)];
    const cursor = (upTo: number): Command => ({
      type: 'set-cursor',
      group: 'g',
      agent,
      tokenHash,
      offset: upTo,
    });
    const moves = [cursor(offset), { type: 'leave', group: 'g', agent, tokenHash } as const];
    return agent === 'b' ? [...moves, cursor(offset - 1)] : moves;
  });
}

/** All states that can follow a message, by what of them counts. */
function explore({ from, to, ackBy }: Case): {
  readonly places: Map<string, Place>;
  readonly recipients: string[];
} {
  const room = new TestGroup({ rule: abc }, 'newest');
  for (const agent of members) room.send(join(agent));
  const answer = room.say(from, 'hi', { ackBy, ...(to === null ? {} : { to }) });
  const recipients = [...new Set(to ?? ['a', 'b', 'c'])];
  const places = new Map<string, Place>();
  if (!answer.ok || answer.did !== 'said') {
    expect(word(answer)).toBe('ack-out-of-reach');
    return { places, recipients };
  }
  const { offset } = answer;
  const first = new Map([...room.group.members].map(([agent, { incarnation }]) => [agent, incarnation]));
  const others = [...new Set([...(to === null ? ['d'] : []), ...recipients])];
  const placeOf = (state: State, acknowledged: ReadonlySet<string>): [string, Place] => {
    const group = state.groups.get('g') ?? expect.fail('no group');
    const { stability, acknowledgements } = viewStability(group, group.stream.at(offset) as Message);
    const marks = others.map((agent) => {
      const { live = false, incarnation, cursor = null } = group.members.get(agent) ?? {};
      return [
        agent,
        live,
        incarnation === first.get(agent),
        cursor === null ? 'none' : cursor >= offset,
        acknowledged.has(agent),
      ];
    });
    const place = { state, acknowledged, stability: String(stability), next: [] };
    const standing = [acknowledgements?.acknowledged, acknowledgements?.gone].map((some) =>
      [...(some?.agents ?? [])].sort(),
    );
    return [JSON.stringify([marks, stability, standing]), place];
  };
  const left = [placeOf(room.state, new Set(recipients.filter((agent) => agent === from)))];
  places.set(...(left[0] as [string, Place]));
  // The nearest first: each thing that happens makes the stream longer.
  for (const here of left) {
    const [, { state, acknowledged, next }] = here;
    for (const command of movesIn(state, offset, others)) {
      const after = copyState(state);
      const [result] = run(after, [command], { time: at, seed: 1 }).results;
      expect(result?.ok, JSON.stringify(result)).toBe(true);
      const agent = 'agent' in command ? (command.agent as string) : '';
      const isFirst = state.groups.get('g')?.members.get(agent)?.incarnation === first.get(agent);
      const reads = command.type === 'set-cursor' && command.offset >= offset;
      const counts = reads && isFirst && recipients.includes(agent);
      const there = placeOf(after, counts ? new Set([...acknowledged, agent]) : acknowledged);
      next.push(there[0]);
      if (places.has(there[0])) continue;
      places.set(...there);
      left.push(there);
    }
  }
  return { places, recipients };
}

/** The states from which one of these can be reached, themselves included. */
function leadingTo(places: ReadonlyMap<string, Place>, ends: ReadonlySet<string>): Set<string> {
  const before = new Map<string, string[]>();
  for (const [key, { next }] of places)
    for (const there of next) before.set(there, [...(before.get(there) ?? []), key]);
  const found = new Set(ends);
  const left = [...ends];
  for (let key = left.pop(); key !== undefined; key = left.pop())
    for (const one of before.get(key) ?? []) {
      if (found.has(one)) continue;
      found.add(one);
      left.push(one);
    }
  return found;
}

const voters = ([1, 'majority', 'all'] as const).map((ackBy): Case => ({ from: 'a', to: null, ackBy }));
const addressees = [
  ['b', 'c'],
  ['a', 'b'],
  ['b', 'b', 'c'],
  ['o', 'b'],
];
const cases = [
  ...voters,
  { from: 'o', to: null, ackBy: 'majority' } as const,
  ...addressees.flatMap((to) =>
    ([1, 2, 3, 'majority'] as const).map((ackBy): Case => ({ from: 'a', to, ackBy })),
  ),
];

it('a message is stable when enough have acknowledged it, impossible when no more of what can happen makes it so [Q9.10]', () => {
  const seen = { pending: 0, stable: 0, impossible: 0, refused: 0 };
  for (const one of cases) {
    const { places, recipients } = explore(one);
    const needed = neededOf(one.ackBy, recipients.length);
    expect(places.size === 0, JSON.stringify(one)).toBe(needed > recipients.length);
    if (places.size === 0) seen.refused += 1;
    const stable = new Set(
      [...places].filter(([, { acknowledged }]) => acknowledged.size >= needed).map(([key]) => key),
    );
    const hopeful = leadingTo(places, stable);
    for (const [key, { stability }] of places) {
      const due = stable.has(key) ? 'stable' : hopeful.has(key) ? 'pending' : 'impossible';
      expect(stability, `${JSON.stringify(one)} in ${key}`).toBe(due);
      seen[due] += 1;
    }
  }
  console.info(`${cases.length} messages: ${JSON.stringify(seen)}`);
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(0);
});
