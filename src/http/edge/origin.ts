import type { IncomingMessage } from 'node:http';
import { hostIn } from './hosts.ts';
import type { Sources } from './sources.ts';

/** Paths whose GET changes something: the classroom shows each outcome to each reader once. */
const readsThatChange = '/state/';

/**
 * Whether a web page of another origin makes a browser send this request that may change something. Programs send neither
 * Sec-Fetch-Site nor Origin; browsers send at least one of them with every write, and no page can alter them.
 */
export function isCrossOrigin(request: IncomingMessage): boolean {
  const { method, headers, url = '' } = request;
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site === undefined && origin === undefined) return false;
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  if (reads && !decodedStart(url).startsWith(readsThatChange)) return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return !isSame(origin as string, headers.host);
}

/**
 * The origin at which a caller reaches this server, for links that are given away. What a proxy says of the scheme counts where the
 * proxy is trusted.
 */
export function originOf({ headers, socket }: IncomingMessage, sources: Sources): string {
  const told = sources.isProxy(socket.remoteAddress) ? headers['x-forwarded-proto'] : undefined;
  const isSecure = 'encrypted' in socket || String(told).split(',', 1)[0]?.trim() === 'https';
  return `${isSecure ? 'https' : 'http'}://${headers.host ?? 'localhost'}`;
}

function isSame(origin: string, host: string | undefined): boolean {
  const [, authority = null] = /^https?:\/\/([^/?#@\\]+)$/i.exec(origin) ?? [];
  if (authority === null || host === undefined || hostIn(authority) === null) return false;
  return authority.toLowerCase() === host.toLowerCase();
}

/** The router reads %73tate as state, so this must too. */
function decodedStart(url: string): string {
  const start = url.slice(0, 40);
  if (!start.includes('%')) return start;
  return start.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
