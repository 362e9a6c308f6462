import { Problem } from '../problem.ts';
import type { Request, Response } from '../route.ts';
import type { Hosts } from './hosts.ts';
import { isCrossOrigin } from './origin.ts';
import type { Shares } from './shares.ts';

/** Why a request is refused, or null; it is counted when it is not. */
export type Guard = (request: Request, response: Response) => Problem | null;

/**
 * Checks every request before its body is read: its Host must be ours, no web page of another origin may write, and nobody may
 * take more than its share of requests, waits and streams.
 */
export function guard(hosts: Hosts, shares: Shares): Guard {
  return (request, response) => {
    response.header('x-content-type-options', 'nosniff');
    const { raw } = request;
    if (!isApi(raw.url)) response.headers(pageHeaders);
    const { host } = raw.headers;
    if (host === undefined ? raw.httpVersion !== '1.0' : !hosts.allows(host, raw.socket.localAddress))
      return hostRefused(host);
    if (isCrossOrigin(raw))
      return new Problem('cross-origin', 'a web page of another origin sent this request');
    // A load balancer must learn whether this server is well, however busy it is.
    const { path } = request.route;
    return path === '/healthz' || path === '/readyz' ? null : shares.refusal(request, response);
  };
}

/** Headers of what a browser might show: nothing is loaded from elsewhere, no frames, no Referer. */
const pageHeaders = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

function isApi(url = ''): boolean {
  return url.startsWith('/v1/') || url.startsWith('/state/') || url === '/number';
}

function hostRefused(host: string | undefined): Problem {
  if (host === undefined) return new Problem('invalid-request', 'HTTP/1.1 needs a Host header');
  return new Problem(
    'host-not-allowed',
    `this server does not answer for ${JSON.stringify(host.slice(0, 80))}`,
  );
}
