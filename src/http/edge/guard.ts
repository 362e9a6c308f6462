import { createHash } from 'node:crypto';
import type { Replica } from '../../replica/replica.ts';
import { Problem } from '../problem.ts';
import type { Request, Response } from '../route.ts';
import { Counts } from './counts.ts';
import type { Hosts } from './hosts.ts';
import type { ChosenLimits, LimitName } from './limits.ts';
import { isCrossOrigin } from './origin.ts';
import { type Allowance, Rate } from './rate.ts';
import type { Sources } from './sources.ts';

/** Why a request is refused, or null; it is counted when it is not. */
export type Guard = (request: Request, response: Response) => Problem | null;

/**
 * Checks every request before its body is read: its Host must be ours, no web page of another origin may write, and nobody may
 * take more than its share of requests, waits and streams.
 */
export function guard(replica: Replica, hosts: Hosts, sources: Sources, limits: ChosenLimits): Guard {
  const shares = new Shares(limits, sources, () => replica.waiters.size);
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

/** Each caller's share: by its address, and by its token as well when it sends one. */
class Shares {
  private readonly limits: ChosenLimits;
  private readonly sources: Sources;
  private readonly waiting: () => number;
  private readonly rates: { readonly address: Rate | null; readonly token: Rate | null };
  private readonly waits: { readonly address: Counts; readonly token: Counts };
  private readonly streams: { readonly address: Counts; readonly token: Counts };

  constructor(limits: ChosenLimits, sources: Sources, waiting: () => number) {
    const { values } = limits;
    this.limits = limits;
    this.sources = sources;
    this.waiting = waiting;
    const { ratePerAddress, ratePerToken, burstPerAddress, burstPerToken } = values;
    this.rates = {
      address: ratePerAddress === 0 ? null : new Rate('address', ratePerAddress, burstPerAddress),
      token: ratePerToken === 0 ? null : new Rate('token', ratePerToken, burstPerToken),
    };
    this.waits = { address: new Counts(values.waitsPerAddress), token: new Counts(values.waitsPerToken) };
    this.streams = {
      address: new Counts(values.streamsPerAddress),
      token: new Counts(values.streamsPerToken),
    };
  }

  /** Why this request is refused, or null; it is counted when it is not. */
  refusal(request: Request, response: Response): Problem | null {
    const { raw } = request;
    const { address, local } = this.sources.of(raw);
    const applies = (name: LimitName): boolean => !local || this.limits.chosen.has(name);
    const { authorization } = raw.headers;
    const token =
      authorization === undefined || (local && this.limits.chosen.size === 0) ? null : hash(authorization);
    return (
      this.tooFast(
        response,
        applies('ratePerAddress') ? address : null,
        applies('ratePerToken') ? token : null,
      ) ?? this.holdsTooMuch(request, response, applies, address, token)
    );
  }

  private tooFast(response: Response, address: string | null, token: string | null): Problem | null {
    if (address === null && token === null) return null;
    const taken: [Rate, Allowance][] = [];
    const now = performance.now();
    if (address !== null && this.rates.address !== null)
      taken.push([this.rates.address, this.rates.address.take(address, now)]);
    // A caller beyond the share of its address must not use up that of a token, which may be somebody else's.
    if (token !== null && this.rates.token !== null && taken.every(([, { ok }]) => ok))
      taken.push([this.rates.token, this.rates.token.take(token, now)]);
    if (taken.length === 0) return null;
    response.header('ratelimit-policy', taken.map(([rate]) => rate.policy).join(', '));
    response.header('ratelimit', taken.map(([rate, allowance]) => rate.header(allowance)).join(', '));
    const refused = taken.find(([, { ok }]) => !ok);
    if (refused === undefined) return null;
    response.header('retry-after', String(Math.max(1, Math.ceil(refused[1].retryAfter))));
    return new Problem('overloaded', `more requests than one ${refused[0].name} may send`);
  }

  private holdsTooMuch(
    request: Request,
    response: Response,
    applies: (name: LimitName) => boolean,
    address: string,
    token: string | null,
  ): Problem | null {
    const kind = heldBy(request);
    if (kind === null) return null;
    const { heldRequests } = this.limits.values;
    if (heldRequests > 0 && this.waiting() + this.streams.address.total >= heldRequests)
      return new Problem('overloaded', `${heldRequests} requests are waiting or streaming already`);
    const counts = this[kind];
    const byAddress = applies(`${kind}PerAddress`);
    const byToken = token !== null && applies(`${kind}PerToken`) ? token : null;
    if (kind === 'waits' && !byAddress && byToken === null) return null;
    if (byAddress && counts.address.isFull(address)) return tooMany(kind, 'address');
    if (byToken !== null && counts.token.isFull(byToken)) return tooMany(kind, 'token');
    counts.address.add(address);
    if (byToken !== null) counts.token.add(byToken);
    response.raw.once('close', () => {
      counts.address.remove(address);
      if (byToken !== null) counts.token.remove(byToken);
    });
    return null;
  }
}

function tooMany(kind: 'waits' | 'streams', who: string): Problem {
  const what = kind === 'waits' ? 'waiting requests' : 'event streams';
  return new Problem('overloaded', `one ${who} has as many ${what} open as it may`);
}

/** Which share a request that may last long counts towards; null for one that ends soon. */
function heldBy(request: Request): 'waits' | 'streams' | null {
  const { method, headers } = request.raw;
  if (method === 'GET' && request.route.path.endsWith('/events')) return 'streams';
  return request.query.wait !== undefined || headers.prefer !== undefined ? 'waits' : null;
}

/** The key by which a token is counted: tokens themselves are not kept. */
function hash(authorization: string): string {
  return createHash('sha256').update(authorization).digest('base64');
}
