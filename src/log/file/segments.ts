import { join } from 'node:path';
import { LogFailure } from '../log.ts';
import type { Disk } from './disk.ts';
import { genesis, type Record, recordAt } from './record.ts';
import { bytesPerMark, entriesPerMark, leastSegmentBytes } from './sizes.ts';

/** Where a log, or a part of it, ends: the index of its last entry, and the hash of the record of that. */
export interface End {
  readonly index: number;
  readonly hash: Buffer;
}

/** A place where reading can begin: `at` is the offset of the record after entry `index`. */
export interface Mark extends End {
  readonly at: number;
}

/** A segment that holds entries of the log. */
export interface Segment {
  readonly path: string;
  /** What its first entry follows. */
  readonly begin: End;
  readonly end: End;
  /** Offset behind the record of its last entry. */
  readonly endAt: number;
  /** The first is that of its first entry. */
  readonly marks: readonly Mark[];
}

/** The entries of a log as its segments hold them. */
export interface Scanned {
  /** In the order of their entries, each where the one before ends. */
  readonly segments: readonly Segment[];
  readonly end: End;
  /** Paths of segments and of parts of such that the log does not need. */
  readonly unused: readonly string[];
}

/** What the head of a segment says, as JSON. */
interface HeadNote {
  /** Id of the log. */
  readonly log: string;
  /** Length of the segment's file. */
  readonly segmentBytes: number;
}

/** Enough for the head of a segment. */
const headReadBytes = 4096;

export function segmentPath(dir: string, epoch: number, number: number): string {
  const digits = (part: number): string => String(part).padStart(10, '0');
  return join(dir, `${digits(epoch)}-${digits(number)}.segment`);
}

/** The latest epoch that has made a segment in `dir`; 0 without any. */
export function latestEpochIn(disk: Disk, dir: string): number {
  return Math.max(
    0,
    ...disk.list(dir).map((name) => Number(/^(\d{10})-\d{10}\.segment/.exec(name)?.[1] ?? 0)),
  );
}

export function headOf(log: string, segmentBytes: number): Buffer {
  return Buffer.from(JSON.stringify({ log, segmentBytes } satisfies HeadNote));
}

/** Whether a mark is due that many entries and bytes after the last. */
export function isMarkDue(last: Mark, index: number, at: number): boolean {
  return index - last.index >= entriesPerMark || at - last.at >= bytesPerMark;
}

/** The id of the log that has segments in `dir`; null when none was written to. */
export async function logIdIn(disk: Disk, dir: string): Promise<string | null> {
  for (const path of segmentsIn(disk, dir)) {
    const opened = await openSegment(disk, path);
    if (opened !== null) return opened.note.log;
  }
  return null;
}

/**
 * Reads and checks every entry after `from`, and what lies before it in the same segments. A segment makes void what
 * earlier ones hold behind the entry that it follows: an owner that was replaced can have written that late.
 * Throws `LogFailure` that names the file and the entry where something is damaged or missing.
 */
export async function scan(disk: Disk, dir: string, log: string, from: number): Promise<Scanned> {
  const unused = disk
    .list(dir)
    .filter((name) => name.endsWith('.segment.new'))
    .map((name) => join(dir, name));
  const opened: Opened[] = [];
  for (const path of segmentsIn(disk, dir).reverse()) {
    const segment = await openSegment(disk, path);
    const next = opened[0];
    if (segment !== null && segment.note.log !== log) throw new LogFailure(`${path} belongs to another log`);
    // What the checkpoint before covers is not looked at any more: removing it may have been interrupted.
    if (segment === null || (next && (segment.begin.index >= next.begin.index || next.begin.index <= from)))
      unused.push(path);
    else opened.unshift(segment);
  }
  const segments: Segment[] = [];
  for (const [i, segment] of opened.entries())
    segments.push(await readSegment(disk, segment, opened[i + 1] ?? null));
  const first = segments[0];
  if (first && first.begin.index > from)
    throw new LogFailure(
      `entry ${from + 1} is missing: ${first.path} begins with entry ${first.begin.index + 1}`,
    );
  if (first?.begin.index === 0 && !first.begin.hash.equals(genesis))
    throw new LogFailure(`${first.path} is damaged: nothing comes before its first entry`);
  return { segments, end: segments.at(-1)?.end ?? { index: from, hash: genesis }, unused };
}

interface Opened {
  readonly path: string;
  readonly note: HeadNote;
  readonly begin: End;
  readonly headBytes: number;
}

/** The head of a segment; null where nothing was ever written to it. Throws `LogFailure` when it is damaged. */
async function openSegment(disk: Disk, path: string): Promise<Opened | null> {
  const fileBytes = await disk.size(path);
  const head = recordAt(await disk.read(path, 0, headReadBytes), 0);
  if (head === 'damaged' || (typeof head === 'object' && head.kind !== 'head'))
    throw new LogFailure(`${path} is damaged: its head`);
  const isLength = fileBytes >= leastSegmentBytes && fileBytes % 4096 === 0;
  if (!isLength) throw new LogFailure(`${path} is cut short: it has ${fileBytes} bytes`);
  // It is written together with the first entry, and comes first.
  if (typeof head === 'string') return null;
  const note = JSON.parse(head.bytes.toString('latin1')) as HeadNote;
  if (note.segmentBytes !== fileBytes)
    throw new LogFailure(`${path} is cut short: it has ${fileBytes} bytes of ${note.segmentBytes}`);
  const begin = { index: head.index, hash: Buffer.from(head.previous) };
  return { path, note, begin, headBytes: head.size };
}

/** Reads a segment up to where `next` begins, or to its end. */
async function readSegment(disk: Disk, opened: Opened, next: Opened | null): Promise<Segment> {
  const { path, begin, note } = opened;
  const bytes = await disk.read(path, 0, note.segmentBytes);
  let end: End = begin;
  let at = opened.headBytes;
  const marks: Mark[] = [{ ...begin, at }];
  while (next === null || end.index < next.begin.index) {
    const record = recordAt(bytes, at);
    if (record === 'end' || record === 'torn') {
      if (next === null) break;
      throw new LogFailure(`entry ${end.index + 1} is missing: ${path} ends before it`);
    }
    checkFollows(path, record, end);
    end = { index: record.index, hash: record.hash };
    at += record.size;
    if (isMarkDue(marks.at(-1)!, end.index, at)) marks.push({ ...end, at });
  }
  if (next && !next.begin.hash.equals(end.hash))
    throw new LogFailure(`${next.path} is damaged: it does not follow entry ${end.index}`);
  return { path, begin, end, endAt: at, marks };
}

/** Throws `LogFailure` unless this is the sound record of the entry after `end`. */
export function checkFollows(path: string, record: Record | string, end: End): asserts record is Record {
  const damaged = (what: string) => new LogFailure(`${path} is damaged: entry ${end.index + 1} ${what}`);
  if (typeof record === 'string') throw damaged('does not check');
  if (record.kind !== 'entry' || record.index !== end.index + 1) throw damaged('is another record');
  if (!record.previous.equals(end.hash)) throw damaged(`does not follow entry ${end.index}`);
}

export function segmentsIn(disk: Disk, dir: string): string[] {
  return disk
    .list(dir)
    .filter((name) => /^\d{10}-\d{10}\.segment$/.test(name))
    .map((name) => join(dir, name));
}
