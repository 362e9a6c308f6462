import type { ServerResponse } from 'node:http';
import type { State } from '../../core/group/state.ts';
import { eventStream } from '../accept.ts';
import type { Limits } from '../edge/limits.ts';
import { countIn } from '../input.ts';
import type { Metrics, StreamKind } from '../metrics/metrics.ts';
import { Problem } from '../problem.ts';
import type { Request, Response } from '../route.ts';
import type { BacklogLimits } from './backlog.ts';
import { comment, type GoodbyeJson, goodbye, type Place } from './frames.ts';

/** Streams of server-sent events, whatever they send: each reads its source at the pace of its reader. */
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

/** What one stream sends: it knows how far its reader has come. */
export interface Source {
  /** Why the stream ends now, before anything more is sent; null while it goes on. */
  ends(): string | null;
  /** Whether something that the reader still needs is no longer kept. */
  readonly isLost: boolean;
  /** Whether a slow reader may take its time: what it has not taken yet is kept whether or not it is there. */
  readonly isPatient: boolean;
  /** The bytes that come next, which then count as sent; null while there are none. */
  next(): Uint8Array | null;
  /**
   * The id up to which the reader has seen all that it may, once there is nothing more for now: a quiet reader that comes back with it
   * is not behind. Null where the frames say so themselves.
   */
  readonly mark: number | null;
  /** What the last event says of the stream, when the server ends it. */
  readonly place: Place;
}

/** A source, and what its stream needs besides. */
export interface Opened {
  readonly source: Source;
  /** What the reader gets before everything else. */
  readonly first: Uint8Array | null;
  /** Called once the connection is gone. */
  readonly close: () => void;
}

/** ms after which a reader comes back whose stream broke. */
const comeBackAfter = 1000;
/** ms that a reader has for taking the last bytes of a stream that the server ends. */
const lastGrace = 500;
/** ms for which streams are written to before other work gets a turn. */
const sliceMs = 5;

/**
 * The number in the last id that the reader has seen, from `Last-Event-ID` or `?after=`; null for a new reader, -1 where it sends
 * one that this server could not have made.
 */
export function lastSeenIn(request: Request): number | null {
  // A browser that reconnects sends the header with the URL of its first request: the header is newer.
  const last = request.headers['last-event-id'];
  if (last === undefined || last === '') return countIn(request, 'after', 0, Number.MAX_SAFE_INTEGER);
  return /^\d{1,15}$/.test(String(last)) ? Number(last) : -1;
}

function headersOf({ heartbeat }: StreamLimits): Record<string, string> {
  return {
    'content-type': `${eventStream}; charset=utf-8`,
    'x-accel-buffering': 'no',
    connection: 'close',
    // ms between signs of life, for readers who want to notice that there are none.
    'quorate-heartbeat': String(heartbeat),
  };
}

/** How far the log is. */
type LogPlace = Pick<State, 'index' | 'time'>;

/** The streams of this server. Those that have something to write do so in turns, so that replies are not held up. */
export class Streams {
  private readonly limits: StreamLimits;
  private readonly metrics: Pick<Metrics, 'streamOpened'>;
  private readonly state: LogPlace;
  private ended = false;
  private readonly all = new Set<Stream>();
  private readonly waiting = new Set<Stream>();
  private turn: NodeJS.Immediate | null = null;

  constructor(limits: StreamLimits, metrics: Pick<Metrics, 'streamOpened'>, state: LogPlace) {
    this.limits = limits;
    this.metrics = metrics;
    this.state = state;
  }

  /** Answers with a stream; `follow` gives what it sends, and is given what is to be called when there may be more. */
  open(response: Response, kind: StreamKind, follow: (wake: () => void) => Opened): void {
    const { limits, metrics } = this;
    const { raw } = response;
    if (this.ended) throw new Problem('stopping', 'the server is stopping');
    const stream: Stream = new Stream(raw, limits, this.state, () => this.due(stream));
    const { source, first, close } = follow(() => this.due(stream));
    const closed = metrics.streamOpened(kind);
    raw.once('close', () => {
      closed();
      close();
      this.delete(stream);
      stream.close();
    });
    if (raw.destroyed) return void raw.emit('close');
    // The stream ends with its connection, so its bytes need no lengths between them: one write instead of three.
    raw.removeHeader('transfer-encoding');
    response.headers(headersOf(limits)).begin();
    this.all.add(stream);
    stream.begin(source, first);
  }

  /** Ends all, since the server stops; resolves once they are gone, within `lastGrace`. */
  async end(): Promise<void> {
    this.ended = true;
    await Promise.all([...this.all].map((stream) => stream.sayGoodbye('stopping')));
  }

  private delete(stream: Stream): void {
    this.all.delete(stream);
    this.waiting.delete(stream);
  }

  private due(stream: Stream): void {
    this.waiting.add(stream);
    this.turn ??= setImmediate(() => this.work());
  }

  private work(): void {
    this.turn = null;
    const ends = performance.now() + sliceMs;
    for (const stream of this.waiting) {
      this.waiting.delete(stream);
      if (stream.feed(ends)) this.waiting.add(stream);
      if (performance.now() >= ends) break;
    }
    if (this.waiting.size > 0) this.turn = setImmediate(() => this.work());
  }
}

/** One reader. Nothing is held for it but its socket's buffer. */
class Stream {
  private readonly raw: ServerResponse;
  private readonly limits: StreamLimits;
  private readonly state: LogPlace;
  /** Has it written to in its turn. */
  private readonly due: () => void;
  private source: Source | null = null;
  /** Its socket takes no more for now. */
  private full = false;
  /** Whether it was full at the last heartbeat and has not drained since. */
  private wasFull = false;
  /** Whether something was written since the last heartbeat. */
  private written = true;
  private ending = false;
  private beats = 0;
  private beating: NodeJS.Timeout | undefined;

  constructor(raw: ServerResponse, limits: StreamLimits, state: LogPlace, due: () => void) {
    this.raw = raw;
    this.limits = limits;
    this.state = state;
    this.due = due;
  }

  begin(source: Source, first: Uint8Array | null): void {
    this.source = source;
    this.beating = setInterval(() => this.beat(), this.limits.heartbeat);
    this.raw.on('drain', () => {
      this.full = false;
      this.wasFull = false;
      this.due();
    });
    this.write(`retry: ${comeBackAfter}\n\n`);
    if (first !== null) this.write(first);
    this.due();
  }

  /**
   * There is more, or the socket takes more: writes as much as it takes, but not for longer than until `until`, by the monotonic clock;
   * returns whether it could go on. A reader whose socket, a turn after it was filled, has still
   * not passed on what it may hold does not read: unless its source is patient it is cut at once, comes back with its last id, and
   * others need not pay for it.
   */
  feed(until: number): boolean {
    const { source, raw, limits } = this;
    if (source === null || this.ending) return false;
    if (this.full && !source.isPatient && raw.writableLength >= limits.buffered) return this.cut();
    if (this.hasEnded(source)) return false;
    while (!this.full) {
      // It reconnects, and is told.
      if (source.isLost) return this.cut();
      const next = source.next();
      if (next === null) break;
      this.write(next);
      if (!this.full && performance.now() >= until) return !this.hasEnded(source);
    }
    if (this.full && source.isLost) return this.cut();
    this.hasEnded(source);
    return false;
  }

  private cut(): false {
    this.raw.destroy();
    return false;
  }

  private hasEnded(source: Source): boolean {
    const why = source.ends();
    if (why !== null) void this.end(comment(why));
    return why !== null;
  }

  /** Ends the stream of a reader who is to come back; resolves once the connection is gone. */
  sayGoodbye(reason: GoodbyeJson['reason']): Promise<void> {
    const { source } = this;
    return source === null ? Promise.resolve() : this.end(goodbye(reason, source.place, this.state));
  }

  /** Ends the stream with these last bytes, behind what was written; resolves once the connection is gone. */
  private end(last: string): Promise<void> {
    const { raw } = this;
    if (raw.closed || raw.destroyed) return Promise.resolve();
    const gone = new Promise<void>((resolve) => {
      const cut = setTimeout(() => raw.destroy(), lastGrace);
      raw.once('close', () => {
        clearTimeout(cut);
        resolve();
      });
    });
    if (!this.ending) raw.end(last);
    this.ending = true;
    return gone;
  }

  /** The connection is gone. */
  close(): void {
    clearInterval(this.beating);
    this.ending = true;
    this.source = null;
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
    if (this.beats * this.limits.heartbeat >= this.limits.maxAge) return void this.sayGoodbye('max-age');
    const mark = this.source?.mark ?? null;
    if (!this.written) this.write(mark === null ? comment() : `id: ${mark}\n\n`);
    this.written = false;
  }
}
