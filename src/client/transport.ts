import { deadlinePassed, QuorateError, refusal, unreachable } from './errors.ts';
import { type Clock, within } from './time.ts';

export interface Wire {
  /** Servers of one deployment, in order of preference, without a slash at the end. */
  readonly urls: readonly string[];
  readonly token: string | null;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** ms a call is retried for, beyond its own wait. */
  readonly retryFor: number;
  readonly onRetry: (retry: Retry) => void;
}

export interface Retry {
  readonly url: string;
  readonly error: QuorateError;
  /** How many attempts of this call have failed. */
  readonly failures: number;
  readonly delayMs: number;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** ms the server is asked to hold the reply back for. */
  readonly wait?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** ms from now after which the call rejects with code `deadline`. */
  readonly deadline?: number | undefined;
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

const backoffFirstMs = 100;
const backoffMostMs = 5000;
// A server that holds a connection without answering is given up after this, beyond the wait asked for.
const answerWithinMs = 10_000;
const retried: ReadonlySet<number> = new Set([0, 429, 502, 503, 504]);

/**
 * Sends one call until it has a definite answer. A call is repeated on a network error, 429, 502, 503
 * and 504, which is safe because every write carries its natural key; another server is tried at once,
 * the same one after full-jitter backoff and never before its Retry-After. The server that answered
 * last is asked first next time.
 */
export class Transport {
  readonly wire: Wire;
  private preferred = 0;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  async send<T>(call: Call): Promise<Reply<T>> {
    const { clock, urls, retryFor, onRetry } = this.wire;
    const body = call.body === undefined ? undefined : encode(call.body);
    const started = clock.now();
    const deadline = started + (call.deadline ?? Number.POSITIVE_INFINITY);
    const until = Math.min(deadline, started + (call.wait ?? 0) + retryFor);
    // An attempt so far may have taken effect although no answer came.
    let repeated = false;
    for (let failures = 1; ; failures += 1) {
      call.signal?.throwIfAborted();
      const turn = this.preferred;
      const url = urls[turn % urls.length] as string;
      const wait = call.wait === undefined ? undefined : Math.max(0, started + call.wait - clock.now());
      const tried = await this.attempt(url, { ...call, wait }, body, until - clock.now());
      if (tried.ok) return { status: tried.status, body: tried.body as T };
      const { error } = tried;
      // What is gone when asked again was deleted by the attempt whose reply was lost.
      if (call.method === 'DELETE' && error.status === 404 && repeated)
        return { status: 404, body: undefined as T };
      if (!retried.has(error.status)) throw error;
      repeated ||= error.outcome === 'unknown';
      // Only the first of several calls in flight moves on: they all met the same server.
      if (error.status !== 429 && this.preferred === turn) this.preferred += 1;
      const delayMs = this.delay(error.status, failures, tried.retryAfter);
      if (clock.now() + delayMs >= until) {
        const outcome = repeated ? 'unknown' : 'not-executed';
        throw until === deadline
          ? deadlinePassed(outcome, error)
          : new QuorateError({ ...problemOf(error), outcome }, error);
      }
      onRetry({ url, error, failures, delayMs });
      if (delayMs > 0) await clock.sleep(delayMs, call.signal);
    }
  }

  private delay(status: number, failures: number, retryAfter: number): number {
    const { urls, random } = this.wire;
    if (status !== 429 && failures % urls.length !== 0) return 0;
    const rounds = Math.ceil(failures / urls.length);
    const ceiling = Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(rounds, 16));
    return retryAfter + random() * ceiling;
  }

  private async attempt(url: string, call: Call, body: string | undefined, left: number): Promise<Attempt> {
    const { clock, token } = this.wire;
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const limit = Math.min((call.wait ?? 0) + answerWithinMs, left);
    try {
      return await within(clock, limit, call.signal, async (signal) => {
        const init: RequestInit & { cache: 'no-store' } = {
          method: call.method,
          headers,
          signal,
          cache: 'no-store',
        };
        if (body !== undefined) init.body = body;
        const response = await this.wire.fetch(url + call.path + queryOf(call), init);
        const text = await response.text();
        const parsed = parse(text);
        if (response.ok && (parsed !== undefined || text === '')) {
          return { ok: true, status: response.status, body: parsed };
        }
        const error = refusal(url, response.status, parsed);
        return { ok: false, error, retryAfter: retryAfterMs(response.headers.get('retry-after')) };
      });
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      return { ok: false, error: unreachable(url, error), retryAfter: 0 };
    }
  }
}

type Attempt =
  | { readonly ok: true; readonly status: number; readonly body: unknown }
  | { readonly ok: false; readonly error: QuorateError; readonly retryAfter: number };

function queryOf(call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  if (call.wait !== undefined) query.set('wait', `${Math.round(call.wait)}ms`);
  return query.size === 0 ? '' : `?${query}`;
}

function problemOf(error: QuorateError) {
  const { code, status, title, detail, fix, errors } = error;
  return { code, status, title, detail, fix, errors };
}

// JSON.stringify writes NaN as null and drops undefined: another value would be proposed than was meant.
function encode(body: unknown): string {
  return JSON.stringify(body, (name, value: unknown) => {
    const lost =
      typeof value === 'number' ? !Number.isFinite(value) : name === 'value' && value === undefined;
    if (!lost && typeof value !== 'bigint' && typeof value !== 'function') return value;
    throw new QuorateError({
      code: 'not-json',
      status: 0,
      title: 'Not JSON',
      detail: `${typeof value === 'function' ? 'a function' : String(value)} cannot be written as JSON`,
      fix: 'propose null, true, false, a finite number, a string, or lists and objects of these',
      outcome: 'not-executed',
    });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  const ms = /^[0-9]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
