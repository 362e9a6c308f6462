import { Connection } from './connection.ts';

/** A connection for HTTP requests that have been written out by `request`. */
export class HttpConnection {
  readonly #connection: Connection;

  constructor(url: string) {
    this.#connection = new Connection(url, endOfResponse);
  }

  /** The body of the response; throws unless the status is 2xx. */
  async ask(request: string): Promise<string> {
    const response = (await this.#connection.ask(request)).toString('latin1');
    if (!/^HTTP\/1\.[01] 2/.test(response)) throw new Error(`refused: ${response}`);
    if (/^HTTP\/1\.0|\r\nconnection: close/i.test(response)) this.#connection.close();
    return response.slice(response.indexOf('\r\n\r\n') + 4);
  }

  close(): void {
    this.#connection.close();
  }
}

/** The text of a request; a body is JSON, `headers` are whole lines. */
export function request(method: string, path: string, body?: string, headers = ''): string {
  const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}`;
  if (body === undefined) return `${head}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** All servers that are measured say how long the body is. */
function endOfResponse(received: Buffer): number {
  const headEnds = received.indexOf('\r\n\r\n');
  if (headEnds < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.toString('latin1', 0, headEnds))?.[1];
  if (length === undefined) throw new Error(`no Content-Length: ${received.toString('latin1', 0, headEnds)}`);
  const end = headEnds + 4 + Number(length);
  return received.length < end ? 0 : end;
}
