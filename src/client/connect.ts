import type { Json } from '../core/types.ts';
import type { GroupJson } from '../core/view/json-types.ts';
import { addressOf } from './address.ts';
import { Group } from './group.ts';
import { readPages } from './paging.ts';
import { ReadinessProbe } from './readiness.ts';
import type { Bounds } from './requests.ts';
import { type Clock, type Duration, systemClock, toMs } from './time.ts';
import { type Retry, Transport } from './transport.ts';
import { fetchTrusting } from './trust.ts';

export interface ConnectOptions {
  /** A server's address, such as `http://127.0.0.1:5000`. */
  readonly url?: string;
  /** Servers of one deployment; the next is asked when one fails. Instead of `url`. */
  readonly urls?: readonly string[];
  /** What is asked is asked on its strength: an administrator's, an agent's or an observer's token. */
  readonly token?: string | undefined;
  /** In Node: certificates (PEM) to trust besides the usual ones, for servers with a private CA. */
  readonly ca?: string | undefined;
  /** Instead of the global one; then `ca` is not looked at. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number;
  /** How long a call goes on trying servers that do not answer or are overloaded; 60 s without it. */
  readonly retryFor?: Duration;
  /**
   * With several servers: how often the one that holds a reply back is asked whether it is still fit to give it, so
   * that one that stands still is left; 500 ms without it, 0 for never.
   */
  readonly probeEvery?: Duration;
  /** Told before each new attempt. */
  readonly onRetry?: (retry: Retry) => void;
}

export interface Client {
  /**
   * A group by name; nothing is sent until it is used.
   *
   * @example
   * const lunch = connect({ url }).group('lunch');
   */
  group(name: string): Group;
  /**
   * Groups in order of creation; `after` continues after the last name of the page before.
   *
   * @example
   * const names = (await connect({ url }).groups({ limit: 10 })).map(({ group }) => group);
   */
  groups(asked?: Bounds & { limit?: number; after?: string }): Promise<readonly GroupJson[]>;
  /**
   * What the server says of itself: version, log, limits.
   *
   * @example
   * const { version } = await connect({ url }).info();
   */
  info(bounds?: Bounds): Promise<{ readonly [name: string]: Json }>;
}

/**
 * A client of one deployment. It keeps no connection and no state that needs closing, and reads its own writes on
 * whichever server answers.
 *
 * @example
 * const lunch = connect({ url: 'http://127.0.0.1:5000' }).group('lunch');
 * await lunch.create({ rule: { electorate: { agents: ['ann'] } } });
 * const { value } = await lunch.agree({ agent: 'ann', propose: () => 'pizza', deadline: '60s' });
 */
export function connect(options: ConnectOptions): Client {
  const transport = transportOf(options);
  return {
    group: (name) => new Group(name, transport),
    groups: ({ limit, after, ...bounds } = {}) =>
      readPages<GroupJson, string>(limit, after, async (limit, after) => {
        const query = { limit, after };
        const call = { method: 'GET', path: '/v1/groups', query, ...inMs(bounds) } as const;
        const { body } = await transport.send<{ groups: readonly GroupJson[]; next: string | null }>(call);
        return { items: body.groups, next: body.next };
      }),
    info: async (bounds = {}) => {
      const call = { method: 'GET', path: '/v1/info', ...inMs(bounds) } as const;
      return (await transport.send<{ [name: string]: Json }>(call)).body;
    },
  };
}

/** Throws `TypeError` for options that name no usable address. */
export function transportOf(options: ConnectOptions): Transport {
  const urls = (options.urls ?? (options.url === undefined ? [] : [options.url])).map(addressOf);
  if (urls.length === 0) throw new TypeError('connect needs the address of a server: { url } or { urls }');
  // Bound late, so that what replaces the global fetch is used; browsers refuse it as a method.
  const usual: typeof fetch = (input, init) => fetch(input, init);
  const asks = options.fetch ?? (options.ca === undefined ? usual : fetchTrusting(options.ca));
  const clock = options.clock ?? systemClock;
  const wire = {
    urls,
    fetch: asks,
    clock,
    probe:
      urls.length > 1
        ? new ReadinessProbe({ fetch: asks, clock, every: toMs(options.probeEvery ?? '500ms') })
        : null,
    random: options.random ?? Math.random,
    retryFor: toMs(options.retryFor ?? '60s'),
    onRetry: options.onRetry ?? (() => {}),
  };
  return new Transport(wire, options.token ?? null);
}

function inMs({ signal, deadline }: Bounds) {
  return { signal, deadline: deadline === undefined ? undefined : toMs(deadline) };
}
