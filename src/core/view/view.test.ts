import { describe, expect, it } from 'vitest';
import { said, TestGroup } from '../../../test/harness/test-group.ts';
import { Interned } from '../group/interned.ts';
import type { Member } from '../group/state.ts';
import { decodeGroup, encodeGroup } from '../snapshot/group-record.ts';
import type { Json, Outcome } from '../types.ts';
import { explain } from './explain.ts';
import { viewGroupRow } from './group-row.ts';
import {
  openAsNow,
  roundOf,
  viewAgent,
  viewEvent,
  viewGroup,
  viewLatest,
  viewProposal,
  viewRound,
} from './view.ts';

const shown = (room: TestGroup, round = 1) => viewRound(room.group, round, room.state.index);

/** Everything a room has said to anybody: rounds, groups, events, results. */
function everything(room: TestGroup, results: readonly unknown[] = []): string {
  const { group, state } = room;
  const events = room.events.map((event) => viewEvent(group, event));
  const groups = [viewGroup(group, state.index), viewGroupRow(group, state.index)];
  return JSON.stringify([viewLatest(group, state.index), groups, events, results]);
}

describe('what a rule reveals [Q4.25]', () => {
  it('before the close is nothing of any value, on any path, whatever was proposed', () => {
    const secrets = ['zebra-4711', 'quagga-0815', 'okapi-1138'];
    const rules: { [name: string]: Json }[] = [
      {},
      { equality: 'text', close: 'early', threshold: 'unanimous', minWait: '1s' },
      { reveal: 'never', revote: true },
      { tie: 'seeded', lastCall: '1m', deadline: '5m', onDeadline: 'decide' },
      { veto: ['a'], required: ['b'], weights: { a: 9 } },
    ];
    for (const rule of rules) {
      const room = said(rule);
      const results = [
        room.propose('a', secrets[0] as string),
        room.propose('b', { deep: [secrets[1] as string] }),
        room.propose('a', secrets[2] as string),
        room.propose('z', secrets[2] as string),
        room.propose('a', secrets[2] as string, { round: 9 }),
      ];
      expect(room.ending()).toBe('WAITING');
      const outcry = everything(room, results);
      for (const secret of secrets) expect(outcry, JSON.stringify(rule)).not.toContain(secret.slice(0, 5));
      expect(shown(room)).toMatchObject({ tally: null, value: null, reason: null, present: 2 });
    }
  });

  it('does not differ between equal and different proposals while a round is blind', () => {
    const open = [1, 2].map((second) => shown(said({ threshold: 2 }, { a: 1, b: second })));
    expect(open[0]).toEqual(open[1]);
  });

  it('live is the tally at all times, heaviest first', () => {
    const room = said({ reveal: 'live' }, { a: 1, b: 2 });
    room.join('c');
    expect(shown(room)?.tally).toEqual([
      { value: 1, weight: 1, agents: ['a'] },
      { value: 2, weight: 1, agents: ['b'] },
    ]);
    room.propose('c', 2, { tokenHash: 't-c' });
    expect(shown(room)?.tally?.[0]).toEqual({ value: 2, weight: 2, agents: ['b', 'c'] });
  });

  it('close is the tally after the close, never only its weights and the decision', () => {
    const proposals = { a: 7, b: 7, c: 1 };
    expect(shown(said({}, proposals))?.tally?.[1]).toEqual({ value: 1, weight: 1, agents: ['c'] });
    expect(shown(said({ reveal: 'never' }, proposals))).toMatchObject({
      value: 7,
      tally: [
        { value: null, weight: 2, agents: [] },
        { value: null, weight: 1, agents: [] },
      ],
    });
  });

  // The sentence names those whose proposal was a veto, and so what they proposed.
  it('never is not undone by the sentence on a veto', () => {
    const room = said({ reveal: 'never', veto: ['a', 'b'] }, { a: false, b: 7, c: 7 });
    expect(shown(room)?.explain).not.toMatch(/\ba\b/);
  });
});

const everyone = { a: 1, b: 1, c: 1 };
const fraction = (strict: boolean): Json => ({ num: 3, den: 5, strict });

function crowd(size: number): TestGroup {
  return new TestGroup({ rule: { electorate: { agents: Array.from({ length: size }, (_, i) => `a${i}`) } } });
}

function seats(rule: { [name: string]: Json }): TestGroup {
  const room = new TestGroup({ rule: { electorate: { size: 1 }, ...rule } });
  room.propose('a', 1);
  return room;
}

function floored(): TestGroup {
  const room = said({ floor: 2 }, { a: 1 });
  for (const agent of ['b', 'c']) {
    room.join(agent);
    room.leave(agent);
  }
  return room;
}

function ended(room: TestGroup): TestGroup {
  room.close(1);
  return room;
}

function turned(room: TestGroup): TestGroup {
  room.put({ subjectHash: 'another' });
  return room;
}

function reshaped(): TestGroup {
  const room = new TestGroup({ preset: 'classroom' });
  room.propose(null, 7);
  room.put({ preset: 'classroom', rule: { electorate: { size: 5 }, threshold: 3 } }, { atOnce: true });
  return room;
}

/** A room that still shows its group as it was when it was deleted. */
function removed(): TestGroup {
  const room = said({}, { a: 1 });
  const { group } = room;
  room.remove();
  room.state.groups.set('g', group);
  return room;
}

describe('explain [Q4.26]', () => {
  it.each<[string, TestGroup, RegExp]>([
    ['who is missing', said({}, { a: 1 }), /^waiting for b and c; more than half equal of 3 decide$/],
    ['how many are missing', new TestGroup(), /^waiting for 3 more of 3; /],
    ['the first of many who are missing', crowd(9), /^waiting for a0, a1, a2, a3 and 5 more; /],
    ['that all seats are taken', seats({ minWait: '1s' }), /^waiting for the minimum wait to pass; /],
    ['that all have proposed', said({ minWait: '1s' }, everyone), /^waiting for the minimum wait to pass; /],
    ['a fraction', said({ threshold: fraction(true) }), /; more than 3\/5 equal of 3 decide$/],
    ['a fraction that may just be reached', said({ threshold: fraction(false) }), /; at least 3\/5 equal /],
    [
      'that too few are live',
      new TestGroup({ rule: { electorate: { live: { min: 2, max: 3 } } } }),
      /once 2 are live$/,
    ],
    ['what decided', said({}, { a: 7, b: 7, c: 1 }), /^2 .*of 3/],
    ['that nothing could', said({}, { a: 1, b: 2, c: 3 }), /^no value can have enough: at most 1 /],
    [
      'a tie',
      said({ threshold: 1 }, { a: 1, b: 2, c: 3 }),
      /^a tie: the 3 heaviest values weigh 1 each, and the rule breaks no tie$/,
    ],
    ['a veto', said({ veto: ['c'] }, { a: 1, b: 1, c: false }), /^vetoed by c$/],
    [
      'vetoes in both spellings',
      said({ veto: ['b', 'c', 'a'] }, { a: 1, b: false, c: 'veto' }),
      /^vetoed by b and c$/,
    ],
    [
      'whose support was needed',
      said({ required: ['b', 'c'] }, { a: 1, b: 1, c: 2 }),
      /^b and c must stand behind the value, and not all do$/,
    ],
    ['a floor', floored(), /^1 of 3 proposed, fewer than the floor of 2$/],
    ['the end of its group', removed(), /^the group was deleted$/],
    [
      'weights, where agents have them',
      said({ weights: { a: 2 }, threshold: 4 }, { a: 1, b: 1, c: 2 }),
      /: at most agents weighing 3 of 4 proposed the same value; 4 equal of the weight of 4 decide$/,
    ],
    [
      'that no numbers were near enough',
      said({ equality: { tolerance: 1 } }, { a: 1, b: 3, c: 5 }),
      /: at most 1 of 3 proposed values within 1; more than half within 1 of 3 decide$/,
    ],
    [
      'a veto, a floor or a required agent also where a timer ended the round',
      said({ veto: ['a'], deadline: 1 }, { a: false }).after(1),
      /^the deadline passed: vetoed by a$/,
    ],
    [
      'a floor that a hand could not lift',
      ended(said({ floor: 2 }, { a: 1 })),
      /^the round was closed by hand: 1 of 3 proposed, fewer than the floor of 2$/,
    ],
    [
      'whose support a last call lacked',
      said({ required: ['c'], lastCall: 1 }, { a: 1, b: 1 }).after(1),
      /^the last call passed: c must stand behind the value, and does not$/,
    ],
    [
      'a tie at the deadline that the list does not break',
      said({ threshold: 1, tie: { priority: [9] }, deadline: 1, onDeadline: 'decide' }, { a: 1, b: 2 }).after(
        1,
      ),
      /^the deadline passed: a tie: the 2 heaviest values weigh 1 each, and the rule lists none of them$/,
    ],
    [
      'that a deadline fails what would have been decided',
      said({ deadline: 1 }, { a: 1, b: 1 }).after(1),
      /^the deadline passed: 2 of 3 proposed, and the rule fails what is undecided by then$/,
    ],
    [
      'that a default gave way to a veto',
      said({ deadline: 1, onDeadline: { default: 0 }, veto: ['a'] }, { a: 'veto' }).after(1),
      /^the deadline passed: vetoed by a$/,
    ],
    [
      'a listed winner of a tie',
      said({ threshold: 1, tie: { priority: [2] } }, { a: 1, b: 2, c: 3 }),
      /^1 of 3 proposed the same value; .*; of 3 values with as much, the rule's list chose this one$/,
    ],
    [
      'the draw between windows, and its seed',
      said({ threshold: 1, tie: 'seeded', equality: { tolerance: 0 } }, { a: 1, b: 2, c: 3 }),
      /^1 of 3 proposed values within 0; .*; of 3 windows with as much, a draw with seed \d+ chose this one$/,
    ],
    [
      'weights of those present',
      said({ weights: { a: 2 }, of: 'cast' }, { a: 1, b: 1, c: 2 }),
      /^agents weighing 3 of 4 proposed the same value; more than half equal of the weight of those cast decide$/,
    ],
    ['a last call', said({ lastCall: 1 }, { a: 1 }).after(1), /^the last call passed without agreement: /],
    ['a hand', ended(said({}, { a: 1 })), /^the round was closed by hand without agreement: /],
    ['another shape of the classroom', reshaped(), /^the classroom got another shape: /],
    ['another subject', turned(said({}, { a: 1 })), /^the subject changed: /],
    ['a deadline', said({ deadline: 1 }, { a: 1 }).after(1), /^the deadline passed without agreement/],
    [
      'a default',
      said({ deadline: 1, onDeadline: { default: 0 } }).after(1),
      /^the deadline passed.* default was taken/,
    ],
  ])('says %s', (_, room, sentence) => {
    expect(shown(room)?.explain).toMatch(sentence);
  });
});

describe('agents as readers see them', () => {
  it('have the end of their lease only while it runs [Q5.6]', () => {
    const room = said({});
    room.join('a', { ttl: 2000 });
    const seen = () => viewAgent(room.group.members.get('a') as Member);
    const since = '1970-01-01T00:16:40.000Z';
    const there = { agent: 'a', role: 'voter', live: true, since, expiresAt: '1970-01-01T00:16:42.000Z' };
    expect(seen()).toEqual(there);
    room.after(2000);
    expect(seen()).toEqual({ ...there, live: false, expiresAt: null });
  });
});

describe('a tally', () => {
  it('shows texts that count as equal once, under the first in text order [Q4.21]', () => {
    const spelt = said({ equality: 'text', reveal: 'live' }, { a: 'tea', b: 'Tea' });
    expect(shown(spelt)?.tally).toEqual([{ value: 'Tea', weight: 2, agents: ['a', 'b'] }]);
    const likewise = said({ equality: 'text', reveal: 'live' }, { a: 'Tea', b: 'tea' });
    expect(shown(likewise)?.tally).toEqual([{ value: 'Tea', weight: 2, agents: ['a', 'b'] }]);
  });

  const padded = (number: number): string => `a${String(number).padStart(4, '0')}`;

  function many(rule: { [name: string]: Json }, size: number, proposes: (place: number) => Json): TestGroup {
    const room = new TestGroup({ rule: { electorate: { size }, next: 'manual', ...rule } });
    for (let i = 0; i < size; i += 1) room.propose(padded(size - 1 - i), proposes(size - 1 - i));
    return room;
  }

  it('shows the first 100 agents of a value in text order, and how many more there are [Q4.25]', () => {
    const first = Array.from({ length: 100 }, (_, i) => padded(i));
    const whole = { value: 7, weight: 100, agents: first };
    expect(shown(many({}, 100, () => 7))?.tally).toEqual([whole]);
    const cut = { ...whole, weight: 1203, more: 1103 };
    for (const reveal of ['live', 'close']) {
      const room = many({ reveal, minWait: '1s' }, 1203, () => 7);
      if (reveal === 'live') expect(shown(room)?.tally).toEqual([cut]);
      room.after(1000);
      expect(shown(room)).toMatchObject({ state: 'SUCCESS', tally: [cut] });
      expect(shown(room)).not.toHaveProperty('moreValues');
      const { tally } = shown(many({ reveal: 'never' }, 101, () => 7)) ?? {};
      expect(tally).toEqual([{ value: null, weight: 101, agents: [] }]);
    }
  });

  it('shows the 100 heaviest values, and how many more there are [Q4.25]', () => {
    expect(shown(many({}, 100, (place) => place))).not.toHaveProperty('moreValues');
    for (const size of [300, 1500]) {
      // Two for each but the last one, which has one.
      const room = many({}, size - 1, (place) => 1000 + (place >> 1));
      const view = shown(room);
      expect(view?.moreValues).toBe(size / 2 - 100);
      expect(view?.tally?.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, i) => 1000 + i));
      expect(view?.tally?.[99]).toEqual({ value: 1099, weight: 2, agents: [padded(198), padded(199)] });
      const explained = explain(room.group, 1);
      expect(explained).toMatchObject({ state: 'FAILED', moreValues: size / 2 - 100 });
      expect(explained?.dissent).toEqual(view?.tally);
    }
    const secret = shown(many({ reveal: 'never' }, 101, (place) => place));
    expect(secret).toMatchObject({ moreValues: 1 });
    expect(secret?.tally?.[0]).toEqual({ value: null, weight: 1, agents: [] });
  });

  it('is the same after a large round was written down and read back [Q1.10] [Q4.25]', () => {
    for (const minWait of [null, '1s']) {
      const room = many({ reveal: 'live', minWait }, 1101, (place) => place % 300);
      const read = decodeGroup(encodeGroup(room.group), new Interned());
      expect(viewRound(read, 1, 9)).toEqual(viewRound(room.group, 1, 9));
      expect(explain(read, 1)).toEqual(explain(room.group, 1));
    }
  });
});

describe('an open round that is written out later [Q1.8]', () => {
  const rules: Json[] = [
    { electorate: { agents: ['a', 'b', 'c', 'd'] }, threshold: 4, reveal: 'live' },
    { electorate: { agents: ['a', 'b', 'c', 'd'] }, threshold: 4, absent: 'excluded', floor: 2 },
    { electorate: { live: { min: 3, max: 4 } }, threshold: 'unanimous' },
    { electorate: { size: 4 }, threshold: 4 },
  ];
  it.each(rules)('is as it was when it was looked at, under %j', (rule) => {
    const room = new TestGroup({ rule });
    const token = (agent: string) => ({ tokenHash: `t-${agent}` });
    for (const agent of ['a', 'b', 'c']) room.join(agent);
    const looks: [unknown, () => unknown][] = [];
    const look = () => {
      const open = room.group.open;
      if (open) looks.push([shown(room, open.number), openAsNow(room.group, open, room.state.index)]);
    };
    look();
    room.propose('b', 1, token('b'));
    look();
    room.propose('c', 2, token('c'));
    look();
    room.leave('c');
    look();
    room.join('d');
    look();
    room.propose('a', 1, token('a'));
    look();
    room.close(1);
    expect(looks.length).toBeGreaterThan(4);
    for (const [then, later] of looks) expect(later()).toEqual(then);
  });
});

describe('proposals as readers see them [Q4.25]', () => {
  const listed = (room: TestGroup) => {
    const round = roundOf(room.group, 1);
    return [...(round?.proposals.values() ?? [])].map((one) => viewProposal(round as Outcome, one));
  };

  it('say who and when at all times, and what as soon as the rule shows it, if ever [Q4.25]', () => {
    for (const reveal of ['live', 'close', 'never']) {
      const room = new TestGroup({ rule: { electorate: { size: 3 }, reveal } });
      room.now += 1500;
      room.propose('b', { x: 1 });
      room.propose('a');
      const counted = { time: '1970-01-01T00:16:41.500Z', token: false, changes: [] };
      const b = { ...counted, agent: 'b', index: 2 };
      const a = { ...counted, agent: 'a', index: 3 };
      const hidden = [b, a];
      const said = { seq: null, note: null };
      const open = [
        { ...b, ...said, value: { x: 1 } },
        { ...a, ...said, abstain: true },
      ];
      expect(listed(room)).toEqual(reveal === 'live' ? open : hidden);
      room.close(1);
      expect(listed(room)).toEqual(reveal === 'never' ? hidden : open);
    }
  });
});

describe('rounds as readers see them', () => {
  it('have a state in these words, and a value only on success [Q3.11]', () => {
    expect(shown(said({}, { a: 1 }))).toMatchObject({ state: 'WAITING', reason: null, closedAt: null });
    expect(shown(said({}, { a: 1, b: 1, c: 1 }))).toMatchObject({
      state: 'SUCCESS',
      reason: 'agreed',
      value: 1,
    });
    expect(shown(said({}, { a: 1, b: 2, c: 3 }))).toMatchObject({ state: 'FAILED', value: null });
  });

  it('carry the index at which they were read and the revision of their group or close [Q1.8]', () => {
    const room = said({}, { a: 1, b: 1, c: 1 });
    room.put({ title: 'later' });
    expect(shown(room)).toMatchObject({ index: 5, revision: 6 });
    expect(viewGroup(room.group, room.state.index)).toMatchObject({ index: 5, revision: 7 });
  });

  it('are null when not open yet or no longer kept [Q3.7]', () => {
    expect(shown(said({}), 2)).toBeNull();
  });
});
