import type { State } from '../group/state.ts';
import { serverName } from '../group/undelivered.ts';
import { type Delivery, noWebhooks, Webhook, Webhooks } from '../group/webhook-list.ts';
import type { WebhookFormat, WebhookStates } from '../types.ts';
import { shortened } from './header.ts';

/** Webhooks as records and back. A delivery is replaced when it changes, so that a list of them stays as it is. */

export type WebhookRecord = [
  id: string,
  made: number,
  states: WebhookStates,
  format: WebhookFormat,
  count: number,
  delivered: number,
  failed: number,
  // One behind the other: so whoever prints records finds both.
  url: string,
  secret: string,
  formerSecret: string | null,
  formerUntil: number | null,
  disabled: string | null,
  /** Those that are pending, then those that are over. */
  deliveries: DeliveryRecord[],
];

type DeliveryRecord = [
  number: number,
  kind: Delivery['kind'],
  group: string | null,
  round: number | null,
  at: number,
  index: number,
  body: string,
  state: Delivery['state'],
  attempts: number,
  nextAt: number,
  lastAttemptAt?: number | null,
  error?: string | null,
  key?: string | null,
];

/** Null for webhooks that there never were. */
export function webhookRecords(webhooks: Webhooks): WebhookRecord[] | null {
  if (webhooks === noWebhooks) return null;
  return Array.from(webhooks.values(), recordOf);
}

function recordOf(webhook: Webhook): WebhookRecord {
  const { id, made, settings, former, disabled, count, delivered, failed, pending, over } = webhook;
  const { url, states, format, secret } = settings;
  return [
    ...([id, made, states, format, count, delivered, failed] as const),
    ...([url, secret, former?.secret ?? null, former?.until ?? null, disabled] as const),
    [...pending.values(), ...over.values()].map(deliveryRecord),
  ];
}

function deliveryRecord(delivery: Delivery): DeliveryRecord {
  const { number, kind, group, round, at, index, body, state, attempts, nextAt } = delivery;
  const { lastAttemptAt, error, key } = delivery;
  const first = [number, kind, group, round, at, index, body, state, attempts, nextAt] as const;
  return shortened([...first, lastAttemptAt, error, key]);
}

export function webhooksOf(records: readonly WebhookRecord[] | null | undefined): Webhooks {
  if (records == null) return noWebhooks;
  const webhooks = new Webhooks();
  for (const record of records) webhooks.add(webhookOf(record));
  return webhooks;
}

function webhookOf(record: WebhookRecord): Webhook {
  const [id, made, states, format, count, delivered, failed, url, secret] = record;
  const [, , , , , , , , , formerSecret, formerUntil, disabled, deliveries] = record;
  const webhook = new Webhook(id, made, { url, states, format, secret });
  for (const one of deliveries) webhook.set(deliveryOf(one));
  // Some of those that it has had are not kept.
  Object.assign(webhook, { count, delivered, failed, disabled });
  if (formerSecret !== null) webhook.former = { secret: formerSecret, until: formerUntil as number };
  return webhook;
}

function deliveryOf(record: DeliveryRecord): Delivery {
  const [number, kind, group, round, at, index, body, state, attempts, nextAt] = record;
  const [, , , , , , , , , , lastAttemptAt = null, error = null, key = null] = record;
  const about = { number, kind, group, round, at, index, body, key };
  return { ...about, state, attempts, nextAt, lastAttemptAt, error };
}

/** The webhooks of the server, as pieces of text; none where there never were any. */
export function encodeServer({ webhooks }: State): string[] {
  if (webhooks === noWebhooks) return [];
  // A piece for each webhook, since some are long.
  const pieces = Array.from(webhooks.values(), (webhook) => JSON.stringify(recordOf(webhook)));
  return ['[', ...pieces.map((piece, i) => (i === 0 ? piece : `,${piece}`)), ']'];
}

/** What `encodeServer` wrote. */
export function decodeServer(text: string): Webhooks {
  return webhooksOf(JSON.parse(text) as WebhookRecord[]);
}

/** Puts what was read back into a state. */
export function addServer(state: State, webhooks: Webhooks): void {
  state.webhooks = webhooks;
  state.undelivered.set(serverName, webhooks.next);
}
