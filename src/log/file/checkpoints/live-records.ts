import { join } from 'node:path';
import { LogFailure, Trimmed } from '../../log.ts';
import type { Disk } from '../disk.ts';
import { checksumOf, type Place, placesIn, unpack } from './block.ts';
import { type Block, type CheckpointFile, Damage } from './checkpoint-file.ts';
import { KeySet } from './key-set.ts';
import { readBytes } from './sizes.ts';

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
): AsyncGenerator<Unpacked, void, undefined> {
  const order = files.flatMap((file) => file.blocks.map((_, number) => ({ file, number }))).reverse();
  const packed = new PackedBlocks(options);
  const load = (which: number) => {
    const next = order[which];
    const loading = next === undefined ? null : packed.read(next.file, next.number);
    // Met when it is awaited, if it ever is.
    loading?.catch(() => {});
    return loading;
  };
  let loading = load(0);
  for (let which = 1; loading !== null; which += 1) {
    const loaded: Unpacked = await loading;
    loading = load(which);
    yield loaded;
  }
}

interface Unpacked {
  readonly block: Buffer;
  readonly places: Place[];
}

/** Reads blocks, of which each is mostly the one before the last that was asked for: some of them at once. */
class PackedBlocks {
  readonly #o: ReaderOptions;
  /** What was read last, from `at` on. */
  #last: { readonly file: CheckpointFile; readonly at: number; readonly bytes: Promise<Buffer> } | null =
    null;

  constructor(options: ReaderOptions) {
    this.#o = options;
  }

  async read(file: CheckpointFile, number: number): Promise<Unpacked> {
    const block = file.blocks[number] as Block;
    if (this.#last?.file !== file || block.at < this.#last.at) this.#last = this.#begin(file, number);
    const { at, bytes } = this.#last;
    const packed = (await bytes).subarray(block.at - at, block.at - at + block.bytes);
    const found = checksumOf(packed) === block.checksum ? await unpacked(packed, block) : null;
    if (found === null) throw new Damage(join(this.#o.dir, file.header.name), whichRecords(file, number));
    return found;
  }

  /** Begins to read this block, and those before it for which there is room. */
  #begin(file: CheckpointFile, number: number) {
    const { at: last, bytes } = file.blocks[number] as Block;
    const end = last + bytes;
    const { at } = file.blocks.find((block) => block.at >= Math.min(end - readBytes, last)) as Block;
    return { file, at, bytes: this.#readFile(file, at, end - at) };
  }

  async #readFile({ header }: CheckpointFile, at: number, length: number): Promise<Buffer> {
    const { disk, dir, epoch } = this.#o;
    const path = join(dir, header.name);
    try {
      return await disk.read(path, at, length);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && epoch === null)
        throw new Trimmed(`the checkpoint of entry ${header.index} was replaced while it was read`);
      throw new LogFailure(`cannot read ${path}: ${message}`, { cause: error });
    }
  }
}

async function unpacked(packed: Buffer, { unpacked, records }: Block): Promise<Unpacked | null> {
  const block = await unpack(packed, unpacked).catch(() => null);
  const places = block && placesIn(block, records);
  return places && { block: block as Buffer, places };
}

function whichRecords({ blocks, records }: CheckpointFile, number: number): string {
  const before = blocks.slice(0, number).reduce((sum, one) => sum + one.records, 0);
  return `records ${before + 1} to ${before + blocks[number]!.records} of ${records} do not match their checksum`;
}
