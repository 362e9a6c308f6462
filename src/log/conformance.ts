import {
  type Appended,
  type CheckpointRecord,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  Trimmed,
} from './log.ts';

/** How the suite gets at an engine. Every log it opens is empty, unless it was reopened. */
export interface LogUnderTest {
  readonly name: string;
  /** A new, empty log. */
  open(): Promise<Log>;
  /** The log that `open` made, once it was closed, again; null when the engine keeps nothing. */
  readonly reopen: ((closed: Log) => Promise<Log>) | null;
  /** The same log as another server sees it, while `log` is open; null when a log has one server only. */
  readonly join: ((log: Log) => Promise<Log>) | null;
}

export interface LogCase {
  /** The part of the contract, as named in the doc comment of `Log`. */
  readonly clause: string;
  readonly name: string;
  /** Why this engine cannot be put to the test, or null. */
  readonly skip: string | null;
  /** Rejects when the engine breaks the clause. Bounded in time. */
  run(): Promise<void>;
}

/**
 * The contract of a log as a list of cases, for whatever test runner there is:
 *
 * ```ts
 * for (const { clause, name, skip, run } of logConformance(engine)) {
 *   test(`${clause}: ${name}`, { skip: skip !== null }, run);
 * }
 * ```
 */
export function logConformance(engine: LogUnderTest): LogCase[] {
  return cases.map(({ clause, name, needs, run }) => ({
    clause,
    name,
    skip: needs && !engine[needs] ? `${engine.name} has no "${needs}"` : null,
    run: async () => {
      const bench = new Bench(engine);
      try {
        await within(`the case "${name}"`, 20_000, run(bench));
      } finally {
        await bench.end();
      }
    },
  }));
}

interface Case {
  readonly clause: string;
  readonly name: string;
  readonly needs?: 'reopen' | 'join';
  run(bench: Bench): Promise<void>;
}

const cases: Case[] = [
  {
    clause: 'index',
    name: 'numbers entries 1, 2, 3, ... without gaps',
    async run(bench) {
      const log = await bench.open();
      same('head of an empty log', await log.head(), 0);
      for (let index = 1; index <= 20; index++)
        same('index', await append(log, text(`entry ${index}`)), index);
      same('head', await log.head(), 20);
    },
  },
  {
    clause: 'index',
    name: 'a refused entry takes no index',
    async run(bench) {
      const log = await bench.open();
      await append(log, text('a'));
      await log.append(new Uint8Array(log.info.maxEntryBytes + 1));
      same('index', await append(log, text('b')), 2);
      same('entries', await words(log, 1, 2), ['a', 'b']);
    },
  },
  {
    clause: 'info',
    name: 'describes itself',
    async run(bench) {
      const { info } = await bench.open();
      check(/^[0-9a-f]{32}$/.test(info.id), `id is 128 bits in hexadecimal, not "${info.id}"`);
      check(info.maxEntryBytes >= 64 * 1024, `takes entries of 64 KiB, not only ${info.maxEntryBytes} bytes`);
      check(info.location.length > 0, 'says where it lives');
    },
  },
  {
    clause: 'info',
    name: 'another log has another id',
    async run(bench) {
      const [one, other] = [await bench.open(), await bench.open()];
      check(one.info.id !== other.info.id, 'two logs have two ids');
    },
  },
  {
    clause: 'append',
    name: 'keeps bytes as they are, also none and every value of a byte',
    async run(bench) {
      const log = await bench.open();
      const entries = [
        new Uint8Array(0),
        Uint8Array.from({ length: 256 }, (_, byte) => byte),
        filled(64 * 1024, 7),
      ];
      for (const bytes of entries) await append(log, bytes);
      const read = await take(log, 1, entries.length);
      for (const [at, bytes] of entries.entries()) sameBytes(`entry ${at + 1}`, read[at]!.bytes, bytes);
    },
  },
  {
    clause: 'append',
    name: 'keeps its own copy of the bytes',
    async run(bench) {
      const log = await bench.open();
      const bytes = text('mine');
      await append(log, bytes);
      bytes.fill(0);
      same('entry', await words(log, 1, 1), ['mine']);
    },
  },
  {
    clause: 'append',
    name: 'takes a part of a larger buffer',
    async run(bench) {
      const log = await bench.open();
      await append(log, text('<<inside>>').subarray(2, 8));
      same('entry', await words(log, 1, 1), ['inside']);
    },
  },
  {
    clause: 'append',
    name: 'takes an entry of the largest size',
    async run(bench) {
      const log = await bench.open();
      const largest = filled(log.info.maxEntryBytes, 9);
      await append(log, largest);
      sameBytes('entry', (await take(log, 1, 1))[0]!.bytes, largest);
    },
  },
  {
    clause: 'append',
    name: 'refuses what is too large, and nothing is in the log',
    async run(bench) {
      const log = await bench.open();
      const refused = await log.append(new Uint8Array(log.info.maxEntryBytes + 1));
      check(
        !refused.ok && refused.reason === 'too-large',
        `is refused as too large, not ${JSON.stringify(refused)}`,
      );
      same('head', await log.head(), 0);
    },
  },
  {
    clause: 'entries',
    name: 'a reader that starts later reads from the first entry',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 30);
      same('entries', await words(log, 1, 30), numbered(1, 30));
    },
  },
  {
    clause: 'entries',
    name: 'a reader that starts before the first entry waits for it',
    async run(bench) {
      const log = await bench.open();
      const read = words(log, 1, 3);
      await pause();
      await appendAll(log, 1, 3);
      same('entries', await read, numbered(1, 3));
    },
  },
  {
    clause: 'entries',
    name: 'starts in the middle',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 10);
      same('entries', await words(log, 7, 4), numbered(7, 10));
    },
  },
  {
    clause: 'entries',
    name: 'starts beyond the head, and waits',
    async run(bench) {
      const log = await bench.open();
      const read = words(log, 4, 2);
      await appendAll(log, 1, 5);
      same('entries', await read, numbered(4, 5));
    },
  },
  {
    clause: 'entries',
    // [Q1.1]
    name: 'gives every reader the same order, each entry once',
    async run(bench) {
      const log = await bench.open();
      const early = [words(log, 1, 60), words(log, 1, 60)];
      await appendAll(log, 1, 30);
      const late = [words(log, 1, 60), words(log, 1, 60)];
      await appendAll(log, 31, 60);
      for (const read of [...early, ...late]) same('entries', await read, numbered(1, 60));
    },
  },
  {
    clause: 'entries',
    name: 'loses nothing when readers of every pace read while entries are appended',
    async run(bench) {
      const log = await bench.open();
      const count = 300;
      const readers = [0, 1, 2, 3].map((pace) =>
        take(log, 1, count, pace === 0 ? null : () => pause(pace - 1)),
      );
      for (let index = 1; index <= count; index++)
        await append(log, filled(1 + ((index * 37) % 5000), index % 256));
      for (const read of readers) {
        for (const [at, entry] of (await read).entries()) {
          same('index', entry.index, at + 1);
          sameBytes(`entry ${at + 1}`, entry.bytes, filled(1 + (((at + 1) * 37) % 5000), (at + 1) % 256));
        }
      }
    },
  },
  {
    clause: 'entries',
    name: 'returns when its signal aborts while it waits',
    async run(bench) {
      const log = await bench.open();
      const stop = new AbortController();
      const entries = log.entries(1, stop.signal)[Symbol.asyncIterator]();
      const first = entries.next();
      await append(log, text('only'));
      same('done after one entry', (await first).done, false);
      const second = entries.next();
      await pause(20);
      stop.abort();
      same('done after the abort', (await second).done, true);
    },
  },
  {
    clause: 'entries',
    name: 'yields nothing when its signal has aborted before',
    async run(bench) {
      const log = await bench.open();
      await append(log, text('a'));
      same('entries', (await collect(log.entries(1, AbortSignal.abort()))).length, 0);
    },
  },
  {
    clause: 'entries',
    name: 'a reader that breaks off leaves the others alone',
    async run(bench) {
      const log = await bench.open();
      const other = words(log, 1, 4);
      await appendAll(log, 1, 2);
      same('entries', await words(log, 1, 1), numbered(1, 1));
      await appendAll(log, 3, 4);
      same('entries', await other, numbered(1, 4));
    },
  },
  {
    clause: 'head',
    name: 'is at least the index of every append that resolved',
    async run(bench) {
      const log = await bench.open();
      for (let index = 1; index <= 10; index++) {
        await append(log, text('x'));
        check((await log.head()) >= index, `head reaches ${index}`);
      }
    },
  },
  {
    clause: 'head',
    name: 'counts what another server appended',
    needs: 'join',
    async run(bench) {
      const log = await bench.open();
      const other = await bench.join(log);
      same('id', other.info.id, log.info.id);
      for (let index = 1; index <= 10; index++) {
        const [writer, reader] = index % 2 === 0 ? [log, other] : [other, log];
        const appended = await append(writer, text(`entry ${index}`));
        check((await reader.head()) >= appended, `the other server's head reaches ${appended}`);
      }
      same('order at both', await words(log, 1, 10), await words(other, 1, 10));
    },
  },
  {
    clause: 'checkpoint',
    name: 'there is none at first',
    async run(bench) {
      same('checkpoint', await (await bench.open()).restore(), null);
    },
  },
  {
    clause: 'restore',
    name: 'gives back what was published',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 5);
      await log.checkpoint(full(5, { a: 'one', b: 'two', 'b/c': '', ünï: 'ø' }));
      same('checkpoint', await restored(log), {
        index: 5,
        state: { a: 'one', b: 'two', 'b/c': '', ünï: 'ø' },
      });
    },
  },
  {
    clause: 'restore',
    name: 'gives back a thousand records, written in many slices',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 1);
      const state = Object.fromEntries(
        Array.from({ length: 1000 }, (_, n) => [`key-${n}`, `value ${n} `.repeat(40)]),
      );
      await log.checkpoint(full(1, state));
      const found = await restored(log);
      same('number of records', Object.keys(found!.state).length, 1000);
      same('records', found, { index: 1, state });
    },
  },
  {
    clause: 'checkpoint',
    name: 'one of no records is one',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 2);
      await log.checkpoint(full(2, {}));
      same('checkpoint', await restored(log), { index: 2, state: {} });
    },
  },
  {
    clause: 'checkpoint',
    name: 'a full one forgets the keys it does not name',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 6);
      await log.checkpoint(full(2, { a: '1', b: '1' }));
      await log.checkpoint(full(4, { b: '2', c: '2' }));
      same('checkpoint', await restored(log), { index: 4, state: { b: '2', c: '2' } });
      await log.checkpoint(full(6, { d: '3' }));
      same('checkpoint', await restored(log), { index: 6, state: { d: '3' } });
    },
  },
  {
    clause: 'checkpoint',
    name: 'an incremental one keeps the keys it does not name, and deletes those it names so',
    async run(bench) {
      const log = await bench.open();
      // An engine that takes only full checkpoints is given the same states in full.
      const incremental = log.info.checkpoints === 'incremental';
      const step = (index: number, changed: Changes, whole: Changes) =>
        log.checkpoint(incremental ? { ...full(index, changed), full: false } : full(index, whole));
      await appendAll(log, 1, 10);
      await step(2, { a: '1', b: '1', c: '1' }, { a: '1', b: '1', c: '1' });
      await step(4, { b: '2', d: '2' }, { a: '1', b: '2', c: '1', d: '2' });
      same('second', await restored(log), { index: 4, state: { a: '1', b: '2', c: '1', d: '2' } });
      await step(6, { a: null, c: '3' }, { b: '2', c: '3', d: '2' });
      same('third', await restored(log), { index: 6, state: { b: '2', c: '3', d: '2' } });
      await step(8, { a: '4', nobody: null }, { a: '4', b: '2', c: '3', d: '2' });
      same('fourth', await restored(log), { index: 8, state: { a: '4', b: '2', c: '3', d: '2' } });
      await step(10, {}, { a: '4', b: '2', c: '3', d: '2' });
      same('fifth', await restored(log), { index: 10, state: { a: '4', b: '2', c: '3', d: '2' } });
    },
  },
  {
    clause: 'checkpoint',
    name: 'one that breaks off leaves the one before it in force',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 4);
      await log.checkpoint(full(2, { a: 'kept' }));
      async function* broken(): AsyncGenerator<CheckpointRecord[]> {
        yield Array.from({ length: 600 }, (_, n) => ({ key: `stray-${n}`, bytes: text('stray') }));
        throw new Error('broken off');
      }
      await rejects(
        'a checkpoint whose source fails',
        log.checkpoint({ index: 4, full: true, records: broken() }),
      );
      same('checkpoint', await restored(log), { index: 2, state: { a: 'kept' } });
      await log.checkpoint({ ...full(4, { a: 'next' }), full: log.info.checkpoints === 'full' });
      same('the one after', await restored(log), { index: 4, state: { a: 'next' } });
    },
  },
  {
    clause: 'checkpoint',
    name: 'an older one never replaces a newer one',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 10);
      await log.checkpoint(full(8, { a: 'new' }));
      await log.checkpoint(full(3, { a: 'old' })).catch(() => {});
      same('checkpoint', await restored(log), { index: 8, state: { a: 'new' } });
    },
  },
  {
    clause: 'checkpoint',
    name: 'entries are appended and read while its records are pulled',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 2);
      async function* slow(): AsyncGenerator<CheckpointRecord[]> {
        for (let n = 0; n < 5; n++) {
          await append(log, text(String(3 + n)));
          yield [{ key: `k${n}`, bytes: text(String(n)) }];
        }
      }
      await log.checkpoint({ index: 2, full: true, records: slow() });
      same('entries', await words(log, 3, 5), numbered(3, 7));
      same('checkpoint', (await restored(log))?.state, { k0: '0', k1: '1', k2: '2', k3: '3', k4: '4' });
    },
  },
  {
    clause: 'trim',
    name: 'enough is kept to fall back to the checkpoint before the last',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 30);
      await log.checkpoint(full(10, { a: '10' }));
      same('after the first', await words(log, 1, 30), numbered(1, 30));
      await log.checkpoint(full(20, { a: '20' }));
      same('after the second', await words(log, 11, 20), numbered(11, 30));
    },
  },
  {
    clause: 'trim',
    name: 'what was trimmed is refused as trimmed',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 30);
      for (const index of [10, 20, 30]) await log.checkpoint(full(index, { a: String(index) }));
      const error = await rejects('reading trimmed entries', words(log, 1, 1));
      check(error instanceof Trimmed, `throws Trimmed, not ${error}`);
      same('index goes on', await append(log, text('31')), 31);
      same('what is left', await words(log, 21, 11), numbered(21, 31));
    },
  },
  {
    clause: 'restore',
    name: 'with the entries after it reproduces the state',
    async run(bench) {
      const log = await bench.open();
      const state = new Map<string, string>();
      for (let index = 1; index <= 50; index++) {
        const [key, value] = [`k${index % 7}`, String(index)];
        await append(log, text(`${key}=${value}`));
        state.set(key, value);
        if (index % 15 === 0) await log.checkpoint(full(index, Object.fromEntries(state)));
      }
      const found = await restored(log);
      check(found !== null, 'there is a checkpoint');
      const again = new Map(Object.entries(found!.state));
      for (const line of await words(log, found!.index + 1, 50 - found!.index)) {
        const [key, value] = line.split('=') as [string, string];
        again.set(key, value);
      }
      same('state', Object.fromEntries([...again].sort()), Object.fromEntries([...state].sort()));
    },
  },
  {
    clause: 'reopen',
    name: 'keeps id, entries and checkpoint, and goes on counting',
    needs: 'reopen',
    async run(bench) {
      const log = await bench.open();
      await appendAll(log, 1, 30);
      for (const index of [10, 20]) await log.checkpoint(full(index, { a: String(index), b: 'b' }));
      await log.close();
      const again = await bench.reopen(log);
      same('id', again.info.id, log.info.id);
      same('head', await again.head(), 30);
      same('checkpoint', await restored(again), { index: 20, state: { a: '20', b: 'b' } });
      same('entries', await words(again, 11, 20), numbered(11, 30));
      const error = await rejects('reading trimmed entries', words(again, 1, 1));
      check(error instanceof Trimmed, `what was trimmed stays trimmed: ${error}`);
      same('index', await append(again, text('31')), 31);
    },
  },
  {
    clause: 'reopen',
    name: 'keeps every entry over many short lives',
    needs: 'reopen',
    async run(bench) {
      let log = await bench.open();
      for (let life = 0; life < 5; life++) {
        await appendAll(log, life * 3 + 1, life * 3 + 3);
        await log.close();
        log = await bench.reopen(log);
      }
      same('entries', await words(log, 1, 15), numbered(1, 15));
    },
  },
  {
    clause: 'close',
    name: 'waits for the append in flight',
    async run(bench) {
      const log = await bench.open();
      let appended: Appended | null = null;
      const appending = log.append(text('last')).then((result) => {
        appended = result;
      });
      await log.close();
      await pause();
      same('result', appended, { ok: true, index: 1 });
      await appending;
    },
  },
  {
    clause: 'close',
    name: 'nothing works afterwards, and closing again does no harm',
    async run(bench) {
      const log = await bench.open();
      await append(log, text('a'));
      await log.close();
      await log.close();
      await rejects('append', log.append(text('b')));
      await rejects('head', log.head());
      await rejects('restore', log.restore());
      await rejects('checkpoint', log.checkpoint(full(1, {})));
    },
  },
  {
    clause: 'close',
    name: 'ends the readers that wait',
    async run(bench) {
      const log = await bench.open();
      const read = collect(log.entries(1, new AbortController().signal)).catch(() => {});
      await pause();
      await log.close();
      await read;
    },
  },
];

/** Opens logs for one case and closes whatever is still open when it ends. */
class Bench {
  readonly #engine: LogUnderTest;
  readonly #opened: Log[] = [];

  constructor(engine: LogUnderTest) {
    this.#engine = engine;
  }

  open(): Promise<Log> {
    return this.#keep(this.#engine.open());
  }

  reopen(closed: Log): Promise<Log> {
    return this.#keep(this.#engine.reopen!(closed));
  }

  join(log: Log): Promise<Log> {
    return this.#keep(this.#engine.join!(log));
  }

  async end(): Promise<void> {
    await within('closing', 10_000, Promise.all(this.#opened.map((log) => log.close())));
  }

  async #keep(opening: Promise<Log>): Promise<Log> {
    const log = await opening;
    this.#opened.push(log);
    return log;
  }
}

type Changes = Readonly<Record<string, string | null>>;

function full(index: number, state: Changes): CheckpointWrite {
  async function* records(): AsyncGenerator<CheckpointRecord[]> {
    const all = Object.entries(state).map(([key, value]) => ({
      key,
      bytes: value === null ? null : text(value),
    }));
    for (let at = 0; at < all.length; at += 64) yield all.slice(at, at + 64);
  }
  return { index, full: true, records: records() };
}

async function restored(log: Log): Promise<{ index: number; state: Record<string, string> } | null> {
  const checkpoint = await log.restore();
  if (!checkpoint) return null;
  const state = new Map<string, string>();
  for await (const { key, bytes } of checkpoint.records) {
    check(bytes !== null, `a restored checkpoint holds no deleted key, such as "${key}"`);
    check(!state.has(key), `a restored checkpoint holds "${key}" once`);
    state.set(key, new TextDecoder().decode(bytes!));
  }
  return { index: checkpoint.index, state: Object.fromEntries(state) };
}

async function append(log: Log, bytes: Uint8Array): Promise<number> {
  const appended = await log.append(bytes);
  if (!appended.ok) throw new Error(`append was refused: ${appended.reason}, ${appended.detail}`);
  return appended.index;
}

async function appendAll(log: Log, from: number, to: number): Promise<void> {
  for (const word of numbered(from, to)) await append(log, text(word));
}

/** The next `count` entries; `between` is awaited after each of them. */
async function take(
  log: Log,
  from: number,
  count: number,
  between: (() => Promise<void>) | null = null,
): Promise<LogEntry[]> {
  const stop = new AbortController();
  const reading = (async () => {
    const taken: LogEntry[] = [];
    for await (const entry of log.entries(from, stop.signal)) {
      taken.push(entry);
      if (taken.length === count) break;
      if (between) await between();
    }
    return taken;
  })();
  try {
    const taken = await within(`reading ${count} entries from ${from}`, 15_000, reading);
    same(
      'indexes',
      taken.map(({ index }) => index),
      Array.from({ length: count }, (_, at) => from + at),
    );
    return taken;
  } finally {
    stop.abort();
  }
}

async function words(log: Log, from: number, count: number): Promise<string[]> {
  return (await take(log, from, count)).map(({ bytes }) => new TextDecoder().decode(bytes));
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function pause(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function within<Result>(what: string, ms: number, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function check(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`broken: ${promise}`);
}

function same(what: string, found: unknown, expected: unknown): void {
  const [got, wanted] = [canonical(found), canonical(expected)];
  check(got === wanted, `${what}: found ${got.slice(0, 300)}, expected ${wanted.slice(0, 300)}`);
}

/** JSON with keys in order: an engine may give the records of a checkpoint in any. */
function canonical(value: unknown): string {
  const json = JSON.stringify(value, (_, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return json ?? String(value);
}

function sameBytes(what: string, found: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, index) => found[index] !== byte);
  check(found.length === expected.length, `${what} has ${expected.length} bytes, not ${found.length}`);
  check(at < 0, `${what} differs at byte ${at}`);
}

async function rejects(what: string, work: Promise<unknown>): Promise<unknown> {
  let error: unknown = null;
  await work.catch((reason: unknown) => {
    error = reason;
  });
  check(error !== null, `${what} is refused`);
  return error;
}
