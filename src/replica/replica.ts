import { type Applied, apply } from '../core/apply.ts';
import { type Command, decodeEntry, type Entry, encodeCommand, encodeEntry } from '../core/entry.ts';
import { emptyState, type State } from '../core/group/state.ts';
import { limits } from '../core/limits.ts';
import type { Event, Result } from '../core/result.ts';
import { type Log, type LogEntry, LogFailure } from '../log/log.ts';
import { Checkpoints } from './checkpoints.ts';
import type { Surroundings } from './clock.ts';
import { InFlight, type Queued } from './in-flight.ts';
import { defaultLimits, type ReplicaLimits } from './limits.ts';
import { Newcomers, NotExecuted, UnknownOutcome } from './outcomes.ts';
import { Progress } from './progress.ts';
import { Queue } from './queue.ts';
import { Ticker } from './ticker.ts';
import { type Limit, Waiters } from './waiters.ts';

/**
 * One server's copy of the state, and the one way into it. Commands are gathered into entries, appended one
 * entry at a time, and applied when the log hands them back in order; a caller gets the result of `apply` for
 * its own command, which by then is durable. Everything a caller is told was read from the applied state.
 */
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
  /** Told of each entry right after it was applied, and what it did. */
  readonly onApplied?: (state: State, applied: Applied) => void;
}

/** ms between two looks at who waits for an answer that does not come. */
const overseeEvery = 250;

/** What a caller sees of the state right after its command took effect. */
export type View<T> = (result: Result, state: State) => T;

export class Replica {
  readonly state: State;
  readonly waiters: Waiters;
  readonly progress: Progress;
  /** Resolves with the reason when the log or the state can no longer be trusted. The server must then stop. */
  readonly failed: Promise<Error>;
  private readonly log: Log;
  private readonly surroundings: Surroundings;
  private readonly writer: string;
  private readonly server: string;
  private readonly alone: () => boolean;
  private readonly ticker: Ticker;
  private readonly limits: ReplicaLimits;
  private readonly checkpoints: Checkpoints;
  private readonly listeners = new Set<(events: readonly Event[]) => void>();
  private readonly inFlight = new InFlight();
  private readonly end = new AbortController();
  private readonly endCheckpoint = new AbortController();
  private readonly queue = new Queue();
  private serial = 0;
  private pumping = false;
  private stopping = false;
  private waitsOver = false;
  private broken: Error | null = null;
  private breakWith!: (error: Error) => void;
  private readonly leads: () => boolean;
  private readonly onApplied: NonNullable<ReplicaOptions['onApplied']>;
  private cancelOversight: () => void = () => {};
  private following: Promise<void> = Promise.resolve();
  private checkpointing: Promise<void> = Promise.resolve();
  private started = false;
  private idle: (() => void)[] = [];

  constructor(options: ReplicaOptions) {
    this.log = options.log;
    this.surroundings = options.surroundings;
    this.writer = options.writer;
    this.server = options.server ?? options.writer;
    this.alone = options.alone ?? (() => this.log.info.exclusive);
    this.limits = { ...defaultLimits, ...options.limits };
    this.leads = options.leads ?? (() => true);
    this.onApplied = options.onApplied ?? (() => {});
    this.state = emptyState();
    this.checkpoints = new Checkpoints(this.state, this.log, this.surroundings, this.limits);
    const { state, surroundings, server, leads, alone } = this;
    const tick = (): Promise<void> => this.submit({ type: 'tick' }, () => {});
    this.ticker = new Ticker({ state, surroundings, server, leads, alone, tick });
    this.waiters = new Waiters(options.surroundings);
    this.progress = new Progress(this.state, options.surroundings);
    this.failed = new Promise((resolve) => {
      this.breakWith = resolve;
    });
  }

  /**
   * Restores the latest checkpoint, replays the log behind it and follows it; resolves once everything that was in the
   * log when it was called is applied.
   */
  async start(): Promise<void> {
    await this.checkpoints.restore();
    const head = await this.log.head();
    this.following = this.follow();
    await Promise.race([this.progress.reached(head), this.failed.then((error) => Promise.reject(error))]);
    this.started = true;
    this.ticker.begin();
    if (!this.log.info.exclusive) this.oversee();
    this.checkpoint();
  }

  /**
   * Records a command and resolves with what `view` sees right after it took effect, or rejects with
   * `NotExecuted` or `UnknownOutcome`; with `asOf` (see `Log.append`) also with `Newcomers`.
   */
  submit<T>(command: Command, view: View<T>, asOf?: number): Promise<T> {
    if (this.broken !== null || this.stopping)
      return Promise.reject(new NotExecuted('stopping', 'the server is stopping'));
    if (this.isLost) return Promise.reject(this.unavailable());
    if (this.wouldBeTooMany(command)) return this.refuse(view);
    const text = encodeCommand(command);
    const { queuedCommands, queuedBytes } = this.limits;
    if (this.queue.isFullFor(text, queuedCommands, queuedBytes)) {
      return Promise.reject(
        new NotExecuted('overloaded', `${this.queue.length} commands are waiting for the log`),
      );
    }
    return new Promise((resolve, reject) => {
      const settle = (result: Result, state: State): void => {
        try {
          resolve(view(result, state));
        } catch (error) {
          reject(error as Error);
        }
      };
      this.queue.push({ command, text, asOf, settle, fail: reject });
      if (!this.pumping) {
        this.pumping = true;
        this.surroundings.soon(() => void this.pump());
      }
    });
  }

  /**
   * Looked at here and not in apply: there, whether one group can be made would depend on all others, and replays that
   * pass over some of them would differ.
   */
  private wouldBeTooMany(command: Command): boolean {
    const { groups } = this.state;
    return command.type === 'put-group' && groups.size >= limits.groups && !groups.has(command.group);
  }

  private refuse<T>(view: View<T>): Promise<T> {
    const detail = `there are already ${limits.groups} groups`;
    return new Promise((resolve) => resolve(view({ ok: false, code: 'limit-reached', detail }, this.state)));
  }

  /**
   * Resolves once this copy holds everything that had been acknowledged anywhere when it was called; rejects with
   * `NotExecuted` when the cluster cannot tell in time. The log shares one read among those who ask meanwhile.
   */
  async barrier(): Promise<void> {
    if (this.log.info.exclusive) return;
    if (this.isLost) throw this.unavailable();
    const { patience } = this.limits;
    const read = this.log.head().then((head) => this.progress.reached(head));
    await new Promise<void>((resolve, reject) => {
      const cancel = this.surroundings.after(patience, () => reject(this.unavailable()));
      const failed = (error: Error): void => reject(this.unavailable(error.message));
      read.then(resolve, failed).finally(cancel);
    });
  }

  /** Whether the cluster does not answer, so that what is asked now would get no answer. */
  get isLost(): boolean {
    if (this.log.info.exclusive) return false;
    return (
      this.log.unavailable !== null ||
      this.inFlight.isLate(this.surroundings.elapsed() - this.limits.patience)
    );
  }

  /** Whether an answer of the cluster is overdue: too early to refuse, but another server may have it. */
  get isDoubtful(): boolean {
    return !this.log.info.exclusive && this.inFlight.isLate(this.surroundings.elapsed() - this.limits.doubt);
  }

  private unavailable(detail = 'it does not answer in time'): NotExecuted {
    if (this.broken !== null) return new NotExecuted('stopping', 'the server is stopping');
    return new NotExecuted('unavailable', `the cluster: ${this.log.unavailable?.detail ?? detail}`);
  }

  /** See Waiters.wait; `look` reads the state. */
  wait<T>(
    group: string,
    kind: 'close' | 'change',
    look: () => T | undefined,
    otherwise: () => T,
    limit: Limit,
  ): Promise<T> {
    return this.waiters.wait(group, kind, look, otherwise, this.waitsOver ? { ms: 0 } : limit);
  }

  /** Lets go of all who wait, with what there is; from now on nobody waits. */
  endWaits(): void {
    this.waitsOver = true;
    this.waiters.release();
  }

  /** Calls back with the events of each entry, right after it is applied. The result ends it. */
  listen(listener: (events: readonly Event[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Log time as it has run on by now, ms since 1970. [Q7.1] */
  get logTime(): number {
    return Math.max(this.state.time, this.ticker.reckoned);
  }

  /** ms since some moment: for how long something takes. */
  get elapsed(): number {
    return this.surroundings.elapsed();
  }

  /** Resolves soon, once whatever else is at hand has been dealt with. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.surroundings.soon(resolve));
  }

  get queued(): number {
    return this.queue.length;
  }

  /** Takes no more commands, finishes those it has, lets waiters go, and closes the log. */
  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.ticker.stop();
    this.progress.end();
    this.endWaits();
    if (this.broken === null) await new Promise<void>((resolve) => this.whenIdle(resolve));
    this.cancelOversight();
    this.end.abort();
    await this.following;
    await this.finishCheckpoint();
    await this.log.close();
  }

  /**
   * Lets a checkpoint under way be written to its end, within bounds: called off at every stop, a server with a large state and
   * short lives would never have one. In a cluster another server writes it.
   */
  private async finishCheckpoint(): Promise<void> {
    const { checkpointGrace } = this.limits;
    const mayFinish = this.log.info.exclusive && this.broken === null && checkpointGrace > 0;
    if (!mayFinish) this.endCheckpoint.abort();
    const cancel = this.surroundings.after(checkpointGrace, () => this.endCheckpoint.abort());
    await this.checkpointing;
    cancel();
  }

  /** Appends what is queued, entry by entry; while one is being made durable the next one forms. */
  private async pump(): Promise<void> {
    while (this.queue.length > 0 && this.broken === null) {
      const batch = this.queue.takeBatch(this.log.info.maxEntryBytes, this.limits.commandsPerEntry);
      this.serial += 1;
      const serial = this.serial;
      const time = this.surroundings.now();
      const header = {
        version: this.state.version,
        writer: this.writer,
        serial,
        server: this.server,
        time,
        reckoned: this.ticker.reckoned,
        alone: this.alone(),
        seed: this.surroundings.random(),
      };
      this.inFlight.add(serial, batch, this.surroundings.elapsed());
      try {
        const texts = batch.map(({ text }) => text);
        const appended = await this.log.append(encodeEntry(header, texts), batch[0]?.asOf);
        if (appended.ok) continue;
        this.inFlight.take(serial);
        const refused =
          appended.reason === 'newcomers'
            ? new Newcomers(appended.detail)
            : new NotExecuted(appended.reason, appended.detail);
        for (const queued of batch) queued.fail(refused);
      } catch (error) {
        this.break(error as Error);
      }
    }
    this.pumping = false;
    this.whenIdle();
  }

  private async follow(): Promise<void> {
    let sliceEnds = this.surroundings.elapsed() + this.limits.applySlice;
    try {
      for await (const entry of this.log.entries(this.state.index + 1, this.end.signal)) {
        this.take(entry);
        if (this.surroundings.elapsed() < sliceEnds) continue;
        await new Promise<void>((resolve) => this.surroundings.soon(resolve));
        sliceEnds = this.surroundings.elapsed() + this.limits.applySlice;
      }
    } catch (error) {
      this.break(error as Error);
    }
  }

  private take({ index, bytes }: LogEntry): void {
    const entry = this.decode(bytes, index);
    const own = entry.writer === this.writer ? this.inFlight.take(entry.serial) : undefined;
    // A caller sees the state as its own command left it, not as the rest of the entry did.
    const applied = this.apply(entry, index, own);
    this.checkpoints.applied(bytes.length, applied.changed);
    this.onApplied(this.state, applied);
    this.tell(applied.events);
    this.progress.applied();
    this.ticker.applied(entry);
    this.checkpoint();
    if (own !== undefined) this.whenIdle();
  }

  /** Begins a checkpoint when one is due; what is applied meanwhile need not wait for it. */
  private checkpoint(): void {
    if (!this.started || this.stopping || this.broken !== null || !this.checkpoints.isDue) return;
    this.checkpointing = this.checkpoints
      .write(this.endCheckpoint.signal, this.leads())
      .then(() => this.checkpoint())
      .catch((error: Error) => {
        // What a cluster could not take now is due again later.
        if (this.log.info.exclusive || error instanceof LogFailure) this.break(error);
      });
  }

  private apply(entry: Entry, index: number, own: readonly Queued[] = []): Applied {
    try {
      return apply(this.state, entry, index, (position, result) => own[position]?.settle(result, this.state));
    } catch (error) {
      for (const queued of own) queued.fail(new UnknownOutcome(`entry ${index} cannot be applied`));
      throw error;
    }
  }

  private decode(bytes: Uint8Array, index: number): Entry {
    try {
      return decodeEntry(bytes);
    } catch (error) {
      throw new LogFailure(`entry ${index} cannot be read: ${(error as Error).message}`);
    }
  }

  private tell(events: readonly Event[]): void {
    if (events.length === 0) return;
    const touched = new Map<string, boolean>();
    for (const event of events) {
      const closed = event.type === 'round-closed' || event.type === 'group-deleted';
      touched.set(event.group, touched.get(event.group) === true || closed);
    }
    for (const [group, closed] of touched) this.waiters.wake(group, closed);
    for (const listener of this.listeners) listener(events);
  }

  /** Looks now and then after those who wait for a cluster that does not answer, and tells them. */
  private oversee(): void {
    this.cancelOversight = this.surroundings.after(overseeEvery, () => this.oversee());
    const unknown = new UnknownOutcome('the cluster has not answered yet, the command may still take effect');
    const late = this.inFlight.fail(unknown, this.surroundings.elapsed() - this.limits.patience);
    if (!late && this.log.unavailable === null) return;
    this.queue.fail(this.unavailable());
    this.waiters.release();
    if (this.stopping) this.whenIdle();
  }

  private whenIdle(resolve?: () => void): void {
    if (resolve !== undefined) this.idle.push(resolve);
    if (this.idle.length === 0) return;
    const busy = this.queue.length > 0 || this.inFlight.awaited;
    if (busy && this.broken === null) return;
    for (const done of this.idle.splice(0)) done();
  }

  private break(error: Error): void {
    if (this.broken !== null || this.end.signal.aborted) return;
    this.broken = error;
    this.ticker.stop();
    const unknown = new UnknownOutcome(`the server stopped before the outcome was known: ${error.message}`);
    this.inFlight.fail(unknown);
    this.queue.fail(new NotExecuted('stopping', 'the server is stopping'));
    this.progress.end();
    this.waiters.release();
    this.breakWith(error);
    this.whenIdle();
  }
}
