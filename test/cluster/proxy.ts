import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on a free loopback port that a test tells when to misbehave. It holds back bytes
 * whole, in order, and never alters them.
 */
export class TcpProxy {
  /** `host:port` of the proxy. */
  readonly address: string;
  readonly #server: Server;
  #port: number;
  readonly #pairs = new Set<Pair>();
  #refusing = false;
  #held = { requests: false, replies: false };
  #onReply: (() => void) | null = null;
  /** Sees every byte that comes from the target. */
  onBytes: (bytes: Buffer) => void = () => {};

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    this.address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  /** Stands before `target`, a `host:port` on loopback. */
  static async start(target: string): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const proxy = new TcpProxy(server, portOf(target));
    server.on('connection', (near) => proxy.#accept(near, connect(proxy.#port, '127.0.0.1')));
    return proxy;
  }

  /** Cuts every connection there is; new ones are taken. What was held back is lost. */
  cut(): void {
    for (const pair of this.#pairs) pair.end();
  }

  /** Cuts, and stands before another target from now on. */
  turnTo(target: string): void {
    this.#port = portOf(target);
    this.cut();
  }

  /** Cuts, and takes no new connection until `restore`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Holds back what flows in these directions until `restore`, or loses it at a `cut`. */
  hold(held: { requests?: boolean; replies?: boolean }): void {
    this.#held = { requests: held.requests ?? false, replies: held.replies ?? false };
  }

  /** Everything flows again, beginning with what was held back. */
  restore(): void {
    this.#refusing = false;
    this.#held = { requests: false, replies: false };
    for (const pair of this.#pairs) pair.flush();
  }

  /** Everything that the client of the newest connection has sent, also what is held back. */
  recording(): Buffer {
    const newest = [...this.#pairs].at(-1);
    return Buffer.concat(newest?.sent ?? []);
  }

  /** Sends recorded bytes to the target on a connection of their own, and waits for an answer to settle. */
  async replay(recording: Buffer): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write(recording);
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.destroy();
  }

  /** Resolves when bytes that hold `text` have come from a client. */
  async seen(text: string): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      if (this.recording().includes(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error(`no client sent "${text}"`);
  }

  /** Resolves when a reply arrives from the server while replies are held back. */
  replyHeld(): Promise<void> {
    return new Promise((resolve) => {
      this.#onReply = resolve;
    });
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket, far: Socket): void {
    near.setNoDelay(true);
    far.setNoDelay(true);
    if (this.#refusing) {
      near.destroy();
      far.destroy();
      return;
    }
    const pair = new Pair(near, far, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    near.on('data', (bytes: Buffer) => pair.pass('requests', bytes, this.#held.requests));
    far.on('data', (bytes: Buffer) => {
      this.onBytes(bytes);
      pair.pass('replies', bytes, this.#held.replies);
      if (!this.#held.replies) return;
      this.#onReply?.();
      this.#onReply = null;
    });
  }
}

function portOf(target: string): number {
  return Number(target.split(':')[1]);
}

class Pair {
  readonly sent: Buffer[] = [];
  readonly #ends: { requests: Socket; replies: Socket };
  readonly #kept: { requests: Buffer[]; replies: Buffer[] } = { requests: [], replies: [] };
  readonly #onEnd: () => void;

  constructor(near: Socket, far: Socket, onEnd: () => void) {
    this.#ends = { requests: far, replies: near };
    this.#onEnd = onEnd;
    for (const socket of [near, far]) {
      socket.on('error', () => {});
      socket.on('close', () => this.end());
    }
  }

  pass(direction: 'requests' | 'replies', bytes: Buffer, held: boolean): void {
    if (direction === 'requests') this.sent.push(bytes);
    const kept = this.#kept[direction];
    if (held || kept.length > 0) kept.push(bytes);
    else this.#ends[direction].write(bytes);
  }

  flush(): void {
    for (const direction of ['requests', 'replies'] as const) {
      for (const bytes of this.#kept[direction].splice(0)) this.#ends[direction].write(bytes);
    }
  }

  end(): void {
    this.#ends.requests.destroy();
    this.#ends.replies.destroy();
    this.#onEnd();
  }
}
