import { join } from 'node:path';
import { LogFailure } from '../../log.ts';
import type { Disk } from '../disk.ts';
import { type CheckpointFile, Damage, describeFile, isFileName } from './checkpoint-file.ts';

/** A checkpoint: what its files hold together. */
export interface Published {
  /** Every entry up to and including this one is covered. */
  readonly index: number;
  /** The names of its files, base first; of a damaged one, as far as they are known. */
  readonly files: readonly string[];
  /** The same, described; none of a damaged one. */
  readonly chain: readonly CheckpointFile[];
  /** What was found damaged before its records were read. */
  readonly damage: LogFailure | null;
}

export interface Found {
  readonly current: Published | null;
  readonly previous: Published | null;
}

type Files = ReadonlyMap<string, CheckpointFile | LogFailure>;

/** What the checkpoint of these files is, base first. */
export function publishedAs(chain: readonly CheckpointFile[]): Published {
  const index = chain.at(-1)!.header.index;
  return { index, files: namesOf(chain), chain, damage: null };
}

/**
 * The newest checkpoint in a directory, and the one to go back to. One that is damaged is found all the same, and cannot be
 * read. Throws `LogFailure` when a file belongs to another log or was written by a later version.
 */
export async function findCheckpoints(
  disk: Disk,
  dir: string,
  log: string,
  isOwner: boolean,
): Promise<Found> {
  for (;;) {
    const names = disk.list(dir).filter(isFileName);
    const files = await describeAll(disk, dir, log, names);
    // Beside its owner, files come and go meanwhile.
    if (isOwner || `${disk.list(dir).filter(isFileName)}` === `${names}`) return choose(dir, names, files);
  }
}

async function describeAll(disk: Disk, dir: string, log: string, names: readonly string[]): Promise<Files> {
  const files = new Map<string, CheckpointFile | LogFailure>();
  for (const name of names) {
    const file = await describeFile(disk, dir, name).catch((error: Error) => {
      if (error instanceof Damage) return error;
      if (error instanceof LogFailure) throw error;
      return new LogFailure(`cannot read ${join(dir, name)}: ${error.message}`, { cause: error });
    });
    if (!(file instanceof LogFailure) && file.header.log !== log)
      throw new LogFailure(`${join(dir, name)} belongs to log ${file.header.log}, and not to log ${log}`);
    files.set(name, file);
  }
  return files;
}

function choose(dir: string, names: readonly string[], files: Files): Found {
  const newest = names.at(-1);
  if (newest === undefined) return { current: null, previous: null };
  const file = files.get(newest)!;
  if (file instanceof LogFailure) {
    const previous = newestWhole(dir, names.slice(0, -1), files);
    // It does not even say its index, which was not below that of the one before.
    return { current: checkpointOf(dir, newest, previous?.index ?? 0, files), previous };
  }
  const { index, previous } = file.header;
  return {
    current: checkpointOf(dir, newest, index, files),
    previous: previous && checkpointOf(dir, previous.file, previous.index, files),
  };
}

function newestWhole(dir: string, names: readonly string[], files: Files): Published | null {
  for (const name of [...names].reverse()) {
    const found = checkpointOf(dir, name, 0, files);
    if (found.damage === null) return found;
  }
  return null;
}

/** The checkpoint whose newest file is this one; `index` is that of one that does not say it itself any more. */
function checkpointOf(dir: string, newest: string, index: number, files: Files): Published {
  const chain: CheckpointFile[] = [];
  const broken = (damage: LogFailure) => ({ index, files: namesOf(chain), chain: [], damage });
  let next: CheckpointFile['header']['follows'] = null;
  let name: string | null = newest;
  while (name !== null) {
    const file = files.get(name);
    if (file === undefined) return broken(new LogFailure(`${join(dir, name)} is missing`));
    if (file instanceof LogFailure) return broken(file);
    if (next !== null && file.checksum !== next.checksum)
      return broken(new Damage(join(dir, name), `it is not the file that ${chain[0]!.header.name} follows`));
    chain.unshift(file);
    next = file.header.follows;
    name = next?.file ?? null;
  }
  return publishedAs(chain);
}

function namesOf(chain: readonly CheckpointFile[]): string[] {
  return chain.map(({ header }) => header.name);
}
