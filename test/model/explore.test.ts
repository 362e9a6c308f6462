import { expect, it } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import type { Canonical, Json } from '../../src/core/types.ts';
import { createCommand, proposal, settingsOf } from '../harness/entries.ts';
import { explore, type Move, type World } from './explore.ts';

/** EXPLORE_STATES bounds the states of all worlds together; half a million take about two minutes on one core. */
const budget = Number(process.env.EXPLORE_STATES ?? 200_000);

const group = 'g';
const x = '"secret-x"';
const y = '"secret-y"';
const z = '"secret-z"';

const at = (command: Move['command']): Move => ({ command, late: false });
const later = (command: Command): Move => ({ command, late: true });
const tick: Move = later({ type: 'tick' });
const openRound: Move = at({ type: 'open-round', group, round: null });
const remove: Move = at({ type: 'delete-group', group, ifRevision: null });

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

const tells: Move[] = ['1', '2', '3'].map((reader) => at({ type: 'tell', group, reader, identified: false }));
/** By the manager, and by one who may have the right. */
function waivers(agents: readonly string[]): Move[] {
  return agents.flatMap((agent) =>
    [null, 'b'].map((by) =>
      at({
        type: 'waive',
        group,
        round: 1,
        agent,
        reason: 'away',
        by,
        tokenHash: by === null ? null : 'token-b',
      }),
    ),
  );
}

/** Anew, with another secret, revoked; and exchanged, by another instance too. */
function invites(agents: readonly string[]): Move[] {
  return agents.flatMap((agent) => [
    ...['s', 'r'].flatMap((secretHash) => [
      at({ type: 'put-invite', group, agent, role: 'voter', secretHash, byKeyHash: null }),
      at({ type: 'redeem', group, agent, secretHash, tokenHash: `token-${agent}` }),
    ]),
    at({ type: 'put-invite', group, agent, role: 'observer', secretHash: 's', byKeyHash: null }),
    at({ type: 'redeem', group, agent, secretHash: 's', tokenHash: 'token-of-another' }),
    at({ type: 'revoke-invite', group, agent, byKeyHash: null }),
  ]);
}

const deadlines: Move[] = [{ after: 1500 }, { at: 1_004_200 }, null].map((deadline) =>
  at({ type: 'set-deadline', group, round: 1, deadline, ifRevision: null, by: null, tokenHash: null }),
);
const close: Move = at({ type: 'close-round', group, round: 1, ifRevision: null, by: null, tokenHash: null });

const world = (
  name: string,
  rule: { [name: string]: Json },
  ticks: number,
  moves: readonly Move[],
  settings: { [name: string]: Json } = {},
): World => ({
  name,
  settings,
  rule: { next: 'continuous', maxRounds: 2, ...rule },
  ticks,
  moves,
});

const abc = ['a', 'b', 'c'];

function puts(...rules: { [name: string]: Json }[]): Move[] {
  return rules.flatMap((rule) =>
    ['subject', 'another'].map((subjectHash) =>
      at(createCommand(group, settingsOf({ rule: { maxRounds: 2, ...rule }, subjectHash }))),
    ),
  );
}
/** Two of them can be acknowledged; the second is for b, and the third for whoever is there. */
const messages: Move[] = [
  { tokenHash: 'token-a', body: x, key: 'k', ackBy: 'all' as const },
  { tokenHash: 'token-a', body: y, key: 'l', to: ['b'], ackBy: 1 },
  { tokenHash: 'token-b', body: z, key: 'k' },
  { tokenHash: 'token-b', body: z, key: 'k', to: ['a'] },
].map((said) => at({ type: 'say', group, ...said }));

/** To the end of the stream, and to its first message. */
function cursors(agents: readonly string[]): Move[] {
  return agents.flatMap((agent) => {
    const cursor = (offset: number): Command => ({
      type: 'set-cursor',
      group,
      agent,
      tokenHash: `token-${agent}`,
      offset,
    });
    return [
      at(({ groups }) => cursor(groups.get(group)?.stream.end ?? 0)),
      at(({ groups }) =>
        cursor(groups.get(group)?.stream.items.find(({ type }) => type === 'message')?.offset ?? 0),
      ),
    ];
  });
}

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
  world(
    'weights, a veto and a required agent',
    {
      electorate: { agents: abc },
      weights: { a: 2 },
      veto: ['b'],
      required: ['c'],
      close: 'early',
      deadline: 3500,
      onDeadline: { default: 'secret-default' },
    },
    4,
    [...proposals(abc, [1, 2], [x, 'false', null]), ...joins(['b', 'c']), tick],
  ),
  world(
    'draws, seen as they come',
    {
      electorate: { agents: abc },
      threshold: 1,
      of: 'present',
      close: 'early',
      tie: 'seeded',
      reveal: 'live',
      revote: true,
      minWait: 1500,
      lastCall: 1500,
    },
    4,
    [...proposals(abc, [1, 2], [x, y, z, null]), ...joins(['a']), tick],
  ),
  world(
    'near numbers',
    { electorate: { agents: abc }, equality: { tolerance: 1 }, close: 'early', revote: true, minWait: 500 },
    3,
    [...proposals(abc, [1, 2], ['1', '2', '2.5', null]), ...joins(['c']), tick],
  ),
  world(
    'two panels and one that is asked last',
    {
      electorate: {
        all: [
          { role: 'makers', agents: ['a', 'b'], threshold: 1 },
          { role: 'checkers', agents: ['b', 'c'], threshold: 1 },
        ],
        else: { role: 'head', agents: ['d'], threshold: 1 },
      },
      close: 'early',
      deadline: 3500,
    },
    4,
    [...proposals([...abc, 'd'], [1, 2], [x, y, null]), ...joins(['c', 'd']), tick],
  ),
  world(
    'options of which one wins, and a floor of values',
    {
      electorate: { agents: abc },
      options: ['card-x', 'card-y'],
      wins: ['card-x'],
      threshold: 2,
      floor: { present: 1, cast: 2 },
      equality: 'text',
      close: 'early',
      revote: true,
      minWait: 500,
      lastCall: 1500,
    },
    4,
    [
      ...proposals(abc, [1, 2], ['"card-x"', '" Card-X"', '"card-y"', z, null]),
      ...abc.flatMap((agent) =>
        ['"card-x"', null].map((value) => at({ ...proposal(group, null, agent, value), seq: 2 })),
      ),
      tick,
    ],
  ),
  world(
    'electors who are waived, a deadline that moves',
    { electorate: { agents: abc }, deadline: 2500, deadlineFrom: 'first-proposal', close: 'early' },
    6,
    [...proposals(abc, [1, 2], [x, y]), ...waivers(abc), ...deadlines, ...joins(['c']), tick, close],
    { mayWaive: ['b'] },
  ),
  world(
    'those who are live, and some waived',
    {
      electorate: { live: { min: 1, max: 3 } },
      floor: 2,
      absent: 'excluded',
      deadline: 3500,
      onDeadline: 'decide',
    },
    5,
    [...proposals(abc, [1], [x, y]), ...waivers(abc), ...deadlines, ...joins(abc), tick],
  ),
  world(
    'panels with waivers and notes',
    {
      electorate: {
        any: [
          { role: 'makers', agents: ['a', 'b'], threshold: 'unanimous' },
          { role: 'checkers', agents: ['b', 'c'], threshold: 'unanimous' },
        ],
      },
      deadline: 3500,
      deadlineFrom: 'first-proposal',
    },
    4,
    [
      ...proposals(abc, [1, 2], [x, y]),
      ...abc.map((agent) => at({ ...proposal(group, null, agent, x), note: 'secret-note' })),
      ...waivers(abc),
      tick,
    ],
  ),
  world(
    'whoever is invited',
    { electorate: { agents: ['a', 'b'] }, absent: 'excluded', next: 'continuous' },
    3,
    [...proposals(['a', 'b'], [1, 2], [x]), ...invites(['a', 'b']), ...joins(['a']), close, tick],
    { admission: 'invite' },
  ),
  world('messages, and who has read them', { electorate: { size: 2 }, next: 'manual' }, 4, [
    ...messages,
    ...joins(['a', 'b']),
    ...cursors(['a', 'b']),
    tick,
  ]),
  world(
    'messages of which two are kept',
    { electorate: { agents: ['a', 'b'] }, next: 'manual' },
    2,
    [...messages, ...joins(['a', 'b']), ...cursors(['b']), ...proposals(['a', 'b'], [1], [x]), remove, tick],
    { retention: { messages: 2 } },
  ),
  world('a hand that steers', { electorate: { agents: abc }, next: 'manual' }, 2, [
    ...proposals(abc, [1, 2], [x, y]),
    ...puts(
      { electorate: { agents: abc }, next: 'manual' },
      { electorate: { agents: ['a', 'b'] }, threshold: 1, next: 'continuous' },
    ),
    ...joins(['a']),
    openRound,
    close,
    remove,
    tick,
  ]),
  world('retries by key', { electorate: { size: 2 }, threshold: 2, next: 'until-success' }, 2, [
    keyed,
    keyedAgain,
    ...proposals(['a', 'b', null], [1, 2], [x, y]),
    ...tells,
    ...joins(['a', 'b']),
    tick,
  ]),
];

it('no invariant breaks in any state that a few agents can bring about', () => {
  let left = budget;
  let states = 0;
  const began = process.cpuUsage();
  for (const [i, one] of worlds.entries()) {
    const bound = Math.ceil(left / (worlds.length - i));
    const found = explore(one, bound);
    left -= found.states;
    states += found.states;
    const { user, system } = process.cpuUsage(began);
    console.info(
      `${one.name}: ${found.states} states${found.complete ? ', all there are' : ''}, ` +
        `${found.transitions} transitions, ${found.refusals} refused, ${((user + system) / 1e6).toFixed(1)} s of CPU so far`,
    );
    expect(found.violation, one.name).toBeNull();
    expect(found.refusals, one.name).toBeGreaterThan(0);
    expect(found.complete || found.states >= bound, one.name).toBe(true);
  }
  expect(states).toBeGreaterThanOrEqual(budget);
});
