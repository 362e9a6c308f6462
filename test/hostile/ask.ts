import http from 'node:http';
import net from 'node:net';
import { catalogue } from '../../src/core/errors.ts';
import { type RunningServer, type ServeOptions, serve } from '../../src/serve.ts';

/** ms after which an answer counts as missing. */
const patience = 20_000;

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export interface Asking {
  readonly body?: unknown;
  /** A body sent as it stands. */
  readonly raw?: string | Buffer;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly token?: string | null;
  /** Address of this machine to come from. */
  readonly from?: string;
  readonly agent?: http.Agent;
}

/** A server in this process, on a free port. */
export function start(options: ServeOptions = {}): Promise<RunningServer> {
  return serve({ port: 0, log: 'memory:', ...options });
}

/** Asks with exactly these headers; a stream's answer comes with its headers, and the stream is cut. */
export function ask(
  at: { port: number },
  method: string,
  path: string,
  asking: Asking = {},
): Promise<Answer> {
  const sent = asking.raw ?? (asking.body === undefined ? undefined : JSON.stringify(asking.body));
  const headers = {
    ...(sent === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
    ...(asking.token == null ? {} : { authorization: `Bearer ${asking.token}` }),
    ...asking.headers,
  };
  const { from, agent } = asking;
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: at.port,
      method,
      path,
      headers,
      agent: agent ?? false,
      timeout: patience,
    };
    const request = http.request(
      { ...options, ...(from === undefined ? {} : { localAddress: from }) },
      (reply) => {
        const { statusCode: status = 0 } = reply;
        if (String(reply.headers['content-type']).startsWith('text/event-stream')) {
          resolve({ status, headers: reply.headers, text: '' });
          return void request.destroy();
        }
        let text = '';
        reply.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        reply.on('end', () => resolve({ status, headers: reply.headers, text }));
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path}`)));
    request.on('error', reject);
    request.end(sent);
  });
}

export function read<T>(answer: Answer): T {
  return JSON.parse(answer.text) as T;
}

/** The code of a refusal; throws when it is not one that the catalogue knows, with that status. */
export function codeOf(answer: Answer): string {
  const { code, status } = read<{ code: keyof typeof catalogue; status: number }>(answer);
  if (catalogue[code]?.status !== answer.status || status !== answer.status)
    throw new Error(`no known refusal: ${answer.status} ${answer.text}`);
  if (answer.headers['content-type'] !== 'application/problem+json; charset=utf-8')
    throw new Error(`a refusal as ${answer.headers['content-type']}`);
  return code;
}

/** Sends bytes on a socket of its own and gives what came back when the server closed it, or after `ms`. */
export function exchange(port: number, bytes: string | Buffer, ms = 3000): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const clock = setTimeout(() => socket.destroy(), ms);
    socket.setEncoding('latin1').on('data', (piece) => {
      text += piece;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(clock);
      resolve(text);
    });
  });
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const size = (n: number, more: object = {}): object => ({
  rule: { electorate: { size: n }, threshold: 2, next: 'continuous', ...more },
});
