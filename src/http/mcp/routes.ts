import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect } from '../../client/index.ts';
import { newSecret } from '../../client/keys.ts';
import { Seats } from '../../mcp/seats.ts';
import { callerOf } from '../edge/access.ts';
import type { BasePath } from '../edge/base-path.ts';
import { originOf } from '../edge/origin.ts';
import type { Sources } from '../edge/sources.ts';
import { Problem } from '../problem.ts';
import type { Response as Answer, Request as Asked } from '../route.ts';
import type { Router } from '../router.ts';
import { Calls } from './calls.ts';
import { postMcp } from './routes.api.ts';
import { fetchWithin } from './within.ts';

/** What calls of tools begin with: they never leave the process. */
const within = 'http://localhost';
/** How long a tool's call is tried again while the server is too busy for it or has no quorum: the model can call again, too. */
const retryFor = '2s';
/** The header with the client's secret, which makes calls whose answer was lost safe to repeat. */
const instanceHeader = 'quorate-instance';
const sessionHeader = 'mcp-session-id';

export interface McpParts {
  readonly sources: Sources;
  readonly basePath: BasePath;
}

/** Groups as tools for models, over the Model Context Protocol: each call is made as the caller could make it without tools. */
export function mcpRoute(router: Router, { sources, basePath }: McpParts): void {
  const calls = new Calls();

  router.on('POST', '/mcp', postMcp, async (asked, response) => {
    const { token } = callerOf(asked);
    const message = messageIn(asked.body);
    const session = textIn(asked, sessionHeader);
    const instance = textIn(asked, instanceHeader) ?? session ?? newSecret();
    // Loaded here, because few servers need it.
    const { answerOverHttp } = await import('../../mcp/http.ts');

    const over = new AbortController();
    const call = new AbortController();
    response.raw.once('close', () => {
      over.abort();
      call.abort();
    });
    if (response.raw.destroyed) return;
    if (session !== null && message?.id !== undefined) calls.note(session, message.id, call, over.signal);
    if (session !== null && message?.method === 'notifications/cancelled')
      calls.cancel(session, message.params?.requestId);

    const seats = new Seats({
      connect: (other) =>
        connect({
          url: within,
          token: other ?? token ?? undefined,
          retryFor,
          fetch: fetchWithin(router, asked.raw, within),
        }),
      url: `${originOf(asked.raw, sources)}${basePath}`,
      instance,
    });
    const request = new Request(`${within}/mcp`, {
      method: 'POST',
      headers: headersOf(asked),
      signal: call.signal,
    });
    const answer = await answerOverHttp(seats, request, asked.body);
    // Only the older version has sessions.
    if (message?.method === 'initialize' && answer.ok) response.header(sessionHeader, session ?? newSecret());
    await send(answer, response);
  });
}

/** What of a message is looked at here; null for what is none, which the package refuses. */
interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly requestId?: unknown };
}

function messageIn(body: Asked['body']): Message | null {
  return typeof body === 'object' && !Array.isArray(body) ? (body as Message | null) : null;
}

/** A secret in a header, or null. Throws a Problem when it could be guessed. */
function textIn({ headers }: Asked, name: string): string | null {
  const text = headers[name];
  if (text === undefined) return null;
  if (/^[\x21-\x7e]{16,128}$/.test(String(text))) return String(text);
  throw new Problem('invalid-request', `${name} must be a secret of 16 to 128 characters without spaces`);
}

/** What clients of the protocol say that they accept. */
const accept = 'application/json, text/event-stream';

function headersOf({ headers }: Asked): Record<string, string> {
  const sent = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  const takesAll = headers.accept === undefined || headers.accept.includes('*/*');
  return { ...Object.fromEntries(sent), ...(takesAll && { accept }) };
}

async function send(answer: Response, response: Answer): Promise<void> {
  const { status, body, headers } = answer;
  response.status = status;
  response.headers(Object.fromEntries(headers));
  const type = headers.get('content-type');
  if (body === null || type === null) return response.empty();
  if (!type.startsWith('text/event-stream')) return response.send(type, await answer.text());
  response.header('x-accel-buffering', 'no').begin();
  // A caller who goes away has its call ended by then.
  await pipeline(Readable.fromWeb(body as never), response.raw).catch(() => response.raw.destroy());
}
