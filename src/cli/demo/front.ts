import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Part } from './part.ts';

/** A part of the demo that a press may take away and bring back. */
export interface Pressable {
  readonly part: Part;
  readonly kind: 'server' | 'etcd';
  /** Where it answers; of a server only. */
  readonly url: string | null;
}

export interface Front {
  /** The page of the cluster, with the secret of this demo behind the #. */
  readonly page: string;
  close(): void;
}

/**
 * The one address of a demo: it passes requests on to a server that runs, as a load balancer does, and takes presses that kill parts of
 * the demo or start them again. No server has such a route: only this process, which started the parts, can end them. Presses need the
 * secret, which no other page knows, and the name of this address, which no page of another origin can use.
 */
export async function startFront(parts: readonly Pressable[]): Promise<Front> {
  const secret = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    const address = server.address() as AddressInfo;
    const path = request.url ?? '/';
    if (/^\/demo(?:\/|$)/.test(path))
      press(parts, secret, address.port, request, response).catch(() => end(response, 500));
    else pass(parts, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    page: `http://127.0.0.1:${port}/cluster#demo=${secret}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function press(
  parts: readonly Pressable[],
  secret: string,
  port: number,
  { method, url = '', headers, socket }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const own = `127.0.0.1:${port}`;
  const isOurs = headers.host === own && (headers.origin === undefined || headers.origin === `http://${own}`);
  if (!isOurs || !isSame(headers['quorate-demo'], secret)) return end(response, 403);
  const [, , name = '', what] = url.split('/').map(decodeURIComponent);
  if (method === 'POST') {
    const found = parts.find(({ part }) => part.name === name)?.part;
    if (found === undefined || (what !== 'kill' && what !== 'start')) return end(response, 404);
    if (what === 'kill') await found.kill();
    else if (!found.running) found.start();
  } else if (method !== 'GET' || url !== '/demo') return end(response, 404);
  if (socket.destroyed) return;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('cache-control', 'no-store');
  const list = parts.map(({ part, kind }) => ({ name: part.name, kind, isUp: part.running }));
  response.end(JSON.stringify({ parts: list }));
}

function isSame(given: string | string[] | undefined, secret: string): boolean {
  const bytes = Buffer.from(String(given));
  const wanted = Buffer.from(secret);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

/** Passes a request on to the first server that runs. */
function pass(parts: readonly Pressable[], request: IncomingMessage, response: ServerResponse): void {
  const running = parts.find(({ part, url }) => url !== null && part.running)?.url;
  if (running == null) {
    end(response, 502);
    return;
  }
  const { hostname, port } = new URL(running);
  const { method, url: path, headers } = request;
  const onward = forward({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    // A server that dies in the middle of an answer: its reader has to see that it is not whole.
    answer.once('error', () => response.destroy());
  });
  onward.once('error', () => (response.headersSent ? response.destroy() : end(response, 502)));
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
