import { expect, it } from 'vitest';
import type { Canonical, Command, Json } from '../../src/core/types.ts';
import { proposal } from './drive.ts';
import { explore, type Move, type World } from './explore.ts';

/** EXPLORE_STATES bounds the states of all worlds together; a million take some minutes on one core. */
const budget = Number(process.env.EXPLORE_STATES ?? 60_000);

const group = 'g';
const x = '"secret-x"';
const y = '"secret-y"';

const at = (command: Command): Move => ({ command, late: false });
const later = (command: Command): Move => ({ command, late: true });
const tick: Move = later({ type: 'tick' });

function proposals(
  agents: readonly (string | null)[],
  rounds: readonly (number | null)[],
  values: readonly (Canonical | null)[],
): Move[] {
  return agents.flatMap((agent) =>
    rounds.flatMap((round) =>
      values.map((value) =>
        at({ ...proposal(group, round, agent, value), tokenHash: agent === null ? null : `token-${agent}` }),
      ),
    ),
  );
}

function joins(agents: readonly string[]): Move[] {
  return agents.flatMap((agent) => [
    at({
      type: 'join',
      group,
      agent,
      role: 'voter',
      ttl: 2500,
      tokenHash: `token-${agent}`,
      joinKeyHash: null,
    }),
    at({ type: 'leave', group, agent, tokenHash: `token-${agent}` }),
  ]);
}

const tells: Move[] = ['1', '2', '3'].map((reader) => at({ type: 'tell', group, reader }));
const close: Move = at({ type: 'close-round', group, round: 1, ifRevision: null, by: null, tokenHash: null });

const world = (
  name: string,
  rule: { [name: string]: Json },
  ticks: number,
  moves: readonly Move[],
): World => ({
  name,
  rule: { next: 'continuous', maxRounds: 2, ...rule },
  ticks,
  moves,
});

const abc = ['a', 'b', 'c'];
const keyed: Move = at({ ...proposal(group, 1, 'a', x), tokenHash: 'token-a', key: 'k' });
const keyedAgain: Move = at({ ...proposal(group, null, 'a', x), tokenHash: 'token-a', key: 'k' });

const worlds: readonly World[] = [
  world('the classroom', { electorate: { size: 3 }, threshold: 2 }, 0, [
    ...proposals([null], [null], [x, y]),
    ...proposals(['1', '2'], [1, 2], [x, y]),
    ...tells,
  ]),
  world(
    'three named agents with leases, early',
    { electorate: { agents: abc }, close: 'early', deadline: 3500 },
    5,
    [...proposals(abc, [1, 2], [x, y]), ...joins(abc), tick],
  ),
  world(
    'absent agents excluded',
    { electorate: { agents: abc }, absent: 'excluded', floor: 2, lastCall: 1500 },
    5,
    [...proposals(abc, [1, 2], [x, null]), ...joins(abc), tick, close],
  ),
  world(
    'those who are live',
    { electorate: { live: { min: 2, max: 3 } }, deadline: 3500, onDeadline: 'decide' },
    6,
    [...proposals(abc, [1, 2], [x, y]), ...joins(abc), tick],
  ),
  world(
    'changes of mind',
    {
      electorate: { agents: abc },
      revote: true,
      minWait: 1500,
      deadline: 4500,
      close: 'early',
      reveal: 'never',
    },
    5,
    [
      ...abc.flatMap((agent) =>
        [1, 2].flatMap((seq) => [x, y].map((value) => at({ ...proposal(group, null, agent, value), seq }))),
      ),
      ...proposals(['a'], [1, 2], [x]),
      tick,
      close,
    ],
  ),
  world('retries by key', { electorate: { size: 2 }, threshold: 2, next: 'until-success' }, 2, [
    keyed,
    keyedAgain,
    ...proposals(['a', 'b', null], [1, 2], [x, y]),
    ...tells,
    ...joins(['a', 'b']),
    tick,
  ]),
];

it('no invariant breaks in any state that a few agents can bring about', { timeout: 1_200_000 }, () => {
  const share = Math.ceil(budget / worlds.length);
  let left = budget;
  let states = 0;
  const began = performance.now();
  for (const [i, one] of worlds.entries()) {
    const bound = Math.max(share, left - share * (worlds.length - 1 - i));
    const found = explore(one, bound);
    left -= found.states;
    states += found.states;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.info(
      `${one.name}: ${found.states} states${found.complete ? ', all there are' : ''}, ` +
        `${found.transitions} transitions, ${found.refusals} refused, ${seconds} s so far`,
    );
    expect(found.violation, one.name).toBeNull();
    expect(found.refusals, one.name).toBeGreaterThan(0);
    expect(found.complete || found.states >= share, one.name).toBe(true);
  }
  expect(states).toBeGreaterThanOrEqual(Math.min(budget, 60_000) * 0.8);
});
