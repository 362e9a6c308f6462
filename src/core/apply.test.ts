import { describe, expect, it } from 'vitest';
import { settingsOf, TestGroup, word } from '../../test/harness/test-group.ts';
import { apply } from './apply.ts';
import { type Command, type Entry, entryVersion, Newer } from './entry.ts';
import { emptyState } from './group/state.ts';
import { serverName } from './group/undelivered.ts';
import { decodeGlobals, encodeGlobals } from './snapshot/globals.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };

describe('entries [Q1.5]', () => {
  const entry = (more: Partial<Entry> = {}): Entry => ({
    version: 1,
    writer: 'w',
    serial: 1,
    time: 5000,
    server: 's',
    reckoned: 0,
    alone: true,
    seed: 1,
    commands: [],
    ...more,
  });

  it('of another version, an unknown command or with a gap stop the server [Q8.6]', () => {
    expect(() => apply(emptyState(), entry({ version: 3 }), 1)).toThrow(/version 3/);
    expect(() => apply(emptyState(), entry({ version: 3 }), 1)).toThrow(Newer);
    for (const version of [0, 2])
      expect(() => apply(emptyState(), entry({ version }), 1)).toThrow(
        expect.not.objectContaining({ name: 'Newer' }),
      );
    expect(() => apply(emptyState(), entry(), 2)).toThrow(/entry 2 came after entry 0/);
    const strange = { type: 'dance', group: 'g' } as unknown as Command;
    const room = new TestGroup();
    expect(() => room.send(strange)).toThrow(/does not know the command/);
  });

  it('say from where on a version is used, and stop the server that does not understand it [Q1.11]', () => {
    const activate = (version: number): Partial<Entry> => ({ commands: [{ type: 'activate', version }] });
    const state = emptyState();
    expect(apply(state, entry(activate(1)), 1).results).toEqual([{ ok: true, did: 'activated', version: 1 }]);
    expect(apply(state, entry(activate(0)), 2).results).toMatchObject([
      { ok: false, code: 'revision-mismatch' },
    ]);
    expect(() => apply(state, entry(activate(3)), 3)).toThrow(
      'entry 3 activates version 3 of the log, this server understands 2: update it',
    );
    expect(() => apply(state, entry({ version: 2 }), 3)).toThrow(/version 2/);
    expect(state.version).toBe(1);
    apply(state, entry(activate(entryVersion)), 4);
    expect(apply(state, entry({ version: entryVersion }), 5).results).toEqual([]);
    const ahead = { ...emptyState(), version: 3 };
    expect(() => decodeGlobals(encodeGlobals(ahead), emptyState())).toThrow(
      'the log is at version 3, this server understands 2: update it',
    );
  });

  it('again in the same order give the same results, events and state [Q1.2]', () => {
    const room = new TestGroup({
      rule: { electorate: { size: 2 }, tie: 'seeded', threshold: 1, next: 'continuous' },
    });
    for (let i = 0; i < 40; i += 1) room.propose(`a${i % 3}`, i % 4);
    const again = emptyState();
    const events = room.entries.flatMap((one, i) => [...apply(again, one, i + 1).events]);
    expect(events).toEqual(room.events);
    expect(again.groups.get('g')?.closed).toEqual(room.group.closed);
    expect(room.group.closed.size).toBeGreaterThan(10);
  });

  it('bring all the randomness there is [Q1.7]', () => {
    const draw = (seed: number): unknown => {
      const room = new TestGroup(null);
      const rule = { electorate: { size: 2 }, threshold: 1, tie: 'seeded', next: 'manual' };
      const put = {
        type: 'put-group',
        group: 'g',
        settings: settingsOf({ rule }),
        ifRevision: null,
      } as const;
      const commands: Command[] = [{ ...put, joinKeyHash: null, observerKeyHash: null }];
      apply(room.state, entry({ seed, commands }), 1);
      room.propose('a', 1);
      room.propose('b', 2);
      return room.outcome().value;
    };
    const draws = Array.from({ length: 40 }, (_, seed) => draw(seed));
    expect(draws).toEqual(Array.from({ length: 40 }, (_, seed) => draw(seed)));
    expect(new Set(draws)).toEqual(new Set(['1', '2']));
  });

  it('do nothing to a group whose record already holds what they did [Q1.10]', () => {
    const room = new TestGroup(three);
    const ahead = room.state.index + 1;
    room.state.ahead.set('g', ahead);
    expect(word(room.propose('a', 1)), 'nobody waits for an answer of so long ago').toBe('skipped');
    expect(room.group.open?.proposals.size).toBe(0);
    expect(word(room.propose('b', 1)), 'the first entry that the record has not seen').toBe('proposed');
    expect(room.state.ahead.size).toBe(0);
  });

  it("do nothing to the server's webhooks whose record already holds what they did [Q1.10]", () => {
    const room = new TestGroup({ rule: { electorate: { size: 1 }, next: 'continuous' } }, 'newest');
    room.putWebhook('all', { group: null });
    room.putWebhook('w');
    room.state.ahead.set(serverName, room.state.index + 3);
    room.propose('a', 1);
    expect(word(room.takeDeliveries()), 'looked at by the commands of groups').toBe('deliveries-taken');
    expect(word(room.deleteWebhook('all', null))).toBe('skipped');
    expect([room.webhook('all', null).count, room.webhook('w').count]).toEqual([0, 1]);
    room.propose('a', 2);
    expect([room.webhook('all', null).count, room.webhook('w').count]).toEqual([1, 2]);
  });

  it('give each visible change one revision and one event [Q1.6]', () => {
    const room = new TestGroup(three);
    room.join('a');
    room.propose('a', 1, { tokenHash: 't-a' });
    room.propose('a', 1, { tokenHash: 't-a' });
    room.propose('b', 1);
    room.propose('c', 2);
    room.leave('a');
    room.put({ ...three, title: 'x' });
    room.remove();
    expect(room.events.map(({ type, revision }) => `${revision} ${type}`)).toEqual([
      '1 group-created',
      '2 round-opened',
      '3 agent-joined',
      '4 proposed',
      '5 proposed',
      '6 proposed',
      '7 round-closed',
      '8 agent-left',
      '9 group-updated',
      '10 group-deleted',
    ]);
  });

  describe('and log time', () => {
    const timeAfter = (...entries: readonly Partial<Entry>[]): number => {
      const state = emptyState();
      entries.forEach((more, i) => void apply(state, entry({ alone: false, ...more }), i + 1));
      return state.time;
    };

    it('never goes back [Q7.1]', () => {
      expect(timeAfter({ time: 9000 }, { time: 4000 })).toBe(9000);
    });

    const hour = 3_600_000;
    const good = { writer: 'good', server: 'good', time: 10_000 };
    const fast = { writer: 'fast', server: 'fast', time: 10_000 + hour };

    it('runs on as servers reckon, also where it is ahead of every clock [Q7.1]', () => {
      expect(timeAfter(good, { ...good, reckoned: 12_000 })).toBe(12_000);
      expect(timeAfter({ ...fast, alone: true }, { ...good, reckoned: 11_000 + hour })).toBe(11_000 + hour);
    });

    it('is not moved by a clock that is an hour ahead, however much its server writes [Q7.4]', () => {
      expect(timeAfter(good, ...Array.from({ length: 1000 }, () => fast))).toBe(10_000);
    });

    it('is not confirmed by the same server under another writer name [Q7.4]', () => {
      const writers = ['fast', 'fast again', 'fast once more'];
      expect(timeAfter(good, ...writers.map((writer) => ({ ...fast, writer })))).toBe(10_000);
    });

    it('is set forward as far as the clocks of two servers agree [Q7.4]', () => {
      const later = { ...good, time: 80_000 };
      expect(timeAfter(good, fast, later)).toBe(80_000);
      expect(timeAfter(good, later, fast)).toBe(80_000);
      expect(timeAfter(good, later)).toBe(10_000);
    });

    it('is confirmed by one of the last 64 servers only [Q7.4]', () => {
      const others = (count: number) =>
        Array.from({ length: count }, (_, i) => ({ server: `s${i}`, time: 10_000 }));
      const afterThese = (count: number) =>
        timeAfter(good, fast, ...others(count), { ...good, time: 90_000 });
      expect(afterThese(62), 'the fast clock is remembered').toBe(90_000);
      expect(afterThese(64), 'it was forgotten').toBe(10_000);
    });

    it('follows the clock of a server that is alone as it is [Q7.4]', () => {
      expect(timeAfter({ time: 10_000, alone: true }, { time: 90_000, alone: true })).toBe(90_000);
    });
  });
});
