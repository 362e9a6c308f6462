import type { Clock } from './time.ts';
import { after, within } from './time.ts';

export interface PulseOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** ms between two questions; 0: none are asked. */
  readonly every: number;
}

/** The calls in flight to one server, and what ends the asking. */
interface Watch {
  readonly all: Set<() => void>;
  /** Ends what is under way: the pause, or the question. */
  cancel: () => void;
}

// An answer later than this is none.
const answerWithinMs = 600;
// Most answers come sooner, and nothing need be asked.
const soonMs = 100;

/**
 * Finds out whether a server that holds a reply back is still fit to give it. One that stands still, or is cut off
 * from its cluster, keeps its connections open, so that only asking tells: while calls are in flight the server is
 * asked now and then, once for all of them, whether it is ready.
 */
export class Pulse {
  private readonly options: PulseOptions;
  private readonly watched = new Map<string, Watch>();

  constructor(options: PulseOptions) {
    this.options = options;
  }

  /**
   * Calls `lost` when the server does not answer or says that it is not ready; the result ends it. `doubted`: it is
   * asked soon, since another server was just lost in this way and this one may have gone with it.
   */
  watch(url: string, lost: () => void, doubted = false): () => void {
    if (this.options.every === 0) return () => {};
    const known = this.watched.get(url);
    const watch = known ?? { all: new Set(), cancel: () => {} };
    watch.all.add(lost);
    if (known === undefined) {
      this.watched.set(url, watch);
      this.next(url, watch, doubted ? soonMs : this.options.every);
    }
    return () => {
      watch.all.delete(lost);
      if (watch.all.size > 0 || this.watched.get(url) !== watch) return;
      this.watched.delete(url);
      watch.cancel();
    };
  }

  private next(url: string, watch: Watch, ms = this.options.every): void {
    watch.cancel = after(this.options.clock, ms, () => void this.ask(url, watch));
  }

  private async ask(url: string, watch: Watch): Promise<void> {
    const asked = [...watch.all];
    const fit = await this.isFit(url, watch);
    if (this.watched.get(url) !== watch) return;
    if (!fit) for (const lost of asked) if (watch.all.has(lost)) lost();
    if (this.watched.get(url) === watch) this.next(url, watch);
  }

  private isFit(url: string, watch: Watch): Promise<boolean> {
    const { clock, fetch } = this.options;
    return within(clock, answerWithinMs, undefined, async (signal, cut) => {
      watch.cancel = () => cut('nobody asks any more');
      const reply = await fetch(`${url}/readyz`, {
        signal,
        cache: 'no-store',
        redirect: 'error',
      } as RequestInit);
      await reply.arrayBuffer();
      return reply.status !== 503;
    }).catch(() => false);
  }
}
