import { describe, expect, test } from 'vitest';
import type { RegisteredServer } from '../../log/log.ts';
import { Cluster } from './cluster.ts';

/** Servers that read one list, by the same clock. */
function several(...names: readonly string[]) {
  const time = { now: 1_000_000 };
  const there = new Map<string, RegisteredServer>();
  const state = { head: 100, votes: 0 };
  const servers = names.map((name) => {
    const own = { index: 100, process: 1, isUp: true };
    const surroundings = { now: () => time.now, elapsed: () => time.now };
    const figures = () => ({ streams: 3, votes: state.votes });
    const cluster = new Cluster({ name, surroundings, index: () => own.index, figures });
    const look = (): void => {
      if (!own.isUp) return;
      const server = `${name}-${own.process}`;
      const before = there.get(name);
      const shown = before?.server === server ? before.shown : undefined;
      const listed = { server, clock: name, supported: 1, stateHash: null };
      there.set(name, shown === undefined ? listed : { ...listed, shown });
      cluster.seen([...there.values()], state.head - own.index);
      const next = cluster.toShow();
      if (next === null) return;
      there.set(name, { ...listed, shown: next });
      cluster.hasShown(next);
    };
    return { name, cluster, own, look };
  });
  return {
    time,
    state,
    there,
    servers,
    /** Lets all look twice a second for so long; entries come while `perLook` is above 0. */
    run(ms: number, perLook = 0): void {
      for (const end = time.now + ms; time.now < end; ) {
        time.now += 500;
        state.head += perLook;
        for (const { own } of servers) if (own.isUp) own.index = state.head;
        for (const { look } of servers) look();
      }
    },
  };
}

describe('servers on one log', () => {
  test('show nothing while nobody looks, and their figures while somebody does', async () => {
    const { run, there, servers, time } = several('a', 'b');
    run(5000, 2);
    expect([...there.values()].map(({ shown }) => shown)).toEqual([undefined, undefined]);
    await servers[0]?.cluster.read();
    run(3000, 2);
    const rows = (await servers[0]?.cluster.read())?.servers;
    expect(rows).toMatchObject([
      { name: 'a', state: 'serving', behind: 0, streams: 3 },
      { name: 'b', state: 'serving', behind: 0, streams: 3 },
    ]);
    expect(rows?.[1]?.index).toBeGreaterThan(100);
    time.now += 20_000;
    run(1000, 2);
    const before = JSON.stringify([...there]);
    run(5000, 2);
    expect(JSON.stringify([...there])).toBe(before);
  });

  test('show nothing new while nothing changes', async () => {
    const { run, there, servers } = several('a', 'b');
    await servers[0]?.cluster.read();
    run(3000);
    const before = JSON.stringify([...there]);
    await servers[0]?.cluster.read();
    run(3000);
    expect(JSON.stringify([...there])).toBe(before);
    expect((await servers[0]?.cluster.read())?.servers).toMatchObject([
      { state: 'serving' },
      { state: 'serving' },
    ]);
  });

  test('know who has fallen silent since when, before its lease ends and after', async () => {
    const { run, there, servers, time, state } = several('a', 'b');
    const [a, b] = servers as [(typeof servers)[0], (typeof servers)[0]];
    await a.cluster.read();
    run(3000, 2);
    await a.cluster.read();
    const stopped = { at: time.now, index: b.own.index };
    b.own.isUp = false;
    run(4000, 2);
    const silent = (await a.cluster.read()).servers[1];
    expect(silent).toMatchObject({ name: 'b', state: 'silent', streams: null });
    // What it showed last may be a second old.
    expect(stopped.index - (silent?.index ?? 0)).toBeLessThanOrEqual(4);
    expect(silent?.behind).toBe(state.head - (silent?.index ?? 0));
    expect(Math.abs((silent?.since ?? 0) - stopped.at)).toBeLessThanOrEqual(1500);
    there.delete('b');
    run(2000, 2);
    expect((await a.cluster.read()).servers[1]).toMatchObject({ state: 'silent', since: silent?.since });
    b.own.isUp = true;
    b.own.process = 2;
    run(3000, 2);
    expect((await a.cluster.read()).servers[1]).toMatchObject({ state: 'serving', since: null, behind: 0 });
  });

  test('forget one that is gone for long', async () => {
    const { run, there, servers } = several('a', 'b');
    const [a, b] = servers as [(typeof servers)[0], (typeof servers)[0]];
    run(1000);
    b.own.isUp = false;
    there.delete('b');
    run(9 * 60_000);
    expect((await a.cluster.read()).servers.map(({ name }) => name)).toEqual(['a', 'b']);
    run(2 * 60_000);
    expect((await a.cluster.read()).servers.map(({ name }) => name)).toEqual(['a']);
  });

  test('call nobody silent while they cannot hear', async () => {
    const { run, servers, time } = several('a', 'b');
    const [a] = servers as [(typeof servers)[0]];
    await a.cluster.read();
    run(3000, 2);
    time.now += 8000;
    expect((await a.cluster.read()).servers).toMatchObject([{ state: 'serving' }, { state: 'unknown' }]);
    run(500, 2);
    expect((await a.cluster.read()).servers).toMatchObject([{ state: 'serving' }, { state: 'serving' }]);
  });

  test('count votes a second', async () => {
    const { run, servers, state } = several('a');
    const [a] = servers as [(typeof servers)[0]];
    await a.cluster.read();
    for (let n = 0; n < 20; n += 1) {
      state.votes += 4;
      run(500, 1);
    }
    expect((await a.cluster.read()).servers[0]?.votesPerSecond).toBe(8);
  });
});
