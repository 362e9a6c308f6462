import { env, stderr } from 'node:process';
import { Random } from '../../sim/random.ts';
import { type Call, type Caller, type Pending, systemError } from './calls.ts';
import { Directory, type Node } from './directory.ts';
import { Inode, type Kept, pageBytes } from './inode.ts';

/** Ways in which a disk may do less than it says: a suite that does not see them proves nothing. */
export interface Lies {
  /** A sync of a file makes nothing durable. */
  readonly sync?: boolean;
  /** A write to a file that was opened for durable writes is not durable. */
  readonly durableWrites?: boolean;
  /** A sync of such a file makes nothing durable of what others wrote. */
  readonly syncOfDurable?: boolean;
  /** A sync of a directory makes no name durable. */
  readonly syncDirectory?: boolean;
  /** A file is created in the place of another. */
  readonly create?: boolean;
  /** Of the files of owners none is ever seen. */
  readonly identity?: boolean;
}

/**
 * A computer with one disk, in memory, on which there is one directory, /machine. Its processes make calls; each takes effect part by part in an order that the seed
 * decides, and between any two parts a process can be paused or killed, or the power cut.
 */
export class Machine {
  readonly random: Random;
  readonly lies: Lies;
  root = new Directory(0);
  /** Makes a call fail with this code; null lets it be. */
  fault: (call: Call) => string | null = () => null;
  /** Bytes that files may take. */
  capacity = Infinity;
  /** Parts of calls that have taken effect. */
  steps = 0;
  #ids = 1;
  readonly #freeIds: number[] = [];
  #pending: Pending[] = [];
  readonly #processes = new Set<Caller>();

  constructor(seed: number, lies: Lies = {}) {
    this.random = new Random(seed);
    this.lies = lies;
    this.root.set('machine', this.newDirectory());
    this.root.synced(this.root.syncing());
  }

  /** Another machine with a disk of the same content, all of it durable. */
  copy(seed: number, lies: Lies = this.lies): Machine {
    const copy = new Machine(seed, lies);
    copy.root = this.root.copy();
    copy.#ids = this.#ids;
    return copy;
  }

  /** Returns the number of a process that starts. */
  started(process: Caller): number {
    this.#processes.add(process);
    processes += 1;
    return processes;
  }

  /** Says what happens, where somebody looks for a cause: `TRACE=1`. */
  trace(process: Caller | null, what: string): void {
    if (env.TRACE !== undefined) stderr.write(`${this.steps} ${process?.id ?? ''} ${what}\n`);
  }

  call(pending: Pending): void {
    this.#pending.push(pending);
  }

  returned(pending: Pending): void {
    this.#pending = this.#pending.filter((one) => one !== pending);
  }

  /** Does the next part of one of the calls of processes that run; false when there is none. */
  step(): boolean {
    const able = this.#pending.filter(({ process }) => !process.isPaused);
    if (able.length === 0) return false;
    this.steps += 1;
    this.random.pick(able).advance();
    return true;
  }

  /** What it wrote stays in the kernel's memory, as far as it came. */
  kill(process: Caller): void {
    this.trace(process, 'killed');
    const cut = this.#pending.filter((one) => one.process === process);
    this.#pending = this.#pending.filter((one) => one.process !== process);
    for (const pending of cut) pending.interrupt(this.random, 'kill');
    process.end();
    this.#processes.delete(process);
  }

  killAll(): void {
    for (const process of [...this.#processes]) this.kill(process);
  }

  /** Every process ends, and what was not synced is lost as it happens. */
  cutPower(): void {
    this.trace(null, 'the power is cut');
    for (const pending of this.#pending.splice(0)) pending.interrupt(this.random, 'cut');
    for (const process of this.#processes) process.end();
    this.#processes.clear();
    this.root.cut(this.random, keptIn(this.random));
  }

  newInode(): Inode {
    // File systems give the number of a removed file to the next one.
    const id = this.random.chance(0.5) ? this.#freeIds.pop() : undefined;
    return new Inode(id ?? this.#ids++);
  }

  newDirectory(): Directory {
    return new Directory(this.#ids++);
  }

  /** A file has lost a name or a handle. */
  released(inode: Inode): void {
    inode.uses -= 1;
    if (inode.uses === 0) this.#freeIds.push(inode.id);
  }

  find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of path.split('/').filter((part) => part !== ''))
      node = node instanceof Directory ? node.get(name) : undefined;
    return node;
  }

  directory(path: string, call: string): Directory {
    const node = this.find(path);
    if (node instanceof Directory) return node;
    throw systemError('ENOENT', call, path);
  }

  file(path: string, call: string): Inode {
    const node = this.find(path);
    if (node instanceof Inode) return node;
    throw systemError('ENOENT', call, path);
  }

  /** Throws when `call` is to fail, or the disk is too full for it. */
  check(call: Call): void {
    const code =
      this.fault(call) ?? (call.grows > 0 && this.used + call.grows > this.capacity ? 'ENOSPC' : null);
    if (code !== null) throw systemError(code, call.kind, call.path);
  }

  get used(): number {
    let used = 0;
    for (const file of this.root.files()) used += file.allocated + pageBytes;
    return used;
  }
}

/** Of all machines, so that no two have the same number. */
let processes = 0;

/** Mostly one of the ends: nothing kept, and all of it, are the likeliest to show a fault. */
function keptIn(random: Random): Kept {
  return random.pick([0, 0, 1, 0.5, 0.5, 0.1, 0.9]);
}
