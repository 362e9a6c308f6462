import type { Json } from '../core/types.ts';

/** One call of a recorded history, as `quorate check` reads it; docs/history-format.md describes each member. */
export interface CallRecord {
  readonly process: string;
  /** By any clock that all processes share; only the order counts. */
  readonly invokedAt: number;
  /** Null when no answer came. */
  readonly completedAt: number | null;
  readonly op: string;
  readonly group: string;
  readonly round: number | null;
  readonly agent: string | null;
  readonly value?: Json;
  readonly seq?: number;
  /** Of a message: what was said, and its Idempotency-Key. */
  readonly body?: Json;
  readonly key?: string;
  readonly response: Json;
}

/** Who calls, and where the records go. */
export interface RecordOptions {
  /** A name for the process that makes the calls. */
  readonly process: string;
  /** Called with each call once its answer is there, or is known not to come. */
  readonly onCall: (call: CallRecord) => void;
  /** A clock that all processes of one history share; by default ms since 1970. */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

/**
 * A `fetch` that records the calls made with it. Give it to `connect` and write each call as a line of JSON; `quorate check`
 * then says whether the answers of all clients fit together. Event streams, stale reads, reads of one message and many proposals at
 * once are not recorded.
 */
export function recordingFetch(options: RecordOptions): typeof fetch {
  const { process, onCall } = options;
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  return async (input, init) => {
    const call = init === undefined ? null : callOf(String(input), init);
    if (call === null) return send(input, init);
    const invokedAt = now();
    const record = (completedAt: number | null, response: Json) =>
      onCall({ process, invokedAt, completedAt, ...call, response });
    let text: string;
    let response: Response;
    try {
      response = await send(input, init);
      text = await response.clone().text();
    } catch (error) {
      record(null, null);
      throw error;
    }
    record(now(), answerIn(text));
    return response;
  };
}

/** What the request asks of which group; null when it is not recorded. */
function callOf(url: string, { method = 'GET', headers, body }: RequestInit) {
  const { pathname, searchParams } = new URL(url);
  const [, group, what, round, verb, last] =
    /\/v1\/groups\/([^/]+)(?:\/(\w+)(?:\/([^/]+)(?:\/(\w+)(?:\/([^/]+))?)?)?)?$/.exec(pathname) ?? [];
  const sent = new Headers(headers);
  const streams = what === 'events' || sent.get('accept') === 'text/event-stream';
  if (group === undefined || streams || searchParams.get('consistency') === 'local') return null;
  // The index in this answer is that of the message, as old as it is.
  if (what === 'messages' && round !== undefined) return null;
  const number = what === 'rounds' && Number.isInteger(Number(round ?? '-')) ? Number(round) : null;
  const common = { group: decodeURIComponent(group), round: number };
  if (what === 'messages' && method === 'POST') {
    const said = JSON.parse(String(body)) as { readonly body?: Json };
    const key = sent.get('idempotency-key');
    return {
      ...common,
      ...{ op: 'say', agent: null },
      ...(said.body === undefined ? {} : { body: said.body }),
      ...(key === null ? {} : { key }),
    };
  }
  const proposes = method !== 'GET' && (what === 'proposals' || verb === 'proposals');
  if (!proposes) return { ...common, op: method === 'GET' ? 'read' : method.toLowerCase(), agent: null };
  const { agent, value, seq } = JSON.parse(String(body)) as { agent?: string; value?: Json; seq?: number };
  return {
    ...common,
    op: 'propose',
    agent: last === undefined ? (agent ?? null) : decodeURIComponent(last),
    ...(value === undefined ? {} : { value }),
    ...(seq === undefined ? {} : { seq }),
  };
}

function answerIn(text: string): Json {
  try {
    const body = JSON.parse(text) as { index?: unknown } | null;
    return typeof body?.index === 'number' ? (body as Json) : null;
  } catch {
    return null;
  }
}
