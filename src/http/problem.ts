import { catalogue, type ErrorCode } from '../core/errors.ts';
import type { ProblemJson } from '../core/view/json-types.ts';
import { NotExecuted, UnknownOutcome } from '../replica/outcomes.ts';
import type { Response } from './route.ts';

/** An error that the caller is told, by its code in the catalogue. `message`: the detail of this case. RFC 9457 */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly more: Partial<
    Pick<
      ProblemJson,
      'index' | 'round' | 'errors' | 'since' | 'claim' | 'seq' | 'oldest' | 'view' | 'outcome'
    >
  >;

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

export function sendProblem(response: Response, problem: Problem): void {
  const shape = problemJson(problem);
  if ((shape.status === 429 || shape.status === 503) && !response.hasHeader('retry-after'))
    response.header('retry-after', String(retryAfter));
  if (shape.status === 401) response.header('www-authenticate', 'Bearer');
  response.status = shape.status;
  response.problem = problem.code;
  response.header('cache-control', 'no-store');
  response.send('application/problem+json; charset=utf-8', JSON.stringify(shape));
}

/**
 * Any error as a problem of the catalogue. One that is a mistake of the server becomes `internal` and goes to `report`, which returns
 * the id under which the server's log has it.
 */
export function asProblem(error: Error, report: (error: Error) => string | undefined): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnknownOutcome)
    return new Problem('outcome-unknown', error.message, { outcome: 'unknown' });
  if (error instanceof NotExecuted) {
    const codes = {
      overloaded: 'overloaded',
      stopping: 'stopping',
      'too-large': 'too-large',
      'no-space': 'no-space',
      'version-not-active': 'version-not-active',
      unavailable: 'no-quorum',
    } as const;
    return new Problem(codes[error.reason], error.message);
  }
  const id = report(error);
  const where = id === undefined ? '' : `; its log has more under the request id ${id}`;
  return new Problem('internal', `something went wrong inside the server${where}`, { outcome: 'unknown' });
}
