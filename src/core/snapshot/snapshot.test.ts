import { describe, expect, test } from 'vitest';
import { fewOr } from '../../../test/harness/property.ts';
import { seedOfRun } from '../../../test/harness/random.ts';
import { TestGroup } from '../../../test/harness/test-group.ts';
import { RandomEntries } from '../../../test/replay/entries.ts';
import { apply } from '../apply.ts';
import { entryVersion, Newer } from '../entry.ts';
import { dueDeliveries } from '../group/deliveries.ts';
import { Interned } from '../group/interned.ts';
import { holderOf } from '../group/members.ts';
import { emptyState, type Group, type State } from '../group/state.ts';
import type { Event } from '../result.ts';
import type { Outcome, Proposal } from '../types.ts';
import { viewProposal } from '../view/view.ts';
import { decodeGlobals, encodeGlobals, versionsOfState } from './globals.ts';
import { addGroup, decodeGroup, decodeRecord, encodeGroup, groupInChunks } from './group-record.ts';
import { headerOf, snapshotVersion } from './header.ts';
import { inChunks } from './json-in-chunks.ts';
import { decodeOutcome, outcomeInChunks } from './round-record.ts';
import { StateHash, stateHash } from './state-hash.ts';
import { addServer, decodeServer, encodeServer } from './webhook-record.ts';

/** The state as it comes back from its texts, its groups in another order: at once, without its head, or in pieces. */
function restored(state: State): State {
  const copy = emptyState();
  const { interned } = copy;
  decodeGlobals(encodeGlobals(state), copy);
  for (const [i, group] of [...state.groups.values()].reverse().entries()) {
    const text = encodeGroup(group);
    const head = headerOf(text, interned);
    const rounds = [...group.closed.values()].map((one) => [...outcomeInChunks(one)].join(''));
    const ways = [
      () => decodeGroup(text, interned),
      () => decodeRecord(head, text.slice(head.text.length), interned),
      () =>
        decodeGroup(
          [...groupInChunks(group, false)].join(''),
          interned,
          rounds.map((one) => decodeOutcome(one, interned)),
        ),
    ];
    addGroup(copy, ways[(i + state.index) % 3]!());
  }
  const server = encodeServer(state).join('');
  if (server !== '') addServer(copy, decodeServer(server));
  return copy;
}

/** What is to be delivered in an hour, in any order. */
function dueIn(state: State): string[] {
  const due = [...dueDeliveries(state, state.time + 3_600_000)];
  return due
    .map(({ group, webhook, delivery }) => `${group?.name} ${webhook.made} ${delivery.number}`)
    .sort();
}

describe('a state that was written and read back', () => {
  test('goes on as the one that was written would, from every point of any history [Q1.10]', () => {
    const first = seedOfRun();
    const pointsApart = fewOr(3, 1);
    const seen = new Set<string>();
    for (let seed = first; seed < first + 30; seed += 1) {
      const again = `seed ${seed}; rerun: SEED=${seed} npx vitest run src/core/snapshot/snapshot.test.ts`;
      const entries = new RandomEntries(seed);
      const state = emptyState();
      const hash = new StateHash();
      let copy = emptyState();
      // Some begin with the newest version, the others come to it on the way.
      if (seed % 3 > 0) for (const one of [state, copy]) one.version = entryVersion;
      for (let index = 1; index <= 150; index += 1) {
        const entry = entries.next(state);
        const { results, events, changed } = apply(state, entry, index);
        const other = apply(copy, entry, index);
        expect(other.results, again).toEqual(results);
        // A tick visits groups by name, so even the order of events is the same.
        expect(other.events, again).toEqual(events);
        expect(other.changed, again).toEqual(changed);
        hash.look(state, changed);
        const whole = stateHash(state);
        expect(hash.digest(state), again).toBe(whole);
        for (const result of results) seen.add(result.ok ? result.did : result.code);
        for (const event of events as Event[]) seen.add(event.type);
        if ((index + seed) % pointsApart === 0) copy = restored(copy);
        const found = stateHash(copy);
        // Which group differs, and where.
        if (found !== whole)
          for (const group of copy.groups.values())
            expect(encodeGroup(group), again).toBe(encodeGroup(state.groups.get(group.name) as Group));
        expect(found, again).toBe(whole);
        expect(dueIn(copy), again).toEqual(dueIn(state));
        for (const group of [...copy.groups.values(), ...state.groups.values()])
          for (const member of group.members.values())
            expect(holderOf(group, member.tokenHash), again).toBe(member.live ? member : null);
      }
    }
    const must = [
      'changed',
      'told',
      'rejoined',
      'renewed',
      'left',
      'deleted',
      'agent-expired',
      'round-closed',
    ];
    for (const kind of [
      ...must,
      'repeated',
      'key-reused',
      'not-a-number',
      'opened',
      'waived',
      'deadline-set',
      'invited',
      'redeemed',
      'revoked',
      'not-an-option',
      'no-such-field',
      'said',
      'said-before',
      'cursor-set',
      'cursor-ahead',
      'not-in-view',
      'attempt-noted',
      'deliveries-held',
    ])
      expect([...seen], `${kind} never happened in 30 histories from seed ${first}`).toContain(kind);
  }, 300_000);

  test('whose record changed is always said to have changed', () => {
    const first = seedOfRun();
    for (let seed = first; seed < first + 20; seed += 1) {
      const entries = new RandomEntries(seed);
      const state = emptyState();
      let texts = new Map<string, string>();
      for (let index = 1; index <= 150; index += 1) {
        const { changed } = apply(state, entries.next(state), index);
        const now = new Map([...state.groups].map(([name, group]) => [name, encodeGroup(group)]));
        for (const name of new Set([...texts.keys(), ...now.keys()])) {
          const differs = texts.get(name) !== now.get(name);
          const again = `${name} at ${index}; rerun: SEED=${seed} npx vitest run src/core/snapshot/snapshot.test.ts`;
          if (differs) expect([...changed], again).toContain(name);
          if (differs && now.has(name)) expect(state.groups.get(name)?.position, again).toBe(index);
        }
        texts = now;
      }
    }
  });
});

describe('the record of a group', () => {
  test('names a rule once, however many rounds were judged by it', () => {
    const entries = new RandomEntries(7);
    const state = emptyState();
    for (let index = 1; index <= 300; index += 1) apply(state, entries.next(state), index);
    const group = [...state.groups.values()].find((one) => one.closed.size > 3) as Group;
    const rules = new Set([...group.closed.values()].map(({ rule }) => JSON.stringify(rule)));
    rules.add(JSON.stringify(group.settings.rule));
    expect(encodeGroup(group).split('"electorate"').length - 1).toBeLessThanOrEqual(rules.size + 1);
    expect(encodeGroup(group).split('\n')).toHaveLength(3);
  });

  test('comes back whole, however many different rules were read before', () => {
    const room = new TestGroup(null);
    const interned = new Interned();
    for (let maxRounds = 1; maxRounds <= 1100; maxRounds += 1) {
      room.put({ rule: { maxRounds } });
      const text = encodeGroup(room.group);
      const read = decodeGroup(text, interned) as Group;
      expect(read.settings.rule.maxRounds).toBe(maxRounds);
      expect(encodeGroup(read)).toBe(text);
      room.remove();
    }
  });

  test('of another version is refused', () => {
    expect(() => decodeGroup(`${snapshotVersion + 1}\n[]\n[]`, new Interned())).toThrow(
      `version ${snapshotVersion + 1}`,
    );
    const newer = `[${snapshotVersion + 1},0,0,[],0,0,9]`;
    expect(() => decodeGlobals(newer, emptyState())).toThrow(`version ${snapshotVersion + 1}`);
    expect(() => decodeGlobals(newer, emptyState())).toThrow(Newer);
    expect(() => decodeGlobals('[1,0,0,[]]', emptyState())).toThrow('version 1');
    expect(versionsOfState(newer)).toEqual({ record: snapshotVersion + 1, active: 9 });
  });

  test('of the version before is read: it does not say when proposals came', () => {
    const room = new TestGroup({ rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous' } });
    for (const agent of ['a', 'b', 'c', 'd']) room.propose(agent, agent, { tokenHash: `t-${agent}` });
    const [, rules, record] = encodeGroup(room.group).split('\n');
    // The last two of the six parts of each proposal: ms after the round opened, and the index.
    const times = /("t-[a-d]"),0,\d+/g;
    const older = `2\n${rules}\n${record?.replace(times, '$1')}`;
    const read = decodeGroup(older, new Interned());
    expect(encodeGroup(read)).toBe(`${snapshotVersion}\n${rules}\n${record?.replace(times, '$1,null,null')}`);
    const [first] = read.closed.get(1)?.proposals.values() ?? [];
    expect(first).toMatchObject({ agent: 'a', value: '"a"', tokenHash: 't-a', after: null, index: null });
    expect(viewProposal(read.closed.get(1) as Outcome, first as Proposal)).toEqual({
      ...{ agent: 'a', time: null, index: null, seq: null, token: true, value: 'a', note: null, changes: [] },
    });
    expect(
      decodeGlobals(encodeGlobals(room.state).replace(`[${snapshotVersion},`, '[2,'), emptyState()),
    ).toBeUndefined();
  });

  test.each([
    ['nothing long', [1, 'a', null, [], [1, [2]]]],
    ['a long list', Array.from({ length: 3001 }, (_, i) => i)],
    ['long lists in lists', [1, [2, Array.from({ length: 2000 }, (_, i) => [`é${i}`]), 3], [], 4]],
    ['a long list of long lists', Array.from({ length: 1001 }, () => Array(1001).fill(null))],
  ])('comes in pieces that are its text: %s', (_, value) => {
    const pieces = [...inChunks(value)];
    expect(pieces.join('')).toBe(JSON.stringify(value));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(20_000);
  });
});

test('a large group in pieces is what it was when they began, whatever becomes of it meanwhile', () => {
  const many = 2500;
  const room = new TestGroup({ rule: { electorate: { size: 2 * many }, next: 'continuous' } });
  for (let i = 0; i < many; i += 1) room.join(`a${i}`);
  for (let i = 0; i < many; i += 2) room.propose(`a${i}`, i, { tokenHash: `t-a${i}`, key: `k${i}` });
  const before = encodeGroup(room.group);
  const pieces = groupInChunks(room.group, true);
  room.now += 10_000;
  room.renew('a1');
  room.propose('a1', 1, { tokenHash: 't-a1' });
  room.leave('a3');
  room.join('late');
  expect(encodeGroup(room.group)).not.toBe(before);
  expect([...pieces].join('')).toBe(before);
  expect(encodeGroup(decodeGroup(before, new Interned()))).toBe(before);
});

describe('the hash of a state', () => {
  test('follows groups as they change and go', () => {
    const room = new TestGroup();
    const hash = new StateHash();
    const look = () => {
      hash.look(room.state, ['g']);
      expect(hash.digest(room.state)).toBe(stateHash(room.state));
    };
    look();
    room.propose('a', 1);
    look();
    room.remove();
    look();
  });

  test('differs when anything differs', () => {
    const state = emptyState();
    const entries = new RandomEntries(3);
    for (let index = 1; index <= 60; index += 1) apply(state, entries.next(state), index);
    const before = stateHash(state);
    const [group] = state.groups.values();
    (group as Group).revision += 1;
    expect(stateHash(state)).not.toBe(before);
    (group as Group).revision -= 1;
    expect(stateHash(state)).toBe(before);
    state.clocks.set('another', 1);
    expect(stateHash(state)).not.toBe(before);
  });
});
