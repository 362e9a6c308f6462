import { deadlinePassed, noAnswer, QuorateError, redirected, refusal } from './errors.ts';
import type { ReadinessProbe } from './readiness.ts';
import { type Clock, within } from './time.ts';

export interface Wire {
  /** Servers of one deployment, in order of preference, without a slash at the end. */
  readonly urls: readonly string[];
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** ms a call is retried for, beyond its own wait. */
  readonly retryFor: number;
  readonly onRetry: (retry: Retry) => void;
  /** Watches over a server while it is asked, where there is another to turn to. */
  readonly probe: ReadinessProbe | null;
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
  /** ms that one server gets to answer, beyond the wait, before it counts as away. */
  readonly patience?: number | undefined;
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Pick<Headers, 'get'>;
  /** Whether an attempt before may have taken effect although no answer came. */
  readonly repeated: boolean;
}

const backoffFirstMs = 100;
// Servers with too much to do are spared.
const backoffMostMs = 5000;
// Whoever waits for servers or a majority to come back spares nobody, and is to go on soon after.
const backoffAwayMs = 1000;
// A server that holds a connection without answering is given up after this, beyond the wait asked for.
const answerWithinMs = 10_000;
const usualHeartbeatMs = 15_000;
const retried: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What is learnt from replies; shared by all that speak to one deployment, whoever they speak for. */
interface Route {
  /** Which server to ask next. */
  preferred: number;
  /** How far the last replies were in the log: sent back, so that no server shows less than was seen already. */
  session: string | null;
}

/**
 * Sends one call until it has a definite answer. A call is repeated on a network error, 429, 502, 503
 * and 504, which is safe because every write carries its natural key; another server is tried at once,
 * the same one after full-jitter backoff and never before its Retry-After. The server that answered
 * last is asked first next time.
 */
export class Transport {
  readonly wire: Wire;
  private readonly token: string | null;
  private readonly route: Route;

  constructor(wire: Wire, token: string | null, route: Route = { preferred: 0, session: null }) {
    this.wire = wire;
    this.token = token;
    this.route = route;
  }

  /** The same way to the same servers, on the strength of another token. */
  as(token: string): Transport {
    return new Transport(this.wire, token, this.route);
  }

  send<T>(call: Call): Promise<Reply<T>> {
    const body = call.body === undefined ? undefined : encode(call.body);
    return this.persist(call, (url, now, repeated) =>
      this.attempt(url, now, body, async (response): Promise<Attempt<Reply<T>>> => {
        const text = await response.text();
        const parsed = parse(text);
        // What is gone when asked again was deleted by the attempt whose reply was lost.
        const gone = call.method === 'DELETE' && response.status === 404 && repeated;
        if (gone || (response.ok && (parsed !== undefined || text === ''))) {
          const { status, headers } = response;
          return { ok: true, answer: { status, headers, body: parsed as T, repeated } };
        }
        return refused(url, response, parsed);
      }),
    );
  }

  /** A stream of server-sent events from the server that first opens one; the reader must be cancelled. */
  open(call: Call): Promise<Opened> {
    const headers = { ...call.headers, accept: 'text/event-stream' };
    return this.persist({ ...call, headers }, (url, now) =>
      this.attempt(url, now, undefined, async (response): Promise<Attempt<Opened>> => {
        const streams = response.headers.get('content-type')?.startsWith('text/event-stream');
        if (response.ok && streams && response.body !== null) {
          const heartbeat = Number(response.headers.get('quorate-heartbeat') ?? usualHeartbeatMs);
          return { ok: true, answer: { bytes: response.body.getReader(), heartbeat } };
        }
        return refused(url, response, parse(await response.text()));
      }),
    );
  }

  private async persist<T>(
    call: Call,
    attempt: (url: string, call: Now, repeated: boolean) => Promise<Attempt<T>>,
  ): Promise<T> {
    const { route } = this;
    const { clock, urls, retryFor, onRetry } = this.wire;
    const started = clock.now();
    const deadline = started + (call.deadline ?? Number.POSITIVE_INFINITY);
    const until = Math.min(deadline, started + (call.wait ?? 0) + retryFor);
    // An attempt so far may have taken effect although no answer came.
    let repeated = false;
    let doubted = false;
    for (let failures = 1; ; failures += 1) {
      call.signal?.throwIfAborted();
      const turn = route.preferred;
      const url = urls[turn % urls.length] as string;
      const wait = call.wait === undefined ? undefined : Math.max(0, started + call.wait - clock.now());
      const now = { ...call, wait, left: until - clock.now(), doubted };
      const tried = await attempt(url, now, repeated);
      if (tried.ok) return tried.answer;
      const { error } = tried;
      doubted ||= tried.stands === true;
      // Whoever asks again knows of it by then.
      if (error.code === 'history-changed') route.session = null;
      if (error.code !== 'unreachable' && !retried.has(error.status)) throw error;
      repeated ||= error.outcome === 'unknown';
      // Only the first of several calls in flight moves on: they all met the same server.
      if (error.status !== 429 && route.preferred === turn) route.preferred += 1;
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
    const most = status === 429 ? backoffMostMs : backoffAwayMs;
    return retryAfter + backoff(Math.ceil(failures / urls.length), random, most);
  }

  /** Asks one server once. What it answers is read by `read`, which an abort or the time limit cuts short. */
  private async attempt<T>(
    url: string,
    call: Now,
    body: string | undefined,
    read: (response: Response) => Promise<Attempt<T>>,
  ): Promise<Attempt<T>> {
    const { clock, fetch, probe } = this.wire;
    const { route, token } = this;
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    if (route.session !== null) headers['quorate-session'] = route.session;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const limit = Math.min((call.wait ?? 0) + (call.patience ?? answerWithinMs), call.left);
    let unwatch: (() => void) | undefined;
    let stands = false;
    try {
      return await within(clock, limit, call.signal, async (signal, cut) => {
        const lost = (): void => {
          stands = true;
          cut(new Error('the server is not ready any more'));
        };
        unwatch = probe?.watch(url, lost, call.doubted);
        const init: RequestInit & { cache: 'no-store' } = {
          method: call.method,
          headers,
          signal,
          cache: 'no-store',
          // Whom it leads to need not be one whom the caller trusts with a token or a value, or believes.
          redirect: 'manual',
        };
        if (body !== undefined) init.body = body;
        const response = await fetch(url + call.path + queryOf(call), init);
        if (isRedirect(response)) {
          await response.body?.cancel();
          return { ok: false, error: redirected(url, response.headers.get('location')), retryAfter: 0 };
        }
        route.session = later(route.session, response.headers.get('quorate-session'));
        return read(response);
      });
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      return { ok: false, error: noAnswer(url, error), retryAfter: 0, stands };
    } finally {
      unwatch?.();
    }
  }
}

/** A stream as it was opened. */
export interface Opened {
  readonly bytes: ByteReader;
  /** ms between two signs of life. */
  readonly heartbeat: number;
}

export type ByteReader = ReadableStreamDefaultReader<Uint8Array>;

/** A call at the moment of an attempt: how many ms remain for all attempts, and whether a server before stood still. */
type Now = Call & { readonly left: number; readonly doubted: boolean };

/** Full jitter: any time up to a ceiling that doubles with each failure. */
export function backoff(failures: number, random: () => number, mostMs = backoffMostMs): number {
  return random() * Math.min(mostMs, backoffFirstMs * 2 ** Math.min(failures, 16));
}

type Attempt<T> =
  | { readonly ok: true; readonly answer: T }
  | {
      readonly ok: false;
      readonly error: QuorateError;
      readonly retryAfter: number;
      /** Whether the server kept the connection and was not fit to answer. */
      readonly stands?: boolean;
    };

/** Node tells where a redirect leads to, browsers only that there is one. */
function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304);
}

function refused(url: string, response: Response, body: unknown): Attempt<never> {
  const error = refusal(url, response.status, body);
  return { ok: false, error, retryAfter: retryAfterMs(response.headers.get('retry-after')) };
}

/** The session that has seen more of one log; another log is another history, and the newest counts. */
function later(known: string | null, heard: string | null): string | null {
  if (known === null || heard === null) return heard ?? known;
  const [a, b] = [known, heard].map((session) => /^(.*)\.([0-9]+)$/.exec(session));
  return a && b && a[1] === b[1] && Number(a[2]) > Number(b[2]) ? known : heard;
}

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
