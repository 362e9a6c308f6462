import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type ParsedUrlQuery, parse } from 'node:querystring';
import type { ErrorCode } from '../core/errors.ts';
import type { Json } from '../core/types.ts';
import type { Operation } from './openapi/operation.ts';

/** A method and a path, what the API description says of them, and the handler that answers. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Parameters begin with a colon: `/v1/groups/:group`. */
  readonly path: string;
  /** What the document says of it; null for pages and their parts, which the document leaves out. */
  readonly operation: Operation | null;
  /** Whether a GET route answers HEAD too, without the body; default true. */
  readonly head?: boolean;
  /** Whether the handler itself reads the body, line by line; by default it is read before, as one JSON text. */
  readonly lines?: boolean;
  /** Sends the response, or throws; a Problem is shown to the caller. */
  readonly handle: (request: Request, response: Response) => Promise<void> | void;
}

/** All parameters of paths; a request has those that its route's path names. */
export type Params = Readonly<
  Record<'group' | 'round' | 'agent' | 'offset' | 'id' | 'webhook' | 'number', string>
>;

/** A query that names a wait and nothing else, as that of almost every proposal does. */
const onlyWait = /^wait=(\w+)$/;

function parsedQuery(search: string): ParsedUrlQuery {
  if (search === '') return {};
  const wait = onlyWait.exec(search)?.[1];
  return wait === undefined ? parse(search) : { wait };
}

/** A request as handlers see it. */
export class Request {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  /** The route that answers; one with an empty path where none of the server's routes matches. */
  readonly route: Route;
  readonly params: Params;
  /** Undefined before it is read and where there is none. */
  body: Json | undefined = undefined;
  /** When it came, by the monotonic clock. */
  readonly began = performance.now();
  /** What the caller calls the request, or the server when it has to; null where nobody does. */
  id: string | null = null;
  private readonly search: string;
  private parsed: ParsedUrlQuery | null = null;

  constructor(raw: IncomingMessage, route: Route, params: Params, search: string) {
    this.raw = raw;
    this.headers = raw.headers;
    this.route = route;
    this.params = params;
    this.search = search;
  }

  /** Whether it says how long it may wait for what it asks for. */
  get asksToWait(): boolean {
    return this.search.includes('wait=') || this.headers.prefer !== undefined;
  }

  get query(): Readonly<ParsedUrlQuery> {
    this.parsed ??= parsedQuery(this.search);
    return this.parsed;
  }
}

/** Adds what every response carries, right before its head is sent. */
export type Seal = (request: Request, response: Response) => void;

export const jsonType = 'application/json; charset=utf-8';

/** The response to a request. Names of headers are in small letters; a header set twice has the second value. */
export class Response {
  readonly raw: ServerResponse;
  status = 200;
  /** The code of the problem that is sent; null where none is. */
  problem: ErrorCode | null = null;
  /** Names and values in turn: node:http sends such a list as it is. */
  private readonly fields: string[] = [];
  private readonly request: Request;
  private readonly seal: Seal;
  private readonly basePath: string;

  constructor(raw: ServerResponse, request: Request, seal: Seal, basePath = '') {
    this.raw = raw;
    this.request = request;
    this.seal = seal;
    this.basePath = basePath;
  }

  header(name: string, value: string): this {
    const at = this.indexOf(name);
    if (at < 0) this.fields.push(name, value);
    else this.fields[at + 1] = value;
    return this;
  }

  headers(values: Readonly<Record<string, string>>): this {
    for (const name in values) this.header(name, values[name] as string);
    return this;
  }

  /** Names the next page of a list: a path of this server, such as `/v1/groups?after=b`. */
  next(path: string): this {
    return this.header('link', `<${this.basePath}${path}>; rel="next"`);
  }

  hasHeader(name: string): boolean {
    return this.indexOf(name) >= 0;
  }

  /** Sends a value as JSON. */
  json(value: object): void {
    this.send(jsonType, JSON.stringify(value));
  }

  /** Sends a text of this media type. */
  send(type: string, body: string): void {
    this.header('content-type', type);
    this.end(body);
  }

  /** Sends bytes of this media type. */
  bytes(type: string, body: Uint8Array): void {
    this.header('content-type', type);
    this.seal(this.request, this);
    this.fields.push('content-length', String(body.length));
    this.raw.writeHead(this.status, this.fields);
    this.raw.end(body);
  }

  /** Sends a response without a body. */
  empty(): void {
    this.end('');
  }

  /** Sends the head only: the body is written to `raw`. */
  begin(): void {
    this.seal(this.request, this);
    this.raw.writeHead(this.status, this.fields);
  }

  private end(body: string): void {
    this.seal(this.request, this);
    const bytes = Buffer.byteLength(body);
    if (this.status !== 304) this.fields.push('content-length', String(bytes));
    const { raw } = this;
    raw.writeHead(this.status, this.fields);
    if (bytes > 0) {
      // Head and body leave in one write: end() with a body has Node gather them with an empty third piece, which costs more.
      raw.socket?.cork();
      // ASCII is written faster as latin1, to the same bytes.
      raw.write(body, bytes === body.length ? 'latin1' : 'utf8');
      raw.socket?.uncork();
    }
    raw.end();
  }

  private indexOf(name: string): number {
    const { fields } = this;
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return i;
    return -1;
  }
}
