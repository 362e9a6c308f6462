import { createHash } from 'node:crypto';
import { type CheckpointRecord, type Log, LogFailure, NewerLog } from './log.ts';

/**
 * The first line of an archive: a whole log as text, for backups and for moving it. Each line is a JSON object:
 *
 * {"format":"quorate-export","version":1,"id":"...","made":"...","checkpoint":100,"head":120}
 * {"record":"group/lunch","bytes":"..."}        the state as of entry `checkpoint`; none when that is 0
 * {"entry":101,"bytes":"..."}                   every entry after it
 * {"end":true,"records":1,"entries":20,"sha256":"..."}
 *
 * Bytes are base64. The hash in the last line is that of all bytes before it, line ends included, so that an archive that
 * was cut short or changed is refused.
 */
export interface ArchiveHead {
  readonly format: string;
  readonly version: number;
  /** Id of the log it was made from. */
  readonly id: string;
  readonly made: string;
  readonly checkpoint: number;
  readonly head: number;
}

export interface Contents {
  readonly id: string;
  readonly head: number;
  readonly records: number;
  readonly entries: number;
}

const format = 'quorate-export';
const version = 1;
const sliceRecords = 500;

type Line = Partial<ArchiveHead> & {
  readonly record?: string;
  readonly entry?: number;
  readonly bytes?: string;
  readonly end?: boolean;
  readonly records?: number;
  readonly entries?: number;
  readonly sha256?: string;
};

/** The lines of an archive, each with its line end. Returns what is in it. */
export async function* archived(log: Log, now: Date): AsyncGenerator<string, Contents> {
  const sum = createHash('sha256');
  const line = (what: object): string => {
    const text = `${JSON.stringify(what)}\n`;
    sum.update(text);
    return text;
  };
  const { id } = log.info;
  const checkpoint = await log.restore();
  const head = await log.head();
  const from = checkpoint?.index ?? 0;
  yield line({ format, version, id, made: now.toISOString(), checkpoint: from, head } satisfies ArchiveHead);
  let records = 0;
  for await (const { key, bytes } of checkpoint?.records ?? []) {
    records += 1;
    yield line({ record: key, bytes: Buffer.from(bytes as Uint8Array).toString('base64') });
  }
  for await (const { index, bytes } of upTo(log, from, head))
    yield line({ entry: index, bytes: Buffer.from(bytes).toString('base64') });
  const entries = head - from;
  yield `${JSON.stringify({ end: true, records, entries, sha256: sum.digest('hex') })}\n`;
  return { id, head, records, entries };
}

/** The entries after `from`, up to `head`. */
export async function* upTo(log: Log, from: number, head: number) {
  if (from >= head) return;
  for await (const entry of log.entries(from + 1, new AbortController().signal)) {
    yield entry;
    if (entry.index >= head) return;
  }
}

/**
 * Fills a log from the lines of an archive, without their line ends. `make` returns an empty log that begins after the
 * checkpoint in the first line. Throws `LogFailure` when the archive is damaged: the log must then be deleted.
 */
export async function unarchive(
  lines: AsyncIterable<string>,
  make: (head: ArchiveHead) => Promise<Log>,
): Promise<Contents> {
  const reader = new LineReader(lines);
  const first = await reader.next();
  const head = headIn(first);
  const log = await make(head);
  try {
    let records = 0;
    let line = await reader.next();
    async function* slices(): AsyncGenerator<CheckpointRecord[]> {
      let slice: CheckpointRecord[] = [];
      for (; line.record !== undefined; line = await reader.next()) {
        records += 1;
        slice.push({ key: line.record, bytes: bytesOf(line) });
        if (slice.length < sliceRecords) continue;
        yield slice;
        slice = [];
      }
      yield slice;
    }
    const index = head.checkpoint;
    if (index > 0) {
      await log.checkpoint({ index, full: true, records: slices() });
      // A log keeps two checkpoints, to fall back to the first: here both are the same.
      await log.checkpoint({ index, full: false, records: nothing() });
    }
    let next = index + 1;
    for (; line.entry !== undefined; line = await reader.next()) {
      if (line.entry !== next) throw damaged(`entry ${next} is missing`);
      const appended = await log.append(bytesOf(line));
      if (!appended.ok) throw new LogFailure(`entry ${next} is not taken: ${appended.detail}`);
      next += 1;
    }
    const entries = next - 1 - index;
    const whole = line.end === true && line.sha256 === reader.sumBefore && (await reader.isOver());
    if (!whole || line.records !== records || line.entries !== entries || next - 1 !== head.head)
      throw damaged('its last line does not fit what is above it, or is missing');
    return { id: log.info.id, head: head.head, records, entries };
  } finally {
    await log.close();
  }
}

/** Reads the lines one by one. */
class LineReader {
  /** Hash of all lines before the last line. */
  sumBefore = '';
  readonly #lines: AsyncIterator<string>;
  readonly #sum = createHash('sha256');

  constructor(lines: AsyncIterable<string>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<Line> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw damaged('it ends too early');
    const line = parse(value);
    if (line.end === true) this.sumBefore = this.#sum.copy().digest('hex');
    this.#sum.update(`${value}\n`);
    return line;
  }

  async isOver(): Promise<boolean> {
    return (await this.#lines.next()).done === true;
  }
}

function headIn(line: Line): ArchiveHead {
  if (line.format !== format) throw new LogFailure('this is no export of a Quorate log');
  if (line.version !== version)
    throw new NewerLog(`the export has format ${line.version}; this program reads format ${version}`);
  const { id, checkpoint, head } = line;
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id) || !isIndex(checkpoint) || !isIndex(head))
    throw damaged('its first line');
  return line as ArchiveHead;
}

function isIndex(index: unknown): boolean {
  return Number.isSafeInteger(index) && (index as number) >= 0;
}

function parse(text: string): Line {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line === 'object' && line !== null) return line;
  } catch {
    // Reported below.
  }
  throw damaged('a line is no JSON object');
}

function bytesOf({ bytes }: Line): Buffer {
  if (typeof bytes !== 'string') throw damaged('a line has no bytes');
  return Buffer.from(bytes, 'base64');
}

async function* nothing(): AsyncGenerator<CheckpointRecord[]> {}

function damaged(what: string): LogFailure {
  return new LogFailure(`the export is damaged: ${what}`);
}
