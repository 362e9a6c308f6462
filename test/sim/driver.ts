import {
  type Appended,
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  LogFailure,
  type LogInfo,
  Trimmed,
  type Unavailability,
} from '../../src/log/log.ts';
import type { Faults } from './plan.ts';
import { Random } from './random.ts';
import type { Put, Store } from './store.ts';
import type { World } from './world.ts';

/** Ways for a driver to be wrong, for the gate of seeded bugs. */
export interface DriverBugs {
  readonly skipsGaps?: boolean;
  readonly appliesDuplicates?: boolean;
  readonly resumesAtHead?: boolean;
  readonly appendsBlindly?: boolean;
  readonly joinsReadUnderWay?: boolean;
  readonly trimsBeyondCheckpoint?: boolean;
  readonly checkpointOffByOne?: boolean;
}

export interface DriverOptions {
  readonly world: World;
  readonly store: Store;
  readonly faults: Faults;
  readonly server: number;
  readonly writer: string;
  readonly seed: number;
  readonly exclusive: boolean;
  /** See ServerPlan. */
  readonly stragglers: number;
  readonly bugs: DriverBugs;
  readonly count: (what: string) => void;
}

const patience = 300;
const giveUpAfter = 1200;
const checkEvery = 1000;

/**
 * One server's way to the shared log: keeps the contract of `Log` over a network that loses, delays, repeats and
 * reorders. An unknown append is sent again until it is answered, or its slot is taken; what the watch misses is
 * fetched; a read of the head is joined only before it starts.
 */
export class SimLog implements Log {
  readonly info: LogInfo;
  /** Entries handed to the replica that it has not taken yet, for the check of bounds. */
  backlog: LogEntry[] = [];
  private readonly o: DriverOptions;
  private readonly random: Random;
  private dead = false;
  private serial = 0;
  private expected = 1;
  /** How far what the replica is told lags behind the store's numbering; zero but for seeded bugs. */
  private shift = 0;
  private following = false;
  private repairing = false;
  private wasCut = false;
  private failure: Error | null = null;
  private wake: () => void = () => {};
  private unwatch: () => void = () => {};
  private lastTold = 0;
  private silentSince: number | null = null;
  private reading: Promise<number> | null = null;
  private nextReading: Promise<number> | null = null;

  constructor(options: DriverOptions) {
    this.o = options;
    this.random = new Random(options.seed);
    this.info = {
      id: 'simulated-log',
      kind: options.exclusive ? 'lmdb' : 'etcd',
      durability: options.exclusive ? 'disk' : 'cluster',
      location: 'simulated',
      exclusive: options.exclusive,
      checkpoints: options.exclusive ? 'incremental' : 'full',
      maxEntryBytes: 512 * 1024,
    };
  }

  /** The process is gone: nothing of it happens any more, but what is on its way to the store may arrive. */
  kill(): void {
    this.dead = true;
    this.unwatch();
  }

  get unavailable(): Unavailability | null {
    if (this.silentSince === null || this.o.world.now - this.silentSince < 700) return null;
    return { since: new Date(0), detail: 'it has not answered for a while' };
  }

  async append(entry: Uint8Array): Promise<Appended> {
    const { world, store, writer, count } = this.o;
    if (entry.length > this.info.maxEntryBytes)
      return { ok: false, reason: 'too-large', detail: 'too large' };
    this.serial += 1;
    const started = world.now;
    let unknown = false;
    for (;;) {
      const { serial } = this;
      const giveUp = unknown && world.now - started > giveUpAfter;
      const answer = await this.ask((): Put => {
        if (giveUp) return store.abandon(writer, serial);
        if (this.o.bugs.appendsBlindly) return { is: 'in', index: store.insert(entry), fresh: true };
        return store.append(writer, serial, entry);
      });
      if (answer.is === 'answered') {
        const put = answer.value;
        if (put.is === 'in') {
          if (unknown) count(put.fresh ? 'unknown append: not applied' : 'unknown append: applied');
          return { ok: true, index: put.index };
        }
        if (put.is === 'late') throw new LogFailure('the slot of this writer has gone on');
        count('unknown append: not applied');
        return { ok: false, reason: 'unavailable', detail: 'the log did not answer' };
      }
      if (answer.is === 'refused' && !unknown) {
        // A refusal that is certain leaves the slot free for the next entry.
        this.serial -= 1;
        count('log refused');
        return { ok: false, reason: 'unavailable', detail: 'the log has no quorum' };
      }
      if (answer.is === 'lost') unknown = true;
      await world.sleep(20 + this.random.below(60));
    }
  }

  async *entries(from: number, signal: AbortSignal): AsyncGenerator<LogEntry, void, undefined> {
    this.expected = from;
    this.following = true;
    signal.addEventListener('abort', () => this.wake(), { once: true });
    this.unwatch = this.o.store.watch((entry) => this.told(entry));
    void this.repair(0);
    this.keepChecking();
    while (!signal.aborted) {
      if (this.failure !== null) throw this.failure;
      const entry = this.backlog.shift();
      if (entry !== undefined) yield entry;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }

  head(): Promise<number> {
    if (this.reading === null) {
      this.reading = this.readHead().finally(() => {
        this.reading = null;
      });
      return this.reading;
    }
    if (this.o.bugs.joinsReadUnderWay) return this.reading;
    // The one under way may have been answered before this caller asked.
    this.nextReading ??= this.reading.then(() => {
      this.nextReading = null;
      return this.head();
    });
    return this.nextReading;
  }

  async checkpoint({ index, full, records }: CheckpointWrite): Promise<void> {
    const { store, bugs, world } = this.o;
    const all: CheckpointRecord[] = [];
    for await (const slice of records) {
      for (const { key, bytes } of slice) all.push({ key, bytes: bytes && new Uint8Array(bytes) });
      await world.sleep(this.random.below(4));
      if (this.dead) return never();
    }
    const claimed = bugs.checkpointOffByOne && index < store.head ? index + 1 : index;
    const written = claimed === index ? all : all.map((record) => claimIndex(record, claimed));
    const beyond = bugs.trimsBeyondCheckpoint ? 2 : null;
    await this.untilAnswered(() => store.publish(claimed, full, written, beyond));
    this.o.count('checkpoint');
  }

  async restore(): Promise<Checkpoint | null> {
    const published = await this.untilAnswered(() => this.o.store.published);
    if (published === null) return null;
    this.o.count('snapshot bootstrap');
    return { index: published.index, records: each(published.records) };
  }

  async close(): Promise<void> {
    this.kill();
  }

  private readHead(): Promise<number> {
    // What the replica is told is numbered with the shift of a seeded bug, if there is one.
    return this.untilAnswered(() => this.o.store.head - this.shift);
  }

  /** A message of the watch: on its way it may be lost, doubled, or overtaken. */
  private told(entry: LogEntry): void {
    const { world, faults, server } = this.o;
    if (faults.active('cut', world.now, server) !== null) {
      this.wasCut = true;
      return;
    }
    const slow = faults.active('slow', world.now, server);
    let at = world.now + this.delay(slow);
    const scramble = faults.active('scramble', world.now, server);
    if (scramble === null) {
      // A stream keeps its order.
      at = Math.max(at, this.lastTold);
      this.lastTold = at;
    } else if (this.random.chance(scramble.chance)) {
      const how = this.random.below(3);
      if (how === 0) return;
      at += this.random.below(30);
      if (how === 1) world.after(at - world.now + this.random.below(40), () => this.receive(entry));
    }
    world.after(at - world.now, () => this.receive(entry));
  }

  private receive(entry: LogEntry): void {
    if (this.dead || !this.following) return;
    const { bugs, count } = this.o;
    if (this.wasCut) {
      this.wasCut = false;
      if (bugs.resumesAtHead) this.jumpTo(entry.index);
    }
    if (entry.index < this.expected) {
      count('duplicate dropped');
      if (!bugs.appliesDuplicates) return;
      this.shift -= 1;
      this.deliver(entry);
    } else if (entry.index === this.expected) {
      this.expected += 1;
      this.deliver(entry);
    } else if (bugs.skipsGaps) {
      this.jumpTo(entry.index);
      this.receive(entry);
    } else {
      count('gap seen');
      void this.repair(entry.index);
    }
  }

  private jumpTo(index: number): void {
    if (index <= this.expected) return;
    this.shift += index - this.expected;
    this.expected = index;
  }

  private deliver({ index, bytes }: LogEntry): void {
    // Numbered densely also where a seeded bug has skipped or doubled one: the replica would notice it otherwise.
    const dense = this.shift === 0 ? index : this.lastIndex + 1;
    this.lastIndex = dense;
    this.backlog.push({ index: dense, bytes });
    this.wake();
  }

  private lastIndex = 0;

  /** Fetches what is missing. */
  private async repair(upTo: number): Promise<void> {
    if (this.repairing) return;
    this.repairing = true;
    try {
      const from = this.expected;
      const missing = await this.untilAnswered(() => this.o.store.range(from));
      if (upTo > 0 && missing.length > 0) this.o.count('gap repaired');
      for (const entry of missing) if (entry.index >= this.expected) this.receive(entry);
    } catch (error) {
      if (error instanceof Trimmed && this.o.bugs.trimsBeyondCheckpoint) {
        this.jumpTo(this.o.store.trimmed + 1);
        setImmediateIn(this.o.world, () => void this.repair(0));
      } else {
        this.failure = error as Error;
        this.wake();
      }
    } finally {
      this.repairing = false;
    }
  }

  /** Now and then the head is read: the last message of the watch may have been lost, and no gap shows it. */
  private keepChecking(): void {
    this.o.world.after(checkEvery, () => {
      if (this.dead) return;
      this.keepChecking();
      void this.untilAnswered(() => this.o.store.head).then((head) => {
        if (head < this.expected) return;
        if (this.o.bugs.skipsGaps || this.o.bugs.resumesAtHead) this.jumpTo(head);
        void this.repair(head);
      });
    });
  }

  /** Asks the store until it answers. */
  private async untilAnswered<T>(execute: () => T): Promise<T> {
    for (;;) {
      const answer = await this.ask(execute);
      if (answer.is === 'answered') return answer.value;
      await this.o.world.sleep(10 + this.random.below(40));
      if (this.dead) return never();
    }
  }

  /** One request and its answer, if both arrive. An error of `execute` is the answer too. */
  private ask<T>(execute: () => T): Promise<Asked<T>> {
    const { world, faults, server, exclusive } = this.o;
    if (this.dead) return never();
    return new Promise((resolve, reject) => {
      const cut = faults.active('cut', world.now, server);
      const lossy = faults.active('lossy', world.now, server);
      const slow = faults.active('slow', world.now, server);
      let over = false;
      const timer = exclusive
        ? () => {}
        : world.after(patience, () => {
            over = true;
            this.silentSince ??= world.now - patience;
            if (!this.dead) resolve({ is: 'lost' });
          });
      const answer = (settle: () => void): void => {
        world.after(this.delay(slow), () => {
          if (over || this.dead) return;
          timer();
          this.silentSince = null;
          settle();
        });
      };
      if (cut !== null || (lossy !== null && this.random.chance(lossy.request))) return;
      const replyLost = lossy !== null && this.random.chance(lossy.reply);
      world.after(this.delay(slow), () => {
        // A store in the same process ends with it.
        if (exclusive && this.dead) return;
        if (faults.active('refuse', world.now) !== null) {
          if (!replyLost) answer(() => resolve({ is: 'refused' }));
          return;
        }
        let settle: () => void;
        try {
          const value = execute();
          settle = () => resolve({ is: 'answered', value });
        } catch (error) {
          settle = () => reject(error as Error);
        }
        if (!replyLost) answer(settle);
      });
    });
  }

  private delay(slow: { readonly by: number } | null): number {
    const held = this.random.chance(this.o.stragglers) ? this.random.below(80) : 0;
    return 1 + this.random.below(4) + held + (slow === null ? 0 : this.random.below(slow.by));
  }
}

type Asked<T> =
  | { readonly is: 'answered'; readonly value: T }
  /** No answer in time: it may have been done, may yet be, or never. */
  | { readonly is: 'lost' }
  | { readonly is: 'refused' };

function never(): Promise<never> {
  return new Promise(() => {});
}

function setImmediateIn(world: World, call: () => void): void {
  world.after(1, call);
}

function claimIndex(record: CheckpointRecord, index: number): CheckpointRecord {
  if (record.key !== 'globals' || record.bytes === null) return record;
  const globals = JSON.parse(new TextDecoder().decode(record.bytes)) as unknown[];
  globals[1] = index;
  return { key: record.key, bytes: new TextEncoder().encode(JSON.stringify(globals)) };
}

async function* each(records: ReadonlyMap<string, Uint8Array>): AsyncGenerator<CheckpointRecord> {
  for (const [key, bytes] of records) yield { key, bytes };
}
