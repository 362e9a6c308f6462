import type { ErrorCode } from '../../core/errors.ts';
import type { LogInfo, LogSpace } from '../../log/log.ts';
import type { Replica } from '../../replica/replica.ts';
import type { Dropped } from '../edge/listener.ts';
import type { Request, Route } from '../route.ts';
import { methods } from '../router.ts';
import { catalogue, type MetricName } from './catalogue.ts';
import { counted, family, Histogram, labels, type Sample } from './exposition.ts';
import { LoopDelay } from './loop.ts';
import { add, type Meters } from './meters.ts';
import { processFigures } from './process.ts';

/** What the metrics show of a server besides its requests. */
export interface Measured {
  readonly version: string;
  /** Of the build; null or left out: not known. */
  readonly commit?: string | null;
  readonly log: Pick<LogInfo, 'kind' | 'durability'>;
  /** Why the server should get no traffic now, or null. */
  readonly unready: () => unknown;
  /** What is measured below the HTTP interface, where it is. */
  readonly meters?: Meters;
  /** Entries that this server lacks; null where no other can use the log. */
  readonly behind?: () => number | null;
  /** The space for more entries; null where the log has no bound of its own. */
  readonly space?: () => LogSpace | null;
  /** What certificates are used for, and when the first of them ends. */
  readonly certificates?: () => readonly { readonly use: string; readonly ends: Date | null }[];
}

/** Stands for the route where no route takes a request. */
const unknown = 'unknown';

interface HasMethod {
  readonly raw: { readonly method?: string | undefined };
}

/** What a stream sends. */
export type StreamKind = 'events' | 'items';

/** What a route has answered to one method: its own, or HEAD. */
interface Answers {
  readonly method: string;
  readonly route: string;
  /** How often with each status. */
  readonly byStatus: number[];
  /** How long that took, of requests that do not ask to wait and of those that do; null before the first. */
  direct: Histogram | null;
  waiting: Histogram | null;
  /** Where what it takes is counted by what became of it; null for a route that takes nothing of the kind. */
  readonly taken: Map<string, number> | null;
}

/** How the rounds of one state have closed. */
interface Closed {
  readonly byReason: Map<string, number>;
  readonly duration: Histogram;
  readonly deciding: Histogram;
}

/** Upper ends of the histograms, seconds: of answers, of waits (the longest is 60 s), and of rounds up to a week. */
const answerBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const waitBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60];
const roundBounds = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600, 21_600, 86_400, 604_800];

/**
 * What this server has done and is doing, in the Prometheus text format 0.0.4. No label names a group or an agent, and
 * no proposed value is counted. Reading changes nothing, and costs the same however many groups there are.
 */
export class Metrics {
  private readonly answers = new Map<Route | typeof unknown, Map<string, Answers>>();
  private readonly problems = new Map<ErrorCode, number>();
  private readonly proposals = new Map<string, number>();
  private readonly messages = new Map<string, number>();
  private readonly closed = new Map<string, Closed>();
  private readonly replica: Replica;
  private readonly facts: Measured;
  private readonly loop = new LoopDelay();
  private silence = (): void => undefined;
  private readonly drops = new Map<Dropped, number>();
  private readonly openStreams = { events: 0, items: 0 };

  constructor(replica: Replica, facts: Measured) {
    this.replica = replica;
    this.facts = facts;
  }

  /** Measures the event loop, and counts the rounds that close: not before, since what a start replays was counted when it happened. */
  start(): void {
    this.silence();
    this.silence = this.watchRounds();
    this.loop.start();
  }

  stop(): void {
    this.silence();
    this.loop.stop();
  }

  /** A request was answered. */
  answered(
    { route, raw, began, asksToWait }: Pick<Request, 'route' | 'began' | 'asksToWait'> & HasMethod,
    status: number,
  ): void {
    const answers = this.answersOf(route, raw.method ?? '');
    answers.byStatus[status] = (answers.byStatus[status] ?? 0) + 1;
    if (status < 300 && answers.taken !== null) add(answers.taken, 'accepted');
    const seconds = (performance.now() - began) / 1000;
    if (asksToWait) {
      answers.waiting ??= new Histogram(waitBounds);
      answers.waiting.observe(seconds);
    } else {
      answers.direct ??= new Histogram(answerBounds);
      answers.direct.observe(seconds);
    }
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
  async text(): Promise<string> {
    const found = new Map<string, number | readonly Sample[] | null>([
      ...this.server(),
      ...this.requests(),
      ...this.rounds(),
      ...this.logAndState(),
      ...this.checkpoints(),
      ...this.webhooks(),
      ['quorate_event_loop_delay_seconds', this.loop.histogram.samples()],
      ...(await processFigures()),
    ]);
    return Object.entries(catalogue)
      .map(([name, { type, help }]) => {
        const value = found.get(name) ?? [];
        return family(name, type, help, typeof value === 'number' ? [['', value]] : value);
      })
      .join('');
  }

  private server(): Found {
    const { version, commit, log, unready, space, certificates } = this.facts;
    const about = { version, commit: commit ?? '', node: process.version };
    const { kind, durability } = log;
    const now = space?.() ?? null;
    const ends = (certificates?.() ?? []).flatMap(({ use, ends: end }): Sample[] =>
      end === null ? [] : [[labels({ use }), end.getTime() / 1000]],
    );
    return [
      ['quorate_build_info', [[labels({ ...about, log: kind, durability }), 1]]],
      ['quorate_ready', unready() === null ? 1 : 0],
      ['quorate_read_only', now === null ? null : now.refusal === null ? 0 : 1],
      ['quorate_log_free_bytes', now?.freeBytes ?? null],
      ['quorate_log_size_bytes', now?.logBytes ?? null],
      ['quorate_state_size_bytes', now?.stateBytes ?? null],
      ['quorate_certificate_expiry_timestamp_seconds', ends],
    ];
  }

  private requests(): Found {
    const requests: Sample[] = [];
    const direct: Sample[] = [];
    const waiting: Sample[] = [];
    for (const answers of [...this.answers.values()].flatMap((byMethod) => [...byMethod.values()])) {
      const { method, route } = answers;
      answers.byStatus.forEach((count, status) => {
        requests.push([labels({ method, route, status: String(status) }), count]);
      });
      direct.push(...(answers.direct?.samples({ method, route }) ?? []));
      waiting.push(...(answers.waiting?.samples({ method, route }) ?? []));
    }
    const { events, items } = this.openStreams;
    return [
      ['quorate_http_requests_total', requests],
      ['quorate_http_request_duration_seconds', direct],
      ['quorate_http_wait_duration_seconds', waiting],
      ['quorate_problems_total', counted('code', this.problems)],
      ['quorate_connections_dropped_total', counted('why', this.drops)],
      ['quorate_waiters', this.replica.waiters.size],
      ['quorate_streams', events + items],
      ['quorate_stream_readers', items],
      ['quorate_proposals_total', counted('result', this.proposals)],
      ['quorate_messages_total', counted('result', this.messages)],
    ];
  }

  private rounds(): Found {
    const { state: groups, counts } = this.replica;
    const closed = [...this.closed];
    return [
      [
        'quorate_rounds_closed_total',
        closed.flatMap(([state, { byReason }]) =>
          [...byReason].map(([reason, count]): Sample => [labels({ state, reason }), count]),
        ),
      ],
      [
        'quorate_round_duration_seconds',
        closed.flatMap(([state, { duration }]) => duration.samples({ state })),
      ],
      [
        'quorate_round_deciding_seconds',
        closed.flatMap(([state, { deciding }]) => deciding.samples({ state })),
      ],
      ['quorate_rounds_undecided', counts.undecidedRounds],
      [
        'quorate_oldest_undecided_round_age_seconds',
        Math.max(0, this.replica.logTime - counts.undecidedSince) / 1000 || 0,
      ],
      ['quorate_groups', groups.groups.size],
      ['quorate_live_agents', counts.liveAgents],
    ];
  }

  private logAndState(): Found {
    const { replica, facts } = this;
    const { meters } = facts;
    const isSynced = facts.log.kind === 'file';
    return [
      ['quorate_queue_commands', replica.commands.length],
      ['quorate_log_entry_commands', meters?.batches.samples() ?? null],
      ['quorate_log_append_seconds', meters?.appends.samples() ?? null],
      ['quorate_log_sync_seconds', isSynced ? (meters?.syncs.samples() ?? null) : null],
      ['quorate_log_index', replica.state.index],
      ['quorate_replication_lag_entries', facts.behind?.() ?? null],
      ['quorate_log_time_ahead_seconds', Math.max(0, replica.logTime - Date.now()) / 1000],
    ];
  }

  private checkpoints(): Found {
    const { latestCheckpoint: latest, state } = this.replica;
    const { meters } = this.facts;
    return [
      ['quorate_checkpoint_timestamp_seconds', latest === null ? null : latest.time / 1000],
      ['quorate_checkpoint_due_entries', state.index - (latest?.index ?? 0)],
      ['quorate_checkpoint_duration_seconds', meters?.checkpoints.samples() ?? null],
      ['quorate_checkpoint_written_bytes_total', meters?.checkpointBytes ?? null],
      [
        'quorate_checkpoints_total',
        meters === undefined ? null : counted('result', meters.checkpointResults),
      ],
    ];
  }

  private webhooks(): Found {
    const { webhooks, failing, disabled, pending } = this.replica.counts.webhooks;
    const { meters } = this.facts;
    const states = new Map([
      ['ok', webhooks - failing - disabled],
      ['failing', failing],
      ['disabled', disabled],
    ]);
    return [
      ['quorate_webhooks', counted('state', states)],
      ['quorate_webhook_pending_deliveries', pending],
      [
        'quorate_webhook_attempts_total',
        meters === undefined ? null : counted('result', meters.attemptResults),
      ],
      ['quorate_webhook_attempt_seconds', meters?.attempts.samples() ?? null],
    ];
  }

  private answersOf(route: Route, method: string): Answers {
    // What answers where no route takes the request may be made for it: one for all, or there would be ever more.
    const key = route.path === '' ? unknown : route;
    let byMethod = this.answers.get(key);
    if (byMethod === undefined) {
      byMethod = new Map();
      this.answers.set(key, byMethod);
    }
    // A label is never what a caller sent, and there any method may be in it.
    const word = methods.includes(method) ? method : 'other';
    let answers = byMethod.get(word);
    if (answers === undefined) {
      // What a route that takes many takes is counted one by one.
      const taken = route.lines === true ? null : this.takenBy(route);
      answers = {
        method: word,
        route: route.path || unknown,
        byStatus: [],
        direct: null,
        waiting: null,
        taken,
      };
      byMethod.set(word, answers);
    }
    return answers;
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
        // Of a group that is gone nothing is left.
        const closed = this.closedAs(outcome?.state ?? 'FAILED');
        add(closed.byReason, outcome?.reason ?? 'group-deleted');
        if (outcome === undefined) continue;
        const { openedAt, closedAt, proposals } = outcome;
        closed.duration.observe((closedAt - openedAt) / 1000);
        const [first] = proposals.values();
        if (first !== undefined)
          closed.deciding.observe(Math.max(0, closedAt - openedAt - (first.after ?? 0)) / 1000);
      }
    });
  }

  private closedAs(state: string): Closed {
    const known = this.closed.get(state);
    if (known !== undefined) return known;
    const closed = {
      byReason: new Map<string, number>(),
      duration: new Histogram(roundBounds),
      deciding: new Histogram(roundBounds),
    };
    this.closed.set(state, closed);
    return closed;
  }
}

/** Families with their value, or their samples; null: there is none. */
type Found = [MetricName, number | readonly Sample[] | null][];
