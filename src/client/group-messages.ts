import type { Json } from '../core/types.ts';
import type { ItemJson, MessageJson, StabilityJson, WithheldJson } from '../core/view/json-types.ts';
import type { Call } from './call.ts';
import { hasCode } from './errors.ts';
import { GroupClaims } from './group-claims.ts';
import { newSecret } from './keys.ts';
import { listen } from './listen.ts';
import { itemsOf, mostAPage } from './paging.ts';
import type { CallOptions } from './requests.ts';
import { SayQueue } from './say-queue.ts';
import type {
  CursorJson,
  ListenOptions,
  SaidJson,
  SayOptions,
  StreamJson,
  ViewJson,
} from './stream-requests.ts';
import { countdown, type Duration } from './time.ts';
import { unhurried, waitMs } from './waiting.ts';

/** The part of `Group` that is about its stream: messages, views, and how far members have read. [Q9] */
export abstract class GroupMessages extends GroupClaims {
  private readonly saying = new SayQueue();

  /**
   * Says any JSON of up to 16 KiB to the group, as the member whose token this client has, and resolves with its place in the
   * stream once it is durable. What one group object says is sent one after the other, so it comes in the order of the calls;
   * what is sent again because its reply was lost is one message. Where nobody knows whether one was taken, its call rejects
   * with `outcome: "unknown"`, and those that wait behind it with `not-sent`.
   *
   * With `ackBy` the answer says who has acknowledged the message; with `wait` it comes once enough members have (`stable`) or
   * never will (`impossible`), or as it stands when the wait is over.
   *
   * @example
   * const ann = await group.join('ann');
   * const asked = await ann.group.say('Pizza?');
   * const { stability } = await ann.group.say({ and: 'when' }, { replyTo: asked.offset, ackBy: 'all', wait: '1s' });
   * await ann.leave();
   */
  async say(body: Json, options: SayOptions = {}): Promise<SaidJson> {
    const { to, replyTo, round, inView, ackBy, wait, idempotencyKey = newSecret(), signal } = options;
    const { clock } = this.transport.wire;
    const left = countdown(clock, options.deadline);
    const waiting = countdown(clock, wait ?? 0);
    const post: Call = {
      method: 'POST',
      path: '/messages',
      body: { body, to, replyTo, round, inView, ackBy },
      headers: { 'idempotency-key': idempotencyKey },
    };
    // Nothing waits here for others to acknowledge: the next message can be sent by then.
    const send = () => this.send<SaidJson>(post, { signal, deadline: left() });
    const said = await this.saying.add(send, signal);
    if (said.stability !== 'pending' || waiting() === 0) return said;
    try {
      const limits = { wait: waiting(), signal, deadline: left() };
      const now = await this.message(said.offset, limits);
      if (now.stability === undefined) return said;
      return { ...said, stability: now.stability, acknowledgements: now.acknowledgements };
    } catch (error) {
      // It is said; nobody tells how far it has come.
      if (hasCode(error, 'deadline', 'unreachable')) return said;
      throw error;
    }
  }

  /**
   * Everything in the group in its one order: views (who has come and gone), messages, rounds opened and closed, and a place for
   * each message to others (`withheld`). Each item has its `offset`, one more than that of the item before, also over
   * reconnections and other servers. Without `agent` it begins behind `after`, or with the oldest item that is kept.
   *
   * With `agent`, whose token this client must have, it begins where that member's cursor is, and moves the cursor: an item counts
   * as handled when the next one is asked for. It ends with the error `expelled` behind the item that says that the member is gone.
   *
   * What is not kept any more is never skipped: `messages-not-kept` says from where on items are (`oldest`), and
   * `history-changed` that the server has another history. Ends when you leave the loop; rejects with the signal's reason,
   * with `deadline`, and when no server answers any more.
   *
   * @example
   * const ann = await group.join('ann');
   * await ann.say('Pizza?');
   * for await (const item of ann.group.listen({ agent: 'ann' })) {
   *   console.log(item.offset, item.type === 'message' ? item.body : item.type);
   *   if (item.type === 'message') break;
   * }
   * await ann.leave();
   */
  listen(options: ListenOptions = {}): AsyncGenerator<ItemJson, void, void> {
    const page = (after: number | undefined, wait: number, limits: CallOptions) =>
      this.send<StreamJson>({ method: 'GET', path: '/stream', query: { after }, wait }, limits);
    const stream = { name: this.name, page, setCursor: this.setCursor.bind(this) };
    return listen(stream, this.transport.wire.clock, options);
  }

  /**
   * The messages that are kept, the oldest first, without the rest of the stream, up to the newest at present; `after` goes on
   * after an offset. What is for others has a place only: `withheld`.
   *
   * @example
   * for await (const message of group.messages({ limit: 10 }))
   *   if (message.type === 'message') console.log(message.from, message.body);
   */
  messages(
    options: CallOptions & { after?: number; limit?: number } = {},
  ): AsyncGenerator<MessageJson | WithheldJson, void, void> {
    return itemsOf<MessageJson | WithheldJson, number>(options.limit, options.after, async (limit, after) => {
      const call: Call = { method: 'GET', path: '/messages', query: { limit, after } };
      return this.send<StreamJson<MessageJson | WithheldJson>>(call, options);
    });
  }

  /**
   * One message, with who has acknowledged it when it was said with `ackBy`. With `wait` once that is `stable` or `impossible`, or
   * the wait is over. One for others is `withheld`. Rejects with `message-not-found` where there is none, and with
   * `messages-not-kept` when it is not kept any more.
   *
   * @example
   * const ann = await group.join('ann');
   * const { offset } = await ann.group.say('lunch is here', { ackBy: 1 });
   * const { stability, acknowledgements } = await group.message(offset, { wait: '1s' });
   * await ann.leave();
   */
  async message(
    offset: number,
    options: CallOptions & { wait?: Duration } = {},
  ): Promise<(MessageJson & StabilityJson) | (WithheldJson & { readonly stability?: undefined })> {
    const { wait, signal } = options;
    const { clock } = this.transport.wire;
    const waiting = countdown(clock, wait ?? 0);
    const left = countdown(clock, options.deadline);
    for (;;) {
      const asked = wait === undefined ? undefined : waitMs(waiting());
      const sentAt = clock.now();
      const call: Call = { method: 'GET', path: `/messages/${offset}`, wait: asked };
      const message = await this.send<MessageJson & StabilityJson>(call, { signal, deadline: left() });
      if (message.stability !== 'pending' || waiting() === 0) return message;
      await unhurried(clock, asked, sentAt, signal);
    }
  }

  /**
   * The view in force, and its members in the order of joining; `after` goes on after a member. A page has up to 10,000, and
   * `next` says whether there are more: of the same view only if `view` is the same.
   *
   * @example
   * const { view, members } = await group.view();
   * for (const { agent, role } of members) console.log(view, agent, role);
   */
  async view(options: CallOptions & { after?: string; limit?: number } = {}): Promise<ViewJson> {
    const { after, limit = mostAPage } = options;
    return this.send({ method: 'GET', path: '/view', query: { after, limit } }, options);
  }

  /**
   * Where a member goes on: everything up to and including this offset is handled. (Kafka's is one more.)
   *
   * @example
   * const { token } = await group.join('ann');
   * const { offset } = await group.as(token).cursor('ann');
   */
  async cursor(agent: string, options: CallOptions = {}): Promise<CursorJson> {
    return this.send({ method: 'GET', path: cursorPath(agent) }, options);
  }

  /**
   * Says that the member whose token this client has has handled everything up to and including this offset; `listen` does so by
   * itself. A cursor never goes back: the answer says where it is.
   *
   * @example
   * const { token, view } = await group.join('ann');
   * const { offset } = await group.as(token).setCursor('ann', 1);
   */
  async setCursor(agent: string, offset: number, options: CallOptions = {}): Promise<CursorJson> {
    return this.send({ method: 'PUT', path: cursorPath(agent), body: { offset } }, options);
  }
}

function cursorPath(agent: string): string {
  return `/agents/${encodeURIComponent(agent)}/cursor`;
}
