import type { ServerResponse } from 'node:http';
import type { Replica } from '../../replica/replica.ts';
import type { Access } from '../edge/access.ts';
import type { Limits } from '../edge/limits.ts';
import { countIn } from '../input.ts';
import type { Metrics } from '../metrics.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import type { Request } from '../route.ts';
import type { Router } from '../router.ts';
import { type Backlog, type BacklogLimits, Backlogs } from './backlog.ts';
import { comment, eventWriter, presentState } from './frames.ts';
import { streamEvents } from './routes.api.ts';

/**
 * A group's events as server-sent events. A reader who comes new gets the present state, then every event; one who comes
 * back with the last id it saw goes on after it, or gets the present state as `resync` where that is no longer kept or is
 * of another log. What is shown of a round is decided in core/view.
 */
export interface StreamLimits {
  /** ms between signs of life on a quiet stream. */
  readonly heartbeat: number;
  /** ms after which a stream is ended, for its reader to come back, perhaps to another server. */
  readonly maxAge: number;
  /** Bytes waiting in one reader's socket, beyond which it is given no more, and cut when more comes. */
  readonly buffered: number;
  readonly backlog: Partial<BacklogLimits>;
}

/** The server's limits on streams. */
export function streamLimitsOf(values: Limits): StreamLimits {
  return {
    heartbeat: values.streamHeartbeat,
    maxAge: values.streamMaxAge,
    buffered: values.streamBuffered,
    backlog: {
      eventsPerGroup: values.streamEventsBehind,
      bytesPerGroup: values.streamBytesBehind,
      bytes: values.streamBytesOfAll,
    },
  };
}

/** ms after which a reader comes back whose stream broke. */
const comeBackAfter = 1000;
/** ms that a reader has for taking the last bytes of a stream that the server ends. */
const lastGrace = 500;
/** Streams written to before other work gets a turn. */
const streamsPerTurn = 100;

export interface EventParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly metrics: Metrics;
  readonly limits: StreamLimits;
}

/** The result ends all streams; it resolves once they are gone. */
export function eventRoutes(router: Router, parts: EventParts): () => Promise<void> {
  const { replica, access, reading, metrics, limits } = parts;
  const { state } = replica;
  const backlogs = new Backlogs(eventWriter, limits.backlog);
  const streams = new Streams();
  const stopListening = replica.listen((events) => backlogs.add(events));

  // HEAD would open a stream that nobody reads.
  router.route({
    method: 'GET',
    path: '/v1/groups/:group/events',
    operation: streamEvents,
    head: false,
    handle: async (request, response) => {
      const cursor = cursorIn(request);
      const { group, name, caller } = await reading.group(request, response);
      if (streams.ended) throw new Problem('stopping', 'the server is stopping', { index: state.index });
      const { raw } = response;
      const mayRead = (): boolean => {
        const now = state.groups.get(name);
        return now === group && access.mayRead(group, caller);
      };
      const stream = new Stream(raw, limits, mayRead);
      const wake = (): void => streams.due(stream);
      const backlog = backlogs.follow(group, wake);
      const resumes = cursor !== null && backlog.canResumeAfter(cursor);
      const first = resumes ? null : presentState(cursor === null ? 'snapshot' : 'resync', group, state);
      const closed = metrics.streamOpened();
      raw.once('close', () => {
        closed();
        backlogs.unfollow(backlog, wake);
        streams.delete(stream);
        stream.close();
      });
      if (raw.destroyed) return void raw.emit('close');
      response.headers(headersOf(limits)).begin();
      streams.add(stream);
      stream.begin(backlog, resumes ? cursor : group.revision, first);
    },
  });

  // Streams end by themselves only when they are old: without this the server would wait for them.
  return () => {
    stopListening();
    return streams.end();
  };
}

/** The revision that the reader has seen last; null for a new reader, -1 where it sends none that this server could have made. */
function cursorIn(request: Request): number | null {
  // A browser that reconnects sends the header with the URL of its first request: the header is newer.
  const last = request.headers['last-event-id'];
  if (last === undefined || last === '') return countIn(request, 'after', 0, Number.MAX_SAFE_INTEGER);
  return /^\d{1,15}$/.test(String(last)) ? Number(last) : -1;
}

function headersOf({ heartbeat }: StreamLimits): Record<string, string> {
  return {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
    connection: 'close',
    // ms between signs of life, for readers who want to notice that there are none.
    'quorate-heartbeat': String(heartbeat),
  };
}

/** The streams of this server. Those that have something to write do so in turns, so that replies are not held up. */
class Streams {
  ended = false;
  private readonly all = new Set<Stream>();
  private readonly waiting = new Set<Stream>();
  private turn: NodeJS.Immediate | null = null;

  add(stream: Stream): void {
    this.all.add(stream);
  }

  delete(stream: Stream): void {
    this.all.delete(stream);
    this.waiting.delete(stream);
  }

  due(stream: Stream): void {
    this.waiting.add(stream);
    this.turn ??= setImmediate(() => this.work());
  }

  /** Ends all with a comment that says why; resolves once they are gone, within `lastGrace`. */
  async end(): Promise<void> {
    this.ended = true;
    await Promise.all([...this.all].map((stream) => stream.end('the server is stopping')));
  }

  private work(): void {
    this.turn = null;
    let left = streamsPerTurn;
    for (const stream of this.waiting) {
      if (left === 0) break;
      left -= 1;
      this.waiting.delete(stream);
      stream.news();
    }
    if (this.waiting.size > 0) this.turn = setImmediate(() => this.work());
  }
}

/** One reader. It reads the group's backlog at its own pace; nothing is held for it but its socket's buffer. */
class Stream {
  private readonly raw: ServerResponse;
  private readonly limits: StreamLimits;
  private readonly mayRead: () => boolean;
  private backlog: Backlog | null = null;
  private revision = 0;
  private rightsChanges = 0;
  /** Its socket takes no more for now. */
  private full = false;
  /** Whether it was full at the last heartbeat and has not drained since. */
  private wasFull = false;
  /** Whether something was written since the last heartbeat. */
  private written = true;
  private ending = false;
  private beats = 0;
  private beating: NodeJS.Timeout | undefined;

  constructor(raw: ServerResponse, limits: StreamLimits, mayRead: () => boolean) {
    this.raw = raw;
    this.limits = limits;
    this.mayRead = mayRead;
  }

  begin(backlog: Backlog, revision: number, first: Uint8Array | null): void {
    this.backlog = backlog;
    this.revision = revision;
    this.rightsChanges = backlog.rightsChanges;
    this.beating = setInterval(() => this.beat(), this.limits.heartbeat);
    this.raw.on('drain', () => {
      this.full = false;
      this.wasFull = false;
      this.feed();
    });
    this.write(`retry: ${comeBackAfter}\n\n`);
    if (first !== null) this.write(first);
    this.feed();
  }

  /**
   * Something happened. A reader whose socket, a turn after it was filled, has still not passed on what it may hold does not
   * read: it is cut at once, comes back with its last id, and others need not pay for it.
   */
  news(): void {
    if (this.full && !this.ending && this.raw.writableLength >= this.limits.buffered)
      return void this.raw.destroy();
    this.feed();
  }

  /** Writes what is new, as far as the socket takes it. */
  private feed(): void {
    const { backlog } = this;
    if (backlog === null || this.ending) return;
    if (backlog.rightsChanges !== this.rightsChanges && !backlog.over) {
      this.rightsChanges = backlog.rightsChanges;
      if (!this.mayRead()) return void this.end('you may no longer read this group');
    }
    while (!this.full) {
      // What it still needs is no longer kept: it reconnects and gets the present state.
      if (!backlog.canResumeAfter(this.revision)) return void this.raw.destroy();
      const next = backlog.after(this.revision);
      if (next === undefined) break;
      this.revision = next.revision;
      this.write(next.bytes);
    }
    if (this.full && !backlog.canResumeAfter(this.revision)) return void this.raw.destroy();
    if (backlog.over && this.revision === backlog.revision) void this.end('the group was deleted');
  }

  /** Ends the stream behind what was written; resolves once the connection is gone. */
  end(why: string): Promise<void> {
    const { raw } = this;
    if (raw.closed || raw.destroyed) return Promise.resolve();
    const gone = new Promise<void>((resolve) => {
      const cut = setTimeout(() => raw.destroy(), lastGrace);
      raw.once('close', () => {
        clearTimeout(cut);
        resolve();
      });
    });
    if (!this.ending) raw.end(comment(why));
    this.ending = true;
    return gone;
  }

  /** The connection is gone. */
  close(): void {
    clearInterval(this.beating);
    this.ending = true;
    this.backlog = null;
  }

  private write(bytes: Uint8Array | string): void {
    const more = this.raw.write(bytes);
    this.written = true;
    this.full = !more && this.raw.writableLength >= this.limits.buffered;
  }

  private beat(): void {
    if (this.ending) return;
    this.beats += 1;
    if (this.full && this.wasFull) return void this.raw.destroy();
    this.wasFull = this.full;
    if (this.beats * this.limits.heartbeat >= this.limits.maxAge)
      return void this.end('come back with the last id: this stream is old');
    if (!this.written) this.write(comment());
    this.written = false;
  }
}
