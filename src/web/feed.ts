import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ItemJson } from '../client/index.ts';
import { nextBytes } from '../client/line-reader.ts';
import type { Transport } from '../client/transport.ts';
import type { EventJson } from '../core/view/json-types.ts';

/** What the stream over several groups says, in order of the log. */
export type FeedMessage =
  /** The server answers; first, and once. */
  | { readonly kind: 'open' }
  /** The stream begins here, or went on here after a gap: what happened before has to be read. */
  | { readonly kind: 'start'; readonly index: number }
  | { readonly kind: 'event'; readonly event: EventJson }
  | { readonly kind: 'item'; readonly group: string; readonly item: ItemJson }
  /** All of the log up to this index has been said. */
  | { readonly kind: 'reached'; readonly index: number };

/** Groups by name; null: all. */
export type Scope = readonly string[] | null;

/** What one connection is about: groups by name, at most 100, which all have to be readable; and all others that are, or not. */
export interface FeedScope {
  readonly names: readonly string[];
  readonly isAll: boolean;
}

// A server that is silent for this many heartbeats counts as lost, even when the TCP connection stays open.
const silentBeats = 3;

/**
 * One connection to `GET /v1/events`, from after the index `seen` where that is not null. Ends when the connection does or is silent
 * for too long; rejects with `QuorateError` when none comes about, and with the signal's reason.
 */
export async function* feed(
  transport: Transport,
  { names, isAll }: FeedScope,
  seen: number | null,
  signal: AbortSignal,
): AsyncGenerator<FeedMessage, void, void> {
  const { clock } = transport.wire;
  const query = { ...(names.length > 0 && { groups: names.join(',') }), ...(isAll && { prefix: '' }) };
  const headers: Record<string, string> = seen === null ? {} : { 'last-event-id': String(seen) };
  const call = { method: 'GET', path: '/v1/events', query, headers, signal } as const;
  const { bytes, heartbeat } = await transport.open(call, 'text/event-stream');
  const ready: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => ready.push(message) });
  const decoder = new TextDecoder();
  try {
    yield { kind: 'open' };
    for (;;) {
      const chunk = await nextBytes(bytes, clock, silentBeats * heartbeat, signal);
      if (chunk === null) return;
      parser.feed(decoder.decode(chunk, { stream: true }));
      for (const message of ready.splice(0)) yield* messagesIn(message);
    }
  } finally {
    bytes.cancel().catch(() => {});
  }
}

function* messagesIn({ event, data, id }: EventSourceMessage): Generator<FeedMessage> {
  const index = id === undefined ? null : Number(id);
  if (event === 'start' || event === 'resync') yield { kind: 'start', index: index ?? 0 };
  else if (event === 'item')
    yield { kind: 'item', ...(JSON.parse(data) as { group: string; item: ItemJson }) };
  else yield* eventsOfGroups(data);
  if (index !== null) yield { kind: 'reached', index };
}

/** What is no event of a group is passed over: the goodbye of a server that stops, and what only later servers say. [Q6.18] */
function* eventsOfGroups(data: string): Generator<FeedMessage> {
  let said: Partial<EventJson> | null;
  try {
    said = JSON.parse(data) as Partial<EventJson> | null;
  } catch {
    return;
  }
  const isWhole =
    typeof said?.type === 'string' &&
    typeof said.group === 'string' &&
    typeof said.index === 'number' &&
    said.round !== undefined;
  if (isWhole) yield { kind: 'event', event: said as EventJson };
}
