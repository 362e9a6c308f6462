import { afterEach, describe, expect, it } from 'vitest';
import { type Command, encodeCommand, encodeEntry, entryVersion } from '../core/entry.ts';
import { presets } from '../core/rule/presets.ts';
import { parseSettings } from '../core/rule/settings.ts';
import type { Settings } from '../core/types.ts';
import { type Log, LogFailure } from '../log/log.ts';
import { memoryLog } from '../log/memory.ts';
import { activateNewest } from './activate.ts';
import { realSurroundings, type Surroundings } from './clock.ts';
import { NotExecuted, UnknownOutcome } from './outcomes.ts';
import { Replica } from './replica.ts';

/** The replica's own promises: what it appends, when it answers, and how it stops. */

const running: Replica[] = [];
afterEach(async () => {
  for (const replica of running.splice(0)) await replica.stop();
});

async function started(
  log: Log = memoryLog(),
  surroundings: Surroundings = realSurroundings(),
  limits = {},
): Promise<Replica> {
  const replica = new Replica({ log, surroundings, writer: `w${running.length}`, limits });
  running.push(replica);
  await replica.start();
  return replica;
}

function settings(rule: object = {}): Settings {
  const parsed = parseSettings({
    rule: { electorate: { size: 3 }, threshold: 2, next: 'continuous', ...rule },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  return parsed.settings;
}

function put(group: string, rule: object = {}): Command {
  return {
    type: 'put-group',
    group,
    settings: settings(rule),
    ifRevision: null,
    joinKeyHash: null,
    observerKeyHash: null,
  };
}

function proposal(group: string, agent: string, value: string, round: number | null = null): Command {
  return { type: 'propose', group, round, agent, value, seq: null, tokenHash: null, key: null };
}

/** A log that notes what is appended and can hold appends back. `begun` resolves when the next append begins. */
function watched(inner: Log): {
  log: Log;
  appended: string[];
  hold: () => () => void;
  begun: () => Promise<void>;
} {
  const appended: string[] = [];
  const beginning: (() => void)[] = [];
  let gate: Promise<void> = Promise.resolve();
  const log: Log = {
    info: inner.info,
    unavailable: null,
    space: null,
    append: async (entry) => {
      for (const call of beginning.splice(0)) call();
      await gate;
      appended.push(new TextDecoder().decode(entry));
      return inner.append(entry);
    },
    entries: (from, signal) => inner.entries(from, signal),
    head: () => inner.head(),
    checkpoint: (checkpoint) => inner.checkpoint(checkpoint),
    restore: () => inner.restore(),
    close: () => inner.close(),
  };
  const hold = (): (() => void) => {
    let open = (): void => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  };
  const begun = (): Promise<void> => new Promise((resolve) => beginning.push(resolve));
  return { log, appended, hold, begun };
}

describe('a command', () => {
  it('is answered only after its entry has come back from the log [Q3.5]', async () => {
    const { log, hold } = watched(memoryLog());
    const replica = await started(log);
    const open = hold();
    let answered = false;
    const answer = replica.submit(put('g'), () => {
      answered = true;
      return replica.state.groups.has('g');
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).toBe(false);
    open();
    expect(await answer).toBe(true);
  });

  it('shows its caller the state as it left it, whatever else its entry does [Q3.5]', async () => {
    const { log, appended, hold, begun } = watched(memoryLog());
    const replica = await started(log);
    const open = hold();
    const first = replica.submit(put('other'), () => undefined);
    await begun();
    const seen = [
      replica.submit(put('g'), (_result, state) => state.groups.get('g')?.round),
      replica.submit({ type: 'delete-group', group: 'g', ifRevision: null }, (_result, state) =>
        state.groups.has('g'),
      ),
      replica.submit(
        put('g', { electorate: { size: 5 } }),
        (_result, state) => state.groups.get('g')?.open?.eligible,
      ),
    ];
    open();
    await first;
    expect(await Promise.all(seen)).toEqual([1, false, 5]);
    expect(appended.map((entry) => JSON.parse(entry).commands.length)).toEqual([1, 3]);
  });

  it('shares its entry with all that came while the entry before was being made durable', async () => {
    const { log, appended, hold, begun } = watched(memoryLog());
    const replica = await started(log);
    await replica.submit(put('g'), () => undefined);
    const open = hold();
    const first = replica.submit(proposal('g', 'a', '1'), (result) => result);
    await begun();
    const others = ['b', 'c'].map((agent) => replica.submit(proposal('g', agent, '1'), (result) => result));
    open();
    const results = await Promise.all([first, ...others]);
    expect(results.every((result) => result.ok)).toBe(true);
    expect(appended.map((entry) => JSON.parse(entry).commands.length)).toEqual([1, 1, 2]);
  });

  it('takes effect as the log gives it back, not as it was sent', async () => {
    const inner = memoryLog();
    const { log } = watched(inner);
    const changing: Log = {
      ...log,
      append: (entry) => {
        const text = new TextDecoder().decode(entry).replace('"agent":"a"', '"agent":"b"');
        return log.append(new TextEncoder().encode(text));
      },
    };
    const replica = await started(changing);
    await replica.submit(put('g'), () => undefined);
    await replica.submit(proposal('g', 'a', '1'), () => undefined);
    expect([...(replica.state.groups.get('g')?.open?.proposals.keys() ?? [])]).toEqual(['b']);
  });

  it('is refused before it is appended once too many are waiting', async () => {
    const { log, hold, begun } = watched(memoryLog());
    const replica = await started(log, realSurroundings(), { queuedCommands: 3 });
    const open = hold();
    const first = replica.submit(put('g0'), () => 'done');
    await begun();
    const queued = [1, 2, 3].map((n) => replica.submit(put(`g${n}`), () => 'done'));
    const over = replica.submit(put('g4'), () => 'done');
    await expect(over).rejects.toMatchObject({ name: 'NotExecuted', reason: 'overloaded' });
    open();
    expect(await Promise.all([first, ...queued])).toEqual(['done', 'done', 'done', 'done']);
    expect(replica.state.groups.has('g4')).toBe(false);
  });
});

describe('two replicas of one log', () => {
  it('come to the same state, and each answers its own callers', async () => {
    const log = memoryLog();
    const shared = { ...watched(log).log, close: async () => {} };
    const one = await started(shared);
    const two = await started(shared);
    await one.submit(put('g'), () => undefined);
    const answers = await Promise.all([
      one.submit(proposal('g', 'a', '1'), (result) => result.ok),
      two.submit(proposal('g', 'b', '1'), (result) => result.ok),
      one.submit(proposal('g', 'c', '2'), (result) => result.ok),
    ]);
    expect(answers).toEqual([true, true, true]);
    await two.progress.reached(one.state.index);
    await one.progress.reached(two.state.index);
    expect(one.state.groups.get('g')?.closed.get(1)).toMatchObject({ state: 'SUCCESS', value: '1' });
    expect(two.state.groups.get('g')?.closed.get(1)).toEqual(one.state.groups.get('g')?.closed.get(1));
  });
});

describe('time', () => {
  it('runs out by a command in the log, proposed when its moment has come [Q7.3]', async () => {
    const replica = await started();
    const rule = { ...presets.majority, electorate: { agents: ['a', 'b'] }, next: 'manual', deadline: 30 };
    await replica.submit(put('g', rule), () => undefined);
    const look = (): string | undefined => replica.state.groups.get('g')?.closed.get(1)?.reason;
    expect(await replica.waiters.wait('g', 'close', look, () => 'timed out', { ms: 5000 })).toBe('deadline');
  });
});

describe('stopping', () => {
  it('finishes what it has taken, takes no more, and lets waiters go', async () => {
    const { log, hold } = watched(memoryLog());
    const replica = await started(log);
    await replica.submit(put('g'), () => undefined);
    const open = hold();
    const last = replica.submit(proposal('g', 'a', '1'), (result) => result.ok);
    const waiter = replica.waiters.wait(
      'g',
      'close',
      () => undefined,
      () => 'let go',
      { ms: 60_000 },
    );
    const stopped = replica.stop();
    await expect(replica.submit(proposal('g', 'b', '1'), () => 'late')).rejects.toBeInstanceOf(NotExecuted);
    expect(await waiter).toBe('let go');
    open();
    expect(await last).toBe(true);
    await stopped;
  });

  it('of a log that fails leaves nobody waiting: in flight is unknown, queued is not executed', async () => {
    const inner = memoryLog();
    const { log, hold, begun } = watched(inner);
    const failing: Log = {
      ...log,
      append: async (entry) => {
        await log.append(entry);
        throw new LogFailure('the disk is gone');
      },
      entries: (_from, signal) => waitForever(signal),
    };
    const replica = await started(failing);
    const open = hold();
    const inFlight = replica.submit(put('g'), () => 'done');
    await begun();
    const queued = replica.submit(put('h'), () => 'done');
    open();
    await expect(inFlight).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(queued).rejects.toBeInstanceOf(NotExecuted);
    expect((await replica.failed).message).toBe('the disk is gone');
  });
});

async function* waitForever(signal: AbortSignal): AsyncGenerator<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}

describe('an upgrade', () => {
  it('refuses what the log does not have yet, before it is appended, until its version is active [Q1.11]', async () => {
    const replica = await started();
    const asked = { ...put('g'), settings: { ...settings(), mayWaive: ['a'] } } as unknown as Command;
    const early = replica.submit(asked, () => 'too early');
    const detail = 'it needs version 2 of the log, and version 1 is active';
    await expect(early).rejects.toMatchObject({ reason: 'version-not-active', message: detail });
    expect(replica.state.index).toBe(0);
    await activateNewest(replica, null);
    expect(await replica.submit(asked, ({ ok }) => ok)).toBe(true);
  });

  it('begins by itself in a log without entries, and where no other server can be [Q1.11]', async () => {
    const nobodyElse = { without: async () => ({ servers: [], asOf: 0 }) };
    const fresh = await started();
    await activateNewest(fresh, nobodyElse);
    await activateNewest(fresh, nobodyElse);
    expect(fresh.state).toMatchObject({ version: entryVersion, index: 1 });
    const used = await started();
    await used.submit(put('g'), () => undefined);
    await activateNewest(used, nobodyElse);
    expect(used.state.version).toBe(1);
    await activateNewest(used, null);
    expect(used.state.version).toBe(entryVersion);
    const beside = await started();
    await activateNewest(beside, {
      without: async () => ({
        servers: [{ server: 'old', clock: 'old', supported: 1, stateHash: null }],
        asOf: 0,
      }),
    });
    expect(beside.state).toMatchObject({ version: 1, index: 0 });
  });

  it('stops a server at the entry that begins with a version it does not understand [Q1.11]', async () => {
    const log = memoryLog();
    const replica = await started(log);
    await replica.submit(put('g'), () => undefined);
    const header = {
      version: 1,
      writer: 'newer',
      serial: 1,
      server: 'newer',
      time: 1,
      reckoned: 0,
      alone: false,
      seed: 1,
    };
    await log.append(encodeEntry(header, [encodeCommand({ type: 'activate', version: 3 })]));
    expect((await replica.failed).message).toBe(
      'entry 2 activates version 3 of the log, this server understands 2: update it',
    );
    await expect(replica.submit(put('h'), () => undefined)).rejects.toBeInstanceOf(NotExecuted);
  });
});
