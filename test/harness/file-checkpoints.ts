import { type CheckpointsOptions, FileCheckpoints } from '../../src/log/file/checkpoints/checkpoints.ts';
import type { Published } from '../../src/log/file/checkpoints/find.ts';
import { type Disk, type DiskFile, realDisk } from '../../src/log/file/disk.ts';
import type { CheckpointRecord, CheckpointWrite } from '../../src/log/log.ts';

/** What a checkpoint holds, or changes where a value is null. */
export type Values = Readonly<Record<string, string | null>>;

const logId = 'a-log';

function optionsIn(dir: string, other: Partial<CheckpointsOptions> = {}): CheckpointsOptions {
  return { disk: realDisk, dir, log: logId, epoch: 1, refusal: () => null, check: () => {}, ...other };
}

/** The checkpoints in a directory, opened by the owner of epoch 1 unless `other` says something else. */
export function openCheckpoints(
  dir: string,
  other: Partial<CheckpointsOptions> = {},
): Promise<FileCheckpoints> {
  return FileCheckpoints.open(optionsIn(dir, other));
}

export function full(index: number, values: Values): CheckpointWrite {
  return { index, full: true, records: slices(values) };
}

export function changes(index: number, values: Values): CheckpointWrite {
  return { index, full: false, records: slices(values) };
}

async function* slices(values: Values): AsyncGenerator<CheckpointRecord[]> {
  yield Object.entries(values).map(([key, value]) => ({
    key,
    bytes: value === null ? null : Buffer.from(value),
  }));
}

/** Index and values of a checkpoint; null for none. */
export async function stateOf(
  checkpoints: FileCheckpoints,
  published: Published | null = checkpoints.current,
): Promise<{ index: number; values: Values } | null> {
  if (published === null) return null;
  const values = new Map<string, string>();
  for await (const { key, bytes } of checkpoints.read(published)) {
    if (values.has(key)) throw new Error(`"${key}" came twice`);
    values.set(key, Buffer.from(bytes!).toString());
  }
  return { index: published.index, values: Object.fromEntries(values) };
}

/** The real disk, on which `before` is called ahead of each thing that is asked for, and may throw instead of it. */
export function diskWith(before: (operation: keyof Disk | keyof DiskFile, path: string) => void): Disk {
  const asked = async <Result>(
    operation: keyof Disk | keyof DiskFile,
    path: string,
    work: () => Promise<Result>,
  ) => {
    before(operation, path);
    return await work();
  };
  const file = (path: string, opened: DiskFile): DiskFile => ({
    write: (bytes, at) => asked('write', path, () => opened.write(bytes, at)),
    sync: () => asked('sync', path, () => opened.sync()),
    async close() {
      // It is closed either way.
      await opened.close();
      before('close', path);
    },
  });
  return {
    ...realDisk,
    makeDirectory(dir) {
      before('makeDirectory', dir);
      realDisk.makeDirectory(dir);
    },
    size: (path) => asked('size', path, () => realDisk.size(path)),
    read: (path, at, length) => asked('read', path, () => realDisk.read(path, at, length)),
    create: (path) => asked('create', path, async () => file(path, await realDisk.create(path))),
    rename: (from, to) => asked('rename', to, () => realDisk.rename(from, to)),
    remove: (path) => asked('remove', path, () => realDisk.remove(path)),
    syncDirectory: (dir) => asked('syncDirectory', dir, () => realDisk.syncDirectory(dir)),
  };
}

export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: so the test says`), { code });
}
