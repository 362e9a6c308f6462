import {
  type Call,
  fromJson,
  isRedirect,
  laterSession,
  queryOf,
  type Reply,
  retryAfterMs,
  toJson,
} from './call.ts';
import { deadlinePassed, noAnswer, QuorateError, redirected, refusal } from './errors.ts';
import { checkHeaders } from './header.ts';
import type { ReadinessProbe } from './readiness.ts';
import { type Clock, within } from './time.ts';

/** How the client reaches a deployment. */
export interface Wire {
  /** The servers of one deployment, in order of preference, without a slash at the end. */
  readonly urls: readonly string[];
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** ms for which a call is retried, beyond its own wait. */
  readonly retryFor: number;
  readonly onRetry: (retry: Retry) => void;
  /** Checks servers that have calls in flight; null when there is only one server. */
  readonly probe: ReadinessProbe | null;
}

/** An attempt that had no answer, before the call is sent again. */
export interface Retry {
  readonly url: string;
  readonly error: QuorateError;
  /** How many attempts of this call have failed. */
  readonly failures: number;
  readonly delayMs: number;
}

const backoffFirstMs = 100;
// The longest pause while a server is overloaded.
const backoffMostMs = 5000;
// The longest pause while no server is ready: retries cost nobody anything, and the call should go on soon after.
const backoffAwayMs = 1000;
// A server that keeps a connection open without answering is given up after this, beyond the wait.
export const answerWithinMs = 10_000;
// However short the time for retries is, the server that is asked first has this long.
const firstAnswerMs = 1000;
const defaultHeartbeatMs = 15_000;
// 408: a server that stood still while a request came in takes it for a slow one.
export const retriedStatuses: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** What the client learns from replies; shared by all tokens of one client. */
interface Route {
  /** The server to ask next. */
  preferred: number;
  /** The last `Quorate-Session`: sent back, so that no server answers with an older state than this client has seen. */
  session: string | null;
}

/**
 * Sends a call until it has a definite answer. A call is repeated after a network error, 408, 429, 502, 503 and 504, which is
 * safe because the server recognises a repeated write. The next server is tried at once, the same one after a backoff
 * with full jitter and not before its Retry-After. The server that answered last is asked first next time.
 */
export class Transport {
  readonly wire: Wire;
  readonly token: string | null;
  private readonly route: Route;

  constructor(wire: Wire, token: string | null, route: Route = { preferred: 0, session: null }) {
    this.wire = wire;
    this.token = token;
    this.route = route;
  }

  /** The same servers, with another token. */
  as(token: string): Transport {
    return new Transport(this.wire, token, this.route);
  }

  send<T>(call: Call): Promise<Reply<T>> {
    const body = call.body === undefined ? undefined : toJson(call.body);
    return this.retry(call, (url, now, repeated) =>
      this.attempt(url, now, body, async (response): Promise<Attempt<Reply<T>>> => {
        const text = await response.text();
        const parsed = fromJson(text);
        // Not found on a repeat: the attempt whose reply was lost has deleted it.
        const deleted = call.method === 'DELETE' && response.status === 404 && repeated;
        if (deleted || (response.ok && (parsed !== undefined || text === ''))) {
          const { status, headers } = response;
          return { ok: true, answer: { status, headers, body: parsed as T, repeated } };
        }
        return refused(url, response, parsed);
      }),
    );
  }

  /** Opens a streamed reply of this media type on the first server that gives one. The caller must cancel the reader. */
  open(call: Call, type: 'text/event-stream' | 'application/x-ndjson'): Promise<OpenStream> {
    const headers = { ...call.headers, accept: type };
    return this.retry({ ...call, headers }, (url, now) => {
      const turn = this.route.preferred;
      return this.attempt(url, now, call.text, async (response): Promise<Attempt<OpenStream>> => {
        const streams = response.headers.get('content-type')?.startsWith(type);
        if (response.ok && streams && response.body !== null) {
          const heartbeat = Number(response.headers.get('quorate-heartbeat') ?? defaultHeartbeatMs);
          const leave = (): void => this.passOver(turn);
          return { ok: true, answer: { bytes: response.body.getReader(), heartbeat, leave } };
        }
        return refused(url, response, fromJson(await response.text()));
      });
    });
  }

  /** The server whose turn it was is not asked next. Of several calls that meet the same, only the first moves on. */
  private passOver(turn: number): void {
    if (this.route.preferred === turn) this.route.preferred += 1;
  }

  /** A streamed reply has shown this position of the log: no later answer may be older. */
  reached(index: number): void {
    const { route } = this;
    const log = /^(.*)\.[0-9]+$/.exec(route.session ?? '')?.[1];
    if (log !== undefined) route.session = laterSession(route.session, `${log}.${index}`);
  }

  private async retry<T>(
    call: Call,
    attempt: (url: string, call: Now, repeated: boolean) => Promise<Attempt<T>>,
  ): Promise<T> {
    const { route } = this;
    const { clock, urls, retryFor, onRetry } = this.wire;
    const started = clock.now();
    const deadline = started + (call.deadline ?? Number.POSITIVE_INFINITY);
    const asked = started + (call.wait ?? 0);
    const until = Math.min(deadline, asked + retryFor);
    const firstUntil = Math.min(deadline, asked + Math.max(retryFor, firstAnswerMs));
    // Whether an attempt so far may have taken effect although no answer came.
    let repeated = false;
    let suspected = false;
    for (let failures = 1; ; failures += 1) {
      call.signal?.throwIfAborted();
      const turn = route.preferred;
      const url = urls[turn % urls.length] as string;
      const wait = call.wait === undefined ? undefined : Math.max(0, started + call.wait - clock.now());
      const left = (failures === 1 ? firstUntil : until) - clock.now();
      const now = { ...call, wait, left, suspected };
      const tried = await attempt(url, now, repeated);
      if (tried.ok) return tried.answer;
      const { error } = tried;
      suspected ||= tried.frozen === true;
      // The caller learns of it from this error, and its next call starts with a new session.
      if (error.code === 'history-changed') route.session = null;
      if (error.code !== 'unreachable' && !retriedStatuses.has(error.status)) throw error;
      repeated ||= error.outcome === 'unknown';
      if (error.status !== 429) this.passOver(turn);
      const delayMs = this.delay(error.status, failures, tried.retryAfter);
      if (clock.now() + delayMs >= until) {
        const outcome = repeated ? 'unknown' : 'not-executed';
        throw until === deadline ? deadlinePassed(outcome, error) : withOutcome(error, outcome);
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

  /** Asks one server once. `read` reads the reply; an abort or the time limit ends it. */
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
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    checkHeaders(headers);
    const limit = Math.min((call.wait ?? 0) + (call.patience ?? answerWithinMs), call.left);
    let unwatch: (() => void) | undefined;
    let frozen = false;
    try {
      return await within(clock, limit, call.signal, async (signal, cut) => {
        const lost = (): void => {
          frozen = true;
          cut(new Error('the server is not ready any more'));
        };
        unwatch = probe?.watch(url, lost, call.suspected);
        const init: RequestInit & { cache: 'no-store' } = {
          method: call.method,
          headers,
          signal,
          cache: 'no-store',
          // The caller may not trust the server that a redirect names with its token or its value.
          redirect: 'manual',
        };
        if (body !== undefined) init.body = body;
        const response = await fetch(url + call.path + queryOf(call), init);
        if (isRedirect(response)) {
          await response.body?.cancel();
          return { ok: false, error: redirected(url, response.headers.get('location')), retryAfter: 0 };
        }
        route.session = laterSession(route.session, response.headers.get('quorate-session'));
        return read(response);
      });
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      return { ok: false, error: noAnswer(url, error), retryAfter: 0, frozen };
    } finally {
      unwatch?.();
    }
  }
}

/** A streamed reply that is open. */
export interface OpenStream {
  readonly bytes: ByteReader;
  /** ms between two signs of life, where the stream has them. */
  readonly heartbeat: number;
  /** Asks another server from now on, since this one says that it stops. */
  readonly leave: () => void;
}

export type ByteReader = ReadableStreamDefaultReader<Uint8Array>;

/** A call at one attempt: `left` is the ms for all attempts, `suspected` whether another server was found frozen. */
type Now = Call & { readonly left: number; readonly suspected: boolean };

/** A pause with full jitter: random, up to a ceiling that doubles with each failure. */
export function backoff(failures: number, random: () => number, mostMs = backoffMostMs): number {
  return random() * Math.min(mostMs, backoffFirstMs * 2 ** Math.min(failures, 16));
}

type Attempt<T> =
  | { readonly ok: true; readonly answer: T }
  | {
      readonly ok: false;
      readonly error: QuorateError;
      readonly retryAfter: number;
      /** Whether the server kept the connection open but was not ready to answer. */
      readonly frozen?: boolean;
    };

function refused(url: string, response: Response, body: unknown): Attempt<never> {
  const error = refusal(url, response.status, body);
  return { ok: false, error, retryAfter: retryAfterMs(response.headers.get('retry-after')) };
}

/** The same error, with what is known of all attempts. */
function withOutcome(error: QuorateError, outcome: QuorateError['outcome']): QuorateError {
  const { code, status, title, detail, fix, errors } = error;
  return new QuorateError({ code, status, title, detail, fix, errors, outcome }, error);
}
