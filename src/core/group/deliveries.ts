import type { Command } from '../entry.ts';
import { canonical } from '../json.ts';
import { limits } from '../limits.ts';
import type { Result } from '../result.ts';
import { draw } from '../tally/tie-break.ts';
import type { Canonical, Outcome } from '../types.ts';
import { type Context, markChanged } from './context.ts';
import type { Group, State } from './state.ts';
import { serverName } from './undelivered.ts';
import type { Delivery, Webhook, Webhooks } from './webhook-list.ts';

/** What webhooks are told: queued when a round ends, delivered by one server, tried again until it is. [Q11.4] [Q11.6] */

type Take = Extract<Command, { type: 'take-deliveries' }>;
type Attempt = Extract<Command, { type: 'delivered' | 'delivery-failed' }>;

/** Whose webhooks these are: a group, or the state for those of the server. */
export interface Owner {
  webhooks: Webhooks;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long it is waited after each failed attempt, ms, as Standard Webhooks recommend; after one more it is given up. */
const schedule = [
  ...[5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour],
  ...[10 * hour, 14 * hour, 20 * hour, 24 * hour],
];

/** Tells each of these webhooks that wants to know of a round that has ended. [Q11.4] */
export function queueOutcome(
  context: Context,
  webhooks: Webhooks,
  group: Group,
  { round, state }: Outcome,
  body: Canonical,
): void {
  for (const webhook of webhooks.values()) {
    const { states } = webhook.settings;
    if (webhook.disabled !== null || (states !== 'all' && states !== state)) continue;
    queue(context, webhook, { kind: 'outcome', group: group.name, round, key: null, body });
  }
}

/** Queues a delivery that is due at once, and returns its number. */
export function queue(
  { now, index }: Context,
  webhook: Webhook,
  about: Pick<Delivery, 'kind' | 'group' | 'round' | 'key' | 'body'>,
): number {
  webhook.count += 1;
  const plain = { state: 'pending', attempts: 0, lastAttemptAt: null, error: null } as const;
  webhook.set({ number: webhook.count, ...about, at: now, index, ...plain, nextAt: now });
  return webhook.count;
}

export function testBody(group: Group | null, { id }: Webhook): Canonical {
  return canonical({ group: group?.name ?? null, webhook: id });
}

/** Lets one server deliver, for as long as its lease lasts; the same server again renews it. [Q11.7] */
export function takeDeliveries({ state, now, index }: Context, { server, lease }: Take): Result {
  const before = state.delivering;
  const isMine = before?.server === server;
  if (before !== null && !isMine && before.until > now)
    return { ok: true, did: 'deliveries-held', ...before };
  state.delivering = { server, fence: isMine ? before.fence : index, until: now + lease };
  return { ok: true, did: 'deliveries-taken', ...state.delivering };
}

/** Notes what an attempt to deliver came to. [Q11.6] [Q11.8] */
export function endAttempt(context: Context, group: Group | null, command: Attempt): Result {
  const { id, made, number } = command;
  const webhook = (group ?? context.state).webhooks.get(id);
  const delivery = webhook?.get(number);
  if (webhook?.made !== made || delivery === undefined || !isOfInterest(context, delivery, command))
    return { ok: true, did: 'attempt-ignored', id, number };
  if (group !== null) markChanged(context, group);
  const tried = { ...delivery, attempts: command.attempt, lastAttemptAt: context.now };
  if (command.type === 'delivered') {
    webhook.set({ ...tried, state: 'delivered', error: null });
    return { ok: true, did: 'attempt-noted', id, number };
  }
  const error = command.error.slice(0, limits.deliveryErrorLength);
  const wait = schedule[command.attempt - 1];
  if (command.gone) {
    webhook.set({ ...tried, state: 'failed', error });
    webhook.disabled = error;
    webhook.failAll('the webhook is disabled');
  } else if (wait === undefined) webhook.set({ ...tried, state: 'failed', error });
  else {
    const asked = Math.min(command.retryAfter ?? 0, limits.retryAfter);
    const nextAt = context.now + Math.max(wait + jitter(context, webhook, number, wait), asked);
    webhook.set({ ...tried, nextAt, error });
  }
  return { ok: true, did: 'attempt-noted', id, number };
}

/**
 * Whether the report of an attempt says anything new. What was delivered was delivered, whoever did it; a failure counts once, and
 * only from the server that delivers now: it may be trying again. [Q11.8]
 */
function isOfInterest({ state }: Context, delivery: Delivery, command: Attempt): boolean {
  if (command.type === 'delivered') return delivery.state !== 'delivered';
  return (
    delivery.state === 'pending' &&
    command.attempt === delivery.attempts + 1 &&
    command.fence === state.delivering?.fence
  );
}

/** Up to a tenth of the wait more, so that what failed together is not tried again together. */
function jitter({ seed }: Context, { made }: Webhook, number: number, wait: number): number {
  return draw((seed + made + number) >>> 0, Math.floor(wait / 10) + 1);
}

/** What is to be delivered now. */
export interface Due {
  /** Null: a webhook of the server. */
  readonly group: Group | null;
  readonly webhook: Webhook;
  readonly delivery: Delivery;
}

/**
 * Of each webhook that has something to deliver by `now` (log time, ms) the delivery with the lowest number, what was due first before
 * the rest. Costs as much as is taken of it. Nothing may be applied meanwhile.
 */
export function* dueDeliveries(state: State, now: number): Generator<Due> {
  const { undelivered, groups } = state;
  for (const name of undelivered.takeUnread())
    undelivered.set(name, groups.get(name)?.webhooks.next ?? Infinity);
  for (const name of undelivered.by(now)) {
    const group = name === serverName ? null : (groups.get(name) as Group);
    for (const webhook of (group ?? state).webhooks.values()) {
      const delivery = webhook.due(now);
      if (delivery !== undefined) yield { group, webhook, delivery };
    }
  }
}
