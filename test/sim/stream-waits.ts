import type { World } from './world.ts';

interface Wait {
  readonly look: () => unknown;
  /** Since when it would see what it waits for, virtual ms. */
  seenAt: number | null;
}

/** I12: who waits for something of a stream is told in the same instant in which the server applies it. */
export class StreamWaits {
  private readonly world: World;
  private readonly blame: (text: string) => void;
  private readonly waits = new Set<Wait>();

  constructor(world: World, blame: (text: string) => void) {
    this.world = world;
    this.blame = blame;
  }

  begin(look: () => unknown): Wait {
    const wait = { look, seenAt: null };
    this.waits.add(wait);
    return wait;
  }

  /** Looks for all of them, after an entry was applied. */
  look(): void {
    for (const wait of this.waits) {
      if (wait.seenAt !== null) continue;
      try {
        if (wait.look() !== undefined) wait.seenAt = this.world.now;
      } catch {
        // What cannot be seen any more is an answer too.
        wait.seenAt = this.world.now;
      }
    }
  }

  end(wait: Wait, group: string): void {
    this.waits.delete(wait);
    const late = this.world.now - (wait.seenAt ?? this.world.now);
    if (late > 0) this.blame(`${group}: who waited for its stream was told ${late} ms late`);
  }
}
