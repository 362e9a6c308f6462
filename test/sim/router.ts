import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJson } from '../../src/core/json.ts';
import { limits } from '../../src/core/limits.ts';
import { Access } from '../../src/http/edge/access.ts';
import { chooseLimits } from '../../src/http/edge/limits.ts';
import { Sessions, sessionHeader } from '../../src/http/edge/session.ts';
import { asProblem, Problem, sendProblem } from '../../src/http/problem.ts';
import { Reading } from '../../src/http/reading.ts';
import { agentRoutes } from '../../src/http/routes/agents.ts';
import { classroomRoutes } from '../../src/http/routes/classroom.ts';
import { groupRoutes } from '../../src/http/routes/groups.ts';
import { roundRoutes } from '../../src/http/routes/rounds.ts';
import type { Replica } from '../../src/replica/replica.ts';
import type { Caller } from '../../src/replica/waiters.ts';

/**
 * The server's own routes without a server: the part of Fastify that they use, in one thread and in no time, so that
 * what answers the agents is the code that ships.
 */
export interface Request {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

type Handler = (request: object, reply: Reply) => Promise<unknown>;

/** ms that a request waits for its server to come as far as its session. */
const behind = 1000;

interface Route {
  readonly parts: readonly string[];
  /** Which parts are parameters, and their names. */
  readonly params: readonly (readonly [at: number, name: string])[];
  readonly run: Handler;
}

export class Router {
  /** By method and number of parts. */
  private readonly routes = new Map<string, Route[]>();
  private readonly report: (error: Error) => void;
  private readonly sessions: Sessions;

  constructor(
    replica: Replica,
    logId: string,
    unready: () => 'stopping' | 'no-quorum' | null,
    report: (error: Error) => void,
  ) {
    this.report = report;
    const app = this as unknown as FastifyInstance;
    const access = new Access({ hashes: [] });
    classroomRoutes(app, replica);
    const reading = new Reading(replica, access);
    this.sessions = new Sessions(replica, logId, behind);
    this.get('/readyz', async (_request: object, reply: Reply) => {
      const reason = unready();
      if (reason !== null) throw new Problem(reason, 'not ready');
      return reply.send('{"status":"ready"}');
    });
    groupRoutes(app, replica, access, reading);
    roundRoutes(app, replica, access, reading);
    agentRoutes(app, replica, access, reading, logId);
  }

  get(path: string, ...more: unknown[]): void {
    this.add('GET', path, more);
  }

  put(path: string, ...more: unknown[]): void {
    this.add('PUT', path, more);
  }

  post(path: string, ...more: unknown[]): void {
    this.add('POST', path, more);
  }

  delete(path: string, ...more: unknown[]): void {
    this.add('DELETE', path, more);
  }

  /** Answers a request; `gone` closes when the caller hangs up. */
  async handle(request: Request, gone: Gone): Promise<Response> {
    const reply = new Reply(gone);
    try {
      const [path = '', query = ''] = request.path.split('?', 2);
      const parts = path.split('/');
      const route = this.routes.get(`${request.method} ${parts.length}`)?.find((one) => matches(one, parts));
      if (route === undefined) throw new Problem('not-found', `${request.method} ${path} leads nowhere`);
      const asked = {
        params: paramsOf(route, parts),
        query: query === '' ? {} : Object.fromEntries(new URLSearchParams(query)),
        headers: request.headers,
        body: request.body === null ? undefined : parsed(request.body),
      };
      if (request.headers[sessionHeader] !== undefined) await this.sessions.caughtUp(asked as FastifyRequest);
      await route.run(asked, reply);
    } catch (error) {
      sendProblem(reply as never, asProblem(error as Error, this.report, chooseLimits().values));
    }
    reply.header(sessionHeader, this.sessions.token);
    return { status: reply.status, headers: reply.sent, text: reply.text };
  }

  private add(method: string, path: string, more: unknown[]): void {
    const parts = path.split('/');
    const route = { parts, params: paramsIn(parts), run: more.at(-1) as Handler };
    const key = `${method} ${parts.length}`;
    const known = this.routes.get(key);
    if (known === undefined) this.routes.set(key, [route]);
    else known.push(route);
  }
}

/** The caller's end of a connection. */
export class Gone implements Caller {
  destroyed = false;
  private readonly calls: (() => void)[] = [];

  once(_event: 'close', call: () => void): void {
    this.calls.push(call);
  }

  removeListener(_event: 'close', call: () => void): void {
    const at = this.calls.indexOf(call);
    if (at !== -1) this.calls.splice(at, 1);
  }

  close(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    for (const call of this.calls.splice(0)) call();
  }
}

/** What a route does to its reply. */
class Reply {
  status = 200;
  text = '';
  readonly sent: Record<string, string> = {};
  readonly raw: Caller;

  constructor(gone: Gone) {
    this.raw = gone;
  }

  code(status: number): this {
    this.status = status;
    return this;
  }

  headers(more: Record<string, string>): this {
    Object.assign(this.sent, more);
    return this;
  }

  header(name: string, value: string): this {
    this.sent[name] = value;
    return this;
  }

  hasHeader(name: string): boolean {
    return name in this.sent;
  }

  getHeader(name: string): string | undefined {
    return this.sent[name];
  }

  type(value: string): this {
    return this.header('content-type', value);
  }

  send(text = ''): this {
    this.text = text;
    return this;
  }
}

function paramsIn(parts: readonly string[]): [number, string][] {
  return parts.flatMap((part, i): [number, string][] => (part.startsWith(':') ? [[i, part.slice(1)]] : []));
}

function matches(route: Route, parts: readonly string[]): boolean {
  for (let i = 0; i < parts.length; i += 1) {
    const part = route.parts[i] as string;
    if (part !== parts[i] && part.charCodeAt(0) !== 0x3a) return false;
  }
  return true;
}

function paramsOf(route: Route, parts: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [at, name] of route.params) params[name] = decodeURIComponent(parts[at] as string);
  return params;
}

function parsed(text: string): unknown {
  const body = parseJson(text, limits.valueDepth + 1);
  if (body.ok) return body.value;
  throw new Problem('invalid-json', body.detail);
}
