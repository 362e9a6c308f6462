import { type Applied, apply } from '../core/apply.ts';
import { type Command, type Entry, Newer } from '../core/entry.ts';
import { emptyState, type State } from '../core/group/state.ts';
import { type Log, type LogEntry, NewerLog } from '../log/log.ts';
import { Availability } from './availability.ts';
import { Checkpointer } from './checkpoints/checkpointer.ts';
import type { CheckpointMeter, LatestCheckpoint } from './checkpoints/state-checkpoints.ts';
import { type Surroundings, turn } from './clock.ts';
import { Counts } from './counts.ts';
import { callersOf, type Following } from './following.ts';
import type { Queued } from './in-flight.ts';
import { defaultLimits, type ReplicaLimits, tooManyGroups, tooNew } from './limits.ts';
import { UnknownOutcome } from './outcomes.ts';
import { Progress } from './progress.ts';
import { readEntry } from './read-entry.ts';
import { SubmitQueue, type Take } from './submit-queue.ts';
import { Ticker } from './ticker.ts';
import { Waiters } from './waiters.ts';

export interface ReplicaOptions {
  readonly log: Log;
  readonly surroundings: Surroundings;
  /** Random name of this process as a writer; must never be used again. */
  readonly writer: string;
  /** Name of this server, the same when it starts again; without it, the writer's. */
  readonly server?: string;
  readonly limits?: Partial<ReplicaLimits>;
  /** Whether no other server is there; without it, whether there can be none. */
  readonly alone?: () => boolean;
  /** Whether this server ticks and checkpoints first, for efficiency only; without it, yes. Others hold back a while. */
  readonly leads?: () => boolean;
  /** Gets what is measured on the way. */
  readonly meter?: ReplicaMeter;
  /** Follows commands, such as for a trace. */
  readonly following?: Following | null;
  /** Called right after each entry was applied, with what it did. */
  readonly onApplied?: (state: State, applied: Applied) => void;
}

interface ReplicaMeter extends CheckpointMeter {
  /** An entry with so many commands of this server goes to the log. */
  sent(commands: number): void;
}

/**
 * One server's copy of the state, and the one way into it: commands in, entries into the log; entries out of the log, results to
 * callers and events to those who follow. An entry is applied when the log hands it back, in order, so a caller gets the
 * result of `apply` for its own command, which by then is durable, and everything that is read was acknowledged.
 */
export class Replica {
  readonly state: State = emptyState();
  readonly waiters: Waiters;
  readonly progress: Progress;
  /** What all groups come to together. */
  readonly counts = new Counts(this.state);
  readonly availability: Availability;
  /** Resolves with the reason when the log or the state can no longer be trusted. The server must then stop. */
  readonly failed: Promise<Error>;
  readonly surroundings: Surroundings;
  private readonly log: Log;
  private readonly applySliceMs: number;
  private readonly writer: string;
  private readonly onApplied: NonNullable<ReplicaOptions['onApplied']>;
  readonly commands: SubmitQueue;
  private readonly callers: Following | null;
  private readonly ticker: Ticker;
  private readonly checkpointer: Checkpointer;
  private readonly listeners = new Set<(applied: Applied) => void>();
  private readonly end = new AbortController();
  private fail!: (error: Error) => void;
  private broken = false;
  private stopping = false;
  private following: Promise<void> = Promise.resolve();

  constructor(options: ReplicaOptions) {
    const { log, surroundings, writer, server = writer, onApplied = () => {} } = options;
    const { leads = () => true, alone = () => log.info.exclusive, meter = null, following = null } = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.log = log;
    this.surroundings = surroundings;
    this.applySliceMs = limits.applySlice;
    this.writer = writer;
    this.callers = following;
    this.onApplied = onApplied;
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
    const onBroken = (error: Error): void => this.break(error);
    const isStopping = (): boolean => this.stopping || this.broken;
    const tick = (): Promise<void> => this.submit({ type: 'tick' }, () => {});
    const header = (serial: number): Omit<Entry, 'commands'> => ({
      ...{ version: this.state.version, writer, serial, server, time: surroundings.now() },
      ...{ reckoned: this.ticker.reckoned, alone: alone(), seed: surroundings.random() },
    });
    this.waiters = new Waiters(surroundings);
    this.listen((applied) => this.waiters.wakeFor(applied));
    this.progress = new Progress(this.state, surroundings);
    this.commands = new SubmitQueue({ log, surroundings, limits, header, onBroken, meter, following });
    const { state, commands, progress, waiters } = this;
    const shared = { log, surroundings, limits };
    this.availability = new Availability({ ...shared, commands, progress, waiters, isStopping });
    this.ticker = new Ticker({ state, surroundings, server, leads, alone, tick });
    this.checkpointer = new Checkpointer({ ...shared, state, leads, onBroken, meter });
  }

  /** Restores the latest checkpoint and replays the log after it; resolves once all that was in the log is applied. */
  async start(): Promise<void> {
    await this.checkpointer.restore();
    this.counts.restored();
    const head = await this.log.head();
    this.following = this.follow();
    await Promise.race([this.progress.reached(head), this.failed.then((error) => Promise.reject(error))]);
    this.ticker.begin();
    this.availability.begin();
    this.checkpointer.begin();
  }

  /**
   * Records a command and resolves with what `take` takes right after it took effect; rejects with `NotExecuted` or
   * `UnknownOutcome`; with `asOf` (see `Log.append`) also with `Newcomers`.
   */
  submit<T>(command: Command, take: Take<T>, asOf?: number): Promise<T> {
    if (this.stopping || this.broken || this.availability.isLost)
      return Promise.reject(this.availability.refusal());
    const early = tooNew(command, this.state);
    if (early !== null) return Promise.reject(early);
    const refused = tooManyGroups(command, this.state);
    if (refused === null) return this.commands.submit(command, take, asOf);
    return new Promise((resolve) => resolve(take(refused, this.state)));
  }

  /** The same for a proposal whose caller is called back: see SubmitQueue.enqueue. */
  enqueue(proposal: Queued): void {
    const isOut = this.stopping || this.broken || this.availability.isLost;
    const refused = isOut ? this.availability.refusal() : tooNew(proposal.command, this.state);
    if (refused === null) this.commands.enqueue(proposal);
    else proposal.fail(refused);
  }

  /** See Availability.barrier. */
  barrier(): Promise<void> {
    return this.availability.barrier();
  }

  /** Calls back right after each entry was applied that others see something of. The result ends it. */
  listen(listener: (applied: Applied) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The newest checkpoint, as far as this server knows; null before the first. */
  get latestCheckpoint(): LatestCheckpoint | null {
    return this.checkpointer.latest;
  }

  /** Log time as it has run on by now, ms since 1970. [Q7.1] */
  get logTime(): number {
    return Math.max(this.state.time, this.ticker.reckoned);
  }

  /** Takes no more commands, finishes those it has, answers those who wait, and closes the log. */
  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.ticker.stop();
    this.checkpointer.stop();
    this.progress.end();
    this.waiters.end();
    if (!this.broken) await this.commands.empty();
    this.availability.end();
    this.end.abort();
    await this.following;
    await this.checkpointer.finish(!this.broken);
    await this.log.close();
  }

  /** The one loop: entries come in the order of the log, each is applied, and other work gets its turn in between. */
  private async follow(): Promise<void> {
    const { surroundings, applySliceMs } = this;
    let sliceEnds = surroundings.elapsed() + applySliceMs;
    try {
      for await (const entry of this.log.entries(this.state.index + 1, this.end.signal)) {
        this.take(entry);
        if (surroundings.elapsed() < sliceEnds) continue;
        await turn(surroundings);
        sliceEnds = surroundings.elapsed() + applySliceMs;
      }
    } catch (error) {
      this.break(error as Error);
    }
  }

  private take(read: LogEntry): void {
    const entry = this.commands.sentAs(read.bytes) ?? readEntry(read);
    const applied = this.apply(entry, read.index);
    this.counts.applied(applied.changed);
    this.onApplied(this.state, applied);
    if (applied.events.length > 0 || applied.streamed.size > 0)
      for (const listener of this.listeners) listener(applied);
    this.progress.applied();
    this.ticker.applied(entry);
    this.checkpointer.applied(read.bytes.length, applied.changed);
    this.commands.settled();
  }

  private apply(entry: Entry, index: number): Applied {
    const own = entry.writer === this.writer ? this.commands.cameBack(entry.serial) : [];
    const applied = own.length > 0 ? this.callers?.applying(callersOf(own), index) : undefined;
    try {
      return apply(this.state, entry, index, (position, result) => own[position]?.settle(result, this.state));
    } catch (error) {
      for (const { fail } of own) fail(new UnknownOutcome(`entry ${index} cannot be applied`));
      throw error instanceof Newer ? new NewerLog(error.message) : error;
    } finally {
      applied?.();
    }
  }

  private break(error: Error): void {
    if (this.broken || this.end.signal.aborted) return;
    this.broken = true;
    this.ticker.stop();
    this.checkpointer.stop();
    const unknown = new UnknownOutcome(`the server stopped before the outcome was known: ${error.message}`);
    this.commands.end(unknown, this.availability.refusal());
    this.progress.end();
    this.waiters.release();
    this.fail(error);
  }
}
