import type { Json } from '../core/types.ts';
import type { GroupRowJson } from '../core/view/group-row.ts';
import { addressOf } from './address.ts';
import type { ClusterJson } from './cluster-json.ts';
import { Group } from './group.ts';
import { readPages } from './paging.ts';
import { type ManyProposal, type ProposalsOptions, proposals, type SettledProposal } from './proposals.ts';
import { ReadinessProbe } from './readiness.ts';
import type { CallOptions } from './requests.ts';
import { type Clock, type Duration, systemClock, toMs } from './time.ts';
import { type Retry, Transport } from './transport.ts';
import { fetchTrusting } from './trust.ts';
import { Webhooks } from './webhooks.ts';

/** Where the servers are, and how this client calls them. */
export interface ConnectOptions {
  /** A server's address, such as `http://127.0.0.1:5000`. */
  readonly url?: string;
  /** The servers of one deployment, instead of `url`; when one fails, the next is asked. */
  readonly urls?: readonly string[];
  /** Sent with every request: an administrator's or an agent's token, or a group's key. */
  readonly token?: string | undefined;
  /** In Node: certificates (PEM) to trust in addition to the usual ones, for servers with a private CA. */
  readonly ca?: string | undefined;
  /** Used instead of the global `fetch`; `ca` is then ignored. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number;
  /** How long a call is retried while servers do not answer or are overloaded; 60 s by default. */
  readonly retryFor?: Duration;
  /**
   * With several servers: how often a server that holds a reply back is asked whether it is ready, so that the call moves
   * on when it is not; 500 ms by default, 0 for never.
   */
  readonly probeEvery?: Duration;
  /** Called before each new attempt. */
  readonly onRetry?: (retry: Retry) => void;
}

/** One deployment: its groups, its webhooks, its servers. */
export interface Client {
  /**
   * A group by its name. Nothing is sent until it is used.
   *
   * @example
   * const lunch = connect({ url }).group('lunch');
   */
  group(name: string): Group;
  /**
   * The groups in order of creation, each with how its latest round stands; `prefix` asks for those whose names begin so, and `after`
   * continues after the last name of the page before.
   *
   * @example
   * const names = (await connect({ url }).groups({ limit: 10 })).map(({ group }) => group);
   */
  groups(
    options?: CallOptions & { prefix?: string; limit?: number; after?: string },
  ): Promise<readonly GroupRowJson[]>;
  /**
   * Proposes many at once, for any groups and agents, and gives what came of each as it settles: the round it was taken in, or the error,
   * with its place among all, from 1. A bad one spoils no other. What has no definite answer is sent again, as a single call is. No
   * more is taken from `items` than servers take, and no more is read from servers than the loop takes; leaving the loop ends all.
   *
   * @example
   * const ballots = ['ann', 'bob'].map((agent) => ({ group: 'lunch', round: 1, agent, value: 'pizza' }));
   * for await (const { line, round, error } of connect({ url }).proposals(ballots, { wait: '1s' }))
   *   console.log(line, round?.state ?? error?.code);
   */
  proposals<P extends ManyProposal>(
    items: Iterable<P> | AsyncIterable<P>,
    options?: ProposalsOptions,
  ): AsyncGenerator<SettledProposal<P>, void, void>;
  /**
   * How the log and its servers are, as the server that answers knows it. [Q6.17]
   *
   * @example
   * const { servers, quorum } = await connect({ url }).cluster();
   * console.log(quorum, servers.map(({ name, behind }) => `${name} lacks ${behind}`));
   */
  cluster(options?: CallOptions): Promise<ClusterJson>;
  /** Who is told of the outcomes of all groups; only for the administrator. */
  readonly webhooks: Webhooks;
  /**
   * Facts about the server: version, log, limits.
   *
   * @example
   * const { version } = await connect({ url }).info();
   */
  info(options?: CallOptions): Promise<{ readonly [name: string]: Json }>;
}

/**
 * A client of one deployment. It needs no closing, and it reads its own writes on every server.
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
    webhooks: new Webhooks(transport, '/v1/webhooks'),
    groups: ({ prefix, limit, after, ...options } = {}) =>
      readPages<GroupRowJson, string>(limit, after, async (limit, after) => {
        const query = { prefix, limit, after };
        const call = { method: 'GET', path: '/v1/groups', query, ...inMs(options) } as const;
        const { body } = await transport.send<{ groups: readonly GroupRowJson[]; next: string | null }>(call);
        return { items: body.groups, next: body.next };
      }),
    proposals: (items, options = {}) => proposals(transport, items, options),
    cluster: async (options = {}) => {
      const call = { method: 'GET', path: '/v1/cluster', ...inMs(options) } as const;
      return (await transport.send<ClusterJson>(call)).body;
    },
    info: async (options = {}) => {
      const call = { method: 'GET', path: '/v1/info', ...inMs(options) } as const;
      return (await transport.send<{ [name: string]: Json }>(call)).body;
    },
  };
}

/** The transport for these options. Throws `TypeError` when they name no usable address. */
export function transportOf(options: ConnectOptions): Transport {
  const urls = (options.urls ?? (options.url === undefined ? [] : [options.url])).map(addressOf);
  if (urls.length === 0) throw new TypeError('connect needs the address of a server: { url } or { urls }');
  // Looks the global fetch up at each call, because programs replace it; browsers refuse it as a method.
  const globalFetch: typeof fetch = (input, init) => fetch(input, init);
  const send = options.fetch ?? (options.ca === undefined ? globalFetch : fetchTrusting(options.ca));
  const clock = options.clock ?? systemClock;
  const wire = {
    urls,
    fetch: send,
    clock,
    probe:
      urls.length > 1
        ? new ReadinessProbe({ fetch: send, clock, every: toMs(options.probeEvery ?? '500ms') })
        : null,
    random: options.random ?? Math.random,
    retryFor: toMs(options.retryFor ?? '60s'),
    onRetry: options.onRetry ?? (() => {}),
  };
  return new Transport(wire, options.token ?? null);
}

function inMs({ signal, deadline }: CallOptions) {
  return { signal, deadline: deadline === undefined ? undefined : toMs(deadline) };
}
