import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import { managerRefusal } from './admission.ts';
import { type Context, markChanged } from './context.ts';
import { endAttempt, type Owner, queue, testBody } from './deliveries.ts';
import { refuse } from './refuse.ts';
import type { Group } from './state.ts';
import { noWebhooks, Webhook, type WebhookSettings, Webhooks } from './webhook-list.ts';

/** What is done to webhooks, those of a group and, where there is no group, those of the server. [Q11.1] */

type Put = Extract<Command, { type: 'put-webhook' }>;
type Delete = Extract<Command, { type: 'delete-webhook' }>;
type Test = Extract<Command, { type: 'test-webhook' }>;
type Replay = Extract<Command, { type: 'replay-delivery' }>;
type Managing = Put | Delete | Test | Replay;
export type WebhookCommand = Managing | Extract<Command, { type: 'delivered' | 'delivery-failed' }>;

export function toWebhooks(context: Context, group: Group | null, command: WebhookCommand): Result {
  if (command.type === 'delivered' || command.type === 'delivery-failed')
    return endAttempt(context, group, command);
  const wrong = mayNot(group, command);
  if (wrong !== null) return wrong;
  if (group !== null) markChanged(context, group);
  if (command.type === 'put-webhook') return putWebhook(context, group ?? context.state, command);
  const webhooks = (group ?? context.state).webhooks;
  const webhook = webhooks.get(command.id);
  if (webhook === undefined)
    return refuse('webhook-not-found', `there is no webhook ${command.id} of ${nameOf(group)}`);
  if (command.type === 'delete-webhook') {
    webhooks.delete(webhook.id);
    return { ok: true, did: 'webhook-deleted', id: webhook.id };
  }
  if (command.type === 'test-webhook') return testWebhook(context, group, webhook, command);
  return replay(context, webhook, command);
}

/** Makes a webhook, or changes one; a disabled one is told of rounds again. [Q11.1] [Q11.3] */
function putWebhook(context: Context, owner: Owner, command: Put): Result {
  const { id, url, states, format, group } = command;
  const known = owner.webhooks.get(id);
  const secret = known !== undefined && command.keepSecret ? known.settings.secret : command.secret;
  const settings: WebhookSettings = { url, states, format, secret };
  if (known === undefined) {
    const most = group === null ? limits.serverWebhooks : limits.groupWebhooks;
    if (owner.webhooks.size >= most) return refuse('limit-reached', `there are already ${most} webhooks`);
    if (owner.webhooks === noWebhooks) owner.webhooks = new Webhooks();
    owner.webhooks.add(new Webhook(id, context.state.commands, settings));
    return { ok: true, did: 'webhook-made', id };
  }
  if (known.disabled === null && isSame(known.settings, settings))
    return { ok: true, did: 'webhook-unchanged', id };
  // Receivers may learn the new one during this time.
  if (secret !== known.settings.secret)
    known.former = { secret: known.settings.secret, until: context.now + limits.formerSecret };
  known.settings = settings;
  known.disabled = null;
  return { ok: true, did: 'webhook-changed', id };
}

function isSame(one: WebhookSettings, other: WebhookSettings): boolean {
  return (Object.keys(one) as (keyof WebhookSettings)[]).every((name) => one[name] === other[name]);
}

/** Queues a delivery that tells of no round; the same key again, of a test that is kept, is the same test. [Q11.9] */
function testWebhook(context: Context, group: Group | null, webhook: Webhook, { key }: Test): Result {
  const { id } = webhook;
  if (key !== null)
    for (const list of [webhook.pending, webhook.over])
      for (const test of list.values())
        if (test.key === key) return { ok: true, did: 'delivery-queued-before', id, number: test.number };
  if (webhook.disabled !== null) return isDisabled(webhook, webhook.disabled);
  const about = { kind: 'test', group: group?.name ?? null, round: null, key } as const;
  const number = queue(context, webhook, { ...about, body: testBody(group, webhook) });
  return { ok: true, did: 'delivery-queued', id, number };
}

/** Makes a delivery due now, whatever became of it before. [Q11.9] */
function replay(context: Context, webhook: Webhook, { number }: Replay): Result {
  const { id } = webhook;
  const delivery = webhook.get(number);
  if (delivery === undefined)
    return refuse('delivery-not-found', `webhook ${id} has no delivery ${number}, or keeps it no longer`);
  if (webhook.disabled !== null) return isDisabled(webhook, webhook.disabled);
  const attempts = delivery.state === 'pending' ? delivery.attempts : 0;
  webhook.set({ ...delivery, state: 'pending', attempts, nextAt: context.now });
  return { ok: true, did: 'delivery-queued', id, number };
}

function isDisabled({ id }: Webhook, why: string): Refusal {
  return refuse('webhook-disabled', `webhook ${id} is disabled: ${why}`);
}

/** Who may is decided where the request comes in; here a join key that has been replaced meanwhile is found out. [Q11.1] */
function mayNot(group: Group | null, { byKeyHash }: Managing): Refusal | null {
  if (group === null || group.settings.admission === 'open') return null;
  return managerRefusal(group, byKeyHash, 'managing webhooks of');
}

function nameOf(group: Group | null): string {
  return group === null ? 'the server' : `group ${group.name}`;
}
