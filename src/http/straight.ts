import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Asked, Replying } from './exchange.ts';
import { jsonIn } from './input.ts';
import type { Problem } from './problem.ts';

/**
 * The straight way for proposals, the hot path: the same guard, the same handler and the same problems as by the
 * router, without what the router is for. Whatever is not written in the one usual way goes by the router. See decisions/0007.
 */
export interface StraightWay {
  /** Runs before the body is read; a promise when the request has to wait for something. Throws to refuse. */
  readonly admit: (request: Asked, reply: Replying) => Promise<void> | null;
  readonly propose: (request: Asked, reply: Replying) => Promise<unknown>;
  /** Answers with what went wrong. */
  readonly fail: (error: Error, request: Asked, reply: Replying) => void;
  /** Puts on a response what belongs on every one of them, and counts it. */
  readonly seal: (request: Asked, reply: Replying, status: number) => void;
  readonly bodyBytes: number;
}

export const proposalRoute = '/v1/groups/:group/rounds/:round/proposals/:agent';

const usual =
  /^\/v1\/groups\/([a-z0-9._-]{1,64})\/rounds\/(\d{1,15})\/proposals\/([a-z0-9._-]{1,64})(?:\?wait=(\w{1,12}))?$/;

/** The straight way before the router's; `closed` says when everything has to go by the router. */
export function straightOr(
  router: RequestListener,
  way: () => StraightWay | null,
): RequestListener<typeof IncomingMessage, typeof ServerResponse> {
  return (raw, response) => {
    const open = raw.method === 'PUT' ? way() : null;
    const found = open === null ? null : usual.exec(raw.url as string);
    if (open === null || found === null || !isUsual(raw.headers, open.bodyBytes))
      return router(raw, response);
    const [, group = '', round = '', agent = '', wait] = found;
    const request = new Request(raw, { group, round, agent }, wait === undefined ? {} : { wait });
    const reply = new Reply(request, response, open.seal);
    take(open, request, reply);
  };
}

/** A body of JSON whose length is said beforehand. */
function isUsual(headers: IncomingHttpHeaders, most: number): boolean {
  const length = Number(headers['content-length']);
  return headers['content-type'] === 'application/json' && length > 0 && length <= most;
}

function take(way: StraightWay, request: Request, reply: Reply): void {
  const failed = (error: Error): void => {
    try {
      way.fail(error, request, reply);
    } catch {
      // What cannot even be refused ends with its connection, as any response that breaks off.
      reply.raw.destroy();
    }
  };
  try {
    const admitted = way.admit(request, reply);
    if (admitted === null) read(way, request, reply, failed);
    else admitted.then(() => read(way, request, reply, failed)).catch(failed);
  } catch (error) {
    failed(error as Error);
  }
}

/** A caller that goes away before its body has come whole is owed nothing. */
function read(way: StraightWay, request: Request, reply: Reply, failed: (error: Error) => void): void {
  let body: Buffer | null = null;
  request.raw.on('data', (chunk: Buffer) => {
    body = body === null ? chunk : Buffer.concat([body, chunk]);
  });
  request.raw.on('end', () => {
    try {
      request.body = jsonIn(body ?? Buffer.alloc(0));
    } catch (problem) {
      reply.header('connection', 'close');
      return failed(problem as Problem);
    }
    try {
      way.propose(request, reply).catch(failed);
    } catch (error) {
      failed(error as Error);
    }
  });
}

class Request implements Asked {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly params: unknown;
  readonly query: unknown;
  readonly routeOptions = { url: proposalRoute };
  body: unknown = null;

  constructor(raw: IncomingMessage, params: unknown, query: unknown) {
    this.raw = raw;
    this.headers = raw.headers;
    this.params = params;
    this.query = query;
  }
}

class Reply implements Replying {
  readonly raw: ServerResponse;
  readonly #request: Asked;
  readonly #seal: StraightWay['seal'];
  /** Names and values in turn, as they go out. */
  readonly #fields: string[] = [];
  #status = 200;

  constructor(request: Asked, raw: ServerResponse, seal: StraightWay['seal']) {
    this.#request = request;
    this.raw = raw;
    this.#seal = seal;
  }

  code(status: number): this {
    this.#status = status;
    return this;
  }

  header(name: string, value: string): this {
    const at = this.#fields.indexOf(name);
    if (at < 0) this.#fields.push(name, value);
    else this.#fields[at + 1] = value;
    return this;
  }

  headers(values: Readonly<Record<string, string>>): this {
    for (const name in values) this.header(name, values[name] as string);
    return this;
  }

  hasHeader(name: string): boolean {
    return this.#fields.includes(name);
  }

  send(body: string): this {
    this.#seal(this.#request, this, this.#status);
    const bytes = Buffer.byteLength(body);
    this.#fields.push('content-length', String(bytes));
    this.raw.writeHead(this.#status, this.#fields);
    // What is ASCII only need not be encoded again.
    this.raw.end(body, bytes === body.length ? 'latin1' : 'utf8');
    return this;
  }
}
