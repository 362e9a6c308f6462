import { clientError } from './errors.ts';

/** One request to a deployment, whichever of its servers answers it. */
export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body that is sent as it stands, of the type that `headers` say, instead of `body`. */
  readonly text?: string;
  /** ms that the server may hold the reply back. */
  readonly wait?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** ms from now after which the call rejects with code `deadline`. */
  readonly deadline?: number | undefined;
  /** ms that one server has to answer, beyond the wait, before the next one is asked. */
  readonly patience?: number | undefined;
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Pick<Headers, 'get'>;
  /** Whether an earlier attempt may have taken effect although no answer came. */
  readonly repeated: boolean;
}

/** The query of the call's URL, with its question mark; '' for none. */
export function queryOf(call: Call): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  if (call.wait !== undefined) query.set('wait', `${Math.round(call.wait)}ms`);
  return query.size === 0 ? '' : `?${query}`;
}

/**
 * The body as JSON. Throws `not-json` for what JSON cannot hold: JSON.stringify writes NaN as null and drops undefined,
 * so that a value would be proposed that nobody chose.
 */
export function toJson(body: unknown): string {
  return JSON.stringify(body, (name, value: unknown) => {
    const lost =
      typeof value === 'number' ? !Number.isFinite(value) : name === 'value' && value === undefined;
    if (!lost && typeof value !== 'bigint' && typeof value !== 'function') return value;
    const what = typeof value === 'function' ? 'a function' : String(value);
    throw clientError('not-json', `${what} cannot be written as JSON`);
  });
}

/** The value of a JSON text; undefined when it is not JSON. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** ms that a `Retry-After` header asks for; 0 without one. */
export function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  const ms = /^[0-9]+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Node shows where a redirect leads to, browsers show only that there is one. */
export function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304);
}

/**
 * Of two values of `Quorate-Session`, the one that has seen more of the log. When they are of different logs, the one that
 * was received last.
 */
export function laterSession(known: string | null, received: string | null): string | null {
  if (known === null || received === null) return received ?? known;
  const [a, b] = [known, received].map((session) => /^(.*)\.([0-9]+)$/.exec(session));
  return a && b && a[1] === b[1] && Number(a[2]) > Number(b[2]) ? known : received;
}
