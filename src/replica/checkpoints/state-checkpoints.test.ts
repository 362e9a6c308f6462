import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { RandomEntries } from '../../../test/replay/entries.ts';
import { apply } from '../../core/apply.ts';
import { type Command, decodeEntry, type Entry, encodeCommand, encodeEntry } from '../../core/entry.ts';
import { emptyState, type State } from '../../core/group/state.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import { stateHash } from '../../core/snapshot/state-hash.ts';
import type { Settings } from '../../core/types.ts';
import { openFileLog } from '../../log/file/engine.ts';
import { type CheckpointWrite, type Log, LogFailure, NoSpace } from '../../log/log.ts';
import { memoryLog } from '../../log/memory.ts';
import type { Surroundings } from '../clock.ts';
import { defaultCheckpointLimits, StateCheckpoints } from './state-checkpoints.ts';

/** A server's memory over a log: it applies entries, writes checkpoints bit by bit, and can be lost at any moment. */
class Server {
  readonly state = emptyState();
  readonly checkpoints: StateCheckpoints;
  readonly log: Log;
  private readonly turns: (() => void)[] = [];
  private readonly end = new AbortController();
  private writing: Promise<void> | null = null;
  published = 0;
  lost = 0;

  constructor(log: Log, encodeRecords: number) {
    this.log = log;
    const surroundings = {
      now: () => 0,
      soon: (call: () => void) => void this.turns.push(call),
    } as Surroundings;
    // Groups are small here: what is done for large ones must be done for them, and sometimes for some only.
    const records = { smallRounds: encodeRecords % 3, smallSize: 8, partLength: 1 };
    const limits = { ...defaultCheckpointLimits, checkpointEntries: 1, encodeRecords, ...records };
    this.checkpoints = new StateCheckpoints(this.state, log, surroundings, limits);
  }

  static async start(log: Log, encodeRecords: number): Promise<Server> {
    const server = new Server(log, encodeRecords);
    await server.checkpoints.restore();
    const stop = new AbortController();
    const head = await log.head();
    if (head > server.state.index)
      for await (const { index, bytes } of log.entries(server.state.index + 1, stop.signal)) {
        server.take(bytes, index);
        if (index === head) break;
      }
    return server;
  }

  async append(entry: Entry): Promise<ReturnType<typeof apply>> {
    const { commands, ...header } = entry;
    const bytes = encodeEntry(header, commands.map(encodeCommand));
    const appended = await this.log.append(bytes);
    if (!appended.ok) throw new Error(appended.detail);
    return this.take(bytes, appended.index);
  }

  private take(bytes: Uint8Array, index: number): ReturnType<typeof apply> {
    const applied = apply(this.state, decodeEntry(bytes), index);
    this.checkpoints.applied(bytes.length, applied.changed);
    return applied;
  }

  begin(): void {
    if (this.writing !== null || !this.checkpoints.isDue) return;
    this.writing = this.checkpoints.write(this.end.signal).then(
      () => {
        this.published += 1;
      },
      () => {
        this.lost += 1;
      },
    );
    void this.writing.then(() => {
      this.writing = null;
    });
  }

  /** Lets a checkpoint that is being written go on by one slice. */
  async turn(): Promise<void> {
    this.turns.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async crash(): Promise<void> {
    this.end.abort();
    while (this.writing !== null) {
      const { writing } = this;
      await this.turn();
      await Promise.race([writing, new Promise((resolve) => setTimeout(resolve, 5))]);
    }
  }
}

interface Disk {
  open(): Promise<Log>;
  /** The log as a process that starts after a crash finds it. */
  reopen(log: Log): Promise<Log>;
  remove(): void;
}

function inMemory(full: boolean): Disk {
  const open = async () => (full ? asksForAll(memoryLog()) : memoryLog());
  return { open, reopen: async (same) => same, remove: () => {} };
}

/** Stands in for an engine that wants every key in each checkpoint. */
function asksForAll(log: Log): Log {
  const info = { ...log.info, checkpoints: 'full' };
  const get = (_: Log, key: keyof Log): unknown => {
    const member = key === 'info' ? info : log[key];
    return typeof member === 'function' ? member.bind(log) : member;
  };
  return new Proxy(log, { get } as ProxyHandler<Log>);
}

function onDisk(): Disk {
  const dir = mkdtempSync(join(tmpdir(), 'quorate-checkpoints-'));
  let opened = 0;
  return {
    open: () => {
      opened += 1;
      return openFileLog(join(dir, `${opened}`));
    },
    reopen: async (log) => {
      await log.close();
      return openFileLog(log.info.location);
    },
    remove: () => rmSync(dir, { recursive: true }),
  };
}

/** One history: entries, checkpoints in between that take their time, crashes at any point of them. */
async function history(seed: number, disk: Disk, steps: number): Promise<Record<string, number>> {
  const again = `seed ${seed}; rerun: SEED=${seed} npx vitest run src/replica/checkpoints/state-checkpoints.test.ts`;
  const random = randomFrom(seed);
  const entries = new RandomEntries(seed);
  const whole = emptyState();
  const counts = { published: 0, lost: 0, crashes: 0, ahead: 0, gone: 0 };
  const slice = () => 1 + Math.floor(random() * 3);
  let server = await Server.start(await disk.open(), slice());
  try {
    for (let step = 0; step < steps; step += 1) {
      const what = pick(random, ['entry', 'entry', 'entry', 'turn', 'turn', 'begin', 'crash']);
      if (what === 'entry') {
        const entry = entries.next(whole);
        const { results, events } = await server.append(entry);
        const due = apply(whole, JSON.parse(JSON.stringify(entry)) as Entry, whole.index + 1);
        expect(results, again).toEqual(due.results);
        expect(events, again).toEqual(due.events);
      } else if (what === 'turn') await server.turn();
      else if (what === 'begin') server.begin();
      else if (random() < 0.3) {
        await server.crash();
        counts.published += server.published;
        counts.lost += server.lost;
        counts.crashes += 1;
        server = await restarted(server, disk, slice(), counts);
        expect(stateHash(server.state), again).toBe(stateHash(whole));
      }
    }
    await server.crash();
    server = await restarted(server, disk, slice(), counts);
    expect(stateHash(server.state), again).toBe(stateHash(whole));
  } finally {
    await server.log.close();
  }
  return counts;
}

async function restarted(
  server: Server,
  disk: Disk,
  slice: number,
  counts: { ahead: number; gone: number },
): Promise<Server> {
  const log = await disk.reopen(server.log);
  const looked = new Server(log, slice);
  await looked.checkpoints.restore();
  counts.ahead += looked.state.ahead.size;
  for (const name of looked.state.ahead.keys()) if (!looked.state.groups.has(name)) counts.gone += 1;
  return Server.start(log, slice);
}

describe('a state restored from a checkpoint and the log behind it', () => {
  const cases = [
    { name: 'memory', disk: () => inMemory(false), histories: 60, steps: 250 },
    { name: 'memory, full checkpoints', disk: () => inMemory(true), histories: 60, steps: 250 },
    { name: 'file', disk: onDisk, histories: 6, steps: 150 },
  ];
  for (const { name, disk, histories, steps } of cases) {
    test(`is the state that was lost, wherever the crash fell: ${name}`, async () => {
      const first = seedOfRun();
      const total: Record<string, number> = {};
      const store = disk();
      try {
        for (let seed = first; seed < first + histories; seed += 1) {
          const counts = await history(seed, store, steps);
          for (const [what, count] of Object.entries(counts)) total[what] = (total[what] ?? 0) + count;
        }
      } finally {
        store.remove();
      }
      // Each of these is what the test is for: a run without one has shown nothing.
      for (const [what, count] of Object.entries(total))
        if (histories > 20 || what !== 'gone') expect(count, `${what} from seed ${first}`).toBeGreaterThan(0);
    });
  }

  test.each(['goes on', 'restarts'])(
    'keeps no record of deleted groups for ever: the server %s',
    async (then) => {
      const log = memoryLog();
      const entries = new RandomEntries(11);
      const before = await Server.start(log, 1000);
      for (let i = 0; i < 100; i += 1) await before.append(entries.next(before.state));
      const never = new AbortController().signal;
      await before.checkpoints.write(never);
      for (const group of before.state.groups.keys()) await before.append(proposal(before.state, group));
      const names = [...before.state.groups.keys()];
      const writing = before.checkpoints.write(never);
      for (const group of names) await before.append(deletion(before.state, group));
      await writing;
      const whole = (await keysOf(log)).filter((key) => !/^(part|round|server)/.test(key));
      expect(whole.sort()).toEqual(['globals', ...names.map((name) => `group/${name}`)].sort());
      const after = then === 'restarts' ? await Server.start(log, 1000) : before;
      expect(after.state.groups.size).toBe(0);
      await after.checkpoints.write(never);
      expect(names.length).toBeGreaterThan(0);
      expect((await keysOf(log)).filter((key) => !key.endsWith('server'))).toEqual(['globals']);
    },
  );

  test('writes each closed round of a large group once, and lets go of what is no longer kept', async () => {
    const log = memoryLog();
    const written: string[][] = [];
    let isFull = false;
    const watched = new Proxy(log, {
      get: (_, key: keyof Log) => {
        if (key !== 'checkpoint') return typeof log[key] === 'function' ? log[key].bind(log) : log[key];
        return async (what: CheckpointWrite) => {
          const keys: string[] = [];
          async function* records() {
            for await (const slice of what.records) {
              keys.push(...slice.flatMap(({ key: one, bytes }) => (bytes === null ? [] : [one])));
              yield slice;
            }
          }
          if (isFull) {
            for await (const _ of records());
            throw new NoSpace('the disk is full');
          }
          await log.checkpoint({ ...what, records: records() });
          written.push(keys.filter((one) => one.startsWith('round/')));
        };
      },
    } as ProxyHandler<Log>);
    const rule = { electorate: { size: 1 }, next: 'continuous' };
    const parsed = parseSettings({ rule, retention: { rounds: 5 } }) as { settings: Settings };
    const vote = { type: 'propose', group: 'g', round: null, agent: null, value: '1' } as const;
    let server = await Server.start(watched, 1000);
    await server.append(alone(server.state, { ...putOf('g', parsed.settings) }));
    const never = new AbortController().signal;
    for (const votes of [3, 1, 2, 7]) {
      for (let i = 0; i < votes; i += 1)
        await server.append(alone(server.state, { ...vote, seq: null, tokenHash: null, key: null }));
      // What did not come to be written, for want of space, was not written once.
      isFull = votes === 2;
      if (isFull) await server.checkpoints.write(never);
      isFull = false;
      await server.checkpoints.write(never);
      const hash = stateHash(server.state);
      server = await Server.start(watched, 1000);
      expect(stateHash(server.state)).toBe(hash);
    }
    const rounds = written.map((keys) => keys.map((key) => Number(key.split('/')[2])));
    expect(rounds).toEqual([[1, 2, 3], [4], [5, 6], [9, 10, 11, 12, 13]]);
    const left = (await keysOf(log)).filter((key) => key.startsWith('round/'));
    expect(left.length).toBe(5);
    await server.append(alone(server.state, { type: 'delete-group', group: 'g', ifRevision: null }));
    await server.checkpoints.write(never);
    await server.checkpoints.write(never);
    expect(await keysOf(log)).toEqual(['globals']);
  });

  // An attempt counts from whoever delivered at that moment, not from who did when the last record was written. [Q1.10] [Q11.8]
  test('counts a failed attempt as it was counted, though another server has begun to deliver since', async () => {
    const log = memoryLog();
    const server = await Server.start(log, 1);
    const run = async (command: Command) =>
      (await server.append(alone(server.state, command))).results[0] as { did?: string; fence?: number };
    const { settings } = parseSettings({ rule: { electorate: { size: 1 } } }) as { settings: Settings };
    const hook = { url: 'https://h.example/in', states: 'all', format: 'standard', byKeyHash: null } as const;
    const secret = { keepSecret: false, secret: 'whsec_h' };
    const vote = { type: 'propose', group: 'g', round: null, agent: 'ann', value: '1' } as const;
    await run({ type: 'activate', version: 2 });
    await run(putOf('g', settings));
    for (const group of ['g', null]) await run({ type: 'put-webhook', group, id: 'h', ...hook, ...secret });
    const made = server.state.groups.get('g')?.webhooks.get('h')?.made as number;
    await run({ ...vote, seq: null, tokenHash: null, key: null });
    const { fence } = await run({ type: 'take-deliveries', server: 'one', lease: 0 });
    server.begin();
    // The record of the group is written, that of the server not yet.
    await server.turn();
    const attempt = { group: 'g', id: 'h', made, number: 1, attempt: 1, fence: fence as number };
    const failed = {
      type: 'delivery-failed',
      ...attempt,
      error: '503',
      retryAfter: null,
      gone: false,
    } as const;
    expect(await run(failed)).toMatchObject({ did: 'attempt-noted' });
    expect((await run({ type: 'take-deliveries', server: 'two', lease: 0 })).fence).not.toBe(fence);
    while (server.published === 0) await server.turn();
    const again = await Server.start(log, 1);
    expect(again.state.groups.get('g')?.webhooks.get('h')?.get(1)).toMatchObject({
      attempts: 1,
      error: '503',
    });
    expect(stateHash(again.state)).toBe(stateHash(server.state));
  });

  test('is refused when a part of a group is missing', async () => {
    const log = memoryLog();
    const server = await Server.start(log, 1000);
    const entries = new RandomEntries(5);
    for (let i = 0; i < 100; i += 1) await server.append(entries.next(server.state));
    await server.checkpoints.write(new AbortController().signal);
    const lost = (await keysOf(log)).find((key) => key.startsWith('part/')) as string;
    async function* records() {
      yield [{ key: lost, bytes: null }];
    }
    await log.checkpoint({ index: server.state.index, full: false, records: records() });
    await expect(Server.start(log, 1)).rejects.toThrow(/is missing/);
  });

  test('is refused when a record cannot be read', async () => {
    const log = memoryLog();
    async function* records() {
      yield [{ key: 'globals', bytes: Buffer.from('[9,0,0,[]]') }];
    }
    await log.checkpoint({ index: 0, full: true, records: records() });
    await expect(Server.start(log, 1)).rejects.toThrow(LogFailure);
  });
});

async function keysOf(log: Log): Promise<string[]> {
  const keys: string[] = [];
  const checkpoint = await log.restore();
  if (checkpoint !== null) for await (const { key } of checkpoint.records) keys.push(key);
  return keys;
}

function putOf(group: string, settings: Settings): Command {
  return { type: 'put-group', group, settings, ifRevision: null, joinKeyHash: null, observerKeyHash: null };
}

function deletion(state: State, group: string): Entry {
  return alone(state, { type: 'delete-group', group, ifRevision: null });
}

/** Changes the group, so that the next checkpoint has a record of it to write. */
function proposal(state: State, group: string): Entry {
  return alone(state, {
    type: 'join',
    group,
    agent: 'zoe',
    role: 'observer',
    ttl: 1000,
    tokenHash: 'token-zoe',
    joinKeyHash: 'join-key',
  });
}

function alone(state: State, command: Command): Entry {
  return {
    version: state.version,
    writer: 'w',
    serial: state.index,
    time: state.time,
    server: 'one',
    reckoned: 0,
    alone: true,
    seed: 1,
    commands: [command],
  };
}
