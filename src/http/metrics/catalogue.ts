/** What the document and `/metrics` itself say of each family. */
interface Described {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Its labels, without that of a histogram's buckets. None names a group, an agent or a value. */
  readonly labels?: readonly string[];
  /** When it is not there, as a sentence part; left out where it always is, or appears with the first thing that it counts. */
  readonly missing?: string;
}

const file = 'the log is not one of files';
const shared = 'no other server can use the log';
const system = 'the system does not say';

/** Every family of `/metrics`, in the order in which they are written. A name that is right stays: outside checks read it. */
export const catalogue = {
  quorate_build_info: {
    type: 'gauge',
    help: 'What this server is; always 1.',
    labels: ['version', 'commit', 'node', 'log', 'durability'],
  },
  quorate_ready: { type: 'gauge', help: 'Whether this server may get traffic.' },
  quorate_read_only: {
    type: 'gauge',
    help: 'Whether there is no space left, so that writes get 507.',
    missing: 'the log has no bound of its own',
  },

  quorate_http_requests_total: {
    type: 'counter',
    help: 'Requests answered, by route and status. Where no route takes the path with the method, the route is unknown. Answered before the path is read, as of broken HTTP: only in quorate_problems_total.',
    labels: ['method', 'route', 'status'],
  },
  quorate_http_request_duration_seconds: {
    type: 'histogram',
    help: 'From the head of a request to the head of its answer, for requests that do not ask to wait.',
    labels: ['method', 'route'],
  },
  quorate_http_wait_duration_seconds: {
    type: 'histogram',
    help: 'The same for requests that ask to wait, such as a long poll or a proposal with wait=30s.',
    labels: ['method', 'route'],
  },
  quorate_problems_total: { type: 'counter', help: 'Requests refused, by code.', labels: ['code'] },
  quorate_connections_dropped_total: {
    type: 'counter',
    help: 'Connections cut without an answer, by why: too many (connections, address), too much (pipelined, unread), no TLS (tls), stalled.',
    labels: ['why'],
  },
  quorate_waiters: {
    type: 'gauge',
    help: 'Requests waiting for a round, an item of a stream, or acknowledgements.',
  },
  quorate_streams: { type: 'gauge', help: 'Event streams open.' },
  quorate_stream_readers: { type: 'gauge', help: "Of them, those of the items of a group's stream." },

  quorate_proposals_total: {
    type: 'counter',
    help: 'Proposals answered: accepted, or refused by code.',
    labels: ['result'],
  },
  quorate_messages_total: {
    type: 'counter',
    help: 'Messages answered: accepted, or refused by code.',
    labels: ['result'],
  },
  quorate_rounds_closed_total: {
    type: 'counter',
    help: 'Rounds closed while this server was there, whichever server closed them, by state and reason.',
    labels: ['state', 'reason'],
  },
  quorate_round_duration_seconds: {
    type: 'histogram',
    help: 'From the opening of a round to its close, in log time, by state.',
    labels: ['state'],
  },
  quorate_round_deciding_seconds: {
    type: 'histogram',
    help: 'From the first proposal of a round to its close, in log time, by state.',
    labels: ['state'],
  },
  quorate_rounds_undecided: { type: 'gauge', help: 'Open rounds with at least one proposal.' },
  quorate_oldest_undecided_round_age_seconds: {
    type: 'gauge',
    help: 'How long ago the first proposal came in the oldest open round that has any; 0 without one.',
  },
  quorate_groups: { type: 'gauge', help: 'Groups there are.' },
  quorate_live_agents: { type: 'gauge', help: 'Agents whose lease runs, in all groups together.' },

  quorate_queue_commands: { type: 'gauge', help: 'Commands waiting for the log.' },
  quorate_log_entry_commands: {
    type: 'histogram',
    help: 'Commands in each entry that this server appended.',
  },
  quorate_log_append_seconds: {
    type: 'histogram',
    help: 'How long the log took to make an entry durable.',
  },
  quorate_log_sync_seconds: {
    type: 'histogram',
    help: 'Of that, how long the disk took to write and sync.',
    missing: file,
  },
  quorate_log_index: { type: 'gauge', help: 'Log entries applied by this server.' },
  quorate_replication_lag_entries: {
    type: 'gauge',
    help: 'Entries that the log held and this server had not applied, when it last looked (twice a second).',
    missing: shared,
  },
  quorate_log_time_ahead_seconds: {
    type: 'gauge',
    help: "How far log time is ahead of the machine's clock.",
  },
  quorate_log_size_bytes: {
    type: 'gauge',
    help: 'What the entries in the log take; over etcd, all that its database has in use.',
    missing: 'the log is in memory',
  },
  quorate_log_free_bytes: {
    type: 'gauge',
    help: 'Space for more entries of the log.',
    missing: 'the log is in memory, or in an etcd that does not tell its quota',
  },
  quorate_state_size_bytes: {
    type: 'gauge',
    help: 'What the files of the newest checkpoint take: the state, compressed.',
    missing: file,
  },

  quorate_checkpoint_timestamp_seconds: {
    type: 'gauge',
    help: 'Log time of the newest checkpoint that this server wrote or started from.',
    missing: 'there is none',
  },
  quorate_checkpoint_due_entries: {
    type: 'gauge',
    help: 'Entries applied since the newest checkpoint that this server knows of.',
  },
  quorate_checkpoint_duration_seconds: {
    type: 'histogram',
    help: 'How long this server took to write and publish a checkpoint.',
  },
  quorate_checkpoint_written_bytes_total: {
    type: 'counter',
    help: 'Records of checkpoints that this server wrote, before they are compressed.',
  },
  quorate_checkpoints_total: {
    type: 'counter',
    help: 'Checkpoints that this server began, by what became of them.',
    labels: ['result'],
  },

  quorate_webhooks: {
    type: 'gauge',
    help: 'Webhooks by state: ok, failing (the last attempt failed and is repeated), disabled (the receiver wants nothing any more).',
    labels: ['state'],
  },
  quorate_webhook_pending_deliveries: { type: 'gauge', help: 'What webhooks are still to be told.' },
  quorate_webhook_attempts_total: {
    type: 'counter',
    help: 'Attempts of this server to deliver: delivered, failed, or gone (the receiver answered 410).',
    labels: ['result'],
  },
  quorate_webhook_attempt_seconds: {
    type: 'histogram',
    help: 'How long an attempt to deliver took, whatever came of it.',
  },

  quorate_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the first certificate ends, for callers (server) and for etcd.',
    labels: ['use'],
    missing: 'there are no certificates',
  },

  quorate_event_loop_delay_seconds: {
    type: 'histogram',
    help: 'How late a timer that is due every 20 ms was: what a request may have to wait for its turn.',
  },
  quorate_event_loop_busy_seconds_total: {
    type: 'counter',
    help: 'Time in which the event loop did something; a rate near 1 is one core in full use.',
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'CPU time of the process, of user and system together.',
  },
  process_start_time_seconds: { type: 'gauge', help: 'When the process started, since 1970.' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the process.' },
  process_open_fds: {
    type: 'gauge',
    help: 'Files and sockets that the process has open.',
    missing: system,
  },
  process_max_fds: {
    type: 'gauge',
    help: 'Files and sockets that it may have open.',
    missing: system,
  },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: 'Heap of JavaScript in use.' },
  nodejs_heap_size_total_bytes: { type: 'gauge', help: 'Heap of JavaScript that is set aside.' },
  nodejs_heap_size_limit_bytes: {
    type: 'gauge',
    help: 'The largest heap that Node allows (--max-old-space-size): beyond it the process ends.',
  },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    help: 'Memory outside the heap that belongs to objects in it.',
  },
} as const satisfies Readonly<Record<string, Described>>;

export type MetricName = keyof typeof catalogue;

/** The same, for whoever goes through all of them. */
export const metrics: readonly (readonly [name: string, about: Described])[] = Object.entries(catalogue);
