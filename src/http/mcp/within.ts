import type { IncomingMessage } from 'node:http';
import { Readable, Writable } from 'node:stream';
import type { Router } from '../router.ts';

/** Headers that say where a request comes from and what it belongs to. */
const passedOn = ['host', 'forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'traceparent', 'x-request-id'];

/**
 * A `fetch` whose requests are those of this caller and never leave the process. Each goes through the whole pipeline, with its
 * checks and limits, as if it had come over the caller's connection. Addresses begin with `base`, which is cut off.
 */
export function fetchWithin(router: Router, caller: IncomingMessage, base: string): typeof fetch {
  return (address, init = {}) =>
    new Promise((resolve, reject) => {
      const { signal, body } = init;
      signal?.throwIfAborted();
      const request = new InnerRequest(caller, {
        method: init.method ?? 'GET',
        url: String(address).slice(base.length),
        headers: init.headers as Readonly<Record<string, string>>,
        body: typeof body === 'string' ? body : null,
      });
      const response = new InnerResponse(resolve);
      // Whoever handles the request learns of it as of a caller who hangs up.
      const hangUp = (): void => {
        response.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', hangUp, { once: true });
      response.once('close', () => {
        signal?.removeEventListener('abort', hangUp);
        // Without effect where the response was whole.
        reject(new Error('the request was not answered'));
      });
      router.handle(request as never, response as never);
    });
}

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What the pipeline uses of an IncomingMessage. */
class InnerRequest extends Readable {
  readonly httpVersion = '1.1';
  readonly complete = true;
  readonly socket: IncomingMessage['socket'];
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];

  constructor(caller: IncomingMessage, { method, url, headers, body }: Sent) {
    super({ read: () => undefined });
    this.socket = caller.socket;
    this.method = method;
    this.url = url;
    const bytes = body === null ? null : Buffer.from(body);
    const own = passedOn.flatMap((name) => (name in caller.headers ? [[name, caller.headers[name]]] : []));
    const length = bytes === null ? {} : { 'content-length': String(bytes.length) };
    this.headers = { ...Object.fromEntries(own), ...length, ...headers };
    if (bytes !== null) this.push(bytes);
    this.push(null);
  }
}

/** What the pipeline uses of a ServerResponse. Calls `whole` once all of it is there. */
class InnerResponse extends Writable {
  /** The pipeline holds head and body together on a socket; here nothing leaves before its end. */
  readonly socket = null;
  headersSent = false;

  constructor(whole: (response: Response) => void) {
    const pieces: Buffer[] = [];
    super({
      write: (piece: Buffer, _encoding, done) => {
        pieces.push(piece);
        done();
      },
      final: (done) => {
        const { status, headers } = this;
        const isBodiless = status === 204 || status === 304;
        whole(new Response(isBodiless ? null : Buffer.concat(pieces), { status, headers }));
        done();
      },
    });
    // Whoever has hung up is told by `close`.
    this.on('error', () => undefined);
  }

  private status = 200;
  private headers: [string, string][] = [];

  writeHead(status: number, fields: readonly string[]): void {
    this.status = status;
    this.headersSent = true;
    for (let i = 0; i < fields.length; i += 2)
      this.headers.push([fields[i] as string, fields[i + 1] as string]);
  }
}
