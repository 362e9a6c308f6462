import type { Request, Response } from '../route.ts';

/** Names that callers give their requests: W3C Trace Context and X-Request-Id. Passed on, not made up. */

/** `traceparent` of version 00, or of a later version that begins like it. */
const traceparent =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{1,200})?$/;
const requestId = /^[\w.:/+=-]{1,128}$/;

/** Copies the caller's names to the response; those that are not well formed are ignored. */
export function echoTrace(request: Request, response: Response): void {
  const { traceparent: parent, 'x-request-id': id } = request.headers;
  if (parent !== undefined && traceIdOf(request) !== null) response.header('traceparent', String(parent));
  if (typeof id !== 'string' || !requestId.test(id)) return;
  request.id = id;
  response.header('x-request-id', id);
}

/** What both sides call a request in their logs. */
export interface RequestNames {
  readonly requestId?: string;
  readonly traceId?: string;
}

export function namesOf(request: Request): RequestNames {
  const trace = traceIdOf(request);
  return { ...(request.id !== null && { requestId: request.id }), ...(trace !== null && { traceId: trace }) };
}

/** The trace a request belongs to, 32 hexadecimal digits, or null. */
function traceIdOf(request: Request): string | null {
  const { traceparent: parent } = request.headers;
  const found = typeof parent === 'string' ? traceparent.exec(parent) : null;
  if (found === null || (found[1] === '00' && found[3] !== undefined)) return null;
  return found[2] ?? null;
}

/** The error with the names of the request before its message, so that both sides can find it in their logs. */
export function traced(error: Error, request: Request): Error {
  const { requestId: id, traceId: trace } = namesOf(request);
  const names: string[] = [];
  if (trace !== undefined) names.push(`trace ${trace}`);
  if (id !== undefined) names.push(`request ${id}`);
  if (names.length === 0) return error;
  const named = new Error(`[${names.join(', ')}] ${error.message}`, { cause: error });
  named.stack = `[${names.join(', ')}] ${error.stack ?? error.message}`;
  return named;
}
