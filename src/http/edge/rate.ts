/** Callers remembered at once. One that is forgotten starts with a full bucket. */
const remembered = 20_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** What is left for one caller. */
export interface Allowance {
  readonly ok: boolean;
  /** Requests it may send now. */
  readonly left: number;
  /** Seconds until it may send one again, when it may not. */
  readonly retryAfter: number;
  /** Seconds until it has all of its burst again. */
  readonly reset: number;
}

/** Token buckets: each caller may send `rate` requests a second, and `burst` at once after a pause. */
export class Rate {
  /** As the header RateLimit-Policy says it: a quota, and the seconds in which it comes back. */
  readonly policy: string;
  readonly name: string;
  private readonly rate: number;
  private readonly burst: number;
  private readonly buckets = new Map<string, Bucket>();

  constructor(name: string, rate: number, burst: number) {
    this.name = name;
    this.rate = rate;
    this.burst = Math.max(burst, 1);
    this.policy = `"${name}";q=${this.burst};w=${Math.ceil(this.burst / rate)}`;
  }

  /** Takes one request from the caller's bucket. `now` in ms, never back. */
  take(caller: string, now: number): Allowance {
    const bucket = this.bucketOf(caller, now);
    bucket.tokens = Math.min(this.burst, bucket.tokens + ((now - bucket.at) / 1000) * this.rate);
    bucket.at = now;
    const ok = bucket.tokens >= 1;
    if (ok) bucket.tokens -= 1;
    return {
      ok,
      left: Math.floor(bucket.tokens),
      retryAfter: ok ? 0 : (1 - bucket.tokens) / this.rate,
      reset: Math.ceil((this.burst - bucket.tokens) / this.rate),
    };
  }

  /** As the header RateLimit says it. */
  header({ left, reset }: Allowance): string {
    return `"${this.name}";r=${left};t=${reset}`;
  }

  private bucketOf(caller: string, now: number): Bucket {
    const bucket = this.buckets.get(caller) ?? { tokens: this.burst, at: now };
    // The caller of the latest request is forgotten last.
    this.buckets.delete(caller);
    this.buckets.set(caller, bucket);
    if (this.buckets.size > remembered) {
      for (const oldest of this.buckets.keys()) {
        this.buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
