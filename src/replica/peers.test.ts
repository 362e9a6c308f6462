import { expect, test } from 'vitest';
import { emptyState } from '../core/apply.ts';
import { memoryLog } from '../log/memory.ts';
import type { Surroundings } from './clock.ts';
import { compareEvery, Peers, type SharedLog } from './peers.ts';

/** A log on which servers compare notes, in memory. */
function sharedNotes(): (head?: () => Promise<number>) => SharedLog {
  const notes = new Map<string, { index: number; hash: string }>();
  const there = new Map<string, number>();
  return (head) => {
    const log = memoryLog();
    return Object.assign(log, {
      ...(head === undefined ? {} : { head }),
      lead: (server: string, { supported }: { supported: number }) => {
        there.set(server, supported);
        return { leading: false, stop: async () => void there.delete(server) };
      },
      servers: async () => [...there].map(([server, supported]) => ({ server, supported })),
      publishHash: async (server: string, index: number, hash: string) =>
        void notes.set(server, { index, hash }),
      hashes: async () => [...notes].map(([server, note]) => ({ server, ...note })),
    });
  };
}

function bench(log: SharedLog, server: string, supported = 1) {
  const clock = { time: 0 };
  const surroundings = { now: () => clock.time, after: () => () => {} } as unknown as Surroundings;
  const state = emptyState();
  const peers = new Peers({ log, surroundings, server, supported, index: () => state.index });
  let diverged: Error | null = null;
  void peers.diverged.then((error) => {
    diverged = error;
  });
  return {
    peers,
    clock,
    /** Applies so many entries; log time stands for all that a state can hold. */
    run(entries: number, time: number): void {
      for (let n = 0; n < entries; n += 1) {
        state.index += 1;
        state.time = time;
        peers.applied(state, new Set());
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
  for (const server of servers) server.clock.time += 11_000;
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
  const { peers, clock, run } = bench(log, 'a');
  run(10, 1);
  const looking = peers.look();
  expect(peers.isDoubtful).toBe(false);
  clock.time += 900;
  expect(peers.isDoubtful).toBe(true);
  answer(5000);
  await looking;
  expect(peers.isDoubtful).toBe(false);
  expect(peers.behind).toBe(4990);
  expect(peers.isFarBehind).toBe(true);
});

test('is behind by one entry, once nothing has come for a while', async () => {
  const { peers, clock, run } = bench(
    sharedNotes()(async () => 11),
    'a',
  );
  const look = async (ms: number): Promise<boolean> => {
    clock.time += ms;
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
  expect(await own.peers.without(3)).toEqual([
    { server: 'old', supported: 2 },
    { server: 'older', supported: 1 },
  ]);
  expect(await own.peers.without(2)).toEqual([{ server: 'older', supported: 1 }]);
  await older.peers.stop();
  expect(await own.peers.without(2)).toEqual([]);
  await old.peers.stop();
  expect(await own.peers.without(3)).toEqual([]);
  expect((await old.peers.without(4)).map(({ server }) => server)).toEqual(['own', 'new']);
});
