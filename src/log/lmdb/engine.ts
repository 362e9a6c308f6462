import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileSystemOf } from '../file-system.ts';
import { type Log, LogFailure, type LogInfo } from '../log.ts';
import { closedLog } from '../tail.ts';
import { logFileIn } from './file.ts';
import { LmdbLog, type LmdbLogOptions, type TrimmedNote, trimmedName } from './lmdb-log.ts';
import { encodeNote, genesis } from './record.ts';
import { Space } from './space.ts';
import { Store } from './store.ts';

/** What a log that is made anew begins with. */
export interface LmdbOrigin {
  readonly id?: string;
  /** The entry that its first one follows: those up to it are in the checkpoint that is to be written first. */
  readonly after: number;
}

/**
 * Opens the log in directory `dir`, creating both when missing. An entry is on disk when its append
 * resolves. Throws `LogFailure` when another process owns the directory, when it is on a network or in
 * memory, or when what is in it is damaged, foreign or of a newer format; nothing is ever repaired,
 * skipped or cut off.
 */
export async function openLmdbLog(dir: string, options: LmdbLogOptions = {}): Promise<Log> {
  const location = resolve(dir);
  const durability = durabilityIn(location, options);
  const space = new Space(location, options.minFreeBytes ?? 64 * 1024 * 1024);
  const full = space.refusal(0);
  // A log that is there can be read all the same; one that could not take an entry is not begun.
  if (full !== null && !existsSync(logFileIn(location))) throw new LogFailure(full);
  space.prepare();
  const store = await Store.open(location);
  try {
    const log = new LmdbLog(store, location, space, durability, options);
    await log.tidy();
    space.reserve();
    return log;
  } catch (error) {
    await store.close(closedLog());
    throw error;
  }
}

/**
 * Opens the log in `dir` for reading only, beside its owner or without one; it ends where it ended when it was opened.
 * Reading throws `Trimmed` when the owner removes meanwhile what is still to be read.
 */
export async function openLmdbReader(dir: string, options: LmdbLogOptions = {}): Promise<Log> {
  const location = resolve(dir);
  const store = await Store.open(location, { readOnly: true });
  try {
    return store.atOneMoment(() => new LmdbLog(store, location, new Space(location, 0), 'disk', options));
  } catch (error) {
    await store.close(closedLog());
    throw error;
  }
}

/** Makes a log in `dir`, which must hold none, that begins behind entry `origin.after`. */
export async function makeLmdbLog(
  dir: string,
  origin: LmdbOrigin,
  options: LmdbLogOptions = {},
): Promise<Log> {
  durabilityIn(resolve(dir), options);
  const store = await Store.open(resolve(dir), origin.id === undefined ? {} : { id: origin.id });
  try {
    const note: TrimmedNote = { index: origin.after, hash: genesis.toString('hex') };
    if (store.readNote(trimmedName) !== null) throw new LogFailure(`${dir} holds a log already`);
    await store.commit(() => void store.notes.put(trimmedName, encodeNote(note)));
  } finally {
    await store.close(closedLog());
  }
  return openLmdbLog(dir, options);
}

function durabilityIn(location: string, { acceptLoss }: LmdbLogOptions): LogInfo['durability'] {
  const { type, risk } = fileSystemOf(location);
  if (risk === null) return 'disk';
  if (acceptLoss === true) return 'none';
  const fix = 'choose a local disk, or say --i-accept-loss';
  throw new LogFailure(
    `${location} is on ${type}, where acknowledged proposals can be lost: ${risk}; ${fix}`,
  );
}
