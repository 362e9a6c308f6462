import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What a gate asks about its claim. */
type Asked = 'claim' | 'renew' | 'done';

export interface Exchange {
  readonly what: Asked;
  readonly body: { readonly holder?: string; readonly fence?: number };
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly fence?: number; readonly code?: string; readonly state?: string };
}

/** Told of what a gate asks before a server hears of it, and of the answer before the gate does. Each may hold it back. */
export interface Hooks {
  asked(exchange: Exchange): Promise<void>;
  answered(exchange: Exchange, answer: Answer): Promise<void>;
}

/** A way from one gate to the servers: the first of `urls` that takes a connection. */
export async function startProxy(urls: () => readonly string[], hooks: Hooks) {
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing, urls(), hooks).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  urls: readonly string[],
  hooks: Hooks,
): Promise<void> {
  const body = await buffer(incoming);
  const what = askedIn(incoming);
  const exchange = what === null ? null : { what, body: JSON.parse(String(body)) };
  if (exchange !== null) await hooks.asked(exchange);
  const answer = await firstAnswer(incoming, outgoing, body, urls);
  if (exchange !== null)
    await hooks.answered(exchange, { status: answer.status, body: JSON.parse(String(answer.body)) });
  outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}

function askedIn({ method, url = '' }: IncomingMessage): Asked | null {
  const [, end] = /\/rounds\/\d+\/claim(\/renew|\/done)?$/.exec(url) ?? [];
  if (method === 'POST') return end === '/renew' ? 'renew' : end === '/done' ? 'done' : null;
  return method === 'PUT' && /\/claim$/.test(url) ? 'claim' : null;
}

async function firstAnswer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Buffer,
  urls: readonly string[],
) {
  for (const url of urls) {
    try {
      return await send(url, incoming, outgoing, body);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
  throw new Error('no server takes a connection');
}

function send(
  url: string,
  { method, url: path, headers }: IncomingMessage,
  near: ServerResponse,
  body: Buffer,
) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>(
    (resolve, reject) => {
      const far = request(new URL(path ?? '/', url), {
        method: method ?? 'GET',
        headers: { ...headers, host: new URL(url).host, connection: 'close' },
        agent: false,
      });
      // A long wait of a gate that is gone.
      if (method === 'GET') near.once('close', () => far.destroy());
      far.once('error', reject);
      far.once('response', (reply) => {
        const { statusCode: status = 502, headers: fields } = reply;
        const { connection: _, ...kept } = fields;
        buffer(reply).then((text) => resolve({ status, headers: kept, body: text }), reject);
      });
      far.end(body);
    },
  );
}
