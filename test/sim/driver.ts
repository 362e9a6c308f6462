import {
  type Appended,
  type Checkpoint,
  type CheckpointRecord,
  type CheckpointWrite,
  type Log,
  type LogEntry,
  LogFailure,
  type LogInfo,
  noFallBack,
  type Unavailability,
} from '../../src/log/log.ts';
import type { DriverOptions } from './driver-options.ts';
import { Feed } from './feed.ts';
import { Random } from './random.ts';
import type { Put } from './store.ts';
import { never, Wire } from './wire.ts';

const giveUpAfter = 1200;

/**
 * One server's way to the shared log: keeps the contract of `Log` over a network that loses, delays, repeats and
 * reorders. An unknown append is sent again until it is answered, or its slot is taken; what the watch misses is
 * fetched; a read of the head is joined only before it starts.
 */
export class SimLog implements Log {
  readonly info: LogInfo;
  readonly space = null;
  protected readonly o: DriverOptions;
  protected readonly wire: Wire;
  private readonly feed: Feed;
  private readonly random: Random;
  private serial = 0;
  private reading: Promise<number> | null = null;
  private nextReading: Promise<number> | null = null;

  constructor(options: DriverOptions) {
    this.o = options;
    this.random = new Random(options.seed);
    const logId = options.bugs.takesAnyHistory ? null : options.store.id;
    this.wire = new Wire({ ...options, logId }, this.random);
    this.feed = new Feed(options, this.wire, this.random);
    this.info = {
      id: options.store.id,
      kind: options.exclusive ? 'file' : 'etcd',
      durability: options.exclusive ? 'disk' : 'cluster',
      location: 'simulated',
      exclusive: options.exclusive,
      checkpoints: options.exclusive ? 'incremental' : 'full',
      maxEntryBytes: 512 * 1024,
    };
  }

  /** The process is gone: nothing of it happens any more, but what is on its way to the store may arrive. */
  kill(): void {
    this.wire.dead = true;
    this.feed.stop();
  }

  /** Entries handed to the replica that it has not taken yet, for the check of bounds. */
  get backlog(): readonly LogEntry[] {
    return this.feed.backlog;
  }

  get unavailable(): Unavailability | null {
    const { silentSince } = this.wire;
    if (silentSince === null || this.o.world.now - silentSince < 700) return null;
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
      const answer = await this.wire.ask((): Put => {
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

  entries(from: number, signal: AbortSignal): AsyncGenerator<LogEntry, void, undefined> {
    return this.feed.from(from, signal);
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
      await world.sleep(this.random.below(this.o.checkpointPace));
      if (this.wire.dead) return never();
    }
    const claimed = bugs.checkpointOffByOne && index < store.head ? index + 1 : index;
    const written = claimed === index ? all : all.map((record) => claimIndex(record, claimed));
    const beyond = bugs.trimsBeyondCheckpoint ? 2 : null;
    await this.wire.untilAnswered(() => store.publish(claimed, full, written, beyond));
    this.o.count('checkpoint');
  }

  async restore(): Promise<Checkpoint | null> {
    const published = await this.wire.untilAnswered(() => this.o.store.published);
    if (published === null) return null;
    this.o.count('snapshot bootstrap');
    return { index: published.index, records: each(published.records), fallBack: noFallBack };
  }

  async close(): Promise<void> {
    this.kill();
  }

  private readHead(): Promise<number> {
    // What the replica is told is numbered with the shift of a seeded bug, if there is one.
    return this.wire.untilAnswered(() => this.o.store.head - this.feed.shift);
  }
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
