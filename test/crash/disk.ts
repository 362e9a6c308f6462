import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cutPower, must } from '../disk/tools.ts';

/**
 * An ext4 file system on a loop device whose power can be cut: what was not made durable is lost, as in a real power cut.
 * Needs root and a loop device.
 */
export class Disk {
  readonly mountPoint: string;
  readonly #directory: string;
  readonly #device: string;

  static async make(megabytes: number): Promise<Disk> {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'quorate-power-'));
    const image = path.join(directory, 'disk.img');
    await writeFile(image, '');
    await truncate(image, megabytes * 1024 * 1024);
    must('mkfs.ext4', '-q', '-F', image);
    const device = must('losetup', '-f', '--show', image).trim();
    const disk = new Disk(directory, device);
    disk.mount();
    return disk;
  }

  private constructor(directory: string, device: string) {
    this.#directory = directory;
    this.#device = device;
    this.mountPoint = path.join(directory, 'mnt');
    mkdirSync(this.mountPoint);
  }

  /** Mounting replays the journal, as after a power cut. */
  mount(): void {
    must('mount', '-t', 'ext4', this.#device, this.mountPoint);
    const kind = must('stat', '-f', '-c', '%T', this.mountPoint).trim();
    if (!kind.startsWith('ext'))
      throw new Error(`${this.mountPoint} is ${kind}, not ext4: a power cut there would prove nothing`);
  }

  /** From now on nothing reaches the disk any more. */
  cutPower(): void {
    cutPower(this.mountPoint);
  }

  unmount(): void {
    for (let tries = 0; ; tries += 1) {
      if (spawnSync('umount', [this.mountPoint]).status === 0) return;
      if (tries === 50) must('umount', '-l', this.mountPoint);
      spawnSync('sleep', ['0.1']);
    }
  }

  async destroy(): Promise<void> {
    spawnSync('umount', ['-l', this.mountPoint]);
    spawnSync('losetup', ['-d', this.#device]);
    await rm(this.#directory, { recursive: true, force: true });
  }
}
