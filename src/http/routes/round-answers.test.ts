import { expect, test } from 'vitest';
import { apply } from '../../core/apply.ts';
import type { Command } from '../../core/entry.ts';
import { emptyState } from '../../core/group/state.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import type { Json } from '../../core/types.ts';
import { answers } from './round-answers.ts';

/** A group of three whose rounds follow each other, and a way to apply one command at a time. */
function made(electorate: Json = { agents: ['a', 'b', 'c'] }) {
  const state = emptyState();
  const parsed = parseSettings({
    rule: { electorate, threshold: 2, reveal: 'live', next: 'continuous' },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  const { settings } = parsed;
  const run = (command: Command): void => {
    const header = { version: 1, writer: 'w', serial: 1, server: 's', time: 1, reckoned: 0, alone: true };
    apply(state, { ...header, seed: 1, commands: [command] }, state.index + 1);
  };
  const keys = { joinKeyHash: null, observerKeyHash: null };
  run({ type: 'put-group', group: 'g', settings, ifRevision: null, ...keys });
  const group = state.groups.get('g');
  if (group === undefined) throw new Error('there is no group');
  const propose = (agent: string, value: string): void =>
    run({
      type: 'propose',
      ...{ group: 'g', round: null, agent, value, seq: null, tokenHash: null, key: null },
    });
  return { state, group, run, propose };
}

test('an answer shows the round as it was when it was made, however late its body is written [Q3.5]', () => {
  const { state, group, propose, run } = made();
  const { round: answerOf } = answers();
  propose('a', '1');
  const open = answerOf(group, 1, state.index);
  propose('b', '1');
  propose('c', '2');
  const closed = answerOf(group, 1, state.index);
  const { index } = state;
  propose('a', '3');
  run({ type: 'delete-group', group: 'g', ifRevision: null });
  expect(open?.waiting).toBe(true);
  const tally = [{ value: 1, weight: 1, agents: ['a'] }];
  expect(JSON.parse(open?.body() ?? '')).toMatchObject({ state: 'WAITING', present: 1, tally, index: 2 });
  expect(closed?.waiting).toBe(false);
  expect(JSON.parse(closed?.body() ?? '')).toMatchObject({ state: 'SUCCESS', value: 1, index });
});

test('an answer that names more than a thousand electors is large', () => {
  for (const [size, large] of [
    [1001, false],
    [1002, true],
  ] as const) {
    const agents = Array.from({ length: size }, (_, i) => `a${i}`);
    const { state, group, propose, run } = made({ agents });
    propose('a7', '1');
    const { round: answerOf } = answers();
    const open = answerOf(group, 1, state.index);
    expect(open?.large).toBe(large);
    propose('a8', '1');
    expect(JSON.parse(open?.body() ?? '').missing).toEqual(agents.filter((agent) => agent !== 'a7'));
    run({ type: 'close-round', group: 'g', round: 1, ifRevision: null, by: null, tokenHash: null });
    expect(answerOf(group, 1, state.index)?.large).toBe(false);
  }
});

test('the body of a closed round is written once for all who get it at one index', () => {
  const { state, group, propose } = made();
  for (const agent of ['a', 'b', 'c']) propose(agent, '1');
  const { round: answerOf } = answers();
  const outcome = group.closed.get(1);
  if (outcome === undefined) throw new Error('the round is open');
  let looks = 0;
  const counted = { ...outcome };
  Object.defineProperty(counted, 'value', {
    get: () => {
      looks += 1;
      return outcome.value;
    },
  });
  const of = { ...group, closed: new Map([[1, counted]]) };
  const [one, other] = [answerOf(of, 1, state.index), answerOf(of, 1, state.index)];
  expect(looks).toBe(0);
  expect(one?.body()).toBe(other?.body());
  const once = looks;
  expect(once).toBeGreaterThan(0);
  one?.body();
  expect(looks).toBe(once);
  expect(answerOf(group, 2, state.index)?.waiting).toBe(true);
  expect(answerOf(group, 3, state.index)).toBeNull();
});
