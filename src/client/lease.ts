import type { QuorateError } from './errors.ts';
import type { Clock } from './time.ts';

/** Sends one renewal. Resolves once the server has confirmed it; rejects when it is refused or `deadline` (ms) passes. */
export type Renew = (limits: { signal: AbortSignal; deadline: number; patience: number }) => Promise<unknown>;

export interface LeaseOptions {
  /** The error when it may have run out. */
  readonly lostBy: (cause: unknown) => QuorateError;
  /** ms. */
  readonly ttl: number;
  /** When the request that made the lease was sent, by `clock`. */
  readonly sentAt: number;
  readonly clock: Clock;
  readonly renew: Renew;
}

// Two renewals may fail before the lease is in danger.
const renewalsPerTtl = 3;

/**
 * The client's side of a lease. It renews in the background and gives up early: it counts the ttl from the moment at
 * which the last confirmed renewal was sent, so it never trusts a lease that has run out on the server. [Q5.9]
 */
export class Lease {
  /** Aborts, with a `QuorateError` of code `lease-lost`, as soon as the lease may have run out. */
  readonly signal: AbortSignal;
  /** Resolves with that error; never, when the agent leaves in time. */
  readonly lost: Promise<QuorateError>;
  private readonly options: LeaseOptions;
  private readonly losing = new AbortController();
  private readonly stopping = new AbortController();
  private end: number;

  constructor(options: LeaseOptions) {
    this.options = options;
    this.end = options.sentAt + options.ttl;
    this.signal = this.losing.signal;
    this.lost = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve(this.signal.reason), { once: true });
    });
    void this.keep();
  }

  /** Whether the lease certainly runs on the server. */
  get live(): boolean {
    return this.left > 0;
  }

  /** ms for which it certainly still runs there if no renewal comes; 0 once it is lost or ended. */
  get left(): number {
    if (this.signal.aborted || this.stopping.signal.aborted) return 0;
    return Math.max(0, this.end - this.options.clock.now());
  }

  /** Ends the renewals: the lease runs out by itself and is not reported as lost. */
  stop(): void {
    this.stopping.abort();
  }

  private async keep(): Promise<void> {
    const { lostBy, clock, ttl, renew } = this.options;
    const { signal } = this.stopping;
    const pause = ttl / renewalsPerTtl;
    try {
      for (;;) {
        await clock.sleep(Math.max(0, Math.min(pause, this.end - clock.now())), signal, true);
        const sentAt = clock.now();
        await renew({ signal, deadline: Math.max(0, this.end - sentAt), patience: pause });
        this.end = sentAt + ttl;
      }
    } catch (error) {
      if (!signal.aborted) this.losing.abort(lostBy(error));
    }
  }
}
