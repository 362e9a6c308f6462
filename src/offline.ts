import { createReadStream, existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeEntry } from './core/entry.ts';
import { emptyState } from './core/group/state.ts';
import { decodeGlobals } from './core/snapshot/globals.ts';
import { archived, type Contents, unarchive, upTo } from './log/archive.ts';
import type { EtcdInspection } from './log/etcd/inspect.ts';
import { realDisk } from './log/file/disk.ts';
import { holdsLog, makeFileLog, openFileReader } from './log/file/engine.ts';
import { type FileSystem, fileSystemOf, makeDirectory, nearest } from './log/file-system.ts';
import { type Log, LogFailure, newerFix, Trimmed } from './log/log.ts';
import { globalsKey } from './replica/checkpoints/record-keys.ts';
import { type Replayed, replayed } from './replica/checkpoints/verify.ts';
import { type LogVersions, logVersions, ownVersions } from './replica/log-versions.ts';
import { type TimeAhead, timeAhead } from './replica/time-ahead.ts';

/** What is done with a log that is not served here: verify, export, restore, inspect. A server may use it meanwhile. */

/** What this release writes, and what to do with a log that a newer one wrote. */
export const thisRelease = { versions: ownVersions, newerFix } as const;

/** How often reading is begun again because a server trimmed what was to be read next. */
const attempts = 5;

export interface Verified extends Replayed {
  readonly id: string;
  /** Index of the older checkpoint, from which the first replay began; 0: from the start. */
  readonly base: number;
}

/**
 * Replays the log in `dir` twice: from the checkpoint before the latest one, or the start, and from the latest. Both must
 * give the same state. Throws `LogFailure` that names the damaged record.
 */
export function verifyLog(dir: string): Promise<Verified> {
  return retryTrimmed(async () => {
    const whole = await replayOf(dir, 'previous');
    const short = await replayOf(dir, 'latest', whole.head);
    if (whole.hash !== short.hash)
      throw new LogFailure(
        `the checkpoint of entry ${short.from} does not fit the log: with it the state is ${short.hash}, without it ${whole.hash}`,
      );
    return { ...short, base: whole.from };
  });
}

function replayOf(dir: string, restoreFrom: 'previous' | 'latest', to?: number) {
  return withLog(dir, async (log) => ({ id: log.info.id, ...(await replayed(log, to)) }), restoreFrom);
}

/** What `read` makes of the log in `dir`, which is closed afterwards. */
async function withLog<T>(
  dir: string,
  read: (log: Log) => Promise<T>,
  restoreFrom: 'previous' | 'latest' = 'latest',
): Promise<T> {
  const log = await openFileReader(dir, { restoreFrom });
  try {
    return await read(log);
  } finally {
    await log.close();
  }
}

/** The log could be exported, but not to that file. */
class NoExport extends LogFailure {
  readonly fix = 'nothing was written: name a new file, in a folder that is there';
}

/** Writes the log in `dir` to `file`, which must not exist and appears whole or not at all; or to `-`, standard output, or a pipe. */
export async function exportLog(dir: string, file: string): Promise<Contents> {
  if (file === '-') return writeArchive(dir, (text) => written(process.stdout, text));
  const existing = await stat(file).catch(() => null);
  if (existing?.isFIFO() || existing?.isCharacterDevice()) return writeFile(dir, file);
  if (existing !== null) throw new NoExport(`${file} exists already`);
  const part = `${file}.part-${process.pid}`;
  try {
    const contents = await retryTrimmed(() => writeFile(dir, part));
    await rename(part, file);
    await syncDirectory(dirname(resolve(file)));
    return contents;
  } finally {
    await rm(part, { force: true });
  }
}

async function writeFile(dir: string, file: string): Promise<Contents> {
  // Tokens are in it as hashes only, but proposals as they are.
  const out = await open(file, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new NoExport(`no file can be made in ${dirname(resolve(file))}: ${error.code}`);
  });
  try {
    const contents = await writeArchive(dir, (text) => out.writeFile(text));
    if ((await out.stat()).isFile()) await out.sync();
    return contents;
  } finally {
    await out.close();
  }
}

function writeArchive(dir: string, write: (text: string) => Promise<void>): Promise<Contents> {
  return withLog(dir, async (log) => {
    const lines = archived(log, new Date());
    let text = '';
    for (;;) {
      const { done, value } = await lines.next();
      if (!done) text += value;
      if (done || text.length > 1 << 20) {
        await write(text);
        text = '';
      }
      if (done) return value;
    }
  });
}

function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));
}

export interface RestoreOptions {
  /** Keep the id of the log that was exported: only when that log is gone for good. */
  readonly sameId?: boolean;
  readonly acceptLoss?: boolean;
}

/** Creates a log in `dir`, which must be empty or missing, from an export (`-`: standard input). It appears whole or not at all. */
export async function restoreLog(
  file: string,
  dir: string,
  { sameId = false, acceptLoss = false }: RestoreOptions = {},
): Promise<Contents> {
  const target = resolve(dir);
  const found = await readdir(target).catch(() => []);
  if (found.length > 0)
    throw new LogFailure(`${target} is not empty: a log is restored into an empty directory`);
  makeDirectory(dirname(target));
  const part = join(dirname(target), `.${basename(target)}.restoring-${process.pid}`);
  try {
    const lines = createInterface({
      input: file === '-' ? process.stdin : createReadStream(file),
      crlfDelay: Infinity,
    });
    const contents = await unarchive(lines, ({ id, checkpoint }) =>
      makeFileLog(part, { after: checkpoint, ...(sameId ? { id } : {}) }, { acceptLoss }),
    );
    // A newer program may have written entries that this one cannot read: better found now than at the start of a server.
    await replayOf(part, 'latest');
    await rename(part, target);
    await syncDirectory(dirname(target));
    return contents;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** The file system that `dir` is on, or will be on. */
export function diskOf(dir: string): FileSystem {
  return fileSystemOf(dir);
}

/** What stands where the directory, or one above it, should be; null where nothing does. A link may lead to a disk that is not mounted. */
export function inPlaceOf(dir: string): string | null {
  for (let path = resolve(dir); ; path = dirname(path)) {
    if (existsSync(path)) return statSync(path).isDirectory() ? null : `${path} is a file, and no directory`;
    if (isLink(path)) return `${path} is a link to ${readlinkSync(path)}, which is not there`;
  }
}

/** False also where this user may not look. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** How long a small write takes until it is durable, each to its own place in a file zeroed ahead, as the log writes. */
export async function durableWrites(dir: string) {
  const writes = 25;
  const bytes = 1024;
  const place = nearest(dir);
  const path = join(place, `.quorate-doctor-${process.pid}`);
  try {
    const made = await realDisk.create(path);
    try {
      await made.write(Buffer.alloc(writes * bytes), 0);
      await made.sync();
    } finally {
      await made.close();
    }
    const file = await realDisk.openDurable(path);
    const times: number[] = [];
    try {
      for (let i = 0; i < writes; i += 1) {
        const began = performance.now();
        await file.write(Buffer.alloc(bytes, 1), i * bytes);
        times.push(performance.now() - began);
      }
    } finally {
      await file.close();
    }
    times.sort((a, b) => a - b);
    return { writes, bytes, medianMs: times[writes >> 1] as number };
  } catch (error) {
    throw new Error(`nothing can be written in ${place}: ${(error as Error).message}`);
  } finally {
    // Where it could not be made, as below a file, why it could not be is what matters.
    await rm(path, { force: true }).catch(() => undefined);
  }
}

export interface LogSummary {
  readonly id: string;
  readonly head: number;
  /** How far log time is ahead of this machine's clock; null when it is not. */
  readonly timeAhead: TimeAhead | null;
  readonly versions: LogVersions;
}

/** A summary of the log in `dir`, whose entries are checked and not replayed; null when there is none. */
export async function inspectLog(dir: string): Promise<LogSummary | null> {
  if (!holdsLog(dir)) return null;
  return withLog(dir, async (log) => {
    const head = await log.head();
    const versions = await logVersions(log);
    const { entries, checkpoint } = versions;
    const isKnown = entries <= ownVersions.entries && (checkpoint ?? 0) <= ownVersions.checkpoint;
    const time = isKnown ? Math.max(await timeOfCheckpoint(log), await timeOfEntry(log, head)) : 0;
    return { id: log.info.id, head, timeAhead: timeAhead(time, Date.now()), versions };
  });
}

async function timeOfCheckpoint(log: Log): Promise<number> {
  const state = emptyState();
  for await (const { key, bytes } of (await log.restore())?.records ?? []) {
    if (key !== globalsKey) continue;
    decodeGlobals(Buffer.from(bytes as Uint8Array).toString(), state);
    break;
  }
  return state.time;
}

/** The time of an entry; 0 when it is no longer kept. */
async function timeOfEntry(log: Log, index: number): Promise<number> {
  try {
    for await (const { bytes } of upTo(log, index - 1, index)) return decodeEntry(bytes).time;
  } catch (error) {
    if (!(error instanceof Trimmed)) throw error;
  }
  return 0;
}

/** Reads again when the owner of the log trimmed what was to be read next. */
async function retryTrimmed<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Trimmed) || attempt === attempts) throw error;
    }
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const directory = await open(dir, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A log in etcd and its cluster, of which nothing is changed; `spec` as for a server's `--log`. */
export async function inspectCluster(spec: string): Promise<ClusterInspection> {
  const { inspectEtcd } = await import('./log/etcd/inspect.ts');
  const inspection = await inspectEtcd(spec);
  const { log: found } = inspection;
  // Where there is no name, opening would make one.
  if (found === null || found instanceof Error || found.id === null) return { ...inspection, versions: null };
  const { openEtcdLog } = await import('./log/etcd/engine.ts');
  try {
    const log = await openEtcdLog(spec);
    try {
      return { ...inspection, versions: await logVersions(log) };
    } finally {
      await log.close();
    }
  } catch (error) {
    return { ...inspection, versions: error as Error };
  }
}

interface ClusterInspection extends EtcdInspection {
  /** Null where there is no log yet; an error where it cannot be read. */
  readonly versions: LogVersions | Error | null;
}
