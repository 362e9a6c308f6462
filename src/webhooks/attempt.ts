import type { AllowList } from './allow-list.ts';
import { type PostLimits, post } from './post.ts';
import { allowedAddresses, NotSent, type Resolve } from './resolve.ts';

/** What an attempt to deliver came to. [Q11.6] */
export type Attempted =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly error: string;
      /** ms that the receiver asks to wait; null: it has not said. */
      readonly retryAfter: number | null;
      /** Whether the receiver wants nothing any more. */
      readonly gone: boolean;
    };

export interface Sending {
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface SenderParts {
  readonly allowed: AllowList;
  readonly resolve: Resolve;
  readonly limits?: PostLimits;
}

const usualLimits: PostLimits = { answer: 15_000, body: 2000 };

/** Makes one attempt, and never rejects; once the signal is aborted, what it resolves with says nothing. */
export async function attempt(
  { allowed, resolve, limits = usualLimits }: SenderParts,
  { url: text, headers, body, signal }: Sending,
): Promise<Attempted> {
  try {
    const url = new URL(text);
    const addresses = await allowedAddresses(url, allowed, resolve);
    // Signed only now: asking for the name may have taken a while.
    return outcomeOf(await post({ url, addresses, headers: headers(), body, limits, signal }));
  } catch (error) {
    return { ok: false, error: reasonOf(error), retryAfter: null, gone: false };
  }
}

function outcomeOf({ status, retryAfter }: { status: number; retryAfter: string | undefined }): Attempted {
  if (status >= 200 && status < 300) return { ok: true };
  const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return {
    ok: false,
    error: `the receiver answered ${status}${redirect}`,
    retryAfter: waitIn(retryAfter),
    gone: status === 410,
  };
}

/** A Retry-After in ms: seconds, or a date; null for anything else. */
function waitIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Only dates of HTTP: Date.parse takes much more for a date.
  const at = /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** Of a failed attempt, in words. Never says what the receiver has sent: it may be no receiver, and the reader no friend. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof NotSent || code === undefined) return `not delivered: ${message}`;
  return `not delivered: ${reasons[code] ?? `the connection failed (${code})`}`;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the receiver closed the connection (ECONNRESET)',
  HPE_HEADER_OVERFLOW: 'the headers of the answer are too long (HPE_HEADER_OVERFLOW)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody known (DEPTH_ZERO_SELF_SIGNED_CERT)',
  CERT_HAS_EXPIRED: 'its certificate has expired (CERT_HAS_EXPIRED)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)',
};
