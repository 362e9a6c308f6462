import { Connection, type Request, type Response } from '../harness/in-memory.ts';
import type { Exchange } from './evidence.ts';
import { Random, seedFor } from './random.ts';
import type { Setting, SimServer } from './server.ts';

/** What lies between agents and servers, as the `fetch` of one process: late, lost, refused, cut off, doubled. */
export function fetchFor(
  process: string,
  servers: readonly SimServer[],
  setting: Setting,
  exchanges: Exchange[],
): typeof fetch {
  const { world, faults, plan, count } = setting;
  const random = new Random(seedFor(plan.seed, 'network', process));
  const delay = (): number => 1 + random.below(4);
  let failed = '';

  const call = (input: unknown, init: RequestInit): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const url = String(input);
      const server = Number(url.slice('http://s'.length, url.indexOf('/', 8)));
      const request: Request = {
        method: init.method ?? 'GET',
        path: url.slice(url.indexOf('/', 8)),
        headers: (init.headers ?? {}) as Record<string, string>,
        body: (init.body as string | undefined) ?? null,
      };
      const exchange: Exchange = {
        process,
        server,
        request,
        invoked: world.stamp(),
        invokedAt: world.now,
        response: null,
        arrivedAt: 0,
        answeredAt: 0,
        completed: null,
      };
      // Whether a server is ready is its own affair, and no part of the history.
      if (request.path !== '/readyz') exchanges.push(exchange);
      world.note(`${process} -> s${server} ${request.method} ${request.path} ${request.body ?? ''}`);

      const connection = new Connection();
      let over = false;
      const { signal } = init;
      const abort = (): void => {
        if (over) return;
        over = true;
        connection.close();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      const waits = request.path.includes('wait=');
      const what = request.path.split('?', 1)[0] as string;
      const settle = (tell: () => void): void => {
        if (over) return;
        over = true;
        signal?.removeEventListener('abort', abort);
        // Nobody is left at the other end of a request that was sent twice.
        connection.close();
        tell();
      };
      const broken = (): void =>
        settle(() => {
          if (waits) failed = what;
          world.note(`${process} <- s${server} connection lost`);
          reject(new TypeError('fetch failed'));
        });
      const deliver = (response: Response): void =>
        settle(() => {
          exchange.completed = world.stamp();
          if (waits && failed === what && response.status < 300) count('failover inside one wait');
          failed = '';
          world.note(`${process} <- s${server} ${response.status} ${response.text}`);
          resolve(responseOf(response));
        });
      const net = faults.active('net', world.now);
      const requestLost = net !== null && random.chance(net.request);
      const replyLost = net !== null && random.chance(net.reply);
      const silently = random.chance(0.15);
      const twice = net !== null && safe(request) && random.chance(net.twice);

      const arrive = (counts: boolean): void => {
        const target = servers[server]?.running ?? null;
        if (target === null) {
          if (counts) world.after(delay(), broken);
          return;
        }
        if (counts) exchange.arrivedAt = world.now;
        const answer = (response: Response): void => {
          if (!counts) return;
          exchange.response = response;
          exchange.answeredAt = world.now;
          if (replyLost && silently) return;
          world.after(delay(), () => (replyLost ? broken() : deliver(response)));
        };
        const lost = (): void => {
          if (counts) world.after(delay(), broken);
        };
        target.handle(request, connection, answer, lost);
      };
      if (requestLost) {
        if (!silently) world.after(delay(), broken);
        return;
      }
      world.after(delay(), () => arrive(true));
      if (twice) world.after(delay() + random.below(50), () => arrive(false));
    });
  return call as typeof fetch;
}

/** Whether what stands in between may send it twice without changing what it means. */
function safe({ method, headers }: Request): boolean {
  return method === 'GET' || method === 'PUT' || headers['idempotency-key'] !== undefined;
}

function responseOf({ status, headers, text }: Response): object {
  return {
    ok: status < 300,
    status,
    headers: { get: (name: string) => headers[name] ?? null },
    text: async () => text,
    arrayBuffer: async () => new ArrayBuffer(0),
  };
}
