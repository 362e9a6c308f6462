import type { Disk, DiskFile } from '../../../src/log/file/disk.ts';
import { type Call, type Caller, type Kind, type Pending, split, systemError } from './calls.ts';
import { Directory } from './directory.ts';
import { Inode, pageBytes } from './inode.ts';
import type { Machine } from './machine.ts';

/** A call in parts; the last one gives what it returns. */
interface Parts<T> {
  readonly parts: readonly (() => void)[];
  readonly result: () => T;
  /** What is done of the parts from `next` on when its process is killed; all or nothing by itself. */
  readonly killed?: (next: number) => void;
}

/** The disk as one process sees it. After its end no call returns. */
export class Process implements Disk, Caller {
  readonly #machine: Machine;
  readonly id: number;
  isPaused = false;
  /** Others take it for dead, whether it is or not. */
  seemsDead = false;
  isOver = false;
  /** Calls that change something. */
  changes = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.id = machine.started(this);
  }

  /** To be called by its machine. */
  end(): void {
    this.isOver = true;
  }

  trace(what: string): void {
    this.#machine.trace(this, what);
  }

  list(dir: string): readonly string[] {
    this.#alive();
    const found = this.#machine.find(dir);
    return found instanceof Directory ? found.names : [];
  }

  makeDirectory(dir: string): void {
    this.#alive();
    if (this.#machine.find(dir) !== undefined) return;
    const { dir: parent, name } = split(dir);
    this.makeDirectory(parent);
    this.#check('makeDirectory', dir, pageBytes);
    this.#machine.trace(this, `makeDirectory ${dir}`);
    this.#machine.directory(parent, 'mkdir').set(name, this.#machine.newDirectory());
  }

  identityOf(path: string): string | null {
    this.#alive();
    if (this.#machine.lies.identity === true && path.includes('/epochs/')) return null;
    const found = this.#machine.find(path);
    return found === undefined ? null : `1:${found.id}`;
  }

  size(path: string): Promise<number> {
    return this.#once('size', path, 0, () => this.#machine.file(path, 'stat').size);
  }

  read(path: string, at: number, length: number): Promise<Buffer> {
    const halves: Buffer[] = [];
    let file: Inode;
    const half = Math.ceil(length / 2);
    return this.#call('read', path, {
      parts: [
        () => {
          this.#check('read', path, 0);
          file = this.#machine.file(path, 'open');
          halves.push(file.read(at, half));
        },
        () => void halves.push(file.read(at + half, length - half)),
      ],
      result: () => Buffer.concat(halves),
    });
  }

  create(path: string): Promise<DiskFile> {
    return this.#once('create', path, pageBytes, () => {
      const { dir, name } = split(path);
      const parent = this.#machine.directory(dir, 'open');
      if (parent.get(name) !== undefined && this.#machine.lies.create !== true)
        throw systemError('EEXIST', 'open', path);
      const inode = this.#machine.newInode();
      inode.uses = 1;
      parent.set(name, inode);
      return this.#opened(path, inode, false);
    });
  }

  openDurable(path: string): Promise<DiskFile> {
    return this.#once('open', path, 0, () => this.#opened(path, this.#machine.file(path, 'open'), true));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#once('rename', from, 0, () => {
      const source = split(from);
      const target = split(to);
      if (source.dir !== target.dir) throw new Error('the model renames within a directory only');
      const parent = this.#machine.directory(source.dir, 'rename');
      this.#machine.file(from, 'rename');
      const replaced = parent.get(target.name);
      if (replaced instanceof Inode) this.#machine.released(replaced);
      parent.rename(source.name, target.name);
    });
  }

  remove(path: string): Promise<void> {
    return this.#once('remove', path, 0, () => {
      const { dir, name } = split(path);
      this.#machine.released(this.#machine.file(path, 'unlink'));
      this.#machine.directory(dir, 'unlink').remove(name);
    });
  }

  syncDirectory(dir: string): Promise<void> {
    let directory: Directory;
    let changes: readonly unknown[];
    return this.#call('syncDirectory', dir, {
      parts: [
        () => {
          this.#check('syncDirectory', dir, 0);
          directory = this.#machine.directory(dir, 'open');
          changes = directory.syncing();
        },
        () => {
          if (this.#machine.lies.syncDirectory !== true) directory.synced(changes);
        },
      ],
      result: () => undefined,
    });
  }

  #opened(path: string, inode: Inode, isDurable: boolean): DiskFile {
    inode.uses += 1;
    const { lies } = this.#machine;
    return {
      write: (bytes, at) => this.#write(path, inode, isDurable, Buffer.from(bytes), at),
      sync: () => this.#sync(path, inode, isDurable ? lies.syncOfDurable === true : lies.sync === true),
      close: () => this.#once('close', path, 0, () => this.#machine.released(inode)),
    };
  }

  #write(path: string, inode: Inode, isDurable: boolean, bytes: Buffer, at: number): Promise<void> {
    const cuts = [
      0,
      ...pagesIn(at, bytes.length, this.#machine.random.below(3), this.#machine),
      bytes.length,
    ];
    const part = (index: number) => () => {
      const [from = 0, to = 0] = cuts.slice(index, index + 2);
      const grows = Math.ceil((at + to) / pageBytes) * pageBytes - inode.allocated;
      this.#check('write', path, Math.max(0, grows));
      inode.write(bytes.subarray(from, to), at + from);
    };
    const parts = Array.from({ length: cuts.length - 1 }, (_, index) => part(index));
    return this.#call('write', path, {
      parts:
        isDurable && this.#machine.lies.durableWrites !== true
          ? [...parts, () => inode.synced(inode.syncing(at, at + bytes.length))]
          : parts,
      result: () => undefined,
      killed: (next) => {
        const from = cuts[next] ?? bytes.length;
        const [to = 0] = pagesIn(at + from, bytes.length - from, 1, this.#machine);
        if (from < bytes.length && this.#machine.random.chance(0.5))
          inode.write(bytes.subarray(from, from + to), at + from);
      },
    });
  }

  #sync(path: string, inode: Inode, isLie: boolean): Promise<void> {
    let syncing: ReturnType<Inode['syncing']>;
    return this.#call('sync', path, {
      parts: [
        () => {
          syncing = inode.syncing();
          try {
            this.#check('sync', path, 0);
          } catch (error) {
            inode.syncFailed(syncing, this.#machine.random);
            throw error;
          }
        },
        () => {
          if (!isLie) inode.synced(syncing);
        },
      ],
      result: () => undefined,
      killed: () => undefined,
    });
  }

  /** A call whose effect comes all at once. */
  #once<T>(kind: Kind, path: string, grows: number, work: () => T): Promise<T> {
    let result: T;
    return this.#call(kind, path, {
      parts: [
        () => {
          this.#check(kind, path, grows);
          result = work();
        },
      ],
      result: () => result,
    });
  }

  #call<T>(kind: Kind, path: string, { parts, result, killed }: Parts<T>): Promise<T> {
    // What a process that is over still asks for has no answer.
    if (this.isOver) return new Promise(() => undefined);
    if (!['size', 'read', 'close'].includes(kind)) this.changes += 1;
    return new Promise((resolve, reject) => {
      let next = 0;
      // Now and then it returns only after others have gone on.
      const returns = parts.length + (this.#machine.random.chance(0.3) ? 1 : 0);
      const pending: Pending = {
        process: this,
        advance: () => {
          try {
            parts[next]?.();
            next += 1;
            if (next < returns) return;
            this.#machine.trace(this, `${kind} ${path}`);
            resolve(result());
          } catch (error) {
            this.#machine.trace(this, String(error));
            reject(error as Error);
          }
          this.#machine.returned(pending);
        },
        interrupt: (random, how) => {
          this.#machine.trace(this, `${how} in part ${next} of ${kind} ${path}`);
          if (how === 'kill' && killed !== undefined) return killed(next);
          if (!random.chance(0.5)) return;
          try {
            for (const part of parts.slice(next)) part();
          } catch {
            // It would have failed.
          }
        },
      };
      this.#machine.call(pending);
    });
  }

  #check(kind: Call['kind'], path: string, grows: number): void {
    this.#machine.check({ kind, path, grows, process: this });
  }

  #alive(): void {
    if (this.isOver) throw new Error('this process is over');
  }
}

/** Up to `count` page boundaries within `length` bytes at `at`, as offsets into them, in order. */
function pagesIn(at: number, length: number, count: number, machine: Machine): number[] {
  const first = pageBytes - (at % pageBytes);
  const boundaries = first >= length ? 0 : Math.ceil((length - first) / pageBytes);
  if (boundaries === 0) return [];
  const chosen = new Set(
    Array.from({ length: count }, () => first + machine.random.below(boundaries) * pageBytes),
  );
  return [...chosen].sort((a, b) => a - b);
}
