import { type Command, type Entry, encodeCommand, encodeEntry } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import type { Result } from '../core/result.ts';
import type { Log, LogInfo } from '../log/log.ts';
import { type Surroundings, turn } from './clock.ts';
import { Copies } from './copies.ts';
import { callersOf, type Following } from './following.ts';
import { InFlight, type Queued } from './in-flight.ts';
import type { ReplicaLimits } from './limits.ts';
import { Newcomers, NotExecuted } from './outcomes.ts';
import { Queue } from './queue.ts';

/**
 * What a caller takes from the state right after its own command, before the next command of the same entry changes
 * it. [Q1.8] It runs in the loop that applies entries, so it only takes what it needs: JSON is written by the caller, later.
 */
export type Take<T> = (result: Result, state: State) => T;

/** An entry is gathered for at most so many turns of the event loop. */
const longestGathering = 4;

export interface SubmitQueueOptions {
  readonly log: { readonly info: Pick<LogInfo, 'maxEntryBytes'> } & Pick<Log, 'append'>;
  readonly surroundings: Surroundings;
  readonly limits: Pick<
    ReplicaLimits,
    'queuedCommands' | 'queuedBytes' | 'commandsPerEntry' | 'bytesPerEntry'
  >;
  /** What an entry that is made now says of itself. */
  readonly header: (serial: number) => Omit<Entry, 'commands'>;
  /** Called when an append was rejected: the log cannot tell any more what it holds. */
  readonly onBroken: (error: Error) => void;
  /** Gets how many commands each entry has. */
  readonly meter?: { sent(commands: number): void } | null;
  readonly following?: Following | null;
}

/**
 * Commands on their way into the log. They are gathered into entries, and one entry is appended at a time: while it is
 * being made durable the next one forms. A command is settled when its entry comes back from the log and is applied.
 */
export class SubmitQueue {
  private readonly o: SubmitQueueOptions;
  private readonly queue = new Queue();
  private readonly sent = new InFlight();
  private readonly copies = new Copies();
  private serial = 0;
  private appending = false;
  /** Whether the log failed, so that nothing comes back any more. */
  private ended = false;
  private whenEmpty: (() => void)[] = [];

  constructor(options: SubmitQueueOptions) {
    this.o = options;
  }

  /** Commands that wait for the log. */
  get length(): number {
    return this.queue.length;
  }

  /** Resolves with what `take` gives; rejects with `NotExecuted`, `Newcomers` or `UnknownOutcome`. */
  submit<T>(command: Command, take: Take<T>, asOf?: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (result: Result, state: State): void => {
        try {
          resolve(take(result, state));
        } catch (error) {
          reject(error as Error);
        }
      };
      this.enqueue({ command, text: encodeCommand(command), asOf, settle, fail: reject });
    });
  }

  /** The same for a caller that is called back, and whose `settle` does not throw: it costs less than a promise for each of many. */
  enqueue(queued: Queued): void {
    const { queuedCommands, queuedBytes } = this.o.limits;
    if (this.queue.isFullFor(queued.text, queuedCommands, queuedBytes)) {
      queued.fail(new NotExecuted('overloaded', `${this.length} commands are waiting for the log`));
      return;
    }
    if (this.o.following) queued.caller = this.o.following.caller();
    this.queue.push(queued);
    if (this.appending) return;
    this.appending = true;
    void this.appendAll();
  }

  /**
   * The entry in these bytes of the log, without decoding them, when they are byte for byte what this server has sent and all that it
   * holds is kept; null otherwise. Only what came back from the log counts, never what was sent.
   */
  sentAs(bytes: Uint8Array): Entry | null {
    return this.sent.decoded(bytes);
  }

  /** The commands of an entry of this server that came back from the log, in the order of the entry. */
  cameBack(serial: number): readonly Queued[] {
    return this.sent.take(serial) ?? [];
  }

  /** To be called once the commands that came back were settled. */
  settled(): void {
    if (this.whenEmpty.length === 0 || (!this.ended && (this.length > 0 || this.sent.isAwaited))) return;
    for (const done of this.whenEmpty.splice(0)) done();
  }

  /** Whether an entry that was sent `ms` ago or earlier has not come back. */
  isLate(ms: number): boolean {
    return this.sent.isLate(this.o.surroundings.elapsed() - ms);
  }

  /** Rejects the commands of entries that were sent `ms` ago or earlier; returns whether there are such entries. */
  failLate(error: Error, ms: number): boolean {
    return this.sent.fail(error, this.o.surroundings.elapsed() - ms);
  }

  /** Rejects the commands that were not sent yet. */
  failWaiting(error: Error): void {
    this.queue.fail(error);
  }

  /** Rejects all commands, since no entry comes back any more. */
  end(ofSent: Error, ofWaiting: Error): void {
    this.ended = true;
    this.sent.fail(ofSent);
    this.queue.fail(ofWaiting);
    this.settled();
  }

  /** Resolves once no caller waits for an answer. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      this.whenEmpty.push(resolve);
      this.settled();
    });
  }

  /** What decoding an entry of these commands gives; null where some are not plain proposals or messages, which nearly all are. */
  private decoded(head: Omit<Entry, 'commands'>, batch: readonly Queued[]): Entry | null {
    const commands: Command[] = [];
    for (const { command } of batch) {
      // Its body is in canonical form, and all else of it is kept elsewhere.
      if (command.type === 'say' && command.key === null && command.to === undefined) {
        commands.push(command);
        continue;
      }
      if (command.type !== 'propose' || command.key !== null || command.seq !== null) return null;
      // The value is in canonical form, so it was written anew; the name may be a part of the request.
      const agent = command.agent === null ? null : this.copies.of(command.agent);
      if (agent === null && command.agent !== null) return null;
      commands.push({ ...command, agent });
    }
    return { ...head, commands };
  }

  private async appendAll(): Promise<void> {
    const { log, limits, header, surroundings, onBroken, meter, following } = this.o;
    while (this.length > 0 && !this.ended) {
      await this.gathered();
      const bytesMost = Math.min(log.info.maxEntryBytes, limits.bytesPerEntry);
      const batch = this.queue.takeBatch(bytesMost, limits.commandsPerEntry);
      // Those that waited may have been rejected meanwhile.
      if (batch.length === 0) continue;
      meter?.sent(batch.length);
      this.serial += 1;
      const { serial } = this;
      const head = header(serial);
      const bytes = encodeEntry(
        head,
        batch.map(({ text }) => text),
      );
      this.sent.add(serial, { batch, at: surroundings.elapsed(), bytes, entry: this.decoded(head, batch) });
      const append = (): ReturnType<Log['append']> => log.append(bytes, batch[0]?.asOf);
      const followed = following?.appending(callersOf(batch), batch.length);
      try {
        const appended = await (followed?.run(append) ?? append());
        followed?.over(appended.ok ? undefined : appended.reason);
        if (appended.ok) continue;
        this.sent.take(serial);
        const { reason, detail } = appended;
        const refused = reason === 'newcomers' ? new Newcomers(detail) : new NotExecuted(reason, detail);
        for (const queued of batch) queued.fail(refused);
      } catch (error) {
        followed?.over('unknown');
        onBroken(error as Error);
      }
    }
    this.appending = false;
    this.settled();
  }
  /**
   * Resolves when a whole turn of the event loop has brought no more commands, or enough are there: a few agents that were answered
   * together propose together again, and what they then wait for is one commit instead of two.
   */
  private async gathered(): Promise<void> {
    const { limits, surroundings } = this.o;
    // The rest of this turn.
    await turn(surroundings);
    let turns = 1;
    for (let before = 0; this.length > before && turns < longestGathering; turns += 1) {
      if (this.length >= limits.commandsPerEntry) return;
      before = this.length;
      await turn(surroundings);
    }
  }
}
