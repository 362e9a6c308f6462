import { type LogEntry, LogFailure } from '../log.ts';
import type { Disk } from './disk.ts';
import { headerBytes, recordAt, recordSize } from './record.ts';
import { checkFollows, type End, type Mark, type Segment } from './segments.ts';
import { readBytes, sliceBytes, sliceEntries } from './sizes.ts';

/**
 * Entries of a segment from `from` to at most `to`, at least one, each checked against the one before. Throws `LogFailure`
 * where one is damaged, and the system's error when the file is gone.
 */
export async function readEntries(
  disk: Disk,
  segment: Segment,
  from: number,
  to: number,
): Promise<LogEntry[]> {
  const { path } = segment;
  const reader = new RecordReader(disk, path, markBefore(segment, from), segment.endAt);
  const entries: LogEntry[] = [];
  let bytes = 0;
  while (reader.index < to && entries.length < sliceEntries && bytes < sliceBytes) {
    const entry = await reader.next();
    if (entry.index < from) continue;
    entries.push(entry);
    bytes += entry.bytes.length;
  }
  return entries;
}

function markBefore(segment: Segment, index: number): Mark {
  return segment.marks.findLast((mark) => mark.index < index)!;
}

/** Reads one record after the other, in pieces of the file. */
class RecordReader {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #endAt: number;
  #end: End;
  /** A piece of the file, where it begins, and how far it is read. */
  #piece: Buffer = Buffer.alloc(0);
  #pieceAt: number;
  #at = 0;

  constructor(disk: Disk, path: string, mark: Mark, endAt: number) {
    this.#disk = disk;
    this.#path = path;
    this.#endAt = endAt;
    this.#end = mark;
    this.#pieceAt = mark.at;
  }

  /** Of the entry that was read last. */
  get index(): number {
    return this.#end.index;
  }

  async next(): Promise<LogEntry> {
    await this.#require(headerBytes);
    const size = recordSize(this.#piece, this.#at);
    if (size !== null) await this.#require(size);
    const record = recordAt(this.#piece, this.#at);
    checkFollows(this.#path, record, this.#end);
    this.#end = { index: record.index, hash: record.hash };
    this.#at += record.size;
    return { index: record.index, bytes: record.bytes };
  }

  /** Reads on until the piece holds `bytes` more, or the segment ends. */
  async #require(bytes: number): Promise<void> {
    if (this.#piece.length - this.#at >= bytes) return;
    const at = this.#pieceAt + this.#at;
    const length = Math.min(Math.max(bytes, readBytes), this.#endAt - at);
    if (length < bytes)
      throw new LogFailure(`${this.#path} is damaged: entry ${this.index + 1} goes beyond its end`);
    this.#piece = await this.#disk.read(this.#path, at, length);
    this.#pieceAt = at;
    this.#at = 0;
  }
}
