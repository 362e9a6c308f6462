import { validateHeaderName, validateHeaderValue } from 'node:http';

/**
 * Requests to the server's own router without a socket, in no time: for the simulator and whoever else runs the pipeline in a
 * world of its own. A stream of events is there as a whole once the server ends it.
 */

export interface Request {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

type Sent = Omit<Request, 'body'> & { readonly body: string | Uint8Array | null };

interface Router {
  handle(request: never, response: never): void;
}

const socket = { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' };

/** Resolves with the whole response. */
export function send(router: Router, request: Sent, connection = new Connection()): Promise<Response> {
  return new Promise((resolve) => {
    const raw = new RawRequest(request);
    const response = new RawResponse(request.method, connection, resolve);
    router.handle(raw as never, response as never);
  });
}

/** The caller's end of a connection. */
export class Connection {
  destroyed = false;
  readonly #calls: (() => void)[] = [];

  once(_event: 'close', call: () => void): void {
    this.#calls.push(call);
  }

  removeListener(_event: 'close', call: () => void): void {
    const at = this.#calls.indexOf(call);
    if (at !== -1) this.#calls.splice(at, 1);
  }

  close(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    for (const call of this.#calls.splice(0)) call();
  }
}

/** What the pipeline uses of an IncomingMessage: all of its body is there at once. */
class RawRequest {
  readonly httpVersion = '1.1';
  readonly socket = socket;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly complete = true;
  readonly #body: Buffer | null;

  constructor({ method, path, headers, body }: Sent) {
    this.method = method;
    this.url = path;
    this.#body = body === null ? null : Buffer.from(body as Uint8Array);
    const length = this.#body === null ? {} : { 'content-length': String(this.#body.length) };
    this.headers = { host: 'localhost', ...length, ...headers };
  }

  on(event: string, call: (chunk?: Buffer) => void): void {
    if (event === 'data' && this.#body !== null) call(this.#body);
    if (event === 'end') call();
  }

  once(): void {}
  removeListener(): void {}
  pause(): void {}
  resume(): void {}
}

/** What the pipeline uses of a ServerResponse. */
class RawResponse {
  readonly socket = null;
  readonly #method: string;
  readonly #connection: Connection;
  readonly #resolve: (response: Response) => void;
  #status = 200;
  readonly #headers: Record<string, string> = {};
  #text = '';
  headersSent = false;

  constructor(method: string, connection: Connection, resolve: (response: Response) => void) {
    this.#method = method;
    this.#connection = connection;
    this.#resolve = resolve;
  }

  get destroyed(): boolean {
    return this.#connection.destroyed;
  }

  once(event: 'close', call: () => void): void {
    this.#connection.once(event, call);
  }

  removeListener(event: 'close', call: () => void): void {
    this.#connection.removeListener(event, call);
  }

  destroy(): void {
    this.#connection.close();
  }

  writeHead(status: number, fields: readonly string[]): void {
    this.#status = status;
    this.headersSent = true;
    for (let i = 0; i < fields.length; i += 2) {
      const [name = '', value = ''] = fields.slice(i, i + 2);
      validateHeaderName(name);
      validateHeaderValue(name, value);
      this.#headers[name] = value;
    }
  }

  /** Written pieces are read at once. */
  on(): void {}

  write(piece: string | Uint8Array): boolean {
    this.#text += typeof piece === 'string' ? piece : Buffer.from(piece).toString();
    return true;
  }

  removeHeader(): void {}

  end(body = ''): void {
    const text = this.#method === 'HEAD' ? '' : this.#text + body;
    this.#resolve({ status: this.#status, headers: this.#headers, text });
    // What came in pieces is a stream of events, which ends with its connection.
    if (this.#text !== '') this.#connection.close();
  }
}
