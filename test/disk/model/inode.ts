import type { Random } from '../../sim/random.ts';

const sectorBytes = 512;
export const pageBytes = 4096;

/** How much of what was not synced a power cut keeps: the probability for each sector, length and name. */
export type Kept = number;

/** What a sync that has begun will have made durable when it ends. */
export interface Syncing {
  readonly sectors: ReadonlyMap<number, Buffer>;
  readonly size: number;
}

/** A file's content: what programs see, and what would be left of it after a power cut. */
export class Inode {
  readonly id: number;
  /** Names that it has, and handles that are open: with none of both its blocks are free. */
  uses = 0;
  #visible: Buffer = Buffer.alloc(0);
  #size = 0;
  #durable: Buffer = Buffer.alloc(0);
  #durableSize = 0;
  /** Sector -> what it held since it was last durable, oldest first. */
  readonly #unsynced = new Map<number, Buffer[]>();
  #unsyncedSizes: number[] = [];

  constructor(id: number) {
    this.id = id;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that it takes on the disk. */
  get allocated(): number {
    return Math.ceil(this.#size / pageBytes) * pageBytes;
  }

  read(at: number, length: number): Buffer {
    return Buffer.from(this.#visible.subarray(at, Math.max(at, Math.min(this.#size, at + length))));
  }

  write(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length;
    this.#visible = room(this.#visible, end);
    this.#visible.set(bytes, at);
    if (end > this.#size) {
      this.#size = end;
      this.#unsyncedSizes.push(end);
    }
    for (let sector = Math.floor(at / sectorBytes); sector * sectorBytes < end; sector += 1) {
      const versions = this.#unsynced.get(sector);
      if (versions === undefined) this.#unsynced.set(sector, [this.#sector(sector)]);
      else versions.push(this.#sector(sector));
    }
  }

  #sector(sector: number): Buffer {
    const bytes = Buffer.alloc(sectorBytes);
    this.#visible.copy(bytes, 0, sector * sectorBytes, (sector + 1) * sectorBytes);
    return bytes;
  }

  /** What a sync of the bytes from `from` to `to` has to make durable. */
  syncing(from = 0, to = Infinity): Syncing {
    const sectors = new Map<number, Buffer>();
    for (const [sector, versions] of this.#unsynced)
      if ((sector + 1) * sectorBytes > from && sector * sectorBytes < to)
        sectors.set(sector, versions.at(-1) as Buffer);
    return { sectors, size: this.#size };
  }

  synced({ sectors, size }: Syncing): void {
    for (const [sector, bytes] of sectors) {
      this.#durable = room(this.#durable, (sector + 1) * sectorBytes);
      this.#durable.set(bytes, sector * sectorBytes);
      const versions = this.#unsynced.get(sector) ?? [];
      const newer = versions.slice(versions.indexOf(bytes) + 1);
      if (newer.length === 0) this.#unsynced.delete(sector);
      else this.#unsynced.set(sector, newer);
    }
    this.#durableSize = Math.max(this.#durableSize, size);
    this.#unsyncedSizes = this.#unsyncedSizes.filter((one) => one > this.#durableSize);
  }

  /**
   * A sync has failed: the system takes what it should have written for clean, shows it to programs, and writes it never
   * again; some of it has reached the disk.
   */
  syncFailed(syncing: Syncing, random: Random): void {
    const sectors = new Map([...syncing.sectors].filter(() => random.chance(0.5)));
    this.synced({ sectors, size: random.chance(0.5) ? syncing.size : this.#durableSize });
    for (const sector of syncing.sectors.keys()) this.#unsynced.delete(sector);
  }

  /** The power is cut: each sector that was not synced holds what it held at one time or another since it was. */
  cut(random: Random, kept: Kept): void {
    for (const [sector, versions] of this.#unsynced) {
      if (!random.chance(kept)) continue;
      this.#durable = room(this.#durable, (sector + 1) * sectorBytes);
      const version = random.chance(0.7) ? versions.at(-1) : random.pick(versions);
      this.#durable.set(version as Buffer, sector * sectorBytes);
    }
    this.#unsynced.clear();
    const sizes = this.#unsyncedSizes;
    if (sizes.length > 0 && random.chance(kept))
      this.#durableSize = random.chance(0.7) ? (sizes.at(-1) as number) : random.pick(sizes);
    this.#unsyncedSizes = [];
    this.#size = this.#durableSize;
    this.#durable = room(this.#durable, this.#size);
    // Beyond the file's end nothing is kept that a longer file could show again.
    this.#durable.fill(0, this.#size);
    this.#visible = Buffer.from(this.#durable);
  }

  /** A copy for another machine, with nothing unsynced. */
  copy(): Inode {
    const copy = new Inode(this.id);
    copy.uses = this.uses;
    copy.#visible = Buffer.from(this.#visible);
    copy.#durable = Buffer.from(this.#visible);
    copy.#size = this.#size;
    copy.#durableSize = this.#size;
    return copy;
  }
}

/** The same bytes with at least `length` of them, zeros behind. */
function room(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes;
  const grown = Buffer.alloc(Math.max(length, Math.min(bytes.length * 2, bytes.length + 65_536)));
  bytes.copy(grown);
  return grown;
}
