import type { Appended, LogSpace } from '../log.ts';
import { type Disk, isTooManyFiles, removeIfThere } from './disk.ts';
import { movedAway } from './epochs.ts';
import { encodeRecord } from './record.ts';
import { makeSegment, NothingWritten, roomFor, SegmentWriter, type Spare } from './segment-writer.ts';
import { type End, headOf, isMarkDue, type Mark, type Segment, segmentPath } from './segments.ts';
import { carryBytes, leastSegmentBytes, mostSegmentBytes } from './sizes.ts';
import type { Space } from './space.ts';

export interface OwnedSegmentsOptions {
  readonly disk: Disk;
  /** Directory of the segments. */
  readonly dir: string;
  /** Id of the log. */
  readonly log: string;
  readonly epoch: number;
  /** Throws when this process does not own the log any more. */
  readonly check: () => void;
  readonly space: Space;
  /** Of earlier owners, in the order of their entries. */
  readonly segments: readonly Segment[];
  readonly end: End;
}

/** Why an entry was not taken. */
type Refused = Extract<Appended, { ok: false }>;

/** So long, ms, nobody tries again to make a segment for which there was no space. */
const tryAgainAfter = 100;

/**
 * The segments of a log that this process owns. It writes only to such as it made itself; the next one is always made ahead,
 * so that an append allocates nothing, and a full disk is met when a segment is made, not in the middle of a write.
 */
export class OwnedSegments {
  readonly #o: OwnedSegmentsOptions;
  #list: Segment[];
  #writer: SegmentWriter | null = null;
  #number = 0;
  /** Settles, never rejects, with the segment that is made ahead, or with why it could not be. */
  #next: Promise<Spare | Error> | null = null;
  #tryAgainAt = 0;
  readonly #abort = new AbortController();

  constructor(options: OwnedSegmentsOptions) {
    this.#o = options;
    this.#list = [...options.segments];
  }

  /** In the order of their entries. */
  get list(): readonly Segment[] {
    return this.#list;
  }

  get #end(): End {
    return this.#writer?.end ?? this.#o.end;
  }

  /** As `Log.space`, of what the segments take. */
  get space(): Pick<LogSpace, 'freeBytes' | 'logBytes' | 'refusal'> {
    const { space } = this.#o;
    const refusal = space.refusal(0);
    let logBytes = 0;
    for (const { endAt } of this.#list) logBytes += endAt;
    return { freeBytes: space.free, logBytes, refusal };
  }

  /**
   * Makes the first segment and writes into it what the last ones hold, if that is little: otherwise each start would leave
   * a segment that is nearly empty. It takes their place at once. Does nothing where there is no space.
   */
  async begin(): Promise<void> {
    const { disk, space, log, check } = this.#o;
    await this.#syncLast();
    if (space.refusal(leastSegmentBytes) !== null) return;
    const short = this.#shortOnes();
    const begin = short[0]?.begin ?? this.#end;
    const head = encodeRecord('head', begin.index, begin.hash, headOf(log, leastSegmentBytes));
    const pieces = [head];
    let at = head.length;
    const marks: Mark[] = [{ ...begin, at }];
    for (const segment of short) {
      for (const mark of segment.marks) {
        const moved = { ...mark, at: mark.at - segment.marks[0]!.at + at };
        if (isMarkDue(marks.at(-1)!, moved.index, moved.at)) marks.push(moved);
      }
      const records = await this.#recordsOf(segment);
      pieces.push(records);
      at += records.length;
    }
    try {
      const made = await this.#make(leastSegmentBytes, Buffer.concat(pieces));
      const segment = { ...made, begin, end: this.#end, endAt: at, marks };
      this.#writer = await SegmentWriter.continue(disk, segment);
    } catch (error) {
      if (refusedFor(error) !== null) return;
      throw error;
    }
    this.#list = [...this.#list.slice(0, this.#list.length - short.length), this.#writer];
    // Whoever owns it now may still read them.
    check();
    for (const { path } of short) await removeIfThere(disk, path);
    this.#makeNext(0);
  }

  /** What an owner wrote last before it was killed may be in the system's memory only, and is counted from now on. */
  async #syncLast(): Promise<void> {
    const last = this.#list.at(-1);
    if (!last) return;
    const file = await this.#o.disk.openDurable(last.path);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #shortOnes(): Segment[] {
    const short: Segment[] = [];
    let bytes = 0;
    for (const segment of this.#list.toReversed()) {
      bytes += bytesOf(segment);
      if (bytes > carryBytes) break;
      short.unshift(segment);
    }
    return short;
  }

  #recordsOf(segment: Segment): Promise<Buffer> {
    return this.#o.disk.read(segment.path, segment.marks[0]!.at, bytesOf(segment));
  }

  /** Why an entry of so many bytes cannot be taken now; null when there is room for it. Rejects with the system's error. */
  async makeRoom(entryBytes: number): Promise<Refused | null> {
    const { space, disk, log } = this.#o;
    const full = space.refusal(0);
    if (full !== null) return refused('no-space', full);
    while (!this.#fits(entryBytes)) {
      const next = await this.#takeNext(entryBytes);
      if ('ok' in next) return next;
      const writer = await SegmentWriter.begin(disk, next, log, this.#end);
      await this.#writer?.close();
      this.#writer = writer;
      this.#list.push(writer);
      this.#makeNext(0);
    }
    return null;
  }

  #fits(entryBytes: number): boolean {
    return this.#writer?.fits(entryBytes) === true;
  }

  /** The next segment, with room for the entry; or why there is none. */
  async #takeNext(entryBytes: number): Promise<Spare | Refused> {
    for (;;) {
      if (this.#next === null) this.#makeNext(entryBytes);
      const made = await this.#next!;
      if (made instanceof Error) {
        const refusal = refusedFor(made);
        if (refusal === null) throw made;
        if (performance.now() < this.#tryAgainAt) return refusal;
        this.#next = null;
        continue;
      }
      this.#next = null;
      if (roomFor(entryBytes) <= made.bytes) return made;
      await this.#o.disk.remove(made.path);
    }
  }

  /** Begins to make the next segment, twice as long as the one before, and long enough for the entry. */
  #makeNext(entryBytes: number): void {
    const { space } = this.#o;
    const needed = Math.ceil(roomFor(entryBytes) / 4096) * 4096;
    const wanted = Math.max(
      needed,
      Math.min(2 * (this.#writer?.bytes ?? leastSegmentBytes / 2), mostSegmentBytes),
    );
    // A short one is better than none.
    const bytes = space.refusal(wanted) === null ? wanted : Math.max(needed, leastSegmentBytes);
    const full = space.refusal(bytes);
    this.#tryAgainAt = performance.now() + tryAgainAfter;
    this.#next =
      full === null
        ? this.#make(bytes, Buffer.alloc(0)).catch((error: Error) => error)
        : Promise.resolve(new NoRoom(full));
  }

  #make(bytes: number, content: Buffer): Promise<Spare> {
    const { disk, dir, epoch } = this.#o;
    this.#number += 1;
    return makeSegment(
      disk,
      { path: segmentPath(dir, epoch, this.#number), bytes },
      content,
      this.#abort.signal,
    );
  }

  /** Appends an entry for which there is room, and gives its bytes once they are durable. */
  async append(entry: Uint8Array): Promise<Buffer | Refused> {
    try {
      return await this.#writer!.append(entry);
    } catch (error) {
      if (error instanceof NothingWritten) return refused('no-space', 'the disk is full');
      throw error;
    }
  }

  /** Throws `LogFailure` when the segment that is written to is no longer where it was. */
  check(): void {
    const { path, identity } = this.#writer!;
    const now = this.#o.disk.identityOf(path);
    if (now !== identity) throw movedAway(path, now);
  }

  /** Removes the segments of which all entries are covered by `index`, but for the last. */
  async removeCovered(index: number): Promise<void> {
    for (;;) {
      const [first, ...rest] = this.#list;
      if (!first || rest.length === 0 || first.end.index > index) return;
      this.#list = rest;
      await removeIfThere(this.#o.disk, first.path);
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#next;
    await this.#writer?.close();
  }
}

/** There is less space than is to be left free. */
class NoRoom extends Error {}

/** The definite refusal of an entry for which no segment could be made; null where that failure is none. */
function refusedFor(error: unknown): Refused | null {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (isTooManyFiles(error)) return refused('unavailable', message);
  return error instanceof NoRoom || ['ENOSPC', 'EDQUOT'].includes(code) ? refused('no-space', message) : null;
}

function refused(reason: Refused['reason'], detail: string): Refused {
  return { ok: false, reason, detail };
}

/** Bytes that the records of its entries take. */
function bytesOf({ marks, endAt }: Segment): number {
  return endAt - marks[0]!.at;
}
