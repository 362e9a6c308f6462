import { createParser } from 'eventsource-parser';
import type { EventJson } from '../core/view/json-types.ts';
import { deadlinePassed, refusal } from './errors.ts';
import { nextBytes } from './line-reader.ts';
import type { CallOptions } from './requests.ts';
import { type Clock, countdown } from './time.ts';
import { type ByteReader, backoff, type Transport } from './transport.ts';

/** Where to begin in the events of a group. */
export interface EventsOptions extends CallOptions {
  /** Only events after this revision, where an earlier reader stopped. Without it a snapshot comes first. */
  readonly after?: number | undefined;
}

interface Message {
  readonly revision: number;
  readonly event: EventJson;
}

/** The last that a server says on a stream that it ends although nothing is wrong. */
interface Goodbye {
  readonly type: 'goodbye';
  readonly reason: string;
}

// A server that is silent for this many heartbeats counts as lost, even when the TCP connection stays open.
const silentBeats = 3;

/** The events at `path`, over as many connections as needed; see `Group.events`. */
export async function* events(
  transport: Transport,
  path: string,
  { after, signal, deadline }: EventsOptions,
): AsyncGenerator<EventJson, void, void> {
  const { clock, random } = transport.wire;
  const left = countdown(clock, deadline);
  let cursor = after;
  for (let failures = 1; ; failures += 1) {
    if (left() === 0) throw deadlinePassed('not-executed');
    const call = { method: 'GET', path, query: { after: cursor }, signal, deadline: left() } as const;
    const { bytes, heartbeat, leave } = await transport.open(call, 'text/event-stream');
    const stream = new MessageReader(bytes, clock, transport.wire.urls.join(', '));
    try {
      for (;;) {
        const message = await stream.next(Math.min(silentBeats * heartbeat, left()), signal);
        if (left() === 0) throw deadlinePassed('not-executed');
        if (message === null) break;
        failures = 0;
        if (!('event' in message)) {
          if (message.reason === 'stopping') leave();
          break;
        }
        cursor = message.revision;
        yield message.event;
        if (message.event.type === 'group-deleted') return;
      }
    } finally {
      stream.cancel();
    }
    await clock.sleep(Math.min(backoff(failures, random), left()), signal);
  }
}

/** Reads the messages of one connection. */
class MessageReader {
  private readonly bytes: ByteReader;
  private readonly clock: Clock;
  private readonly url: string;
  private readonly decoder = new TextDecoder();
  private readonly ready: (Message | Goodbye)[] = [];
  private readonly parser = createParser({
    // What has no id is no event of the group: a goodbye, or something that a later server says. [Q6.18]
    onEvent: ({ id, event, data }) => {
      if (id !== undefined) this.ready.push({ revision: Number(id), event: this.read<EventJson>(data) });
      else if (event === 'goodbye') this.ready.push(this.read<Goodbye>(data));
    },
  });

  constructor(bytes: ByteReader, clock: Clock, url: string) {
    this.bytes = bytes;
    this.clock = clock;
    this.url = url;
  }

  /** The next message, or the goodbye; null when the connection has ended, broken, or was silent for `ms`. */
  async next(ms: number, signal: AbortSignal | undefined): Promise<Message | Goodbye | null> {
    while (this.ready.length === 0) {
      const chunk = await nextBytes(this.bytes, this.clock, ms, signal);
      if (chunk === null) return null;
      this.parser.feed(this.decoder.decode(chunk, { stream: true }));
    }
    return this.ready.shift() as Message | Goodbye;
  }

  cancel(): void {
    this.bytes.cancel().catch(() => {});
  }

  private read<T>(text: string): T {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw refusal(this.url, 200, text);
    }
  }
}
