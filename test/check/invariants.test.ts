import { expect, it } from 'vitest';
import type { Applied } from '../../src/core/apply.ts';
import type { Command, Entry } from '../../src/core/entry.ts';
import type { Group, State } from '../../src/core/group/state.ts';
import type { Item, Message } from '../../src/core/group/stream.ts';
import type { Json, Outcome } from '../../src/core/types.ts';
import { createCommand, freshGroup, proposal, run, settingsOf } from '../harness/entries.ts';
import { firstViolation, invariants, remember } from './invariants.ts';
import type { Step } from './step.ts';

/** An invariant that never complains proves nothing: each is shown a step that breaks it, and it alone. */

const stamp = { time: 1_000_000, seed: 1 };

interface Broken {
  readonly rule?: { readonly [name: string]: Json };
  /** Applied before the step that is looked at. */
  readonly before: readonly Command[];
  readonly last: Command;
  readonly spoil: (group: Group, applied: { results: Applied['results']; events: Applied['events'] }) => void;
}

const yes = '"value-yes"';
const no = '"value-no"';
const say = (agent: string, value: string, round = 1): Command => proposal('g', round, agent, value);

function stepOf({ rule, before, last, spoil }: Broken): Step {
  const state: State = freshGroup(
    'g',
    settingsOf({ rule: { electorate: { size: 2 }, next: 'continuous', ...rule } }),
    stamp,
  );
  for (const command of before) run(state, [command], stamp);
  const memory = remember(state);
  const applied = { ...run(state, [last], stamp) };
  const group = state.groups.get('g') as Group;
  spoil(group, applied);
  const entry: Entry = {
    version: 1,
    writer: 'one',
    serial: state.index,
    server: 'one',
    reckoned: 0,
    alone: true,
    ...stamp,
    commands: [last],
  };
  return { before: memory, after: state, entry, index: state.index, applied };
}

function replaceOutcome(group: Group, number: number, change: Partial<Outcome>): void {
  const closed = new Map(group.closed);
  closed.set(number, { ...(closed.get(number) as Outcome), ...change });
  group.closed = closed;
}

function put(open: Group['open'], agent: string, value: string): void {
  const proposals = open?.proposals as Map<string, unknown> | undefined;
  proposals?.set(agent, { agent, value, seq: null });
}

const join = (agent: string): Command => {
  const plain = { role: 'voter', ttl: 60_000, joinKeyHash: null } as const;
  return { type: 'join', group: 'g', agent, tokenHash: `t-${agent}`, ...plain };
};
const talk: Command = { type: 'say', group: 'g', tokenHash: 't-a', body: '"hi"', key: null };
const latest = (stream: Group['stream']): Item => stream.at(stream.end) as Item;

const oneRound = [say('a', yes), say('b', yes)];

const broken: Readonly<Record<string, Broken>> = {
  agreement: {
    before: oneRound,
    last: say('a', no, 2),
    spoil: (group) => replaceOutcome(group, 1, { value: no }),
  },
  validity: {
    before: [say('a', yes)],
    last: say('b', no),
    spoil: (group) => replaceOutcome(group, 1, { state: 'SUCCESS', reason: 'agreed', value: yes }),
  },
  earlyWasCertain: {
    rule: { electorate: { agents: ['a', 'b', 'c'] }, threshold: 2, close: 'early' },
    before: [say('a', yes)],
    last: say('b', yes),
    spoil: (group) => replaceOutcome(group, 1, { electors: new Set(['a', 'b', 'c', 'd', 'e']), eligible: 5 }),
  },
  earlyInTime: {
    rule: { electorate: { agents: ['a', 'b', 'c'] }, threshold: 2, close: 'early' },
    before: [],
    last: say('a', yes),
    spoil: ({ open }) => put(open, 'b', yes),
  },
  optionsOnly: {
    rule: { electorate: { size: 3 }, options: [JSON.parse(yes), JSON.parse(no)] },
    before: [],
    last: say('a', yes),
    spoil: ({ open }) => put(open, 'a', '"perhaps"'),
  },
  oneProposalEach: {
    rule: { electorate: { size: 3 } },
    before: [say('a', yes)],
    last: say('b', yes),
    spoil: ({ open }) => put(open, 'c', yes),
  },
  contiguousRounds: {
    before: oneRound,
    last: say('a', yes, 2),
    spoil: (group) => {
      group.round = 3;
    },
  },
  electorsOnly: {
    rule: { electorate: { agents: ['a', 'b', 'c'] } },
    before: [],
    last: say('a', yes),
    spoil: ({ open }) => {
      if (open !== null) open.electors = new Set(['b', 'c']);
    },
  },
  livingElectors: {
    rule: { electorate: { live: { min: 1, max: 2 } } },
    before: [],
    last: join('a'),
    spoil: ({ members }) => {
      const member = members.get('a');
      if (member !== undefined) member.expiresAt = stamp.time;
    },
  },
  fullRoundsEnd: {
    rule: { electorate: { agents: ['a', 'b'] } },
    before: [],
    last: say('a', yes),
    spoil: ({ open }) => {
      if (open !== null) open.electors = new Set(['a']);
    },
  },
  allAnswer: {
    rule: { electorate: { agents: ['a', 'b'] } },
    before: [say('a', yes)],
    last: say('b', yes),
    spoil: (group) => replaceOutcome(group, 1, { electors: new Set(['a', 'b', 'c']), eligible: 3 }),
  },
  deadlinesHold: {
    rule: { electorate: { agents: ['a', 'b'] }, deadline: 1000, deadlineFrom: 'first-proposal' },
    before: [say('a', yes)],
    last: say('b', yes),
    spoil: (group) => replaceOutcome(group, 1, { deadlineAt: stamp.time + 999 }),
  },
  revisionPerEvent: {
    before: [],
    last: say('a', yes),
    spoil: (group) => {
      group.revision += 1;
    },
  },
  blind: {
    before: [say('a', yes)],
    last: say('a', no),
    spoil: (_, applied) => {
      const refusal = { ok: false, code: 'already-proposed', detail: `a has proposed ${yes}` } as const;
      applied.results = [refusal];
    },
  },
  offsetsStayAbove: {
    before: [],
    last: join('a'),
    spoil: (_, applied) => {
      const [event] = applied.events;
      if (event !== undefined) applied.events = [{ ...event, type: 'group-created' }];
    },
  },
  gapless: {
    before: [join('a')],
    last: talk,
    spoil: ({ stream }) => stream.add({ ...latest(stream), offset: stream.end + 2 }),
  },
  itemsStay: {
    before: [join('a'), talk],
    last: talk,
    spoil: ({ stream }) => Object.assign(stream.at(3) as object, { body: '"else"' }),
  },
  causeFirst: {
    before: [join('a')],
    last: join('b'),
    spoil: ({ stream }) => stream.add({ ...latest(stream), offset: stream.end + 1, view: stream.end + 1 }),
  },
  itemsFollowEvents: {
    before: [join('a')],
    last: talk,
    spoil: ({ stream }) => stream.add({ ...latest(stream), offset: stream.end + 1 }),
  },
  viewsTell: {
    before: [join('a')],
    last: join('b'),
    spoil: ({ members }) => Object.assign(members.get('b') as object, { incarnation: 2 }),
  },
  cursorsGrow: {
    before: [join('a'), { type: 'set-cursor', group: 'g', agent: 'a', tokenHash: 't-a', offset: 2 }],
    last: talk,
    spoil: ({ members }) => Object.assign(members.get('a') as object, { cursor: 1 }),
  },
  stabilityAddsUp: {
    before: [join('a'), join('b')],
    last: { ...talk, ackBy: 'all' } as Command,
    spoil: ({ stream }) => {
      const { acknowledgements } = latest(stream) as Message;
      if (acknowledgements !== null) acknowledgements.state = 'stable';
    },
  },
};

it('every invariant has a step that breaks it', () => {
  expect(Object.keys(broken).sort()).toEqual(Object.keys(invariants).sort());
});

for (const [name, step] of Object.entries(broken)) {
  it(`${name} is what this step breaks`, () => {
    expect(firstViolation(stepOf(step))).toMatch(new RegExp(`^${name}: `));
    expect(firstViolation(stepOf({ ...step, spoil: () => undefined }))).toBeNull();
  });
}

it('a group made in the same step is looked at from its first revision on', () => {
  const state = freshGroup('g', settingsOf({}), stamp);
  const memory = remember(state);
  const commands = [createCommand('h', settingsOf({}))];
  const applied = run(state, commands, stamp);
  const entry: Entry = {
    version: 1,
    writer: 'one',
    serial: state.index,
    server: 'one',
    reckoned: 0,
    alone: true,
    ...stamp,
    commands,
  };
  expect(firstViolation({ before: memory, after: state, entry, index: state.index, applied })).toBeNull();
});
