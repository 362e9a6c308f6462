import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { eventStream, prefers } from '../accept.ts';
import { Problem } from '../problem.ts';
import type { Request, Response } from '../route.ts';
import { Counts } from './counts.ts';
import type { ChosenLimits, LimitName } from './limits.ts';
import { type Allowance, Rate } from './rate.ts';
import type { Sources } from './sources.ts';

/** Each caller's share: by its address, and by its token as well when it sends one. */
export class Shares {
  private readonly limits: ChosenLimits;
  private readonly sources: Sources;
  private readonly waiting: () => number;
  private readonly rates: { readonly address: Rate | null; readonly token: Rate | null };
  private readonly messages: Rate | null;
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
    const { messageRatePerAgent, messageBurstPerAgent } = values;
    this.messages =
      messageRatePerAgent === 0 ? null : new Rate('agent', messageRatePerAgent, messageBurstPerAgent);
    this.waits = { address: new Counts(values.waitsPerAddress), token: new Counts(values.waitsPerToken) };
    this.streams = {
      address: new Counts(values.streamsPerAddress),
      token: new Counts(values.streamsPerToken),
    };
  }

  /** Why this request is refused, or null; it is counted when it is not. */
  refusal(request: Request, response: Response): Problem | null {
    const caller = this.callerOf(request.raw);
    const tooFast = this.tooFast(caller, response);
    if (tooFast !== null) return tooFast;
    const kind = heldBy(request);
    if (kind === null) return null;
    const refused = this.tooMany(kind, caller);
    if (refused !== null || !this.counts(kind, caller)) return refused;
    this.add(kind, caller);
    response.raw.once('close', () => this.remove(kind, caller));
    return null;
  }

  /** Null when this agent of a group may say one more thing, which is counted; else `response` says when it may again. */
  tooTalkative({ raw }: Request, response: Response, group: string, agent: string): Problem | null {
    const { messages } = this;
    if (messages === null || !this.applies('messageRatePerAgent', this.sources.of(raw))) return null;
    const allowance = messages.take(`${group} ${agent}`, performance.now());
    if (allowance.ok) return null;
    response
      .header('ratelimit-policy', messages.policy)
      .header('ratelimit', messages.header(allowance))
      .header('retry-after', retryAfter(allowance));
    return new Problem('overloaded', `agent ${agent} says more than one agent may`);
  }

  /** Counts the lines of a request that carries many, each as a request of its own. */
  ofLines({ raw }: Request): LineShares {
    const caller = this.callerOf(raw);
    const callers = (token: string | null): Sender =>
      token === null || !this.tellsTokens(caller.local)
        ? caller
        : { ...caller, token: hash(`Bearer ${token}`) };
    return {
      refusal: (token, waits) => {
        const sender = callers(token);
        const refused = this.tooFast(sender, null) ?? (waits ? this.tooMany('waits', sender) : null);
        if (refused === null && waits && this.counts('waits', sender)) this.add('waits', sender);
        return refused;
      },
      over: (token) => {
        const sender = callers(token);
        if (this.counts('waits', sender)) this.remove('waits', sender);
      },
    };
  }

  private callerOf(raw: IncomingMessage): Sender {
    const { address, local } = this.sources.of(raw);
    const { authorization } = raw.headers;
    const token = authorization === undefined || !this.tellsTokens(local) ? null : hash(authorization);
    return { address, token, local };
  }

  private applies(name: LimitName, { local }: Pick<Sender, 'local'>): boolean {
    return !local || this.limits.chosen.has(name);
  }

  /** Whether any bound may hold for a caller's token: else it need not be hashed. */
  private tellsTokens(local: boolean): boolean {
    return !local || this.limits.chosen.size > 0;
  }

  /** Null when the caller may send one more request, which is counted; `response` then says how many are left. */
  private tooFast(caller: Sender, response: Response | null): Problem | null {
    const address = this.applies('ratePerAddress', caller) ? this.rates.address : null;
    const token = this.applies('ratePerToken', caller) && caller.token !== null ? this.rates.token : null;
    if (address === null && token === null) return null;
    const taken: [Rate, Allowance][] = [];
    const now = performance.now();
    if (address !== null) taken.push([address, address.take(caller.address, now)]);
    // A caller beyond the share of its address must not use up that of a token, which may be somebody else's.
    if (token !== null && taken.every(([, { ok }]) => ok))
      taken.push([token, token.take(caller.token as string, now)]);
    response?.header('ratelimit-policy', taken.map(([rate]) => rate.policy).join(', '));
    response?.header('ratelimit', taken.map(([rate, allowance]) => rate.header(allowance)).join(', '));
    const refused = taken.find(([, { ok }]) => !ok);
    if (refused === undefined) return null;
    response?.header('retry-after', retryAfter(refused[1]));
    return new Problem('overloaded', `more requests than one ${refused[0].name} may send`);
  }

  /** Null when the caller may have one more of these. */
  private tooMany(kind: Held, caller: Sender): Problem | null {
    const { heldRequests } = this.limits.values;
    if (heldRequests > 0 && this.waiting() + this.streams.address.total >= heldRequests)
      return new Problem('overloaded', `${heldRequests} requests are waiting or streaming already`);
    const { address, token } = this[kind];
    if (this.applies(`${kind}PerAddress`, caller) && address.isFull(caller.address))
      return tooMany(kind, 'address');
    const byToken = this.applies(`${kind}PerToken`, caller) ? caller.token : null;
    return byToken !== null && token.isFull(byToken) ? tooMany(kind, 'token') : null;
  }

  /** Whether what this caller holds must be counted; all streams are, for the bound on those of all. */
  private counts(kind: Held, caller: Sender): boolean {
    if (kind === 'streams' || this.applies('waitsPerAddress', caller)) return true;
    return caller.token !== null && this.applies('waitsPerToken', caller);
  }

  private add(kind: Held, caller: Sender): void {
    this[kind].address.add(caller.address);
    if (caller.token !== null && this.applies(`${kind}PerToken`, caller)) this[kind].token.add(caller.token);
  }

  private remove(kind: Held, caller: Sender): void {
    this[kind].address.remove(caller.address);
    if (caller.token !== null && this.applies(`${kind}PerToken`, caller))
      this[kind].token.remove(caller.token);
  }
}

/** Whom a request is counted for. */
interface Sender {
  readonly address: string;
  /** The key of its token; null without one, and where no bound on tokens can hold for it. */
  readonly token: string | null;
  readonly local: boolean;
}

/** What a request that may last long counts as. */
type Held = 'waits' | 'streams';

/** The shares of one request that carries many lines. `token`: the line's own; null for that of the request. */
export interface LineShares {
  /** Why this line is refused, or null; it is counted when it is not, until it is `over` if it waits. */
  refusal(token: string | null, waits: boolean): Problem | null;
  /** A line that waited does so no longer. */
  over(token: string | null): void;
}

/** Seconds after which a caller beyond its rate may send again, as the header says them. */
function retryAfter(allowance: Allowance): string {
  return String(Math.max(1, Math.ceil(allowance.retryAfter)));
}

function tooMany(kind: Held, who: string): Problem {
  const what = kind === 'waits' ? 'waiting requests' : 'event streams';
  return new Problem('overloaded', `one ${who} has as many ${what} open as it may`);
}

/** Which share a request that may last long counts towards; null for one that ends soon. */
function heldBy(request: Request): Held | null {
  const { method, headers } = request.raw;
  if (method === 'GET' && isStream(request)) return 'streams';
  return request.query.wait !== undefined || headers.prefer !== undefined ? 'waits' : null;
}

/** Whether the answer is a stream of events: always on some routes, on others when the caller asks for one. */
function isStream(request: Request): boolean {
  const { path } = request.route;
  if (path.endsWith('/events')) return true;
  return (path.endsWith('/stream') || path.endsWith('/messages')) && prefers(request, eventStream);
}

/** The key by which a token is counted: tokens themselves are not kept. */
function hash(authorization: string): string {
  return createHash('sha256').update(authorization).digest('base64');
}
