import { catalogue, type ErrorCode } from '../core/errors.ts';
import type { ProblemJson } from '../core/view/json-types.ts';
import { NotExecuted, UnknownOutcome } from '../replica/outcomes.ts';
import type { Limits } from './edge/limits.ts';
import type { Replying } from './exchange.ts';

/** Every error that leaves the server: RFC 9457, from the one catalogue. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly more: Partial<Pick<ProblemJson, 'index' | 'round' | 'errors' | 'since' | 'outcome'>>;

  constructor(code: ErrorCode, detail: string, more: Problem['more'] = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

/** Seconds after which a caller may try again. */
const retryAfter = 1;

/** The error as its body and status. */
export function problemJson({ code, message, more }: Problem): ProblemJson {
  const { status, title, fix } = catalogue[code];
  return {
    type: `urn:quorate:error:${code}`,
    title,
    status,
    code,
    detail: message,
    fix,
    outcome: 'not-executed',
    ...more,
  };
}

export function sendProblem<R extends Replying>(reply: R, problem: Problem): R {
  const shape = problemJson(problem);
  if ((shape.status === 429 || shape.status === 503) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', String(retryAfter));
  if (shape.status === 401) reply.header('www-authenticate', 'Bearer');
  reply
    .code(shape.status)
    .headers({ 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' })
    .send(JSON.stringify(shape));
  return reply;
}

/** The one error mapper: whatever went wrong becomes a problem of the catalogue. Mistakes of ours are reported. */
export function asProblem(
  error: Error & { code?: string; statusCode?: number },
  report: (error: Error) => void,
  { bodyBytes }: Pick<Limits, 'bodyBytes'>,
): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnknownOutcome)
    return new Problem('outcome-unknown', error.message, { outcome: 'unknown' });
  if (error instanceof NotExecuted) {
    const codes = {
      overloaded: 'overloaded',
      stopping: 'stopping',
      'too-large': 'too-large',
      'no-space': 'no-space',
      unavailable: 'no-quorum',
    } as const;
    return new Problem(codes[error.reason], error.message);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'too-large',
        `the body is larger than this server takes: ${bodyBytes} bytes at most`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type', 'the body must be JSON and say so');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('invalid-json', 'the body is empty');
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem('invalid-request', error.message);
  }
  report(error);
  return new Problem('internal', 'something went wrong inside the server', { outcome: 'unknown' });
}
