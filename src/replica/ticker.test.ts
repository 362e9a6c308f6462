import { describe, expect, test } from 'vitest';
import { apply } from '../core/apply.ts';
import type { Command, Entry } from '../core/entry.ts';
import { emptyState } from '../core/group/state.ts';
import { parseSettings } from '../core/rule/settings.ts';
import type { Json } from '../core/types.ts';
import type { Surroundings } from './clock.ts';
import { Ticker } from './ticker.ts';

const epoch = 1_700_000_000_000;
const second = 1000;
const hour = 3_600_000;

/** Servers on one log, in a world whose time the test turns on. All have come to the same state, so there is one. */
class Room {
  readonly state = emptyState();
  entries = 0;
  private now = 0;
  private slept = 0;
  private timers: { at: number; call: () => void }[] = [];
  private readonly tickers = new Map<string, Ticker>();
  private writers = 0;

  /** A server whose clock is so many ms ahead; under a name that is there already it has been restarted. */
  start(
    server: string,
    ahead = 0,
    { leads = false, alone = (): boolean => false } = {},
  ): { send(command: Command): void } {
    this.stop(server);
    const surroundings: Surroundings = {
      now: () => epoch + this.now + this.slept + ahead,
      elapsed: () => this.now,
      random: () => 1,
      soon: (call) => call(),
      after: (ms, call) => {
        const timer = { at: this.now + ms, call };
        this.timers.push(timer);
        return () => {
          this.timers = this.timers.filter((one) => one !== timer);
        };
      },
    };
    this.writers += 1;
    const writer = `${server}.${this.writers}`;
    const send = (command: Command): void => {
      const stamp = { time: surroundings.now(), reckoned: ticker.reckoned, alone: alone() };
      this.entries += 1;
      const header = { version: 1, writer, serial: this.entries, server, seed: 1 };
      const entry = { ...header, ...stamp, commands: [command] };
      apply(this.state, entry, this.state.index + 1);
      for (const one of this.tickers.values()) one.applied(entry);
    };
    const { state } = this;
    const ticker = new Ticker({
      state,
      surroundings,
      server,
      leads: () => leads,
      alone,
      tick: async () => send({ type: 'tick' }),
    });
    this.tickers.set(server, ticker);
    ticker.begin();
    return { send };
  }

  stop(server: string): void {
    this.tickers.get(server)?.stop();
    this.tickers.delete(server);
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.timers.reduce((a, b) => (b.at < a.at ? b : a), { at: Infinity, call: () => {} });
      if (next.at > end) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.now = next.at;
      next.call();
    }
    this.now = end;
  }

  /** The machines sleep, and their timers with them. */
  sleep(ms: number): void {
    this.slept += ms;
  }

  /** By how many ms log time is ahead of the true time. */
  get ahead(): number {
    return this.state.time - epoch - this.now - this.slept;
  }

  get round(): number {
    return this.state.groups.get('g')?.round ?? 0;
  }
}

function put(rule: Json, group = 'g'): Command {
  const parsed = parseSettings({ rule });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  const keys = { joinKeyHash: null, observerKeyHash: null };
  return { type: 'put-group', group, settings: parsed.settings, ifRevision: null, ...keys };
}

const deadline = put({ deadline: '60s', next: 'continuous' });

describe('a server whose clock is an hour ahead of the other', () => {
  test('ends no deadline early, and writes little for it [Q7.4]', async () => {
    const room = new Room();
    room.start('good').send(deadline);
    const fast = room.start('fast', hour, { leads: true });
    fast.send({ type: 'tick' });
    await room.pass(59 * second);
    expect(room.round).toBe(1);
    await room.pass(2 * second);
    expect(room.round).toBe(2);
    await room.pass(9 * 60 * second);
    expect(room.round).toBe(11);
    expect(Math.abs(room.ahead)).toBeLessThan(2 * second);
    // One too early and one in time for each deadline.
    expect(room.entries).toBeLessThan(2 + 2 * 10 + 5);
  });

  test('does not confirm itself by starting again [Q7.4]', async () => {
    const room = new Room();
    room.start('good').send(deadline);
    for (let starts = 0; starts < 5; starts += 1) {
      room.start('fast', hour).send({ type: 'tick' });
      await room.pass(second);
    }
    expect(Math.abs(room.ahead)).toBeLessThan(2 * second);
  });

  test('moves log time where it is alone: nobody can say otherwise [Q7.4]', async () => {
    const room = new Room();
    room.start('good').send(deadline);
    room.start('fast', hour, { alone: () => true }).send({ type: 'tick' });
    expect(room.ahead).toBe(hour);
  });
});

test('after a rest a server that is new is believed as soon as another confirms it, once [Q7.4]', async () => {
  const room = new Room();
  room.start('a').send(put({}));
  room.start('b', 20);
  room.start('c', -20);
  await room.pass(2 * hour);
  const before = room.entries;
  room.start('new', 5);
  await room.pass(2 * second);
  expect(Math.abs(room.ahead)).toBeLessThan(3 * second);
  await room.pass(60 * second);
  // It asks, and those answer who have not seen another's answer yet.
  expect(room.entries - before).toBeLessThanOrEqual(4);
});

test('log time that was left an hour ahead runs on from there, also where a checkpoint holds all entries [Q7.1]', async () => {
  const room = new Room();
  const only = { alone: () => true, leads: true };
  room.start('only', hour, only).send(deadline);
  room.start('only', 0, only);
  await room.pass(10 * 60 * second + second);
  expect(room.round).toBe(11);
  expect(Math.abs(room.ahead - hour)).toBeLessThan(2 * second);
});

test('what ran out while the machine slept does so soon after it woke [Q7.10]', async () => {
  const room = new Room();
  room.start('only', 0, { alone: () => true, leads: true }).send(put({ deadline: '1h', next: 'manual' }));
  await room.pass(10 * second);
  room.sleep(hour);
  await room.pass(11 * second);
  expect(room.state.groups.get('g')?.status).toBe('idle');
  expect(room.entries, 'one tick').toBe(2);
});

test('what ran out while all were down ends soon where one comes back and the others do not [Q7.4]', async () => {
  const room = new Room();
  room.start('a').send(put({ deadline: '1h', next: 'manual' }));
  room.start('b').send({ type: 'tick' });
  room.stop('b');
  room.stop('a');
  room.sleep(2 * hour);
  let found = false;
  room.start('a', 0, { alone: () => found });
  await room.pass(5 * second);
  found = true;
  await room.pass(20 * second);
  expect(room.state.groups.get('g')?.status).toBe('idle');
});

test('a tick that fails after another moment has become the next leaves one timer, and none behind a stop', async () => {
  const room = new Room();
  room.start('only', 0, { leads: true, alone: () => true }).send(deadline);
  const timers = new Set<() => void>();
  const failing: (() => void)[] = [];
  const ticker = new Ticker({
    state: room.state,
    surroundings: {
      now: () => epoch,
      elapsed: () => 0,
      random: () => 1,
      soon: (call) => call(),
      after: (_ms, call) => {
        timers.add(call);
        return () => void timers.delete(call);
      },
    },
    server: 'other',
    leads: () => true,
    alone: () => true,
    tick: () => new Promise((_, reject) => failing.push(() => reject(new Error('no')))),
  });
  room.state.due.set('g', epoch);
  ticker.begin();
  for (const call of timers) {
    timers.delete(call);
    call();
    break;
  }
  expect(failing).toHaveLength(1);
  room.state.due.set('g', epoch + hour);
  ticker.applied({ server: 'other', time: epoch } as Entry);
  failing[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(timers.size).toBe(1);
  ticker.stop();
  expect(timers.size).toBe(0);
});
