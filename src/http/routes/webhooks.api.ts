import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok } from '../openapi/operation.ts';
import * as sample from '../openapi/webhook-samples.ts';

/** What the document says of the routes of webhooks: the same of those of a group and those of the server. */

type Name = 'put' | 'list' | 'get' | 'delete' | 'deliveries' | 'test' | 'replay';
type Api = Readonly<Record<Name, Operation>>;

const index = 17;

function apiOf(whose: 'group' | 'server'): Api {
  const isServer = whose === 'server';
  const path = isServer ? '/v1/webhooks' : '/v1/groups/deploy/webhooks';
  const named = `${path}/${sample.webhook.id}`;
  const owner = isServer ? 'Server' : '';
  const what = isServer ? 'of the server, which is told of all groups' : 'of a group';
  const all = {
    access: isServer ? 'onlyAdministrator' : 'manager',
    tag: 'webhooks',
  } as const satisfies Partial<Operation>;
  const inPath = isServer ? ([] as const) : (['group'] as const);
  const refused = isServer
    ? ([...errors.administered, 'no-administrator', 'invalid-name'] as const)
    : ([...errors.managed, ...errors.inGroup] as const);
  const reading = [...errors.anyRoute, ...errors.freshRead, ...refused] as const;
  const changing = [...errors.anyRoute, ...errors.write, ...refused] as const;
  const group = isServer ? null : sample.webhook.group;
  const webhook = { ...sample.webhook, group };
  const delivery = { ...sample.delivery, group };
  return {
    put: {
      ...all,
      id: `put${owner}Webhook`,
      summary: `Make a webhook ${what}, or change it; enables it again. Safe to repeat with an own secret`,
      parameters: [...inPath, 'webhook', 'session'],
      body: { schema: 'NewWebhook', required: true },
      responses: {
        201: ok('Made; the secret is shown only here.', 'PutWebhook', {
          ...{ ...webhook, secret: sample.wantedWebhook.secret, index },
        }),
        200: ok(
          'Changed, or as it was. Another secret signs beside the former one for a day.',
          'PutWebhook',
          {
            ...{ ...webhook, secret: sample.wantedWebhook.secret, index },
          },
        ),
      },
      errors: [...changing, 'webhooks-off', 'webhook-not-allowed', 'limit-reached'],
      example: { path: named, body: sample.wantedWebhook },
    },
    list: {
      ...all,
      id: `list${owner}Webhooks`,
      summary: `List the webhooks ${what}, never a secret`,
      parameters: [...inPath, 'consistency', 'session'],
      responses: { 200: ok('All of them.', 'WebhookList', { webhooks: [webhook], index }) },
      errors: reading,
      example: { path },
    },
    get: {
      ...all,
      id: `get${owner}Webhook`,
      summary: `A webhook ${what}: what waits, and why the last attempt failed`,
      parameters: [...inPath, 'webhook', 'consistency', 'session'],
      responses: { 200: ok('The webhook.', 'WebhookNow', { ...webhook, index }) },
      errors: [...reading, 'webhook-not-found'],
      example: { path: named },
    },
    delete: {
      ...all,
      id: `delete${owner}Webhook`,
      summary: `Delete a webhook ${what}, with what it was still to be told`,
      parameters: [...inPath, 'webhook', 'session'],
      responses: {
        200: ok('Deleted.', 'DeletedWebhook', { id: webhook.id, group, deleted: true, index }),
      },
      errors: [...changing, 'webhook-not-found'],
      example: { path: named },
    },
    deliveries: {
      ...all,
      id: `list${owner}Deliveries`,
      summary: `What a webhook ${what} is told: all that waits, and the last that are over`,
      parameters: [...inPath, 'webhook', 'afterDelivery', 'deliveryLimit', 'consistency', 'session'],
      responses: {
        200: {
          ...ok('A page, the first told first.', 'DeliveryList', {
            deliveries: [delivery],
            next: null,
            index,
          }),
          headers: ['Link'],
        },
      },
      errors: [...reading, 'webhook-not-found'],
      example: { path: `${named}/deliveries` },
    },
    test: {
      ...all,
      id: `test${owner}Webhook`,
      summary: `Send something that is no outcome to a webhook ${what}`,
      parameters: [...inPath, 'webhook', 'idempotencyKey', 'session'],
      responses: {
        201: ok('It is sent now.', 'DeliveryNow', { ...delivery, index }),
        200: ok('Asked for before, under this Idempotency-Key.', 'DeliveryNow', { ...delivery, index }),
      },
      errors: [...changing, 'webhooks-off', 'webhook-not-found', 'webhook-disabled'],
      example: { path: `${named}/test` },
    },
    replay: {
      ...all,
      id: `replay${owner}Delivery`,
      summary: `Send once more what a webhook ${what} was told, or was not, under the same id`,
      parameters: [...inPath, 'webhook', 'number', 'session'],
      responses: { 200: ok('It is sent now.', 'DeliveryNow', { ...delivery, index }) },
      errors: [...changing, 'webhooks-off', 'webhook-not-found', 'webhook-disabled', 'delivery-not-found'],
      example: { path: `${named}/deliveries/1/replay` },
    },
  };
}

export const groupApi = apiOf('group');
export const serverApi = apiOf('server');
