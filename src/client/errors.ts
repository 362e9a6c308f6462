import type { ErrorCode } from '../core/errors.ts';
import type { ClaimJson, ProblemJson, RoundJson } from '../core/view/json-types.ts';

/** The client's own errors; every other code is the server's, listed in docs/errors.md. */
const clientErrors = {
  unreachable: {
    title: 'Server unreachable',
    fix: 'check the address, and that the server runs: quorate server',
  },
  untrusted: {
    title: 'Certificate not trusted',
    fix: 'for a private CA name its certificate: --ca FILE, QUORATE_CA or connect({ ca }); else renew it, or use the name it is for',
  },
  redirected: {
    title: 'Redirected',
    fix: 'use the address of the server itself, and only if you trust where it leads',
  },
  deadline: {
    title: 'Deadline passed',
    fix: 'ask again with the same group, round and agent, or allow more time',
  },
  'unexpected-reply': {
    title: 'Unexpected reply',
    fix: 'check that the address is that of a Quorate server, and look for a proxy in between',
  },
  'not-json': {
    title: 'Not JSON',
    fix: 'propose null, true, false, a finite number, a string, or lists and objects of these',
  },
  'claim-lost': {
    title: 'Claim lost',
    fix: 'stop: another may act',
  },
  'lease-lost': {
    title: 'Lease lost',
    fix: 'join again; another instance may have taken the name by now',
  },
  expelled: {
    title: 'No member any more',
    fix: 'join again and listen: it goes on where the cursor is',
  },
  'not-sent': {
    title: 'Not sent',
    fix: 'look in the stream what was said last, and say the rest once more',
  },
} as const;

/** The codes of errors that the client itself finds; all others are the server's, in docs/errors.md. */
export type ClientCode = keyof typeof clientErrors;

export type Problem = Omit<ProblemJson, 'type'>;

/**
 * An error of a call: a refusal by the server, or no answer. Only the caller's own abort rejects with something else, the
 * signal's reason.
 *
 * `outcome` says whether the request may have taken effect. Repeating it with the same group, round and agent is safe in
 * both cases.
 */
export class QuorateError extends Error {
  /** Always `QuorateError`. */
  override readonly name = 'QuorateError';
  /** What went wrong, for programs: one of the client's own codes, or of docs/errors.md. */
  readonly code: ClientCode | ErrorCode | (string & {});
  /** HTTP status; 0 when no server answered. */
  readonly status: number;
  /** The code in words. */
  readonly title: string;
  /** What went wrong here, as a sentence. */
  readonly detail: string;
  /** What the caller can do about it. */
  readonly fix: string;
  /** Whether the request may have been done. */
  readonly outcome: 'not-executed' | 'unknown';
  /** The round that the refusal is about, when the server sends it: `round-closed`, `already-proposed`. */
  readonly round: RoundJson | null;
  /** For `claimed`, `spent` and `stale-fence`: the claim as it stands. */
  readonly claim: ClaimJson | null;
  /** For `agent-taken`: when the present holder of the name joined; for `invite-used`: when it was used. RFC 3339. */
  readonly since: string | null;
  /** For `stale-seq`: what the seq of a change of mind must be above. */
  readonly seq: number | null;
  /** For `messages-not-kept`: the oldest offset that is kept. */
  readonly oldest: number | null;
  /** For `messages-not-kept`, `view-changed` and `not-in-view`: the view in force. */
  readonly view: number | null;
  /** The wrong fields, each with its fix; `fields` has both of two that contradict each other. */
  readonly errors: NonNullable<Problem['errors']>;

  constructor(problem: Problem, cause?: unknown) {
    super(`${problem.title}: ${problem.detail}`, cause === undefined ? {} : { cause });
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.fix = problem.fix;
    this.outcome = problem.outcome;
    this.round = problem.round ?? null;
    this.claim = problem.claim ?? null;
    this.since = problem.since ?? null;
    this.seq = problem.seq ?? null;
    this.oldest = problem.oldest ?? null;
    this.view = problem.view ?? null;
    this.errors = problem.errors ?? [];
  }
}

/** Whether the error is a `QuorateError` with one of these codes. */
export function hasCode(error: unknown, ...codes: QuorateError['code'][]): error is QuorateError {
  return error instanceof QuorateError && codes.includes(error.code);
}

/** One of the client's own errors. By default the request has certainly had no effect, and no server has answered. */
export function clientError(
  code: ClientCode,
  detail: string,
  {
    cause,
    outcome = 'not-executed',
    status = 0,
  }: Partial<Pick<QuorateError, 'cause' | 'outcome' | 'status'>> = {},
): QuorateError {
  return new QuorateError({ ...clientErrors[code], code, status, detail, outcome }, cause);
}

export function deadlinePassed(outcome: QuorateError['outcome'], cause?: unknown): QuorateError {
  return clientError('deadline', 'the time allowed for this call ran out', { outcome, cause });
}

/** The error when somebody must open the next round before anyone can propose. */
export function noOpenRound(group: string): QuorateError {
  return new QuorateError({
    code: 'no-open-round',
    status: 409,
    title: 'No round is open',
    detail: `the next round of group ${group} must be asked for`,
    fix: `open it: quorate open ${group}`,
    outcome: 'not-executed',
  });
}

/** Node's codes for a certificate that it does not trust; a retry changes nothing. */
const untrusted =
  /^(?:UNABLE_TO_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** The error when no answer came. */
export function noAnswer(url: string, cause: unknown): QuorateError {
  if (!untrusted.test(String(rootOf(cause)?.code)))
    return clientError('unreachable', `${url} does not answer: ${reasonOf(cause)}`, {
      outcome: 'unknown',
      cause,
    });
  const detail = `${url} shows a certificate that is not trusted: ${reasonOf(cause)}`;
  return clientError('untrusted', detail, { cause });
}

/** The error for a redirect; `location` is its target, when that is known. */
export function redirected(url: string, location: string | null): QuorateError {
  const where = location === null ? '' : `: ${originOf(url, location)}`;
  return clientError('redirected', `${url} sends its callers elsewhere${where}`);
}

function originOf(url: string, location: string): string {
  return URL.canParse(location, url) ? new URL(location, url).origin : 'an address that cannot be read';
}

export function leaseLost(agent: string, cause: unknown): QuorateError {
  return clientError('lease-lost', `agent ${agent} may count as gone: ${whyOf(cause)}`, { cause });
}

function whyOf(cause: unknown): string {
  return cause instanceof QuorateError ? cause.detail : String(cause);
}

export function claimLost(round: number, cause: unknown): QuorateError {
  return clientError('claim-lost', `round ${round}: ${whyOf(cause)}`, { cause });
}

/** The error in a reply; `unexpected-reply` when the reply is not a problem+json of Quorate. */
export function refusal(url: string, status: number, body: unknown): QuorateError {
  if (isProblem(body)) return new QuorateError({ ...body, status });
  const detail = `${url} answered with status ${status} and a body that is not Quorate's`;
  return clientError('unexpected-reply', detail, {
    status,
    outcome: status >= 500 ? 'unknown' : 'not-executed',
  });
}

function isProblem(body: unknown): body is ProblemJson {
  if (typeof body !== 'object' || body === null) return false;
  const { code, title, detail } = body as Partial<ProblemJson>;
  return typeof code === 'string' && typeof title === 'string' && typeof detail === 'string';
}

function reasonOf(error: unknown): string {
  const message = rootOf(error)?.message ?? String(error);
  return message === 'bad port' ? 'fetch refuses this port: choose another' : message;
}

// fetch says only "fetch failed" and has the reason in its cause, which may be a list.
function rootOf(error: unknown): (Error & { readonly code?: unknown }) | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
