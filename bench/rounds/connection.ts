import { connect, type Socket } from 'node:net';

/**
 * One connection that is kept, for one question at a time. It does next to nothing, so that what is measured is the
 * server: a client library takes as long for a request as a server does.
 */
export class Connection {
  readonly #host: string;
  readonly #port: number;
  readonly #endOf: (received: Buffer) => number;
  #socket: Socket | null = null;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve(reply: Buffer): void; reject(error: Error): void } | null = null;

  /** `endOf` says where the first reply in these bytes ends; 0 when it is not complete. */
  constructor(url: string, endOf: (received: Buffer) => number) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
    this.#endOf = endOf;
  }

  /** Sends a question and resolves with its reply. Connects anew where the server has closed the connection. */
  ask(question: string): Promise<Buffer> {
    const reply = this.next();
    this.#socket?.write(question);
    return reply;
  }

  /** The next reply, or what the server sends of its own accord. */
  next(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket ??= this.#connect();
      this.#deliver();
    });
  }

  /** Until the next question. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    this.#received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#deliver();
    });
    const gone = (error: Error): void => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#waiting?.reject(error);
    };
    socket.on('error', gone);
    socket.on('end', () => gone(new Error('the server closed the connection before it replied')));
    return socket;
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === null || this.#received.length === 0) return;
    const end = this.#endOf(this.#received);
    if (end === 0) return;
    const reply = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    this.#waiting = null;
    waiting.resolve(reply);
  }
}
