import { type LogEntry, Trimmed } from '../../src/log/log.ts';
import type { DriverOptions } from './driver-options.ts';
import type { Random } from './random.ts';
import type { Wire } from './wire.ts';

/** ms between two looks at the head. */
const checkEvery = 1000;

/** The entries of the shared log as one server hears of them: by a watch that loses, repeats and reorders, and by asking for what it missed. */
export class Feed {
  /** Entries that the replica has not taken yet. */
  readonly backlog: LogEntry[] = [];
  /** How far what the replica is told lags behind the store's numbering; zero but for seeded bugs. */
  shift = 0;
  private readonly o: DriverOptions;
  private readonly wire: Wire;
  private readonly random: Random;
  private expected = 1;
  private lastIndex = 0;
  private following = false;
  private repairing = false;
  private wasCut = false;
  private failure: Error | null = null;
  private wake: () => void = () => {};
  private unwatch: () => void = () => {};
  private lastTold = 0;

  constructor(options: DriverOptions, wire: Wire, random: Random) {
    this.o = options;
    this.wire = wire;
    this.random = random;
  }

  stop(): void {
    this.unwatch();
  }

  async *from(index: number, signal: AbortSignal): AsyncGenerator<LogEntry, void, undefined> {
    this.expected = index;
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

  /** A message of the watch: on its way it may be lost, doubled, or overtaken. */
  private told(entry: LogEntry): void {
    const { world, faults, server } = this.o;
    if (faults.active('cut', world.now, server) !== null) {
      this.wasCut = true;
      return;
    }
    try {
      this.wire.checkHistory();
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    let at = world.now + this.wire.delay();
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
    if (this.wire.dead || !this.following) return;
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

  /** Fetches what is missing. */
  private async repair(upTo: number): Promise<void> {
    if (this.repairing) return;
    this.repairing = true;
    try {
      const from = this.expected;
      const missing = await this.wire.untilAnswered(() => this.o.store.range(from));
      if (upTo > 0 && missing.length > 0) this.o.count('gap repaired');
      for (const entry of missing) if (entry.index >= this.expected) this.receive(entry);
    } catch (error) {
      if (error instanceof Trimmed && this.o.bugs.trimsBeyondCheckpoint) {
        this.jumpTo(this.o.store.trimmed + 1);
        this.o.world.after(1, () => void this.repair(0));
      } else {
        this.fail(error as Error);
      }
    } finally {
      this.repairing = false;
    }
  }

  private fail(error: Error): void {
    this.failure = error;
    this.wake();
  }

  /** Now and then the head is read: the last message of the watch may have been lost, and no gap shows it. */
  private keepChecking(): void {
    this.o.world.after(checkEvery, () => {
      if (this.wire.dead) return;
      this.keepChecking();
      const look = (head: number): void => {
        if (head < this.expected) return;
        if (this.o.bugs.skipsGaps || this.o.bugs.resumesAtHead) this.jumpTo(head);
        void this.repair(head);
      };
      this.wire.untilAnswered(() => this.o.store.head).then(look, (error: Error) => this.fail(error));
    });
  }
}
