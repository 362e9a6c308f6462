import { type Static, Type } from 'typebox';
import { closed, index, name, orNull, ref, time, whole, words } from './schema-parts.ts';

/** The schemas of webhooks and of what they are told. */

const states = words('all', 'SUCCESS', 'FAILED');
const format = words('standard', 'slack', 'teams');
const secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]+={0,2}$',
  description: 'Signs what is sent: the base64 of 24 to 64 random bytes. Shown only by the PUT that sets it.',
});

const delivery = Type.Object({
  message: Type.String({ description: 'The `webhook-id` that every attempt has.' }),
  number: whole(1),
  kind: words('outcome', 'test'),
  group: orNull(name()),
  round: orNull(whole(1)),
  at: time(),
  state: words('pending', 'delivered', 'failed'),
  attempts: whole(),
  nextAt: orNull(time()),
  lastAttemptAt: orNull(time()),
  error: orNull(Type.String({ description: 'Why the last attempt failed, or why there is none any more.' })),
});
const webhook = Type.Object({
  id: name(),
  group: orNull(name()),
  url: Type.String(),
  states,
  format,
  formerSecretUntil: orNull(time()),
  disabled: orNull(Type.String({ description: 'Why it is told nothing any more.' })),
  pending: whole(),
  delivered: whole(),
  failed: whole(),
  last: orNull(ref<Static<typeof delivery>>('Delivery')),
});

export const webhookSchemas = {
  Webhook: webhook,
  WebhookNow: Type.Object({ ...webhook.properties, index }),
  PutWebhook: Type.Object({ ...webhook.properties, secret: Type.Optional(secret), index }),
  WebhookList: Type.Object({ webhooks: Type.Array(ref<Static<typeof webhook>>('Webhook')), index }),
  DeletedWebhook: Type.Object({ id: name(), group: orNull(name()), deleted: Type.Literal(true), index }),
  NewWebhook: Type.Object(
    {
      url: Type.String({ maxLength: 2048, description: 'https or http, without a password in it.' }),
      states: Type.Optional(states),
      format: Type.Optional(format),
      secret: Type.Optional(orNull(secret)),
    },
    closed,
  ),
  Delivery: delivery,
  DeliveryNow: Type.Object({ ...delivery.properties, index }),
  DeliveryList: Type.Object({
    deliveries: Type.Array(ref<Static<typeof delivery>>('Delivery')),
    next: orNull(whole(1)),
    index,
  }),
};
