import { validateHeaderName, validateHeaderValue } from 'node:http';

/**
 * Requests to the server's own router without a socket, in no time: for the simulator and whoever else runs the pipeline in a
 * world of its own. Event streams do not end, and are not for this.
 *
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path with its query
 * @property {Readonly<Record<string, string>>} headers names in small letters
 * @property {string | null} body
 *
 * @typedef {object} Response
 * @property {number} status
 * @property {Readonly<Record<string, string>>} headers
 * @property {string} text
 */

const socket = { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' };

/**
 * Resolves with the whole response.
 *
 * @param {{ handle(request: never, response: never): void }} router
 * @param {Request | Omit<Request, "body"> & { body: Uint8Array }} request
 * @param {Connection} connection
 * @returns {Promise<Response>}
 */
export function send(router, request, connection = new Connection()) {
  return new Promise((resolve) => {
    const raw = new RawRequest(request);
    const response = new RawResponse(request.method, connection, resolve);
    router.handle(/** @type {never} */ (raw), /** @type {never} */ (response));
  });
}

/** The caller's end of a connection. */
export class Connection {
  destroyed = false;
  /** @type {(() => void)[]} */
  #calls = [];

  /** @param {'close'} _event @param {() => void} call */
  once(_event, call) {
    this.#calls.push(call);
  }

  /** @param {'close'} _event @param {() => void} call */
  removeListener(_event, call) {
    const at = this.#calls.indexOf(call);
    if (at !== -1) this.#calls.splice(at, 1);
  }

  close() {
    if (this.destroyed) return;
    this.destroyed = true;
    for (const call of this.#calls.splice(0)) call();
  }
}

/** What the pipeline uses of an IncomingMessage: all of its body is there at once. */
class RawRequest {
  httpVersion = '1.1';
  socket = socket;
  #body;

  /** @param {Parameters<typeof send>[1]} request */
  constructor({ method, path, headers, body }) {
    this.method = method;
    this.url = path;
    this.#body = body === null ? null : Buffer.from(body);
    const length = this.#body === null ? {} : { 'content-length': String(this.#body.length) };
    this.headers = { host: 'localhost', ...length, ...headers };
  }

  /** @param {string} event @param {(chunk?: Buffer) => void} call */
  on(event, call) {
    if (event === 'data' && this.#body !== null) call(this.#body);
    if (event === 'end') call();
  }
}

/** What the pipeline uses of a ServerResponse. */
class RawResponse {
  #method;
  #connection;
  #resolve;
  #status = 200;
  /** @type {Record<string, string>} */
  #headers = {};

  /** @param {string} method @param {Connection} connection @param {(response: Response) => void} resolve */
  constructor(method, connection, resolve) {
    this.#method = method;
    this.#connection = connection;
    this.#resolve = resolve;
  }

  get destroyed() {
    return this.#connection.destroyed;
  }

  /** @param {'close'} event @param {() => void} call */
  once(event, call) {
    this.#connection.once(event, call);
  }

  /** @param {'close'} event @param {() => void} call */
  removeListener(event, call) {
    this.#connection.removeListener(event, call);
  }

  destroy() {
    this.#connection.close();
  }

  /** @param {number} status @param {readonly string[]} fields */
  writeHead(status, fields) {
    this.#status = status;
    for (let i = 0; i < fields.length; i += 2) {
      const [name = '', value = ''] = fields.slice(i, i + 2);
      validateHeaderName(name);
      validateHeaderValue(name, value);
      this.#headers[name] = value;
    }
  }

  /** @param {string} body */
  end(body) {
    const text = this.#method === 'HEAD' ? '' : body;
    this.#resolve({ status: this.#status, headers: this.#headers, text });
  }
}
