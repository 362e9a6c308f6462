import { Newer } from '../../core/entry.ts';
import { emptyState, type State } from '../../core/group/state.ts';
import { encodeGlobals } from '../../core/snapshot/globals.ts';
import {
  type Checkpoint,
  type CheckpointRecord,
  type Log,
  LogFailure,
  NewerLog,
  NoSpace,
} from '../../log/log.ts';
import type { Surroundings } from '../clock.ts';
import { defaultRecordLimits, GroupRecords, type RecordLimits } from './group-records.ts';
import { globalsKey } from './record-keys.ts';
import { Restoring } from './restoring.ts';

export interface CheckpointLimits extends RecordLimits {
  /** A checkpoint is due after so many entries since the last one, or after so many bytes of them. */
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
  /** How long, ms, records are encoded before other work gets a turn; and how many at most. */
  readonly encodeSlice: number;
  readonly encodeRecords: number;
}

export const defaultCheckpointLimits: CheckpointLimits = {
  checkpointEntries: 50_000,
  checkpointBytes: 64 << 20,
  encodeSlice: 2,
  encodeRecords: 1000,
  ...defaultRecordLimits,
};

/** Gets what became of the checkpoints that were begun. */
export interface CheckpointMeter {
  checkpointWritten(seconds: number, bytes: number): void;
  checkpointFailed(): void;
}

/** What is known of the newest checkpoint: the entry that it covers, and its log time, ms. */
export interface LatestCheckpoint {
  readonly index: number;
  readonly time: number;
}

/** A checkpoint that found no space is tried again after this time. */
const retryAfterMs = 10_000;

/**
 * The state as a checkpoint in the log, and back.
 *
 * Groups do not depend on each other, so the state need not stand still while it is written. Fixed at the
 * checkpoint's index are only what belongs to no group and which groups are to be written; each is then written
 * as it is when its turn comes, with the position up to which it has seen the log. A restart replays from the
 * checkpoint's index and skips, group by group, the entries that its record covers already (`state.ahead`).
 *
 * The webhooks of the server, told of all groups, are written last, and skip likewise what their record covers.
 *
 * A group deleted meanwhile is written as the position up to which it is known to be gone: otherwise what is replayed
 * from before its end could bring it back. The next checkpoint then removes that record.
 */
export class StateCheckpoints {
  private readonly state: State;
  private readonly log: Log;
  private readonly surroundings: Surroundings;
  private readonly limits: CheckpointLimits;
  /** Names of groups made, changed or removed since the last checkpoint's index. */
  private changed = new Set<string>();
  private readonly records: GroupRecords;
  private readonly meter: CheckpointMeter | null;
  /** The newest that this server wrote, restored, or knows to be there; null before the first. */
  latest: LatestCheckpoint | null = null;
  private entries = 0;
  private bytes = 0;
  private writing = false;
  private notBefore = 0;
  /** From this index on no group is ahead any more. */
  private aheadUntil = 0;

  constructor(
    state: State,
    log: Log,
    surroundings: Surroundings,
    limits: CheckpointLimits,
    meter: CheckpointMeter | null = null,
  ) {
    this.state = state;
    this.log = log;
    this.surroundings = surroundings;
    this.limits = limits;
    this.meter = meter;
    this.records = new GroupRecords(state, limits);
  }

  /**
   * Fills an empty state from the latest checkpoint, if there is one. One that is damaged is skipped when the log
   * can fall back to the one before; else throws `LogFailure`.
   */
  async restore(): Promise<void> {
    let checkpoint = await this.log.restore();
    while (checkpoint !== null) {
      try {
        await this.fill(checkpoint);
        return;
      } catch (error) {
        // What a newer release wrote is not damaged: going on from what was before it would put older checkpoints in its place.
        if (!(error instanceof LogFailure) || error instanceof NewerLog) throw error;
        checkpoint = checkpoint.fallBack(error);
        this.clear();
      }
    }
  }

  /** Makes the state empty again. */
  private clear(): void {
    // Nothing is in its collections before all records were read.
    for (const [name, value] of Object.entries(emptyState()))
      if (typeof value !== 'object') Object.assign(this.state, { [name]: value });
    this.state.clocks.clear();
    this.state.ahead.clear();
    this.changed.clear();
    this.records.clear();
    this.latest = null;
    this.aheadUntil = 0;
  }

  private async fill(checkpoint: Checkpoint): Promise<void> {
    const restoring = new Restoring(this.state, checkpoint.index);
    for await (const { key, bytes } of checkpoint.records) {
      try {
        restoring.take(key, bytes as Uint8Array);
      } catch (error) {
        throw unreadable(`the checkpoint record "${key}"`, error);
      }
    }
    if (this.state.index !== checkpoint.index)
      throw new LogFailure(`checkpoint ${checkpoint.index} holds the state of entry ${this.state.index}`);
    try {
      restoring.finish(this.records);
    } catch (error) {
      throw unreadable(`checkpoint ${checkpoint.index}`, error);
    }
    for (const [name, position] of restoring.positions) this.setAhead(name, position);
    this.latest = { index: this.state.index, time: this.state.time };
    // These records are not needed any more: the next checkpoint removes them.
    for (const name of restoring.gone) this.changed.add(name);
  }

  private setAhead(name: string, position: number): void {
    this.state.ahead.set(name, position);
    this.aheadUntil = Math.max(this.aheadUntil, position);
  }

  /** To be called right after each entry was applied. */
  applied(bytes: number, changed: ReadonlySet<string>): void {
    this.entries += 1;
    this.bytes += bytes;
    for (const name of changed) this.changed.add(name);
    if (this.state.ahead.size > 0 && this.state.index >= this.aheadUntil) this.state.ahead.clear();
  }

  /** Whether a checkpoint is to be written now. */
  get isDue(): boolean {
    const { checkpointEntries, checkpointBytes } = this.limits;
    const enough = this.entries >= checkpointEntries || this.bytes >= checkpointBytes;
    if (!enough || this.writing || this.state.ahead.size > 0) return false;
    return this.notBefore === 0 || this.surroundings.now() >= this.notBefore;
  }

  /**
   * Writes a checkpoint at the index of the state as it is now; entries may be applied meanwhile. Rejects when the log
   * fails, after which an exclusive one must not be used any more, or when the signal aborts it; never two at once. Where
   * the log has no space for it, it is due again after `retryAfterMs`.
   * A server that does not lead writes one only when the leader has not, for twice as many entries.
   */
  async write(signal: AbortSignal, leads = true): Promise<void> {
    if (this.writing) throw new Error('a checkpoint is already being written');
    this.writing = true;
    try {
      if (!leads && (await this.isWrittenElsewhere())) return;
      await this.publish(signal);
    } finally {
      this.writing = false;
    }
  }

  private async isWrittenElsewhere(): Promise<boolean> {
    const entries = this.state.index - ((await this.log.restore())?.index ?? 0);
    if (entries >= 2 * this.limits.checkpointEntries) return false;
    this.latest = { index: this.state.index - entries, time: this.state.time };
    this.entries = entries - this.limits.checkpointEntries;
    this.bytes = 0;
    return true;
  }

  private async publish(signal: AbortSignal): Promise<void> {
    const full = this.log.info.checkpoints === 'full';
    const { changed, entries, bytes } = this;
    this.changed = new Set();
    this.entries = 0;
    this.bytes = 0;
    this.notBefore = 0;
    const globals = { key: globalsKey, bytes: Buffer.from(encodeGlobals(this.state)) };
    const undo = this.records.begin();
    if (full) this.records.clear();
    const names = full ? this.allNames() : changed;
    const { index, time } = this.state;
    const began = this.surroundings.now();
    const written = { bytes: 0 };
    try {
      await this.log.checkpoint({ index, full, records: this.slices(globals, names, signal, written) });
      this.latest = { index, time };
      this.meter?.checkpointWritten(Math.max(0, this.surroundings.now() - began) / 1000, written.bytes);
    } catch (error) {
      this.meter?.checkpointFailed();
      if (!(error instanceof NoSpace)) throw error;
      undo();
      for (const name of changed) this.changed.add(name);
      this.entries += entries;
      this.bytes += bytes;
      this.notBefore = this.surroundings.now() + retryAfterMs;
    }
  }

  private async *slices(
    globals: CheckpointRecord,
    names: Iterable<string>,
    signal: AbortSignal,
    written: { bytes: number },
  ): AsyncGenerator<readonly CheckpointRecord[]> {
    const { surroundings } = this;
    const { encodeSlice, encodeRecords } = this.limits;
    let slice = [globals, ...this.records.orphans()];
    let ends = surroundings.now() + encodeSlice;
    for (const record of this.recordsOf(names)) {
      slice.push(record);
      written.bytes += record.bytes?.length ?? 0;
      if (slice.length < encodeRecords && surroundings.now() < ends) continue;
      yield slice;
      await new Promise<void>((resolve) => surroundings.soon(resolve));
      if (signal.aborted) throw new Error('the checkpoint was called off');
      slice = [];
      ends = surroundings.now() + encodeSlice;
    }
    yield slice;
  }

  private *recordsOf(names: Iterable<string>): Generator<CheckpointRecord> {
    for (const name of names) yield* this.records.of(name, this.changed.has(name));
    yield* this.records.server();
  }

  /** All groups, also those created while the checkpoint is written, and those deleted meanwhile and perhaps not yet written. */
  private *allNames(): Generator<string> {
    yield* this.state.groups.keys();
    for (const name of this.changed) if (!this.state.groups.has(name)) yield name;
  }
}

function unreadable(what: string, error: unknown): LogFailure {
  const { message } = error as Error;
  if (error instanceof Newer || error instanceof NewerLog) return new NewerLog(message);
  return new LogFailure(`${what} cannot be read: ${message}`);
}
