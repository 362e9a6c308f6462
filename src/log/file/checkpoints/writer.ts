import { dirname, join } from 'node:path';
import { LogFailure, NoSpace } from '../../log.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { BlockBuilder, checksumOf, pack } from './block.ts';
import {
  type Block,
  type CheckpointFile,
  encodeEnd,
  encodeHeader,
  type Header,
  temporaryEnding,
} from './checkpoint-file.ts';
import { portionBytes } from './sizes.ts';

export interface WriterOptions {
  readonly disk: Disk;
  readonly dir: string;
  /** Why so many bytes may not be written now, or null. */
  readonly refusal: (bytes: number) => string | null;
  /** Throws when this process must not publish any more. */
  readonly check: () => void;
}

/**
 * Writes one checkpoint file: `begin`, then for each record `block.add`, and `flush` whenever the block is full, then
 * `publish`. Until it is whole and synced it has a temporary name. Each of these throws `NoSpace` where there is no space for it
 * and `LogFailure` where the disk fails; `discard` is then to be called.
 */
export class CheckpointWriter {
  readonly block = new BlockBuilder();
  readonly #o: WriterOptions;
  readonly #path: string;
  readonly #header: Header;
  readonly #blocks: Block[] = [];
  #file: DiskFile | null = null;
  #size = 0;
  #synced = 0;

  constructor(options: WriterOptions, header: Header) {
    this.#o = options;
    this.#path = join(options.dir, header.name);
    this.#header = header;
  }

  async begin(): Promise<void> {
    const { disk, dir } = this.#o;
    this.#refuse(0);
    await this.#done(makeDirectory(disk, dir));
    this.#file = await this.#done(disk.create(this.#path + temporaryEnding));
    await this.#write(encodeHeader(this.#header));
  }

  /** Writes the block. Other work gets turns meanwhile. */
  async flush(): Promise<void> {
    const { bytes, records } = this.block;
    if (records === 0) return;
    const packed = await pack(bytes);
    this.#refuse(packed.length);
    this.#blocks.push({
      at: this.#size,
      bytes: packed.length,
      unpacked: bytes.length,
      records,
      checksum: checksumOf(packed),
    });
    this.block.clear();
    await this.#write(packed);
    if (this.#size - this.#synced < portionBytes) return;
    await this.#done(this.#file!.sync());
    this.#synced = this.#size;
  }

  /** Gives the file its name once all of it is on disk; what it says of itself. */
  async publish(): Promise<CheckpointFile> {
    const { disk, dir, check } = this.#o;
    await this.flush();
    const { end, checksum } = encodeEnd(encodeHeader(this.#header), this.#blocks);
    this.#refuse(end.length);
    await this.#write(end);
    await this.#done(this.#file!.sync());
    await this.#close();
    check();
    await this.#done(disk.rename(this.#path + temporaryEnding, this.#path));
    await this.#done(disk.syncDirectory(dir), 'whether it is published is not known');
    check();
    const records = this.#blocks.reduce((sum, block) => sum + block.records, 0);
    return { header: this.#header, size: this.#size, blocks: this.#blocks, records, checksum };
  }

  /** Removes what was written, as far as the disk lets it: the next owner of the log removes the rest. */
  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await this.#o.disk.remove(this.#path + temporaryEnding).catch(() => {});
  }

  #refuse(bytes: number): void {
    const refused = this.#o.refusal(bytes);
    if (refused !== null) throw new NoSpace(refused);
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#done(this.#file!.write(bytes, this.#size));
    this.#size += bytes.length;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (file) await this.#done(file.close());
  }

  /** What `work` resolves with. `unknown`: what is not known when it fails, for want of space or not. */
  async #done<Result>(work: Promise<Result>, unknown?: string): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const what = `cannot write ${this.#path}: ${message}`;
      if (unknown !== undefined) throw new LogFailure(`${what}; ${unknown}`, { cause: error });
      throw code === 'ENOSPC' || code === 'EDQUOT'
        ? new NoSpace(what)
        : new LogFailure(what, { cause: error });
    }
  }
}

async function makeDirectory(disk: Disk, dir: string): Promise<void> {
  disk.makeDirectory(dir);
  await disk.syncDirectory(dirname(dir));
}
