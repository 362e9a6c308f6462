import { LogFailure } from '../../src/log/log.ts';
import type { Faults } from './plan.ts';
import type { Random } from './random.ts';
import type { Store } from './store.ts';
import type { World } from './world.ts';

export interface WireOptions {
  readonly world: World;
  readonly store: Store;
  readonly faults: Faults;
  readonly server: number;
  /** A store in the same process: nothing is lost on the way, and it ends with the process. */
  readonly exclusive: boolean;
  /** See ServerPlan. */
  readonly stragglers: number;
  /** The history that the server serves; null: whichever the store has, for a seeded bug. */
  readonly logId: string | null;
}

export type Asked<T> =
  | { readonly is: 'answered'; readonly value: T }
  /** No answer in time: it may have been done, may yet be, or never. */
  | { readonly is: 'lost' }
  | { readonly is: 'refused' };

/** ms until a request without an answer counts as lost. */
const patience = 300;

/** One server's requests to the store, over a network that loses and delays them. */
export class Wire {
  /** Whether the process is gone: nothing of it happens any more, but what is on its way to the store may arrive. */
  dead = false;
  /** Since when no answer has come, virtual ms; null while they come. */
  silentSince: number | null = null;
  private readonly o: WireOptions;
  private readonly random: Random;

  constructor(options: WireOptions, random: Random) {
    this.o = options;
    this.random = random;
  }

  /** Throws where the store has another history than this server serves, whatever the positions in it. */
  checkHistory(): void {
    const { logId, store } = this.o;
    if (logId !== null && store.id !== logId)
      throw new LogFailure(`the log is ${store.id}, this server serves ${logId}`);
  }

  /** Asks the store until it answers. */
  async untilAnswered<T>(execute: () => T): Promise<T> {
    for (;;) {
      const answer = await this.ask(execute);
      if (answer.is === 'answered') return answer.value;
      await this.o.world.sleep(10 + this.random.below(40));
      if (this.dead) return never();
    }
  }

  /** One request and its answer, if both arrive. An error of `execute` is the answer too. */
  ask<T>(execute: () => T): Promise<Asked<T>> {
    const { world, faults, server, exclusive } = this.o;
    if (this.dead) return never();
    return new Promise((resolve, reject) => {
      const cut = faults.active('cut', world.now, server);
      const lossy = faults.active('lossy', world.now, server);
      let over = false;
      const timer = exclusive
        ? () => {}
        : world.after(patience, () => {
            over = true;
            this.silentSince ??= world.now - patience;
            if (!this.dead) resolve({ is: 'lost' });
          });
      const answer = (settle: () => void): void => {
        world.after(this.delay(), () => {
          if (over || this.dead) return;
          timer();
          this.silentSince = null;
          settle();
        });
      };
      if (cut !== null || (lossy !== null && this.random.chance(lossy.request))) return;
      const replyLost = lossy !== null && this.random.chance(lossy.reply);
      world.after(this.delay(), () => {
        // A store in the same process ends with it.
        if (exclusive && this.dead) return;
        if (faults.active('refuse', world.now) !== null) {
          if (!replyLost) answer(() => resolve({ is: 'refused' }));
          return;
        }
        let settle: () => void;
        try {
          this.checkHistory();
          const value = execute();
          settle = () => resolve({ is: 'answered', value });
        } catch (error) {
          settle = () => reject(error as Error);
        }
        if (!replyLost) answer(settle);
      });
    });
  }

  /** ms that a message takes now. */
  delay(): number {
    const { world, faults, server, stragglers } = this.o;
    const slow = faults.active('slow', world.now, server);
    const held = this.random.chance(stragglers) ? this.random.below(80) : 0;
    return 1 + this.random.below(4) + held + (slow === null ? 0 : this.random.below(slow.by));
  }
}

export function never(): Promise<never> {
  return new Promise(() => {});
}
