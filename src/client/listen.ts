import type { ItemJson } from '../core/view/json-types.ts';
import { Cursor, isGone } from './cursor.ts';
import { clientError, deadlinePassed, QuorateError } from './errors.ts';
import type { CallOptions } from './requests.ts';
import type { CursorJson, ListenOptions, StreamJson } from './stream-requests.ts';
import { type Clock, countdown } from './time.ts';
import { longestWaitMs, unhurried } from './waiting.ts';

/** The calls of a group that `listen` makes. */
export interface Stream {
  readonly name: string;
  setCursor(agent: string, offset: number, options: CallOptions): Promise<CursorJson>;
  /** The items behind an offset, or the oldest ones: a page, once there is one or after `wait` ms. */
  page(after: number | undefined, wait: number, options: CallOptions): Promise<StreamJson>;
}

/**
 * The items of the stream, over as many calls as needed; see `Group.listen`. Each call is a read that waits, and no event stream: so
 * it is sent again, and to another server, as any call is; a refusal has its status and its fix; and nothing is read, nor kept for
 * a reader, before the consumer asks for it. While many items come, a page brings all that came since the last one. [Q9.7]
 */
export async function* listen(
  stream: Stream,
  clock: Clock,
  { agent, after, follow = true, signal, deadline }: ListenOptions,
): AsyncGenerator<ItemJson, void, void> {
  const left = countdown(clock, deadline);
  const limits = (): CallOptions => {
    if (left() === 0) throw deadlinePassed('not-executed');
    return { signal, deadline: left() };
  };
  // A cursor never goes back: this asks where it is, and only a member may.
  const me = agent === undefined ? null : await stream.setCursor(agent, 0, limits());
  const cursor = me === null ? null : new Cursor(me.offset, mover(stream, me.agent), clock);
  let at = after ?? me?.offset;
  try {
    for (;;) {
      const wait = follow ? Math.min(longestWaitMs, left()) : 0;
      const sentAt = clock.now();
      const { items, end, next } = await stream.page(at, wait, limits()).catch((error: unknown) => {
        throw me !== null && isGone(error) ? expelled(me, error.detail, error) : error;
      });
      if (at !== undefined && at > end) throw otherHistory(stream.name, at, end);
      for (const item of items) {
        yield item;
        at = item.offset;
        if (me === null) continue;
        if (endsMembership(item, me)) throw expelled(me, `it has ${item.change} at offset ${item.offset}`);
        cursor?.set(item.offset, mayBeWaitedFor(item, me));
        if (cursor?.failure) throw cursor.failure;
      }
      if (next === null && !follow) return;
      at ??= end;
      if (items.length === 0) await unhurried(clock, wait, sentAt, signal);
    }
  } finally {
    await cursor?.end();
  }
}

function mover(stream: Stream, agent: string) {
  return async (offset: number, signal: AbortSignal): Promise<number> =>
    (await stream.setCursor(agent, offset, { signal })).offset;
}

/** Whether the item ends this incarnation of the agent. What ended an earlier one does not. [Q9.4] */
function endsMembership(item: ItemJson, me: CursorJson): item is ItemJson & { readonly change: string } {
  if (item.type !== 'view' || item.agent !== me.agent || item.incarnation !== me.incarnation) return false;
  return item.change === 'left' || item.change === 'expired';
}

/** Whether the sender may wait for this agent to acknowledge the item. [Q9.10] */
function mayBeWaitedFor(item: ItemJson, { agent }: CursorJson): boolean {
  if (item.type !== 'message' || item.ackBy === null || item.from === agent) return false;
  return item.to === null || item.to.includes(agent);
}

/** The error that ends the stream of a member which is none any more. */
export function expelled(
  { group, agent }: { readonly group: string; readonly agent: string },
  why: string,
  cause?: unknown,
): QuorateError {
  return clientError('expelled', `agent ${agent} is a member of group ${group} no more: ${why}`, { cause });
}

function otherHistory(group: string, after: number, end: number): QuorateError {
  return new QuorateError({
    code: 'history-changed',
    status: 409,
    title: 'This server has another history than the one you have read',
    detail: `the stream of group ${group} ends at offset ${end}, before the ${after} where you go on`,
    fix: 'It was restored from a backup or is another deployment: listen without after, from the beginning.',
    outcome: 'not-executed',
  });
}
