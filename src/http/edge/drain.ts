import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

/** Stopping a server so that every request that came is answered. */

/** The response that is under way on a socket: Node's own bookkeeping, for which it has no public name. */
export type Busy = { readonly _httpMessage?: (ServerResponse & { readonly req: IncomingMessage }) | null };

/** The event that a server emits to itself when it begins to stop. */
const draining = 'draining';
/** ms for callers whose connection is idle to send their next request, and to learn with its answer that it is the last. */
const linger = 500;

interface Drain {
  readonly open: ReadonlySet<Socket>;
}

const drains = new WeakMap<Server | TlsServer, Drain>();

/** Tracks the open sockets of a server for `closeGently`; to be called before it listens. */
export function prepareToDrain(server: Server | TlsServer): void {
  const open = new Set<Socket>();
  drains.set(server, { open });
  const note = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  server.on('connection', note);
  // Of a connection that speaks TLS this is the side that requests come from.
  server.on('secureConnection', note);
  server.on(draining, () => {
    server.prependListener('request', (_request, response) => isLast(response));
    for (const socket of open) {
      const busy = (socket as Busy)._httpMessage;
      if (busy) isLast(busy);
      // Node counts a socket on which nothing has come yet as busy; no request of it is lost.
      else if (socket.bytesRead === 0) socket.destroy();
    }
  });
}

/** Makes a response the last of its connection: it says `connection: close`. */
function isLast(response: ServerResponse): void {
  response.shouldKeepAlive = false;
}

/**
 * Stops a server: from now on each answer is the last of its connection. Once all are gone, or after a moment, `close`
 * is called; sockets that fall idle then are closed at once, and those still busy after `grace` ms are cut.
 */
export async function closeGently(
  server: Server,
  close: () => Promise<unknown>,
  grace: number,
): Promise<void> {
  server.emit(draining);
  const open = drains.get(server)?.open;
  const until = performance.now() + linger;
  while (open !== undefined && open.size > 0 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  try {
    await close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
