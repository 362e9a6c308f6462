import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { ErrorCode } from '../core/errors.ts';
import type { Log, LogInfo, LogSpace } from '../log/log.ts';
import type { Replica } from '../replica/replica.ts';
import type { Dropped } from './edge/listener.ts';
import { counted, counter, family, gauge, type Histogram, labels, type Sample } from './exposition.ts';
import type { Route } from './route.ts';

/** ms between two measurements of the event loop. */
const resolution = 20;

/** What the metrics show of a server besides its requests. */
export interface Measured {
  readonly version: string;
  readonly log: Pick<LogInfo, 'kind' | 'durability'>;
  /** Why the server should get no traffic now, or null. */
  readonly unready: () => unknown;
  /** How long the log takes for an entry, where that is measured. */
  readonly appends?: Histogram;
  /** The space for more entries; null where the log has no bound of its own. */
  readonly space?: () => LogSpace | null;
  /** What certificates are used for, and when the first of them ends. */
  readonly certificates?: () => readonly { readonly use: string; readonly ends: Date | null }[];
}

/** What a stream sends. */
export type StreamKind = 'events' | 'items';

/** What a route has answered. */
interface Answers {
  /** How often with each status. */
  readonly byStatus: number[];
  /** Where what it takes is counted by what became of it; null for a route that takes nothing of the kind. */
  readonly taken: Map<string, number> | null;
}

/**
 * What this server has done and is doing, in the Prometheus text format 0.0.4. No label names a group or an agent, and
 * no proposed value is counted.
 */
export class Metrics {
  private readonly answers = new Map<Route, Answers>();
  private readonly problems = new Map<ErrorCode, number>();
  private readonly proposals = new Map<string, number>();
  private readonly messages = new Map<string, number>();
  private readonly closed = new Map<string, number>();
  private readonly replica: Replica;
  private readonly facts: Measured;
  private delay: IntervalHistogram | null = null;
  private silence = (): void => undefined;
  private readonly drops = new Map<Dropped, number>();
  private readonly openStreams = { events: 0, items: 0 };

  constructor(replica: Replica, facts: Measured) {
    this.replica = replica;
    this.facts = facts;
  }

  /** Measures the event loop, and counts the rounds that close: not before, since what a start replays was counted when it happened. */
  start(): void {
    this.silence = this.watchRounds();
    this.delay = monitorEventLoopDelay({ resolution });
    this.delay.enable();
  }

  stop(): void {
    this.silence();
    this.delay?.disable();
  }

  /** A request was answered. */
  answered(route: Route, status: number): void {
    let answers = this.answers.get(route);
    if (answers === undefined) {
      // Those of a route that takes many are counted one by one.
      answers = { byStatus: [], taken: route.lines === true ? null : this.takenBy(route) };
      this.answers.set(route, answers);
    }
    answers.byStatus[status] = (answers.byStatus[status] ?? 0) + 1;
    if (status < 300 && answers.taken !== null) add(answers.taken, 'accepted');
  }

  /** A proposal was taken. */
  accepted(): void {
    add(this.proposals, 'accepted');
  }

  /** A connection was cut without an answer. */
  dropped(why: Dropped): void {
    add(this.drops, why);
  }

  /** A request, or a line of many, was refused. */
  refused(code: ErrorCode, route?: Route): void {
    add(this.problems, code);
    const taken = route === undefined ? null : this.takenBy(route);
    if (taken !== null) add(taken, code);
  }

  /** A stream of this kind begins; the result ends it. */
  streamOpened(kind: StreamKind): () => void {
    this.openStreams[kind] += 1;
    return () => {
      this.openStreams[kind] -= 1;
    };
  }

  /** Streams that are open, and votes taken since the start. */
  figures(): { readonly streams: number; readonly votes: number } {
    const { events, items } = this.openStreams;
    return { streams: events + items, votes: this.proposals.get('accepted') ?? 0 };
  }

  /** Everything, as text. */
  text(): string {
    const { replica, facts, delay } = this;
    const requests = [...this.answers].flatMap(([{ method, path }, { byStatus }]) =>
      byStatus.flatMap((count, status): Sample[] => [
        [labels({ method, route: path, status: String(status) }), count],
      ]),
    );
    const { version, log } = facts;
    // What is measured is the time from one measurement to the next.
    const seconds = (ns: number): number => Math.max(0, ns / 1e9 - resolution / 1000) || 0;
    const lag: readonly Sample[] =
      delay === null
        ? []
        : [
            ['{quantile="0.5"}', seconds(delay.percentile(50))],
            ['{quantile="0.99"}', seconds(delay.percentile(99))],
            ['{quantile="1"}', seconds(delay.max)],
          ];
    delay?.reset();
    const { events, items } = this.openStreams;
    return [
      gauge('quorate_build_info', 'What this server is; always 1.', [
        [labels({ version, node: process.version, log: log.kind, durability: log.durability }), 1],
      ]),
      counter('quorate_http_requests_total', 'Requests answered, by route and status.', requests),
      counter('quorate_problems_total', 'Requests refused, by code.', counted('code', this.problems)),
      counter(
        'quorate_proposals_total',
        'Proposals answered: accepted, or refused by code.',
        counted('result', this.proposals),
      ),
      counter(
        'quorate_messages_total',
        'Messages answered: accepted, or refused by code.',
        counted('result', this.messages),
      ),
      counter(
        'quorate_rounds_closed_total',
        'Rounds closed while this server was there, whichever server closed them, by state and reason.',
        [...this.closed].map(([how, count]): Sample => {
          const [state = '', reason = ''] = how.split(' ');
          return [labels({ state, reason }), count];
        }),
      ),
      family(
        'quorate_log_append_seconds',
        'histogram',
        'How long the log took to make an entry durable.',
        facts.appends?.samples() ?? [],
      ),
      gauge('quorate_queue_commands', 'Commands waiting for the log.', replica.commands.length),
      gauge(
        'quorate_waiters',
        'Requests waiting for a round, an item of a stream, or acknowledgements.',
        replica.waiters.size,
      ),
      gauge('quorate_streams', 'Event streams open.', events + items),
      gauge('quorate_stream_readers', "Of them, those of the items of a group's stream.", items),
      gauge('quorate_groups', 'Groups there are.', replica.state.groups.size),
      gauge('quorate_log_index', 'Log entries applied by this server.', replica.state.index),
      gauge('quorate_ready', 'Whether this server may get traffic.', facts.unready() === null ? 1 : 0),
      ...this.operation(),
      gauge('quorate_event_loop_delay_seconds', 'Delay of timers since these metrics were last read.', lag),
      gauge('process_resident_memory_bytes', 'Memory of the process.', process.memoryUsage.rss()),
    ].join('');
  }

  /** Families on what an operator has to act on: space, certificates, cut connections. */
  private operation(): string[] {
    const space = this.facts.space?.() ?? null;
    const readOnly = space === null ? [] : space.refusal === null ? 0 : 1;
    const ends = (this.facts.certificates?.() ?? []).flatMap(({ use, ends: end }): Sample[] =>
      end === null ? [] : [[labels({ use }), end.getTime() / 1000]],
    );
    return [
      gauge('quorate_read_only', 'Whether there is no space left, so that writes get 507.', readOnly),
      gauge('quorate_log_free_bytes', 'Space for more entries of the log.', space?.freeBytes ?? []),
      gauge(
        'quorate_certificate_expiry_timestamp_seconds',
        'When the first certificate ends, for callers (server) and for etcd.',
        ends,
      ),
      counter(
        'quorate_connections_dropped_total',
        'Connections cut without an answer, by why: too many (connections, address), too much (pipelined, unread), no TLS (tls), stalled.',
        counted('why', this.drops),
      ),
    ];
  }

  /** Where the proposals or messages that a route takes are counted; null where it takes none. */
  private takenBy({ method, path }: Route): Map<string, number> | null {
    if (method === 'GET') return null;
    if (path === '/number' || path.includes('/proposals')) return this.proposals;
    return path.endsWith('/messages') ? this.messages : null;
  }

  private watchRounds(): () => void {
    const { replica } = this;
    return replica.listen(({ events }) => {
      for (const { type, group, round } of events) {
        if (type !== 'round-closed' || round === null) continue;
        const outcome = replica.state.groups.get(group)?.closed.get(round);
        const { state, reason } = outcome ?? { state: 'FAILED', reason: 'group-deleted' };
        add(this.closed, `${state} ${reason}`);
      }
    });
  }
}

/** The log, with the seconds of each append reported to `appends`. */
export function timed(log: Log, appends: Pick<Histogram, 'observe'>): Log {
  return {
    get info() {
      return log.info;
    },
    get unavailable() {
      return log.unavailable;
    },
    get space() {
      return log.space;
    },
    async append(entry, asOf) {
      const began = performance.now();
      const appended = await log.append(entry, asOf);
      if (appended.ok) appends.observe((performance.now() - began) / 1000);
      return appended;
    },
    entries: (from, signal) => log.entries(from, signal),
    head: () => log.head(),
    checkpoint: (checkpoint) => log.checkpoint(checkpoint),
    restore: () => log.restore(),
    close: () => log.close(),
  };
}

/** Upper ends of the histogram of appends, seconds: from a fast disk to a cluster in trouble. */
export const appendBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
] as const;

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
