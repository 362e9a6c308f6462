import type { Group } from '../../core/group/state.ts';
import type { Delivery, Webhook, Webhooks } from '../../core/group/webhook-list.ts';
import type { Result } from '../../core/result.ts';
import type { DeliveryJson, WebhookJson } from '../../core/view/json-types.ts';
import { viewDelivery, viewWebhook } from '../../core/view/webhook.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, type Caller, callerOf, noSuchGroup } from '../edge/access.ts';
import { countIn, idempotencyKey, nameIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import { refused } from '../refused.ts';
import type { Request, Response } from '../route.ts';
import type { Router } from '../router.ts';
import type { ServerFacts } from './ops.ts';
import { newWebhookSecret, webhookIn } from './webhook-body.ts';
import { groupApi, serverApi } from './webhooks.api.ts';

/** Who is told of outcomes: the webhooks of a group, for its manager, and those of the server, for the administrator. [Q11] */

interface WebhookParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly facts: Pick<ServerFacts, 'log' | 'webhooks'>;
}

export function webhookRoutes(router: Router, parts: WebhookParts): void {
  routesOf(router, parts, '/v1/groups/:group/webhooks', groupApi);
  routesOf(router, parts, '/v1/webhooks', serverApi);
}

/** Whose webhooks a request is about, and by what right. */
interface Managing {
  /** Its name; null: the server. */
  readonly group: string | null;
  readonly caller: Caller;
  readonly byKeyHash: string | null;
}

function routesOf(router: Router, parts: WebhookParts, path: string, api: typeof groupApi): void {
  const { replica, access, reading, facts } = parts;
  const { state } = replica;
  const { webhooks: allowed = null, log } = facts;

  router.on('PUT', `${path}/:webhook`, api.put, async (request, response) => {
    const id = idIn(request);
    const { url, secret: chosen, ...wanted } = webhookIn(request.body);
    const { caller, ...right } = await managing(request);
    const refusal = on().list.refusalOfUrl(url);
    if (refusal !== null) throw new Problem('webhook-not-allowed', refusal, { index: state.index });
    const secret = chosen ?? newWebhookSecret();
    const command = {
      ...({ type: 'put-webhook', ...right, id, url: url.href, ...wanted } as const),
      ...{ keepSecret: chosen === null, secret },
    };
    const { isNew, body } = await replica.submit(command, (result) => {
      const isNew = did(result, { caller, ...right }) === 'webhook-made';
      const shown = isNew || chosen !== null ? { secret } : {};
      return { isNew, body: { ...viewed(right.group, find(right.group, id)), ...shown } };
    });
    response.status = isNew ? 201 : 200;
    response.json(body);
  });

  router.on('GET', path, api.list, async (request, response) => {
    const { group } = await reads(request, response);
    const list = [...webhooksOf(group).values()].map((one) => viewed(group, one));
    response.json({ webhooks: list.map(({ index: _index, ...one }) => one), index: state.index });
  });

  router.on('GET', `${path}/:webhook`, api.get, async (request, response) => {
    const id = idIn(request);
    const { group } = await reads(request, response);
    response.json(viewed(group, find(group, id)));
  });

  router.on('DELETE', `${path}/:webhook`, api.delete, async (request, response) => {
    const id = idIn(request);
    const { caller, ...right } = await managing(request);
    const command = { type: 'delete-webhook', ...right, id } as const;
    response.json(
      await replica.submit(command, (result) => {
        did(result, { caller, ...right });
        return { id, group: right.group, deleted: true, index: state.index };
      }),
    );
  });

  router.on('GET', `${path}/:webhook/deliveries`, api.deliveries, async (request, response) => {
    const id = idIn(request);
    const limit = countIn(request, 'limit', 1, 1000) ?? 100;
    const after = countIn(request, 'after', 0, Number.MAX_SAFE_INTEGER) ?? 0;
    const { group } = await reads(request, response);
    const webhook = find(group, id);
    const kept = [...webhook.over.values(), ...webhook.pending.values()].filter(
      ({ number }) => number > after,
    );
    kept.sort((one, other) => one.number - other.number);
    const deliveries = kept.slice(0, limit).map((one) => viewDelivery(webhook, one, log.id));
    const next = kept.length > limit ? (deliveries.at(-1)?.number ?? null) : null;
    const at = path.replace(':group', group ?? '');
    if (next !== null) response.next(`${at}/${id}/deliveries?after=${next}&limit=${limit}`);
    response.json({ deliveries, next, index: state.index });
  });

  router.on('POST', `${path}/:webhook/test`, api.test, async (request, response) => {
    const id = idIn(request);
    const key = idempotencyKey(request);
    const { caller, ...right } = await managing(request);
    on();
    const command = { type: 'test-webhook', ...right, id, key } as const;
    const { isNew, body } = await replica.submit(command, (result) => ({
      isNew: did(result, { caller, ...right }) === 'delivery-queued',
      body: delivery(right.group, id, result),
    }));
    response.status = isNew ? 201 : 200;
    response.json(body);
  });

  router.on('POST', `${path}/:webhook/deliveries/:number/replay`, api.replay, async (request, response) => {
    const id = idIn(request);
    const number = numberIn(request.params.number);
    const { caller, ...right } = await managing(request);
    on();
    const command = { type: 'replay-delivery', ...right, id, number } as const;
    response.json(
      await replica.submit(command, (result) => {
        did(result, { caller, ...right });
        return delivery(right.group, id, result);
      }),
    );
  });

  async function managing(request: Request): Promise<Managing> {
    const who = asked(request);
    // Before the barrier this copy may not know a new key of the group.
    await replica.barrier();
    return allow(who);
  }

  async function reads(request: Request, response: Response): Promise<Managing> {
    const who = asked(request);
    await reading.fresh(request, response);
    return allow(who);
  }

  function asked(request: Request): Omit<Managing, 'byKeyHash'> {
    const caller = callerOf(request);
    return { caller, group: path.includes(':group') ? nameIn('group', request.params.group) : null };
  }

  /** Throws for who may not manage these webhooks. */
  function allow({ group, caller }: Omit<Managing, 'byKeyHash'>): Managing {
    if (group === null) {
      access.onlyAdminister(caller);
      return { group, caller, byKeyHash: null };
    }
    const known = state.groups.get(group);
    access.manage(known, group, caller, state);
    if (known === undefined) throw noSuchGroup(group, state.index);
    return { group, caller, byKeyHash: access.isAdmin(caller) ? null : (caller.hash ?? '') };
  }

  function on(): NonNullable<typeof allowed> {
    if (allowed !== null) return allowed;
    throw new Problem('webhooks-off', 'this server was started without --webhook-allow', {
      index: state.index,
    });
  }

  /** What a command did; throws its refusal. */
  function did(result: Result, { group, caller }: Pick<Managing, 'group' | 'caller'>): string {
    if (result.ok) return result.did;
    throw group === null
      ? refused(result, undefined, state.index)
      : access.refused(result, state, group, caller);
  }

  function webhooksOf(group: string | null): Webhooks {
    return (group === null ? state : (state.groups.get(group) as Group)).webhooks;
  }

  function find(group: string | null, id: string): Webhook {
    const webhook = webhooksOf(group).get(id);
    if (webhook !== undefined) return webhook;
    throw new Problem('webhook-not-found', `there is no webhook ${id}`, { index: state.index });
  }

  function viewed(group: string | null, webhook: Webhook): WebhookJson & { readonly index: number } {
    const { logTime: now } = replica;
    return { ...viewWebhook(webhook, { group, logId: log.id, now }), index: state.index };
  }

  /** The delivery that a command was about, right after it took effect. */
  function delivery(
    group: string | null,
    id: string,
    result: Result,
  ): DeliveryJson & { readonly index: number } {
    const webhook = find(group, id);
    const { number } = result as unknown as { readonly number: number };
    return { ...viewDelivery(webhook, webhook.get(number) as Delivery, log.id), index: state.index };
  }
}

function idIn(request: Request): string {
  return nameIn('webhook', request.params.webhook);
}

function numberIn(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw new Problem('invalid-request', 'the number of a delivery is a whole number from 1');
}
