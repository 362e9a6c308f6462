import type { CheckpointRecord, Log } from '../../../src/log/log.ts';
import { LogFailure, Trimmed } from '../../../src/log/log.ts';
import type { Random } from '../../sim/random.ts';
import type { Machine } from './machine.ts';
import { payload } from './payload.ts';
import { Process } from './process.ts';
import { type Published, readCheckpoint, Violation, type World } from './world.ts';

/** Opens the log as a process: to own it, or to read it only. */
export type Open = (process: Process, how: 'own' | 'read') => Promise<Log>;

/** One owner of a log: opens it, looks whether it holds what the world says, and uses it. */
export class Owner {
  readonly process: Process;
  readonly #machine: Machine;
  readonly #world: World;
  readonly #random: Random;
  readonly #open: Open;
  #log: Log | null = null;
  /** Another process takes the log over: this one may be told so at any time. */
  mayBeReplaced = false;
  /** It has, and has read what was in it. */
  isReplaced = false;
  /** It was told so, and does nothing any more. */
  isStopped = false;

  constructor(machine: Machine, world: World, random: Random, open: Open) {
    this.#machine = machine;
    this.process = new Process(machine);
    this.#world = world;
    this.#random = random;
    this.#open = open;
  }

  get isOpen(): boolean {
    return this.#log !== null;
  }

  /** `isAlone`: no owner before can still write. */
  async open(isAlone: boolean): Promise<void> {
    await this.#guard(async () => {
      const log = await this.#open(this.process, 'own');
      this.onOpen();
      await this.#checkContent(log);
      if (isAlone && !this.mayBeReplaced) this.#world.settled();
      this.#log = log;
      void this.#follow(log);
    });
  }

  /** Called once it has the log. */
  onOpen: () => void = () => undefined;

  async #checkContent(log: Log): Promise<void> {
    const world = this.#world;
    const then = world.head;
    const head = await log.head();
    world.headGiven(head, then);
    this.process.trace(`opened, head ${head}`);
    const checkpoint = await log.restore();
    const found = await readCheckpoint(checkpoint);
    this.process.trace(`checkpoint ${found?.index}`);
    world.restored(found);
    for (let from = world.trimmed + 1; from <= head; from = world.head + 1)
      for await (const entry of until(log, from, head)) world.shown(entry);
    if (checkpoint !== null && this.#random.chance(0.06)) await this.#fallBack(log);
  }

  async #fallBack(log: Log): Promise<void> {
    const checkpoint = await log.restore();
    const reason = new LogFailure('this checkpoint is taken for damaged');
    let found: Published | null | undefined;
    try {
      found = await readCheckpoint(checkpoint?.fallBack(reason) ?? null);
    } catch (error) {
      if (error !== reason) throw error;
    }
    // What one that was replaced meanwhile goes back to concerns nobody: it can acknowledge nothing.
    if (!this.isReplaced) this.#world.fellBack(found);
  }

  /** Shows the world each entry that a reader is given. */
  async #follow(log: Log): Promise<void> {
    try {
      for await (const entry of log.entries(this.#world.head + 1, new AbortController().signal))
        this.#world.shown(entry);
    } catch (error) {
      if (error instanceof Violation) this.failed = error;
    }
  }

  /** What a reader of this owner was shown that it must not have been. */
  failed: Violation | null = null;

  /** Uses the log for `turns` turns, or until another owner has replaced this one. */
  async use(turns: number): Promise<void> {
    const log = this.#log as Log;
    for (let turn = 0; turn < turns && !this.isStopped; turn += 1) {
      const what = this.#random.below(100);
      if (what < 70) await this.#guard(() => this.#append(log));
      else if (what < 80) await this.#guard(() => this.#head(log));
      else if (what < 86) await this.#guard(() => this.#readOld(log));
      else if (what < 88)
        await this.#guard(() => Promise.all([this.#readBeside(), this.use(this.#random.below(6))]));
      // Entries are appended while it is written.
      else await this.#guard(() => Promise.all([this.#checkpoint(log), this.use(this.#random.below(4))]));
    }
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  /** An owner that another replaces may fail, and then ends; no other may. */
  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LogFailure) || !this.mayBeReplaced) throw error;
      this.isStopped = true;
    }
  }

  #isAppending = false;

  async #append(log: Log): Promise<void> {
    // One at a time, as the log's contract says.
    if (this.#isAppending) return;
    this.#isAppending = true;
    const bytes = payload(this.#random);
    const sent = this.#world.sent((await log.head()) + 1, bytes);
    const appended = await log.append(bytes);
    if (!appended.ok) throw new Violation(`an append was refused: ${appended.detail}`);
    this.process.trace(`acknowledged ${appended.index}`);
    this.#world.acknowledged(sent, appended.index, this.isReplaced);
    this.#isAppending = false;
  }

  async #head(log: Log): Promise<void> {
    const then = this.#world.head;
    this.#world.headGiven(await log.head(), then);
  }

  async #readOld(log: Log): Promise<void> {
    const { head, trimmed } = this.#world;
    if (head === trimmed || this.mayBeReplaced) return;
    const from = trimmed + 1 + this.#random.below(head - trimmed);
    let next = from;
    try {
      for await (const entry of until(log, from, Math.min(head, from + 8))) {
        this.#world.shown(entry);
        next = entry.index + 1;
      }
    } catch (error) {
      if (!(error instanceof Trimmed)) throw error;
      // A checkpoint that was published meanwhile may have done that.
      if (next > this.#world.trimmed && !this.#isPublishing) throw error;
    }
  }

  /** Another process reads the log meanwhile, as a backup does. */
  async #readBeside(): Promise<void> {
    const world = this.#world;
    const process = new Process(this.#machine);
    const before = world.head;
    const log = await this.#open(process, 'read');
    try {
      const head = await log.head();
      if (head < before) throw new Violation(`a reader saw ${head} entries of ${before}`);
      const checkpoint = await readCheckpoint(await log.restore());
      for (let next = (checkpoint?.index ?? 0) + 1; next <= head; )
        for await (const entry of until(log, next, head)) {
          world.seen(entry);
          next = entry.index + 1;
        }
    } catch (error) {
      if (!(error instanceof Trimmed)) throw error;
    }
    await log.close();
    world.readersBeside += 1;
    if (process.changes > 0) throw new Violation('a reader changed something');
  }

  #isPublishing = false;

  async #checkpoint(log: Log): Promise<void> {
    if (this.#isPublishing || this.mayBeReplaced) return;
    this.#isPublishing = true;
    const { latest, head } = this.#world;
    const from = latest?.index ?? 0;
    const index = this.#random.chance(0.1)
      ? this.#random.below(head + 1)
      : from + this.#random.below(head - from + 1);
    const isFull = latest === null || this.#random.chance(0.3);
    const state = new Map(isFull ? [] : latest.state);
    // No two checkpoints are alike, so that one is not taken for another.
    const records: CheckpointRecord[] = [{ key: 'n', bytes: Buffer.from(`${this.#random.next()}`) }];
    state.set('n', Buffer.from(records[0]?.bytes ?? []).toString('latin1'));
    for (let n = this.#random.below(isFull ? 12 : 6); n > 0; n -= 1) {
      const key = `k${this.#random.below(16)}`;
      if (records.some((record) => record.key === key)) continue;
      const bytes = !isFull && this.#random.chance(0.3) ? null : payload(this.#random);
      records.push({ key, bytes });
      if (bytes === null) state.delete(key);
      else state.set(key, bytes.toString('latin1'));
    }
    const published: Published = { index, state };
    this.#world.publishing(published);
    this.process.trace(`publishing ${index}`);
    await log.checkpoint({ index, full: isFull, records: slices(records, this.#random.between(1, 4)) });
    if (!this.mayBeReplaced) this.#world.published(published);
    this.#isPublishing = false;
  }
}

async function* slices(
  records: readonly CheckpointRecord[],
  size: number,
): AsyncGenerator<CheckpointRecord[]> {
  for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size);
}

/** The entries from `from` to `to`. */
async function* until(log: Log, from: number, to: number) {
  for await (const entry of log.entries(from, new AbortController().signal)) {
    yield entry;
    if (entry.index >= to) return;
  }
}
