import type { Clock } from './time.ts';
import { after, within } from './time.ts';

export interface ProbeOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** ms between two probes of one server; 0 switches probing off. */
  readonly every: number;
}

/** The calls in flight to one server. */
interface Watch {
  /** One callback per call. */
  readonly calls: Set<() => void>;
  /** Ends the pause or the probe that is under way. */
  cancel: () => void;
}

// A probe without an answer after this has failed.
const answerWithinMs = 600;
// Most calls are answered sooner, and then no probe is sent.
const soonMs = 100;

/**
 * Probes servers that have calls in flight: a server that is frozen, or cut off from its cluster, keeps its
 * connections open, so only asking shows it. Each server gets one probe for all its calls.
 */
export class ReadinessProbe {
  private readonly options: ProbeOptions;
  private readonly watched = new Map<string, Watch>();

  constructor(options: ProbeOptions) {
    this.options = options;
  }

  /**
   * Calls `lost` when the server does not answer, or says that it is not ready. The returned function ends the watch.
   * `suspected` sends the first probe soon: another server was just lost in this way, and this one may be too.
   */
  watch(url: string, lost: () => void, suspected = false): () => void {
    if (this.options.every === 0) return () => {};
    const known = this.watched.get(url);
    const watch = known ?? { calls: new Set(), cancel: () => {} };
    watch.calls.add(lost);
    if (known === undefined) {
      this.watched.set(url, watch);
      this.schedule(url, watch, suspected ? soonMs : this.options.every);
    }
    return () => {
      watch.calls.delete(lost);
      if (watch.calls.size > 0 || this.watched.get(url) !== watch) return;
      this.watched.delete(url);
      watch.cancel();
    };
  }

  private schedule(url: string, watch: Watch, ms = this.options.every): void {
    watch.cancel = after(this.options.clock, ms, () => void this.probe(url, watch));
  }

  private async probe(url: string, watch: Watch): Promise<void> {
    const calls = [...watch.calls];
    const ready = await this.isReady(url, watch);
    if (this.watched.get(url) !== watch) return;
    if (!ready) for (const lost of calls) if (watch.calls.has(lost)) lost();
    if (this.watched.get(url) === watch) this.schedule(url, watch);
  }

  private isReady(url: string, watch: Watch): Promise<boolean> {
    const { clock, fetch } = this.options;
    return within(clock, answerWithinMs, undefined, async (signal, cut) => {
      watch.cancel = () => cut('no call is in flight any more');
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
