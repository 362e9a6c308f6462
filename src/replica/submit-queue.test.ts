import { describe, expect, test } from 'vitest';
import { type Command, decodeEntry } from '../core/entry.ts';
import { emptyState } from '../core/group/state.ts';
import type { Refusal } from '../core/result.ts';
import type { Appended } from '../log/log.ts';
import { realSurroundings } from './clock.ts';
import { NotExecuted, UnknownOutcome } from './outcomes.ts';
import { SubmitQueue, type SubmitQueueOptions } from './submit-queue.ts';

/** The queue over a log whose appends the test answers one by one. */

interface Append {
  /** The groups that the entry's commands name. */
  readonly groups: readonly string[];
  readonly bytes: Uint8Array;
  readonly asOf: number | undefined;
  answer(appended: Appended): void;
  fail(error: Error): void;
}

type Limits = Partial<SubmitQueueOptions['limits']> & { readonly maxEntryBytes?: number };

const recorded: Appended = { ok: true, index: 1 };
const unknown = new UnknownOutcome('the log failed');
const refused = new NotExecuted('unavailable', 'the log is not there');

function started({ maxEntryBytes = 10_000, ...limits }: Limits = {}) {
  const appends: Append[] = [];
  const time = { now: 0 };
  let appending = 0;
  const queue: SubmitQueue = new SubmitQueue({
    log: {
      info: { maxEntryBytes },
      append: (bytes, asOf) => {
        appending += 1;
        expect(appending).toBe(1);
        const { commands } = JSON.parse(Buffer.from(bytes).toString()) as { commands: { group: string }[] };
        return new Promise<Appended>((answer, fail) =>
          appends.push({ groups: commands.map(({ group }) => group), bytes, asOf, answer, fail }),
        ).finally(() => {
          appending -= 1;
        });
      },
    },
    surroundings: { ...realSurroundings(), elapsed: () => time.now },
    limits: {
      queuedCommands: 100,
      queuedBytes: 100_000,
      commandsPerEntry: 100,
      bytesPerEntry: 100_000,
      ...limits,
    },
    header: (serial) => ({
      ...{ version: 1, writer: 'w', serial, server: 's', time: 0, reckoned: 0, alone: true, seed: 1 },
    }),
    // As the replica does.
    onBroken: () => queue.end(unknown, refused),
  });
  /** What became of the command for this group, in words. */
  const submit = (group: string, asOf?: number): Promise<string> =>
    queue
      .submit(command(group), (result) => `${group} ${(result as Refusal).detail}`, asOf)
      .catch((error: Error) => `${group} ${error.name}`);
  return { queue, appends, time, submit };
}

function command(group: string): Command {
  return { type: 'delete-group', group, ifRevision: null };
}

/** Hands the entry back, as the loop that applies entries does. */
function comesBack(queue: SubmitQueue, serial: number): void {
  const own = queue.cameBack(serial);
  own.forEach(({ settle }, position) => {
    settle({ ok: false, code: 'group-not-found', detail: `is ${position} of ${serial}` }, emptyState());
  });
  queue.settled();
}

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** More turns of the event loop than an entry is gathered for. */
const soon = async (): Promise<void> => {
  for (let turns = 0; turns < 8; turns += 1) await oneTurn();
};
const groupsOf = (appends: readonly Append[]): string[] => appends.map(({ groups }) => groups.join(' '));

describe('commands', () => {
  test('keep their order, and those that come during an append share the next entry', async () => {
    const { queue, appends, submit } = started();
    const results = ['a', 'b'].map((group) => submit(group));
    await soon();
    results.push(...['c', 'd', 'e'].map((group) => submit(group)));
    await soon();
    expect(groupsOf(appends)).toEqual(['a b']);
    appends[0]?.answer(recorded);
    await soon();
    expect(groupsOf(appends)).toEqual(['a b', 'c d e']);
    expect(queue.length).toBe(0);
    for (const serial of [1, 2]) comesBack(queue, serial);
    expect(await Promise.all(results)).toEqual([
      ...['a is 0 of 1', 'b is 1 of 1'],
      ...['c is 0 of 2', 'd is 1 of 2', 'e is 2 of 2'],
    ]);
  });

  test('that come turn after turn share an entry, but do not put it off for long', async () => {
    const { appends, submit } = started();
    void submit('a');
    await oneTurn();
    void submit('b');
    await soon();
    expect(groupsOf(appends)).toEqual(['a b']);
    appends[0]?.answer(recorded);
    for (let turns = 0; appends.length < 2; turns += 1) {
      expect(turns).toBeLessThan(8);
      void submit(String(turns));
      await oneTurn();
    }
  });

  test('are not waited for once an entry is full', async () => {
    const { appends, submit } = started({ commandsPerEntry: 2 });
    void submit('a');
    void submit('b');
    await oneTurn();
    await oneTurn();
    expect(groupsOf(appends)).toEqual(['a b']);
  });

  test('fill entries within all bounds, and one with a condition has an entry of its own', async () => {
    // A command has about 50 characters, each counted as three bytes; 512 bytes are for the header.
    const byBytes = started({ maxEntryBytes: 512 + 350 });
    const byTime = started({ bytesPerEntry: 512 + 350 });
    const byCount = started({ commandsPerEntry: 2 });
    for (const { submit } of [byBytes, byTime, byCount]) {
      for (const group of ['a', 'b', 'c']) void submit(group);
      void submit('d', 7);
      void submit('e');
    }
    for (const { appends } of [byBytes, byTime, byCount]) {
      for (let turn = 0; turn < 4; turn += 1) {
        await soon();
        appends[turn]?.answer(recorded);
      }
      expect(groupsOf(appends)).toEqual(['a b', 'c', 'd', 'e']);
      expect(appends.map(({ asOf }) => asOf)).toEqual([undefined, undefined, 7, undefined]);
    }
  });

  test.each([
    ['commands', { queuedCommands: 2 }],
    ['bytes', { queuedBytes: 120 }],
  ])('are refused once too many %s wait, and taken again when fewer do', async (_what, limits) => {
    const { appends, submit } = started(limits);
    const taken = [submit('a'), submit('b')];
    expect(await submit('c')).toBe('c NotExecuted');
    await soon();
    taken.push(submit('d'));
    appends[0]?.answer(recorded);
    await soon();
    expect(groupsOf(appends)).toEqual(['a b', 'd']);
  });

  test('whose caller throws fails alone', async () => {
    const { queue, submit } = started();
    const bad = queue.submit(command('a'), () => {
      throw new Error('no such group');
    });
    const good = submit('b');
    await soon();
    comesBack(queue, 1);
    await expect(bad).rejects.toThrow('no such group');
    expect(await good).toBe('b is 1 of 1');
  });
});

describe('an append', () => {
  test.each([
    ['too-large', 'NotExecuted'],
    ['newcomers', 'Newcomers'],
  ] as const)('that is refused as %s rejects its own commands only', async (reason, name) => {
    const { queue, appends, submit } = started();
    const own = [submit('a'), submit('b')];
    await soon();
    const next = submit('c');
    appends[0]?.answer({ ok: false, reason, detail: 'no' });
    expect(await Promise.all(own)).toEqual([`a ${name}`, `b ${name}`]);
    await soon();
    comesBack(queue, 2);
    expect(await next).toBe('c is 0 of 2');
  });

  test('that fails leaves what was sent unknown, and what waits is not executed', async () => {
    const { queue, appends, submit } = started();
    const results = [submit('a')];
    await soon();
    appends[0]?.answer(recorded);
    results.push(submit('b'));
    await soon();
    results.push(submit('c'));
    appends[1]?.fail(new Error('the disk is gone'));
    // Also the first: nothing comes back from this log any more.
    expect(await Promise.all(results)).toEqual(['a UnknownOutcome', 'b UnknownOutcome', 'c NotExecuted']);
    await queue.empty();
    expect(groupsOf(appends)).toEqual(['a', 'b']);
  });

  test('that takes too long has its callers told once, and may still come back', async () => {
    const { queue, time, submit } = started();
    const old = submit('a');
    await soon();
    time.now = 1000;
    const waiting = submit('b');
    expect([queue.isLate(1001), queue.isLate(1000)]).toEqual([false, true]);
    expect([queue.failLate(unknown, 1001), queue.failLate(unknown, 1000)]).toEqual([false, true]);
    expect(await old).toBe('a UnknownOutcome');
    expect([queue.isLate(1000), queue.length]).toEqual([true, 1]);
    queue.failWaiting(refused);
    expect(await waiting).toBe('b NotExecuted');
    comesBack(queue, 1);
    expect(queue.isLate(0)).toBe(false);
  });
});

describe('an entry that comes back is not decoded', () => {
  const plain = { type: 'propose', group: 'g', round: 1, seq: null, tokenHash: null, key: null } as const;
  const propose = (agent: string | null): Command => ({ ...plain, agent, value: '"ü"' });
  const say = { type: 'say', group: 'g', tokenHash: 'hash', body: '"ü"', key: null } as const;
  /** What the queue makes of an entry of these commands once it has been appended, and its bytes. */
  async function sent(commands: readonly Command[]) {
    const { queue, appends } = started();
    for (const one of commands) void queue.submit(one, () => undefined).catch(() => undefined);
    await soon();
    const { bytes, answer } = appends[0] as Append;
    return { queue, bytes, answer };
  }

  test('where it is byte for byte the one that was sent: it is what decoding gives', async () => {
    const { queue, bytes } = await sent([
      propose('agent-of-some-length'),
      propose(null),
      say,
      { ...say, replyTo: 3, ackBy: 'all' },
    ]);
    const back = new Uint8Array(bytes);
    expect(queue.sentAs(back)).toStrictEqual(decodeEntry(back));
    queue.cameBack(1);
    expect(queue.sentAs(back)).toBeNull();
  });

  test('unless any of its bytes is another', async () => {
    const { queue, bytes } = await sent([propose('a')]);
    for (let at = 0; at < bytes.length; at += 1) {
      const other = new Uint8Array(bytes);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(queue.sentAs(other), `byte ${at}`).toBeNull();
    }
    expect(queue.sentAs(bytes.subarray(1))).toBeNull();
    expect(queue.sentAs(bytes)).not.toBeNull();
  });

  test.each<[string, Command]>([
    ['is neither a proposal nor a message', command('g')],
    ['has a key', { ...plain, agent: 'a', value: '1', key: 'k' }],
    ['has a seq', { ...plain, agent: 'a', value: '1', seq: -0 }],
    ['has a name that is not copied', propose('\u0100')],
    ['is a message with a key', { ...say, key: 'k' }],
    ['is a message to some', { ...say, to: ['b'] }],
  ])('unless a command of it %s', async (_what, other) => {
    const { queue, bytes } = await sent([propose('a'), other]);
    expect(queue.sentAs(bytes)).toBeNull();
  });

  test('and not the one behind it, nor one that the log refused', async () => {
    const { queue, appends } = started();
    const results: Promise<unknown>[] = [];
    for (const agent of ['a', 'b', 'c']) {
      results.push(queue.submit(propose(agent), () => 'taken').catch(() => 'refused'));
      await soon();
      const isRefused = agent === 'b';
      appends
        .at(-1)
        ?.answer(isRefused ? { ok: false, reason: 'no-space', detail: '' } : { ok: true, index: 1 });
      await soon();
    }
    const [first, refusedOne, last] = appends.map(({ bytes }) => queue.sentAs(bytes) !== null);
    expect([first, refusedOne, last]).toEqual([true, false, false]);
    comesBack(queue, 1);
    expect(appends.map(({ bytes }) => queue.sentAs(bytes) !== null)).toEqual([false, false, true]);
    comesBack(queue, 3);
    expect(await Promise.all(results)).toEqual(['taken', 'refused', 'taken']);
  });
});

test('is empty once nobody waits for an answer, sent or not', async () => {
  const { queue, appends, submit } = started();
  await queue.empty();
  let isEmpty = false;
  void submit('a');
  const emptied = queue.empty().then(() => {
    isEmpty = true;
  });
  await soon();
  void submit('b');
  appends[0]?.answer(recorded);
  comesBack(queue, 1);
  await soon();
  appends[1]?.answer(recorded);
  await soon();
  expect(isEmpty).toBe(false);
  comesBack(queue, 2);
  await emptied;
});
