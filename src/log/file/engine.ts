import { randomBytes } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileSystemOf } from '../file-system.ts';
import { refuseFormer } from '../former.ts';
import { type Log, LogFailure, type LogInfo, NoLog } from '../log.ts';
import { FileCheckpoints } from './checkpoints/checkpoints.ts';
import { type Disk, realDisk, removeIfThere } from './disk.ts';
import { Ownership, readEpochs } from './epochs.ts';
import { asFailure, FileLog } from './file-log.ts';
import { OwnedSegments } from './owned-segments.ts';
import { genesis } from './record.ts';
import { latestEpochIn, logIdIn, type Scanned, scan } from './segments.ts';
import { Space } from './space.ts';
import { timedDisk } from './timed-disk.ts';

export interface FileLogOptions {
  /** Free space, in bytes, below which append refuses with `no-space`. Default 64 MiB; 0 never looks. */
  readonly minFreeBytes?: number;
  /** Keep the log even on a file system that may lose what was synced; its durability is then `none`. */
  readonly acceptLoss?: boolean;
  /** Called when the latest checkpoint is damaged and the log goes on from the one before it. */
  readonly onFallBack?: (reason: LogFailure) => void;
  /** Called with the seconds that each durable write of an entry takes at the disk. */
  readonly onSync?: (seconds: number) => void;
  readonly disk?: Disk;
}

export interface FileReaderOptions extends Pick<FileLogOptions, 'disk'> {
  /** Which checkpoint `restore` gives. `previous` is to compare the state with that of the latest one. */
  readonly restoreFrom?: 'latest' | 'previous';
}

/** What a log that is made anew begins with. */
export interface FileLogOrigin {
  readonly id?: string;
  /** The entry that its first one follows: those up to it are in the checkpoint that is to be written first. */
  readonly after: number;
}

const parts = ['epochs', 'log', 'state'] as const;

/**
 * Opens the log in directory `dir`, creating both when missing. An entry is on disk when its append resolves. Throws
 * `LogFailure` when another process owns the directory, when it is on a network or in memory, or when what is in it is
 * damaged, foreign or of a newer format; nothing is ever repaired, skipped or cut off.
 */
export function openFileLog(dir: string, options: FileLogOptions = {}): Promise<Log> {
  return own(resolve(dir), null, options);
}

/** Makes a log in `dir`, which must hold none, that begins behind entry `origin.after`. */
export function makeFileLog(dir: string, origin: FileLogOrigin, options: FileLogOptions = {}): Promise<Log> {
  if (holdsLog(dir, options.disk)) throw new LogFailure(`${dir} holds a log already`);
  return own(resolve(dir), origin, options);
}

/**
 * Opens the log in `dir` for reading only, beside its owner or without one; it ends where it ended when it was opened.
 * Reading throws `Trimmed` when the owner removes meanwhile what is still to be read.
 */
export async function openFileReader(dir: string, options: FileReaderOptions = {}): Promise<Log> {
  const location = resolve(dir);
  if (!holdsLog(location, options.disk)) throw new NoLog(`${location} holds no log`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read(location, options);
    } catch (error) {
      // What its owner just writes, removes or puts in the place of something else may be seen in part.
      if (attempt === 5) throw asFailure(`cannot open ${location}`, error);
      await delay(20 * attempt);
    }
  }
}

/** Whether there is a log in `dir`, or what may be left of one. Throws `LogFailure` where an earlier version has left its own. */
export function holdsLog(dir: string, disk: Disk = realDisk): boolean {
  refuseFormer(dir);
  return parts.some((part) => disk.identityOf(join(dir, part)) !== null);
}

async function own(dir: string, origin: FileLogOrigin | null, options: FileLogOptions): Promise<Log> {
  const { onSync } = options;
  const disk =
    onSync === undefined ? (options.disk ?? realDisk) : timedDisk(options.disk ?? realDisk, onSync);
  const isNew = !holdsLog(dir, disk);
  const durability = durabilityIn(dir, options);
  const space = new Space(dir, options.minFreeBytes ?? 64 * 1024 * 1024);
  const full = space.refusal(0);
  // A log that is there can be read all the same; one that could not take an entry is not begun.
  if (full !== null && isNew) throw new LogFailure(full);
  space.prepare();
  let ownership: Ownership | null = null;
  try {
    await makeDirectories(disk, dir);
    const epochs = await readEpochs(disk, dir);
    const found = epochs.note?.log ?? (await steady(() => logIdIn(disk, join(dir, 'log'))));
    const newId = origin?.id ?? randomBytes(16).toString('hex');
    const inUse = Math.max(latestEpochIn(disk, join(dir, 'log')), latestEpochIn(disk, join(dir, 'state')));
    ownership = await Ownership.take(disk, dir, epochs, inUse, found ?? newId);
    const owner = ownership;
    const { log } = owner;
    // What the owner before put there may not be durable yet, and counts from now on.
    for (const part of parts) await disk.syncDirectory(join(dir, part));
    const { epoch } = owner;
    const checkpoints = await FileCheckpoints.open({
      disk,
      dir: join(dir, 'state'),
      log,
      epoch,
      refusal: (bytes) => space.refusal(bytes),
      check: () => owner.check(),
    });
    const trimmed = checkpoints.previous?.index ?? 0;
    const scanned: Scanned =
      origin === null
        ? await steady(() => scan(disk, join(dir, 'log'), log, trimmed))
        : { segments: [], end: { index: origin.after, hash: genesis }, unused: [] };
    checkReach(scanned, checkpoints, owner.knownHead);
    owner.check();
    // An owner that this one replaces may be at the same.
    for (const path of scanned.unused) await removeIfThere(disk, path);
    await checkpoints.tidy();
    const { end } = scanned;
    const segments = new OwnedSegments({
      disk,
      dir: join(dir, 'log'),
      log,
      epoch,
      check: () => owner.check(),
      space,
      segments: scanned.segments,
      end,
    });
    await segments.begin();
    space.reserve();
    // Another may have taken it over meanwhile: it is told so now, not when it has been read.
    owner.check();
    return new FileLog({
      disk,
      info: infoOf(log, dir, durability),
      checkpoints,
      segments: [],
      end,
      trimmed: Math.max(trimmed, origin?.after ?? 0),
      owner: { ownership: owner, segments },
      restoreFrom: 'latest',
      onFallBack: options.onFallBack ?? (() => {}),
    });
  } catch (error) {
    await ownership?.release(null);
    throw asFailure(`cannot open ${dir}`, error);
  }
}

async function read(
  dir: string,
  { disk = realDisk, restoreFrom = 'latest' }: FileReaderOptions,
): Promise<Log> {
  const { note } = await readEpochs(disk, dir);
  const log = note?.log ?? (await logIdIn(disk, join(dir, 'log')));
  if (log === null) throw new NoLog(`${dir} holds no log`);
  const checkpoints = await FileCheckpoints.open({
    disk,
    dir: join(dir, 'state'),
    log,
    epoch: null,
    refusal: () => null,
    check: () => {},
  });
  const trimmed = checkpoints.previous?.index ?? 0;
  const { segments, end } = await scan(disk, join(dir, 'log'), log, trimmed);
  checkReach({ end }, checkpoints, note?.head ?? 0);
  return new FileLog({
    disk,
    info: infoOf(log, dir, 'disk'),
    checkpoints,
    segments,
    end,
    trimmed,
    owner: null,
    restoreFrom,
    onFallBack: () => {},
  });
}

/** What `look` finds. It looks again where a file has gone: an owner that does not know yet that it is replaced may still remove some. */
async function steady<T>(look: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 20) throw error;
    }
  }
}

/** Throws `LogFailure` when the log ends before an entry that it has held. */
function checkReach({ end }: Pick<Scanned, 'end'>, checkpoints: FileCheckpoints, knownHead: number): void {
  const covered = checkpoints.current?.index ?? 0;
  if (covered > end.index)
    throw new LogFailure(`entry ${end.index + 1} is missing: a checkpoint covers entry ${covered}`);
  if (knownHead > end.index)
    throw new LogFailure(`entry ${end.index + 1} is missing: the log has held entry ${knownHead}`);
}

/**
 * Makes the directories of a log, from the top, each durable before the next: where a start before was interrupted, only the
 * deepest one that is there may not be.
 */
async function makeDirectories(disk: Disk, dir: string): Promise<void> {
  const missing: string[] = [];
  let there = dir;
  for (; disk.identityOf(there) === null && dirname(there) !== there; there = dirname(there))
    missing.unshift(there);
  // What is above may be closed to this user; then somebody else has made this one, long ago.
  await disk.syncDirectory(dirname(there)).catch(() => undefined);
  for (const one of missing) {
    disk.makeDirectory(one);
    await disk.syncDirectory(dirname(one));
  }
  for (const part of parts) disk.makeDirectory(join(dir, part));
  await disk.syncDirectory(dir);
}

function infoOf(id: string, location: string, durability: LogInfo['durability']): LogInfo {
  return {
    id,
    kind: 'file',
    durability,
    location,
    exclusive: true,
    checkpoints: 'incremental',
    maxEntryBytes: 8 * 1024 * 1024,
  };
}

function durabilityIn(location: string, { acceptLoss }: FileLogOptions): LogInfo['durability'] {
  const { type, risk } = fileSystemOf(location);
  if (risk === null) return 'disk';
  if (acceptLoss === true) return 'none';
  const fix = 'choose a local disk, or say --i-accept-loss';
  throw new LogFailure(
    `${location} is on ${type}, where acknowledged proposals can be lost: ${risk}; ${fix}`,
  );
}
