// @ts-nocheck
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * An ext4 file system on a loop device whose power can be cut: EXT4_IOC_SHUTDOWN without flushing the journal drops all that
 * was not made durable, as a real power cut does. Needs root and a loop device.
 */
export class Disk {
  static async make(megabytes) {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-power-'));
    const image = path.join(directory, 'disk.img');
    await writeFile(image, '');
    await truncate(image, megabytes * 1024 * 1024);
    must('mkfs.ext4', ['-q', '-F', image]);
    const device = must('losetup', ['-f', '--show', image]).trim();
    const disk = new Disk(directory, device);
    disk.mount();
    return disk;
  }

  constructor(directory, device) {
    this.directory = directory;
    this.device = device;
    this.mountPoint = `${directory}/mnt`;
    must('mkdir', ['-p', this.mountPoint]);
  }

  /** Mounting replays the journal, as after a power cut. */
  mount() {
    must('mount', ['-t', 'ext4', this.device, this.mountPoint]);
    const kind = must('stat', ['-f', '-c', '%T', this.mountPoint]).trim();
    if (!kind.startsWith('ext'))
      throw new Error(`${this.mountPoint} is ${kind}, not ext4: a power cut there would prove nothing`);
  }

  /** From now on nothing reaches the disk any more. */
  cutPower() {
    const goDown =
      'open(my $d, "<", $ARGV[0]) or die $!; my $how = pack("L", 2); ioctl($d, 0x8004587d, $how) or die $!;';
    must('perl', ['-e', goDown, this.mountPoint]);
  }

  unmount() {
    for (let tries = 0; ; tries += 1) {
      if (spawnSync('umount', [this.mountPoint]).status === 0) return;
      if (tries === 50) must('umount', ['-l', this.mountPoint]);
      spawnSync('sleep', ['0.1']);
    }
  }

  async destroy() {
    spawnSync('umount', ['-l', this.mountPoint]);
    spawnSync('losetup', ['-d', this.device]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Why a power cut cannot be tried here, or null. */
export function whyNotHere() {
  if (process.getuid?.() !== 0) return 'this needs root, for a loop device of its own';
  const missing = ['mkfs.ext4', 'losetup', 'mount', 'perl'].find(
    (tool) => spawnSync('which', [tool]).status !== 0,
  );
  if (missing !== undefined) return `${missing} is missing`;
  return spawnSync('losetup', ['-f']).status === 0 ? null : 'there is no loop device';
}

function must(command, args) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${done.stderr || done.error?.message}`);
  return done.stdout;
}
