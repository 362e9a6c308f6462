import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Disk, DiskFile } from '../../../src/log/file/disk.ts';
import { systemError } from './calls.ts';

/** A disk in memory that keeps all it is given at once: for the many openings of one log, damaged in one way or another. */
export class PlainDisk implements Disk {
  readonly files: Map<string, Buffer>;
  /** Returns a call's error, to make it fail. */
  fault: (call: string, path: string) => Error | null = () => null;
  readonly #directories: Set<string>;
  readonly #identities = new Map<string, number>();
  #identity = 0;

  constructor(files: ReadonlyMap<string, Buffer> = new Map()) {
    this.files = new Map(files);
    this.#directories = new Set([...files.keys()].map((path) => dirname(path)));
    for (const path of this.files.keys()) this.#identify(path);
  }

  /** What is in a directory of the real disk. Without its sockets. */
  static from(dir: string): PlainDisk {
    const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name));
    const files = paths.filter((path) => statSync(path).isFile());
    return new PlainDisk(new Map(files.map((path) => [path, readFileSync(path)])));
  }

  /** Another disk, with another content of one file; null removes it. */
  with(path: string, content: Buffer | null): PlainDisk {
    const files = new Map(this.files);
    if (content === null) files.delete(path);
    else files.set(path, content);
    return new PlainDisk(files);
  }

  list(dir: string): readonly string[] {
    const names = new Set<string>();
    for (const path of this.files.keys())
      if (path.startsWith(`${dir}/`)) names.add(path.slice(dir.length + 1).split('/')[0] as string);
    return [...names].sort();
  }

  makeDirectory(dir: string): void {
    this.#directories.add(dir);
  }

  identityOf(path: string): string | null {
    if (this.files.has(path)) return `1:${this.#identities.get(path)}`;
    return this.#directories.has(path) ? `2:${path}` : null;
  }

  async size(path: string): Promise<number> {
    return this.#content(path, 'size').length;
  }

  async read(path: string, at: number, length: number): Promise<Buffer> {
    return Buffer.from(this.#content(path, 'read').subarray(at, at + length));
  }

  async create(path: string): Promise<DiskFile> {
    this.#check('create', path);
    if (this.files.has(path)) throw systemError('EEXIST', 'create', path);
    this.files.set(path, Buffer.alloc(0));
    this.#identify(path);
    return this.#opened(path);
  }

  async openDurable(path: string): Promise<DiskFile> {
    this.#content(path, 'open');
    return this.#opened(path);
  }

  async rename(from: string, to: string): Promise<void> {
    this.files.set(to, this.#content(from, 'rename'));
    this.#identities.set(to, this.#identities.get(from) as number);
    this.files.delete(from);
  }

  async remove(path: string): Promise<void> {
    this.#content(path, 'remove');
    this.files.delete(path);
  }

  async syncDirectory(dir: string): Promise<void> {
    this.#check('syncDirectory', dir);
  }

  #opened(path: string): DiskFile {
    return {
      write: async (bytes, at) => {
        const before = this.#content(path, 'write');
        const content = Buffer.alloc(Math.max(before.length, at + bytes.length));
        before.copy(content);
        content.set(bytes, at);
        this.files.set(path, content);
      },
      sync: async () => this.#check('sync', path),
      close: async () => undefined,
    };
  }

  #content(path: string, call: string): Buffer {
    this.#check(call, path);
    const content = this.files.get(path);
    if (content === undefined) throw systemError('ENOENT', call, path);
    return content;
  }

  #check(call: string, path: string): void {
    const error = this.fault(call, path);
    if (error !== null) throw error;
  }

  #identify(path: string): void {
    this.#identity += 1;
    this.#identities.set(path, this.#identity);
  }
}
