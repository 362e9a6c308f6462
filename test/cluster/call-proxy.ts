import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';

/**
 * A proxy on a free loopback port that knows one gRPC call from another, and can hold back what one method answers
 * while all others go on. It never alters what it passes on.
 */
export class CallProxy {
  /** `host:port` of the proxy. */
  readonly address: string;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session | ClientHttp2Session>();
  readonly #kept: (() => void)[] = [];
  #held: { readonly method: string; after: number } | null = null;

  private constructor(server: Http2Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  /** Stands before `target`, a `host:port` on loopback. */
  static async start(target: string): Promise<CallProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const proxy = new CallProxy(server);
    server.on('session', (near) => {
      const far = connect(`http://${target}`);
      for (const session of [near, far]) {
        proxy.#sessions.add(session);
        session.on('error', () => {});
        session.on('close', () => {
          proxy.#sessions.delete(session);
          near.destroy();
          far.destroy();
        });
      }
      near.on('stream', (stream, headers) => proxy.#pass(stream, headers, far));
    });
    return proxy;
  }

  /**
   * Holds back what this method answers, such as `/etcdserverpb.Watch/Watch`, on streams old and new, until `restore`;
   * `after`: so many more calls are let through.
   */
  hold(method: string, after = 0): void {
    this.#held = { method, after };
  }

  /** Everything flows again, beginning with what was held back. */
  restore(): void {
    this.#held = null;
    for (const flow of this.#kept.splice(0)) flow();
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #letsThrough(method: string | undefined): boolean {
    if (this.#held === null || this.#held.method !== method || this.#held.after === 0) return false;
    this.#held.after -= 1;
    return true;
  }

  #pass(near: ServerHttp2Stream, headers: IncomingHttpHeaders, far: ClientHttp2Session): void {
    const call = far.request(headers);
    let trailers: IncomingHttpHeaders = {};
    const letThrough = this.#letsThrough(headers[':path']);
    const passOn = (flow: () => void): void => {
      const whenOpen = (): void => {
        if (!near.destroyed) flow();
      };
      if (!letThrough && headers[':path'] === this.#held?.method) this.#kept.push(whenOpen);
      else whenOpen();
    };
    near.on('data', (bytes: Buffer) => call.write(bytes)).on('end', () => call.end());
    near.on('error', () => {}).on('wantTrailers', () => near.sendTrailers(trailers));
    near.on('close', () => call.close(constants.NGHTTP2_CANCEL));
    call
      .on('error', () => {})
      .on('trailers', (received) => {
        trailers = received;
      });
    call.on('response', (received, flags) => {
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      passOn(() => near.respond(received, endStream ? { endStream } : { waitForTrailers: true }));
    });
    call.on('data', (bytes: Buffer) => passOn(() => near.write(bytes)));
    call.on('end', () => passOn(() => near.end()));
    call.on('close', () => {
      if (call.rstCode !== constants.NGHTTP2_NO_ERROR) passOn(() => near.close(call.rstCode));
    });
  }
}
