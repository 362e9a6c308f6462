import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request that a receiver of webhooks got. */
export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly id: string;
  readonly body: string;
}

/** Answers a request; `nth` counts those with the same path, from 1. */
type Answer = (response: ServerResponse, got: Got, nth: number) => void;

/** A receiver of webhooks on a free port of 127.0.0.1. */
export class Receiver {
  readonly got: Got[] = [];
  readonly port: number;
  private readonly close: () => void;
  private readonly answers: Map<string, Answer>;

  private constructor(port: number, close: () => void, answers: Map<string, Answer>, got: Got[]) {
    this.port = port;
    this.close = close;
    this.answers = answers;
    this.got = got;
  }

  static async start(): Promise<Receiver> {
    const answers = new Map<string, Answer>();
    const got: Got[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { url: path = '', headers } = request;
        const one = {
          path,
          headers,
          id: String(headers['webhook-id']),
          body: Buffer.concat(pieces).toString(),
        };
        got.push(one);
        const nth = got.filter((other) => other.path === path).length;
        const answer = answers.get(path) ?? ((response) => void response.end());
        answer(response, one, nth);
      });
    });
    server.on('connection', (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    return new Receiver((server.address() as AddressInfo).port, close, answers, got);
  }

  /** `127.0.0.1:PORT`, as --webhook-allow takes it. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** An address here, and how it answers; with 200 where nothing is said. */
  at(path: string, answer?: Answer): string {
    if (answer !== undefined) this.answers.set(path, answer);
    return `http://${this.host}${path}`;
  }

  of(path: string): readonly Got[] {
    return this.got.filter((one) => one.path === path);
  }

  stop(): void {
    this.close();
  }
}
