import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why `needs` cannot be had here, said aloud, or null; throws in CI, where a skip would hide a gap. */
export function whyNot(suite: string, reason: string | null): string | null {
  if (reason === null) return null;
  if (process.env.CI) throw new Error(`${suite}: ${reason}`);
  console.error(`!!!! SKIPPED: ${suite}: ${reason}`);
  return reason;
}

export function missing(...programs: readonly string[]): string | null {
  const gone = programs.find((program) => spawnSync('which', [program]).status !== 0);
  return gone === undefined ? null : `${gone} is missing`;
}

/** Why no file system can be made here, or null. */
export function noMount(): string | null {
  if (process.getuid?.() !== 0) return 'this needs root, to mount a file system';
  return missing('mount', 'umount', 'mkfs.ext4', 'losetup', 'perl') ?? cannotMount();
}

function cannotMount(): string | null {
  const dir = mkdtempSync(join(tmpdir(), 'quorate-mount-'));
  try {
    const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dir], { encoding: 'utf8' });
    if (tried.status !== 0) return `nothing can be mounted: ${tried.stderr.trim()}`;
    spawnSync('umount', [dir]);
    return spawnSync('losetup', ['-f']).status === 0 ? null : 'there is no loop device';
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A small file system of its own, mounted under a temporary directory. */
export class SmallDisk {
  readonly dir: string;
  readonly #base: string;

  static async ext4(megabytes: number): Promise<SmallDisk> {
    const base = mkdtempSync(join(tmpdir(), 'quorate-disk-'));
    const image = join(base, 'disk.img');
    writeFileSync(image, '');
    await truncate(image, megabytes * 1024 * 1024);
    must('mkfs.ext4', '-q', '-F', '-m', '0', image);
    return new SmallDisk(base, ['-t', 'ext4', '-o', 'loop', image]);
  }

  static tmpfs(megabytes: number): SmallDisk {
    const base = mkdtempSync(join(tmpdir(), 'quorate-disk-'));
    return new SmallDisk(base, ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none']);
  }

  private constructor(base: string, mount: readonly string[]) {
    this.#base = base;
    this.dir = join(base, 'mnt');
    mkdirSync(this.dir);
    must('mount', ...mount, this.dir);
  }

  remount(how: 'ro' | 'rw'): void {
    must('mount', '-o', `remount,${how}`, this.dir);
  }

  /** The kernel gives the file system up, as it does after errors of the disk: from now on it cannot be written. */
  fail(): void {
    cutPower(this.dir);
  }

  destroy(): void {
    spawnSync('umount', ['-l', this.dir]);
    rmSync(this.#base, { recursive: true, force: true });
  }
}

/** Shuts the ext4 file system down (EXT4_IOC_SHUTDOWN) without writing its journal: all that was not made durable is lost. */
export function cutPower(mountPoint: string): void {
  const shutDown =
    'open(my $d, "<", $ARGV[0]) or die $!; my $how = pack("L", 2); ioctl($d, 0x8004587d, $how) or die $!;';
  must('perl', '-e', shutDown, mountPoint);
}

/** Runs a program and returns its stdout; throws when it fails. */
export function must(command: string, ...args: readonly string[]): string {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')}: ${done.stderr || done.error?.message}`);
}
