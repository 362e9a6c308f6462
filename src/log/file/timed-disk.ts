import type { Disk } from './disk.ts';

/** A disk that reports how long each durable write of an entry takes, in seconds. */
export function timedDisk(disk: Disk, onSync: (seconds: number) => void): Disk {
  return {
    ...disk,
    async openDurable(path) {
      const file = await disk.openDurable(path);
      return {
        async write(bytes, at) {
          const began = performance.now();
          await file.write(bytes, at);
          onSync((performance.now() - began) / 1000);
        },
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  };
}
