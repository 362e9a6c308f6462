import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay from 'find-my-way';
import type { Around } from './around.ts';
import { readBody } from './body.ts';
import { Problem } from './problem.ts';
import { type Params, Request, Response, type Route, type Seal } from './route.ts';

/** Those that a route may take. */
export const methods: readonly string[] = ['PUT', 'GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];

/** What is done to every request besides what its route does. */
export interface Stages {
  /** Refuses a request by throwing a Problem; returns a promise when the request has to wait for something. */
  readonly admit: (request: Request, response: Response) => Promise<void> | null;
  /** Adds what every response carries, right before its head is sent. */
  readonly seal: Seal;
  /** Sends the response to a request that failed. */
  readonly fail: (error: Error, request: Request, response: Response) => void;
  /** Goes around the answer to every request; without it, nothing does. */
  readonly around?: Around | undefined;
  /** Stands before the paths that responses name; '' by default. */
  readonly basePath?: string;
  /** Bytes that a body may have. */
  readonly bodyBytes: number;
}

type RouteParts = [Route['method'], path: string, Route['operation'], Route['handle']];

/** Characters that a path parameter may have. Handlers refuse shorter ones that are too long for a name by their own error. */
const maxParamLength = 512;

/** The one way of each request: match its route, admit it, read its body, handle it, seal the response. */
export class Router {
  private readonly all: Route[] = [];
  private readonly stages: Stages;
  private readonly paths = findMyWay({
    maxParamLength,
    // Few routes look at the query: Request parses it when one does.
    querystringParser: (search) => search,
    onBadUrl: (path) => unreadable(`'${path}' is not a valid url component`),
    onMaxParamLength: (path) => unreadable(`'${path}' is exceeding the max param length`),
  });
  private readonly nowhere: Route = {
    method: 'GET',
    path: '',
    operation: null,
    handle: (request, response) => this.refuse(request, response),
  };

  constructor(stages: Stages) {
    this.stages = stages;
  }

  /** In the order in which they were added. */
  get routes(): readonly Route[] {
    return this.all;
  }

  /** Adds a route: its method, its path, what the document says of it, and its handler. */
  on(...[method, path, operation, handle]: RouteParts): void {
    this.route({ method, path, operation, handle });
  }

  route(route: Route): void {
    this.all.push(route);
    const { method, path, head = true } = route;
    this.paths.on(method === 'GET' && head ? ['GET', 'HEAD'] : method, path, () => route);
  }

  /** Makes matching faster for a server that runs for long: it takes some milliseconds for each method. */
  compile(): void {
    this.paths.compile();
  }

  /** Answers a request. */
  handle(raw: IncomingMessage, rawResponse: ServerResponse): void {
    const request = this.match(raw);
    const { seal, basePath, around } = this.stages;
    const response = new Response(rawResponse, request, seal, basePath);
    if (around === undefined) void this.answer(request, response);
    else around(request, response, () => void this.answer(request, response));
  }

  /** The request, with the route that takes it. */
  match(raw: IncomingMessage): Request {
    const { method = '', url = '' } = raw;
    const { route, params, search } = this.find(method, url) ?? {
      route: this.nowhere,
      params: noParams,
      search: '',
    };
    return new Request(raw, route, params, search);
  }

  /** Null where no route takes this method at this path. */
  private find(method: string, url: string): Match | null {
    const found = this.paths.find(method as 'GET', url);
    if (found === null) return null;
    const { handler, params, searchParams } = found as unknown as Found;
    return { route: handler(), params, search: searchParams ?? '' };
  }

  private async answer(request: Request, response: Response): Promise<void> {
    const { admit, fail, bodyBytes } = this.stages;
    try {
      const waits = admit(request, response);
      if (waits !== null) await waits;
      const { method, handle, lines = false } = request.route;
      if (method !== 'GET' && !lines) request.body = await readBody(request, response, bodyBytes);
      await handle(request, response);
    } catch (error) {
      try {
        fail(error as Error, request, response);
      } catch {
        // The head may be out already: only cutting the connection shows that something failed.
        response.raw.destroy();
      }
    }
  }

  /** Refuses what no route takes, or not with this method. */
  private refuse(request: Request, response: Response): never {
    const { method = '', url = '' } = request.raw;
    const path = (url.split('?', 1)[0] ?? '').slice(0, 200);
    const others = methods.filter((one) => {
      const found = this.find(one, url);
      if (found?.route.path === '') void found.route.handle(request, response);
      return found !== null;
    });
    if (others.length === 0) throw new Problem('not-found', `${method} ${path} leads nowhere`);
    response.header('allow', others.join(', '));
    throw new Problem('method-not-allowed', `${path} does not take ${method}: use ${others.join(', ')}`);
  }
}

const noParams = {} as Params;

interface Match {
  readonly route: Route;
  readonly params: Params;
  /** The query as it was sent. */
  readonly search: string;
}

/** A result of find-my-way, with the types of what it was given above. */
interface Found {
  readonly handler: () => Route;
  readonly params: Params;
  /** Undefined with a path that cannot be read. */
  readonly searchParams: string | undefined;
}

/** What answers a path that cannot be read. */
function unreadable(detail: string): Route {
  const handle = (): never => {
    throw new Problem('invalid-request', detail);
  };
  return { method: 'GET', path: '', operation: null, handle };
}
