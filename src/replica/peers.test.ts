import { describe, expect, test } from 'vitest';
import { apply } from '../core/apply.ts';
import { type Command, type Entry, encodeCommand, encodeEntry } from '../core/entry.ts';
import { emptyState } from '../core/group/state.ts';
import { parseSettings } from '../core/rule/settings.ts';
import { stateHash } from '../core/snapshot/state-hash.ts';

import type { Log, RegisteredServer, ServerInfo, SharedLog, Shown } from '../log/log.ts';
import { memoryLog } from '../log/memory.ts';
import { defaultCheckpointLimits, StateCheckpoints } from './checkpoints/state-checkpoints.ts';
import type { Surroundings } from './clock.ts';
import { compareEvery, Peers } from './peers.ts';

/** A log on which servers register, in memory; `list` gives those that are there, `forget` lets all leases end. */
function sharedNotes() {
  const there = new Map<string, RegisteredServer>();
  const list = async () => ({ servers: [...there.values()], asOf: 0 });
  const open = (head?: () => Promise<number>): SharedLog =>
    Object.assign(memoryLog(), {
      ...(head === undefined ? {} : { head }),
      members: async () => [],
      register: (info: ServerInfo) => {
        const { server } = info;
        there.set(server, { ...info, stateHash: null });
        return {
          leads: false,
          publish: async (index: number, hash: string) =>
            void there.set(server, { ...info, stateHash: { index, hash } }),
          show: async (shown: Shown) =>
            void there.set(server, { ...(there.get(server) as RegisteredServer), shown }),
          servers: list,
          stop: async () => void there.delete(server),
        };
      },
    });
  return Object.assign(open, { list, forget: () => there.clear() });
}

function bench(log: SharedLog, server: string, supported = 1, clock = server) {
  const time = { now: 0 };
  const surroundings = { elapsed: () => time.now, after: () => () => {} } as unknown as Surroundings;
  const state = emptyState();
  const peers = new Peers({ log, surroundings, server, clock, supported, index: () => state.index });
  let diverged: Error | null = null;
  void peers.diverged.then((error) => {
    diverged = error;
  });
  return {
    peers,
    time,
    /** Applies so many entries; log time stands for all that a state can hold. */
    run(entries: number, time: number): void {
      for (let n = 0; n < entries; n += 1) {
        state.index += 1;
        state.time = time;
        peers.applied(state, {
          results: [],
          events: [],
          streamed: new Set<string>(),
          removed: [],
          changed: new Set(),
          whole: true,
        });
      }
    },
    async diverged(): Promise<Error | null> {
      await peers.look();
      await new Promise((resolve) => setImmediate(resolve));
      return diverged;
    },
  };
}

test('the one of three whose state differs halts, the others go on', async () => {
  const notes = sharedNotes();
  const servers = ['a', 'b', 'c'].map((name) => bench(notes(), name));
  for (const [i, server] of servers.entries()) {
    server.run(compareEvery, 1);
    server.run(compareEvery, i === 2 ? 3 : 2);
  }
  for (const server of servers) await server.diverged();
  const found = await Promise.all(servers.map((server) => server.diverged()));
  expect(found.map((error) => error?.message ?? null)).toEqual([
    null,
    null,
    'the state of this server differs from that of 2 others',
  ]);
});

test('of two that differ, neither knows who is right: both halt after a while', async () => {
  const notes = sharedNotes();
  const servers = ['a', 'b'].map((name) => bench(notes(), name));
  for (const [i, server] of servers.entries()) server.run(2 * compareEvery, i);
  for (const server of servers) await server.diverged();
  for (const server of servers) expect(await server.diverged()).toBeNull();
  for (const server of servers) server.time.now += 11_000;
  for (const server of servers) expect(await server.diverged()).toBeInstanceOf(Error);
});

test('what a server took part in only partly is not compared', async () => {
  const notes = sharedNotes();
  const [whole, late] = [bench(notes(), 'a'), bench(notes(), 'b')];
  whole.run(compareEvery, 1);
  late.run(compareEvery, 2);
  for (const server of [whole, late]) expect(await server.diverged()).toBeNull();
});

test('knows how far behind it is, and doubts a log that does not answer', async () => {
  let answer = (_head: number): void => {};
  const log = sharedNotes()(() => new Promise((resolve) => (answer = resolve)));
  const { peers, time, run } = bench(log, 'a');
  run(10, 1);
  const looking = peers.look();
  expect(peers.isDoubtful).toBe(false);
  time.now += 900;
  expect(peers.isDoubtful).toBe(true);
  answer(5000);
  await looking;
  expect(peers.isDoubtful).toBe(false);
  expect(peers.behind).toBe(4990);
  expect(peers.isFarBehind).toBe(true);
});

test('is behind by one entry, once nothing has come for a while', async () => {
  const { peers, time, run } = bench(
    sharedNotes()(async () => 11),
    'a',
  );
  const look = async (ms: number): Promise<boolean> => {
    time.now += ms;
    await peers.look();
    return peers.isFarBehind;
  };
  run(9, 1);
  expect(await look(500)).toBe(false);
  run(1, 2);
  expect([await look(500), await look(500), await look(500)]).toEqual([false, false, false]);
  expect(await look(500)).toBe(true);
  run(1, 3);
  expect(await look(500)).toBe(false);
});

test('names the others that do not understand a version, as long as they are there', async () => {
  const notes = sharedNotes();
  const [own, old, older] = [bench(notes(), 'own', 3), bench(notes(), 'old', 2), bench(notes(), 'older', 1)];
  bench(notes(), 'new', 3);
  expect((await own.peers.without(3)).servers).toEqual([
    { server: 'old', clock: 'old', supported: 2, stateHash: null },
    { server: 'older', clock: 'older', supported: 1, stateHash: null },
  ]);
  expect((await own.peers.without(2)).servers.map(({ server }) => server)).toEqual(['older']);
  await older.peers.stop();
  expect((await own.peers.without(2)).servers).toEqual([]);
  await old.peers.stop();
  expect((await own.peers.without(3)).servers).toEqual([]);
  expect((await old.peers.without(4)).servers.map(({ server }) => server)).toEqual(['own', 'new']);
});

test('is alone while it sees no server with another clock, however many have its own [Q7.4]', async () => {
  const notes = sharedNotes();
  const [own, twin] = [bench(notes(), 'a1', 1, 'a'), bench(notes(), 'a2', 1, 'a')];
  expect(own.peers.alone, 'before it has looked').toBe(false);
  for (const { peers } of [own, twin]) await peers.look();
  expect([own.peers.alone, twin.peers.alone]).toEqual([true, true]);
  const other = bench(notes(), 'b1', 1, 'b');
  for (const { peers } of [own, other]) await peers.look();
  expect([own.peers.alone, other.peers.alone]).toEqual([false, false]);
  await other.peers.stop();
  await own.peers.look();
  expect(own.peers.alone).toBe(true);
});

test('is not alone only because nobody is known, itself included: all places may have run out at once [Q7.4]', async () => {
  const notes = sharedNotes();
  const own = bench(notes(), 'a1', 1, 'a');
  notes.forget();
  await own.peers.look();
  expect(own.peers.alone).toBe(false);
});

describe('a server that restarts from a checkpoint written while entries came in', () => {
  const busy = (index: number): Command => proposal(index <= 1500 ? 'early' : 'late', index);
  const quiet = (index: number): Command => (index === 1100 ? { type: 'tick' } : proposal('late', index));

  test.each([
    ['a group that proposals changed', busy],
    ['a group that only the clock changed', quiet],
  ])('compares nothing that its checkpoint held already: %s [Q8.6]', async (_, command) => {
    const entries = Array.from({ length: 2100 }, (_, i) => entryAt(i + 1, command));
    const notes = sharedNotes();
    const log = memoryLog();
    const other = await member(notes(), 'other', log, entries);
    other.run(2100);
    const writer = await member(notes(), 'writer', log, entries);
    writer.run(1000);
    // Its groups' turn comes when entry 1520 is in.
    await writer.checkpoint(() => writer.run(1520));
    writer.run(2100);
    const restarted = await member(notes(), 'restarted', log, entries);
    expect(restarted.state.index).toBe(1000);
    expect(restarted.state.ahead.size).toBeGreaterThan(0);
    restarted.run(2100);
    expect(stateHash(restarted.state)).toBe(stateHash(other.state));

    const all = [other, writer, restarted];
    for (const { peers } of [...all, ...all]) await peers.look();
    const published = (await notes.list()).servers.map((one) => [one.server, one.stateHash?.index]);
    expect(published).toEqual([
      ['other', 2048],
      ['writer', 2048],
      ['restarted', undefined],
    ]);
    expect(all.map(({ diverged }) => diverged())).toEqual([null, null, null]);

    // The next stretch it applies whole, and so takes part again.
    const more = Array.from({ length: 1024 }, (_, i) => entryAt(2101 + i, command));
    entries.push(...more);
    for (const { run, peers } of all) {
      run(3072);
      await peers.look();
    }
    const hashes = (await notes.list()).servers.map(({ stateHash }) => stateHash);
    expect(new Set(hashes.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(hashes[2]?.index).toBe(3072);
  });
});

function proposal(group: string, index: number): Command {
  const plain = { round: 1, seq: null, tokenHash: null, key: null };
  return { type: 'propose', group, agent: `a${index}`, value: String(index), ...plain };
}

/** Makes three groups, one with a member whose lease is over at entry 1100, then does as `command` says. */
function entryAt(index: number, command: (index: number) => Command): Entry {
  const [name, join] = [['early', 'late', 'leased'][index - 1], index === 4];
  const settings = parseSettings({ rule: { electorate: { size: 100_000 }, threshold: 2 } });
  if (!settings.ok) throw new Error('the settings are right');
  const put = { settings: settings.settings, ifRevision: null, joinKeyHash: null, observerKeyHash: null };
  const made: Command | null = name === undefined ? null : { type: 'put-group', group: name, ...put };
  const joined: Command | null = join
    ? {
        type: 'join',
        group: 'leased',
        agent: 'ann',
        role: 'voter',
        ttl: 1000,
        tokenHash: 't',
        joinKeyHash: null,
      }
    : null;
  const header = {
    version: 1,
    writer: 'w',
    serial: index,
    server: 'w',
    time: 1e12 + index,
    reckoned: 0,
    alone: true,
    seed: 1,
  };
  return { ...header, commands: [made ?? joined ?? command(index)] };
}

/** A server as the replica puts it together, without the log's own order: it applies what it is told to. */
async function member(shared: SharedLog, server: string, log: Log, entries: readonly Entry[]) {
  const state = emptyState();
  let meanwhile = (): void => {};
  const surroundings: Surroundings = {
    now: () => 0,
    elapsed: () => 0,
    random: () => 1,
    after: () => () => {},
    soon: (call) => {
      meanwhile();
      call();
    },
  };
  const limits = { ...defaultCheckpointLimits, encodeRecords: 1 };
  const checkpoints = new StateCheckpoints(state, log, surroundings, limits);
  await checkpoints.restore();
  const peers = new Peers({
    log: shared,
    surroundings,
    server,
    clock: server,
    supported: 1,
    index: () => state.index,
  });
  let error: Error | null = null;
  void peers.diverged.then((found) => {
    error = found;
  });
  return {
    state,
    peers,
    diverged: (): Error | null => error,
    run: (to: number): void => {
      while (state.index < to) {
        const applied = apply(state, entries[state.index] as Entry, state.index + 1);
        checkpoints.applied(100, applied.changed);
        peers.applied(state, applied);
      }
    },
    checkpoint: async (while_: () => void): Promise<void> => {
      for (const entry of entries) await log.append(encodeEntry(entry, entry.commands.map(encodeCommand)));
      meanwhile = while_;
      await checkpoints.write(new AbortController().signal);
    },
  };
}
