import { join } from 'node:path';
import { LogFailure, Trimmed } from '../../log.ts';
import type { Disk } from '../disk.ts';
import { checksumOf, type Place, placesIn, unpack } from './block.ts';
import { type Block, type CheckpointFile, Damage } from './checkpoint-file.ts';
import { KeySet } from './key-set.ts';

export interface ReaderOptions {
  readonly disk: Disk;
  readonly dir: string;
  /** Of the owner; null beside it: the owner may then remove a file while it is read. */
  readonly epoch: number | null;
}

/** Records of one block: where in its bytes each is. */
export interface LiveRecords {
  readonly block: Buffer;
  readonly places: readonly Place[];
}

/**
 * The records that these files, base first, hold together: of each key the one written last, unless it says that the key was
 * deleted. They are read from the last to the first, and every byte is checked. Throws `LogFailure` at the first
 * damage, and `Trimmed` beside an owner who has removed a file. Others get a turn between two blocks.
 */
export async function* liveRecords(
  options: ReaderOptions,
  files: readonly CheckpointFile[],
): AsyncGenerator<LiveRecords, void, undefined> {
  const seen = new KeySet(files.reduce((sum, file) => sum + file.records, 0));
  for await (const { block, places } of allRecords(options, files)) {
    const live: Place[] = [];
    for (const place of places.reverse())
      if (seen.add(block, place.keyStart, place.bytesStart) && !place.isDeleted) live.push(place);
    yield { block, places: live };
  }
}

/** All blocks, last to first. The next one is read while one is used. */
async function* allRecords(
  options: ReaderOptions,
  files: readonly CheckpointFile[],
): AsyncGenerator<{ block: Buffer; places: Place[] }, void, undefined> {
  const order = files.flatMap((file) => file.blocks.map((block) => ({ file, block }))).reverse();
  const load = (number: number) => {
    const next = order[number];
    const loading = next === undefined ? null : readBlock(options, next.file, next.block);
    // Met when it is awaited, if it ever is.
    loading?.catch(() => {});
    return loading;
  };
  let loading = load(0);
  for (let number = 1; loading !== null; number += 1) {
    const loaded: { block: Buffer; places: Place[] } = await loading;
    loading = load(number);
    yield loaded;
  }
}

async function readBlock({ disk, dir, epoch }: ReaderOptions, file: CheckpointFile, block: Block) {
  const path = join(dir, file.header.name);
  const packed = await disk.read(path, block.at, block.bytes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && epoch === null)
      throw new Trimmed(`the checkpoint of entry ${file.header.index} was replaced while it was read`);
    throw new LogFailure(`cannot read ${path}: ${error.message}`, { cause: error });
  });
  const places = checksumOf(packed) === block.checksum ? await unpacked(packed, block) : null;
  if (places === null) throw new Damage(path, whichRecords(file, block));
  return places;
}

async function unpacked(packed: Buffer, { unpacked, records }: Block) {
  const block = await unpack(packed, unpacked).catch(() => null);
  const places = block && placesIn(block, records);
  return places && { block: block as Buffer, places };
}

function whichRecords({ blocks, records }: CheckpointFile, block: Block): string {
  const number = blocks.indexOf(block);
  const before = blocks.slice(0, number).reduce((sum, one) => sum + one.records, 0);
  return `records ${before + 1} to ${before + block.records} of ${records} do not match their checksum`;
}
