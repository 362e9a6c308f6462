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
  const previous = file instanceof LogFailure ? newestWhole() : named(file.header.previous);
  const current = checkpointOf(dir, newest, files);
  // Of one that does not even say its index, it is known that it was not below that of the one before.
  return {
    current: file instanceof LogFailure ? { ...current, index: previous?.index ?? 0 } : current,
    previous,
  };

  function named(name: string | null): Published | null {
    return name !== null && files.has(name) ? checkpointOf(dir, name, files) : null;
  }

  function newestWhole(): Published | null {
    const older = names.slice(0, -1).reverse();
    for (const name of older) {
      const found = checkpointOf(dir, name, files);
      if (found.damage === null) return found;
    }
    return null;
  }
}

/** The checkpoint whose newest file is this one. */
function checkpointOf(dir: string, newest: string, files: Files): Published {
  const chain: CheckpointFile[] = [];
  const broken = (damage: LogFailure): Published => {
    return { index: chain.at(-1)?.header.index ?? 0, files: namesOf(chain), chain: [], damage };
  };
  let next: CheckpointFile['header']['follows'] = null;
  let name: string | null = newest;
  while (name !== null) {
    const file = files.get(name);
    if (file === undefined)
      return broken(new LogFailure(`${join(dir, name)} is missing: ${newest} follows it`));
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
